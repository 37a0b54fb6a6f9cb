const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/**
 * What is wrong with a version as the one that comes after another, in words.
 * @param before of three numbers, too: that of package.json
 */
export function versionFaults(version: string, before: string): string[] {
  if (!VERSION.test(version)) return [`${version} is no version of three numbers, as 0.2.0`];
  return isLater(version, before) ? [] : [`${version} does not come after ${before}, which package.json has`];
}

/** The least version that comes after another. */
export function nextVersion(before: string): string {
  const [major, minor, patch = 0] = numbersOf(before);
  return [major, minor, patch + 1].join(".");
}

function isLater(version: string, before: string): boolean {
  const known = numbersOf(before);
  const differences = numbersOf(version).map((number, index) => number - (known[index] ?? 0));
  return (differences.find((difference) => difference !== 0) ?? 0) > 0;
}

function numbersOf(version: string): number[] {
  return (VERSION.exec(version) ?? []).slice(1).map(Number);
}
