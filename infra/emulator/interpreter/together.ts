import type { Cancellation } from "../kernel/cancellation.ts";

/** Awaits all; the first failure stops the others and is thrown once they have stopped. */
export async function together<T>(scope: Cancellation, work: readonly Promise<T>[]): Promise<T[]> {
  let first: { readonly error: unknown } | undefined;
  const settled = work.map((one) =>
    one.catch((error: unknown) => {
      first ??= { error };
      scope.cancel();
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(settled);
  if (first !== undefined) throw first.error;
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}
