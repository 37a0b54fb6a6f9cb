/** What is never answered. Another one each time, since one that stays would keep all that ever waited for it. */
export function never(): Promise<never> {
  return new Promise<never>(() => undefined);
}
