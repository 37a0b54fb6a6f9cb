/** Over the limit, near it, or merely a number that is good to know. */
export type Grade = "error" | "warning" | "fact";

/** What is known of one thing before it runs. */
export interface Finding {
  readonly grade: Grade;
  /** What is counted, such as `history events`. */
  readonly subject: string;
  /** The node, the state or the function that it is about; absent: the whole. */
  readonly node?: string;
  readonly number: number;
  readonly limit?: number;
  /** A sentence with the number in it. */
  readonly says: string;
  readonly remedy?: string;
}

/** From this share of a limit on a number is near it. */
const NEAR = 0.8;

/** How near a number is to the most that is allowed. */
export function graded(number: number, most: number): Grade {
  if (number > most) return "error";
  return number >= NEAR * most ? "warning" : "fact";
}

/** The remedy, where there is something to be remedied. */
export function unlessFact(grade: Grade, remedy: string): { readonly remedy?: string } {
  return grade === "fact" ? {} : { remedy };
}

/** `1,234.5`: what people read. */
export function count(number: number, digits = 1): string {
  const format = FORMATS.get(digits) ?? new Intl.NumberFormat("en-US", { maximumFractionDigits: digits });
  FORMATS.set(digits, format);
  return format.format(number);
}

/** Making one takes a hundred times as long as using it. */
const FORMATS = new Map<number, Intl.NumberFormat>();

/** `1 item`, `2 items` */
export function counted(number: number, what: string, several: string = `${what}s`): string {
  return `${count(number)} ${number === 1 ? what : several}`;
}
