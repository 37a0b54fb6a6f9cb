import { ApiError } from "../../emulator/index.ts";
import type { FunctionsServed, LogLine, LogQuery, Logs } from "./api.ts";
import { rootOf, stateMachineOf } from "./executions.ts";
import type { KeptLine, LogBook } from "./log-book.ts";
import type { ConsoleSource } from "./source.ts";

/** What one answer has at most. */
const MOST = 1000;
const PARAMETERS: readonly string[] = [
  "after",
  "executionArn",
  "node",
  "item",
  "replica",
  "functionName",
  "limit",
] satisfies (keyof LogQuery)[];

/** @throws {ApiError} 400 if a parameter is none, or no number where it has to be one */
export function logs(source: ConsoleSource, book: LogBook, functions: FunctionsServed, query: URLSearchParams): Logs {
  const stray = [...query.keys()].find((name) => !PARAMETERS.includes(name));
  if (stray !== undefined)
    throw new ApiError("ValidationException", `There is no parameter ${stray}; there are ${PARAMETERS.join(", ")}`);
  const after = wholeNumber(query, "after", 0);
  const limit = Math.min(MOST, wholeNumber(query, "limit", MOST));
  const places = new Places(source);
  const lines = book.find(after, limit, (line) => places.fits(line, query)).map((line) => places.shown(line));
  return { functions, lines, last: book.last, forgotten: book.forgotten };
}

/** Of a line of JSON its field `level`, as Lambda reads it; the line may have been cut. */
function levelIn(text: string): string | undefined {
  return /^\{(?:"[^"]*":"[^"]*",)*"level":"([a-z]+)"/i.exec(text)?.[1];
}

function wholeNumber(query: URLSearchParams, name: string, absent: number): number {
  const text = query.get(name);
  if (text === null) return absent;
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new ApiError("ValidationException", `${name} has to be a whole number, not '${text}'`);
}

/** Says of lines where they were printed. What executions are is looked up once for each, and not for each line. */
class Places {
  readonly #source: ConsoleSource;
  readonly #roots = new Map<string, string>();
  readonly #machines = new Map<string, string>();

  constructor(source: ConsoleSource) {
    this.#source = source;
  }

  fits(line: KeptLine, query: URLSearchParams): boolean {
    const [arn, node, item] = [query.get("executionArn"), query.get("node"), query.get("item")];
    if (!line.replica.startsWith(query.get("replica") ?? "")) return false;
    if (line.functionName !== (query.get("functionName") ?? line.functionName)) return false;
    if (arn !== null && line.executionArn !== arn && this.#rootOf(line) !== arn) return false;
    if (node === null && item === null) return true;
    const place = this.#placeOf(line);
    return (node ?? place.node) === place.node && (item ?? place.item) === place.item;
  }

  shown(line: KeptLine): LogLine {
    const { number, at, functionName, replica, requestId, executionArn, stream, text } = line;
    const level = line.level ?? levelIn(text);
    return {
      number,
      at,
      functionName,
      replica,
      ...(requestId === undefined ? {} : { requestId }),
      ...(executionArn === undefined ? {} : { executionArn }),
      ...this.#placeOf(line),
      stream,
      ...(level === undefined ? {} : { level }),
      text,
    };
  }

  #placeOf({ caller, executionArn }: KeptLine): { readonly node?: string; readonly item?: string } {
    if (caller === undefined) return {};
    const place = executionArn === undefined ? caller : this.#authorsPlace(executionArn, caller);
    const indices = [...place.matchAll(/\[(\d+)\]/g)].map(([, index]) => index);
    const node = (place.split(" ").at(-1) ?? place).split(".").at(-1)?.replace(/\[.*/, "") ?? place;
    return { node, ...(indices.length === 0 ? {} : { item: indices.join(".") }) };
  }

  #authorsPlace(executionArn: string, caller: string): string {
    const { placeOf } = this.#source;
    if (placeOf === undefined) return caller;
    const { states } = this.#source;
    const machine = this.#machines.get(executionArn) ?? stateMachineOf(states, executionArn);
    this.#machines.set(executionArn, machine);
    return placeOf(machine, caller);
  }

  #rootOf({ executionArn }: KeptLine): string | undefined {
    if (executionArn === undefined) return undefined;
    const root = this.#roots.get(executionArn) ?? rootOf(this.#source.states, executionArn);
    this.#roots.set(executionArn, root);
    return root;
  }
}
