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
  if (isError(thrown) && written === name && typeof message === "string" && typeof stack === "string") return thrown;
  const told = typeof message === "string" ? message : describe(message ?? thrown);
  return new ReportedError(name, told, stackText(stack, written, own, told), thrown);
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

function field(value: unknown, name: "name" | "message" | "stack"): unknown {
  return typeof value === "object" && value !== null ? guarded((): unknown => Reflect.get(value, name)) : undefined;
}

/** A value as text: what it prints itself as, if that says anything. */
function describe(value: unknown): string {
  if (typeof value === "string") return value;
  const { inspect } = process.getBuiltinModule("node:util");
  const text = guarded(() => inspect(value, { breakLength: Infinity })) ?? "a value that cannot be printed";
  return text.slice(0, LONGEST_VALUE);
}

function copyFields(from: object, to: Error): void {
  guarded(() => {
    for (const [key, value] of Object.entries(from)) if (!Object.hasOwn(to, key)) Reflect.set(to, key, value);
  });
}
