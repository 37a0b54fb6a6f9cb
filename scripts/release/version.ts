const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/**
 * Whether a version comes after another.
 * @throws {Error} if one is not of three numbers, as 0.2.0
 */
export function isLater(version: string, before: string): boolean {
  const known = numbersOf(before);
  const differences = numbersOf(version).map((number, index) => number - (known[index] ?? 0));
  return (differences.find((difference) => difference !== 0) ?? 0) > 0;
}

function numbersOf(version: string): number[] {
  const found = VERSION.exec(version);
  if (found === null) throw new Error(`${version} is no version of three numbers, as 0.2.0`);
  return found.slice(1).map(Number);
}
