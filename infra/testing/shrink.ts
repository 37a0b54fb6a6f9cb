/**
 * Leave out one after the other of a list, as long as it still fails without.
 * @returns the fewest that this finds, for which `fails` holds
 */
export async function fewest<T>(
  all: readonly T[],
  fails: (some: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  let left = all;
  for (const one of all) {
    const without = left.filter((other) => other !== one);
    if (await fails(without)) left = without;
  }
  return left;
}
