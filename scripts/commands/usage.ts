/** A command that is called as it cannot be called. The program then names the command's --help, and ends with 2. */
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

/** `--items -5` as `--items=-5`, so that it is the option that refuses it: no option's name begins with a digit. */
export function negativeValues(args: readonly string[]): string[] {
  const isValue = args.map((arg, index) => /^-[\d.]/.test(arg) && /^--[^=]+$/.test(args[index - 1] ?? ""));
  return args.flatMap((arg, index) => {
    if (isValue[index] === true) return [];
    return [isValue[index + 1] === true ? `${arg}=${args[index + 1]}` : arg];
  });
}
