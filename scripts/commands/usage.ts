/** A command that is called as it cannot be called. The program then prints its usage, and ends with 2. */
export class UsageError extends Error {}

/** @throws {UsageError} if it is not the name of a region, known or not */
export function readRegion(text: string): string {
  if (/^[a-z]{2,}(?:-[a-z]+)+-\d+$/.test(text)) return text;
  throw new UsageError(`--region: not a region's name, such as eu-west-1: ${text}`);
}

/** @throws {UsageError} if it is not a whole number, 1 or more */
export function readPositive(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new UsageError(`${option}: not a positive integer: ${text}`);
}
