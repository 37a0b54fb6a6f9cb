import { errorNames, guarded } from "../sdk/base/thrown.ts";

/** Characters of a thrown value that is no error and is told as a message. */
const LONGEST_VALUE = 1000;

/**
 * What stands for a thrown value where Lambda's runtime would report it under another name, or not at all: it takes
 * `name`, `message` and `stack` as they are, and fails if one is no text.
 */
export class ReportedError extends Error {
  readonly #thrown: unknown;

  constructor(name: string, message: string, stack: string, thrown: unknown) {
    super(message);
    // None of them is listed, as with any error: the runtime's log repeats what is.
    Object.defineProperty(this, "name", { value: name });
    Object.defineProperty(this, "stack", { value: stack });
    if (typeof thrown === "object" && thrown !== null) copyFields(thrown, this);
    this.#thrown = thrown;
  }

  /** The value that was thrown. */
  static thrownOf(error: unknown): unknown {
    return error instanceof ReportedError ? error.#thrown : error;
  }
}

/**
 * A thrown value as an error that Lambda's runtime reports by the most specific name that it has: its `name`, or its
 * class, if the name is only that of a class it extends. Never throws, whatever the value is.
 * @param wanted names that a retrier waits for. The error is reported by one of these if it, or a class that it extends,
 * has the name
 */
export function reportedError(thrown: unknown, wanted: readonly string[] = []): Error {
  const names = errorNames(thrown);
  const [own = typeof thrown] = names;
  const name = names.find((one) => wanted.includes(one)) ?? own;
  const [written, message, stack] = [field(thrown, "name"), field(thrown, "message"), field(thrown, "stack")];
  const reasons = reasonsOf(thrown);
  const isReadable = isError(thrown) && written === name && typeof message === "string" && typeof stack === "string";
  if (isReadable && reasons.length === 0) return thrown;
  const told = typeof message === "string" ? message : describe(message ?? thrown);
  return new ReportedError(name, told, [stackText(stack, written, own, told), ...reasons].join("\n"), thrown);
}

/** How many errors are told of, one within the other or beside each other. */
const MOST_REASONS = 5;

/**
 * A line for each error that an error has as its `cause` or among its `errors`: `fetch failed` says nothing without, and
 * Lambda's runtime tells of neither.
 */
function reasonsOf(thrown: unknown, depth: number = 0): string[] {
  if (depth === MOST_REASONS) return [];
  const [cause, errors] = [field(thrown, "cause"), field(thrown, "errors")];
  const several = guarded(() => (Array.isArray(errors) ? errors.slice(0, MOST_REASONS) : [])) ?? [];
  return [
    ...(cause === undefined ? [] : reason("[cause]", cause, depth)),
    ...several.flatMap((error, index) => reason(`[errors][${index}]`, error, depth)),
  ].slice(0, 2 * MOST_REASONS);
}

function reason(label: string, error: unknown, depth: number): string[] {
  const [name = typeof error] = errorNames(error);
  const message = field(error, "message");
  const text = typeof message === "string" ? `${name}: ${message}` : describe(error);
  return [`    ${label}: ${text.slice(0, LONGEST_VALUE)}`, ...reasonsOf(error, depth + 1)];
}

/**
 * A stack that begins with the error's name and message. One of `class ApiError extends Error` begins with `Error`; and
 * libraries that make a list of it leave out both.
 */
function stackText(stack: unknown, written: unknown, name: string, message: string): string {
  const header = `${name}: ${message}`;
  if (Array.isArray(stack)) return [header, ...(guarded(() => stack.map((line) => String(line))) ?? [])].join("\n");
  if (typeof stack !== "string") return header;
  if (!stack.includes(message)) return [header, ...stack.split("\n").filter((line) => /^\s+at /.test(line))].join("\n");
  const isHeaded = typeof written === "string" && written !== "" && stack.startsWith(written);
  return isHeaded ? name + stack.slice(written.length) : stack;
}

function isError(value: unknown): value is Error {
  return guarded(() => value instanceof Error) === true;
}

function field(value: unknown, name: "name" | "message" | "stack" | "cause" | "errors"): unknown {
  return typeof value === "object" && value !== null ? guarded((): unknown => Reflect.get(value, name)) : undefined;
}

/** A value as text: what it prints itself as, if that says anything. */
function describe(value: unknown): string {
  if (typeof value === "string") return value;
  const { inspect } = process.getBuiltinModule("node:util");
  const text = guarded(() => inspect(value, { breakLength: Infinity })) ?? "";
  // What Node.js 24 prints of an error whose message throws; Node.js 20 throws itself.
  return text === "" || text === "[object Error]" ? "a value that cannot be printed" : text.slice(0, LONGEST_VALUE);
}

function copyFields(from: object, to: Error): void {
  guarded(() => {
    for (const [key, value] of Object.entries(from)) if (!Object.hasOwn(to, key)) Reflect.set(to, key, value);
  });
}
