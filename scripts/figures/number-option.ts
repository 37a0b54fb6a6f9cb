/** An option that is a whole number; the program ends with 2, and says why, if it is none. */
export function numberOption(option: string, text: string, least = 1): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isSafeInteger(number) && number >= least) return number;
  console.error(`--${option}: not a whole number from ${least} on: ${text}`);
  process.exit(2);
}
