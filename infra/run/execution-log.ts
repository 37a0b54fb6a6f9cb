import { sep } from "node:path";
import { fileURLToPath } from "node:url";
import { styleText } from "node:util";
import type { Block } from "../../sdk/graph/graph.ts";
import { AuthorNames } from "./author-names.ts";
import { BatchFailures } from "./batch-failures.ts";
import { explain } from "./execution-error.ts";
import { errorDocumentIn } from "./timeline/error-document.ts";
import { placeOf } from "./failed-item.ts";
import { LineBudget } from "./line-budget.ts";
import { shortName } from "./timeline/short-name.ts";
import type { Progress } from "../emulator/index.ts";

/** How much is said of executions. */
export const LOG_LEVELS = ["quiet", "normal", "verbose"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface ExecutionLogOptions {
  /**
   * `quiet`: executions that fail. `normal`: also starts, ends, retries, and failures with their stacks, so many of each
   * execution. `verbose`: all of these, and tasks that succeed.
   */
  readonly level: LogLevel;
  /** Prints a line, or several with line breaks between them. */
  readonly say: (text: string) => void;
  readonly colours: boolean;
  /** What people call a state machine. Default: its name. */
  readonly nameOf?: (stateMachineArn: string) => string | undefined;
  /** The workflow's graph, by which it is told in its author's names, and which items are tried again. Default: none. */
  readonly graphOf?: (stateMachineArn: string) => Block | undefined;
}

type Event<T extends Progress["type"]> = Extract<Progress, { readonly type: T }>;
type Failure = Event<"attempt-failed">["failure"];
type Described = Pick<Failure, "error" | "cause"> & Partial<Pick<Failure, "explanation">>;

/** Of one execution: so many failures are shown with their stacks, and so many further ones without; and retries. */
const STACKS_SHOWN = 5;
const FAILURES_SHOWN = 20;
const RETRIES_SHOWN = 10;
const STACK_LINES = 8;
/** Characters of an error in a line. */
const ERROR_WIDTH = 300;
/** Of all executions together, in one second. */
const LINES_PER_SECOND = 50;

/** What has been said of one execution. */
class Told {
  readonly names: AuthorNames;
  readonly batches = new BatchFailures();
  /** Places of items that are told to have failed for good. */
  readonly items = new Set<string>();
  failures = 0;
  retries = 0;
  /** By error's name, those that were not shown. */
  readonly left = new Map<string, number>();
  /** A failure goes through all Maps and Parallels around it, and ends the execution. */
  readonly shown = new WeakSet<Failure>();

  constructor(graph: Block | undefined) {
    this.names = new AuthorNames(graph);
  }
}

/** Says in lines what happens in executions. */
export class ExecutionLog {
  readonly #options: ExecutionLogOptions;
  readonly #told = new Map<string, Told>();
  readonly #budget: LineBudget;

  constructor(options: ExecutionLogOptions) {
    this.#options = options;
    this.#budget = new LineBudget(
      options.level === "verbose" ? Number.POSITIVE_INFINITY : LINES_PER_SECOND,
      options.say,
    );
  }

  /** To be called with what the emulator tells, but for an execution's end if {@link ended} is called for it. */
  see(event: Progress): void {
    switch (event.type) {
      case "execution-started":
        if (event.execution.root === undefined && !this.#isQuiet) this.#line(event, "started");
        return;
      case "task-succeeded":
        this.#taskSucceeded(event);
        return;
      case "attempt-failed":
        if (!this.#isQuiet) this.#attemptFailed(event);
        return;
      case "execution-ended":
        this.ended(event);
    }
  }

  /** @param note what else there is to say, as where its timeline is */
  ended(event: Event<"execution-ended">, note?: string): void {
    if (event.execution.root !== undefined) return;
    const { status, durationMs, failure } = event;
    const told = this.#toldOf(event);
    this.#told.delete(event.execution.arn);
    if (status === "SUCCEEDED" && this.#isQuiet) return;
    this.#summary(event, told);
    const how = this.#paint(status === "SUCCEEDED" ? "green" : "red", status.toLowerCase().replace("_", " "));
    const why = failure === undefined ? "" : `: ${headline(failure)}`;
    const stack = failure === undefined || told.shown.has(failure) ? "" : stackOf(failure);
    this.#line(event, `${how} in ${seconds(durationMs)}${why}${stack}${note === undefined ? "" : `\n  ${note}`}`);
  }

  close(): void {
    this.#budget.close();
  }

  get #isQuiet(): boolean {
    return this.#options.level === "quiet";
  }

  #taskSucceeded(event: Event<"task-succeeded">): void {
    if (this.#isQuiet) return;
    const told = this.#toldOf(event);
    if (this.#showsAll) {
      const place = told.names.placeOf(event.where);
      const [state = ""] = event.where.split(" ").slice(-1);
      this.#line(event, `${place}${told.names.isAdded(state) ? " (batch)" : ""} ${seconds(event.durationMs)}`);
    }
    for (const { place, failure, retry } of told.batches.of(event, told.names)) {
      if (retry === undefined) {
        told.items.add(place);
        this.#failed(event, place, failure);
      } else this.#retried(event, place, `retry ${retry}`, failure);
    }
  }

  #attemptFailed(event: Event<"attempt-failed">): void {
    const { failure, outcome, stateType } = event;
    const told = this.#toldOf(event);
    const where = told.names.placeOf(placeOf(event));
    const isNew = !told.shown.has(failure);
    told.shown.add(failure);
    if (outcome.kind === "retried") {
      this.#retried(event, where, `retry ${outcome.attempt} in ${seconds(outcome.delayMs)}`, failure);
      return;
    }
    // What a Fail state of the execution's own says is said at its end.
    const isEnd = stateType === "Fail" && event.execution.root === undefined && !where.includes("[");
    if (!isNew || isEnd || told.items.has(where)) return;
    const goesOn = outcome.kind === "caught" && !told.names.isAdded(outcome.next) ? `, goes on at ${outcome.next}` : "";
    this.#failed(event, where, failure, goesOn);
  }

  #retried(event: Progress, where: string, again: string, failure: Described): void {
    const told = this.#toldOf(event);
    told.retries++;
    if (told.retries > RETRIES_SHOWN && !this.#showsAll) return;
    this.#line(event, `${where} ${this.#paint("yellow", again)}: ${headline(failure)}`);
  }

  #failed(event: Progress, where: string, failure: Described, goesOn: string = ""): void {
    const told = this.#toldOf(event);
    told.failures++;
    if (told.failures > FAILURES_SHOWN && !this.#showsAll) {
      const name = failure.error ?? "no error";
      told.left.set(name, (told.left.get(name) ?? 0) + 1);
      return;
    }
    const stack = told.failures > STACKS_SHOWN && !this.#showsAll ? "" : stackOf(failure);
    this.#line(event, `${where} ${this.#paint("red", "failed")}${goesOn}: ${headline(failure)}${stack}`);
  }

  /** What was left out of an execution. */
  #summary(event: Progress, { retries, left }: Told): void {
    if (this.#isQuiet || this.#showsAll) return;
    const names = [...left].sort(([, one], [, other]) => other - one);
    const failures = names.reduce((sum, [, count]) => sum + count, 0);
    const kinds = names.slice(0, 5).map(([name, count]) => `${name} ${count}`);
    if (failures > 0)
      this.#line(
        event,
        `${failures} more ${failures === 1 ? "failure" : "failures"}: ${kinds.join(", ")}${names.length > 5 ? ", …" : ""}`,
      );
    const more = retries - RETRIES_SHOWN;
    if (more > 0) this.#line(event, more === 1 ? "1 more retry" : `${more} more retries`);
  }

  get #showsAll(): boolean {
    return this.#options.level === "verbose";
  }

  #toldOf({ execution }: Progress): Told {
    const { arn, stateMachineArn } = execution.root ?? execution;
    const known = this.#told.get(arn);
    if (known !== undefined) return known;
    const told = new Told(this.#options.graphOf?.(stateMachineArn));
    this.#told.set(arn, told);
    return told;
  }

  #line({ execution }: Progress, text: string): void {
    const { stateMachineArn, stateMachineName, name } = execution.root ?? execution;
    const machine = this.#options.nameOf?.(stateMachineArn) ?? stateMachineName;
    this.#budget.say(`${machine} ${this.#paint("gray", shortName(name))} ${text}`);
  }

  #paint(colour: "green" | "red" | "yellow" | "gray", text: string): string {
    return this.#options.colours ? styleText(colour, text, { validateStream: false }) : text;
  }
}

/** Whether to write colours to a stream: FORCE_COLOR and NO_COLOR say so, or that it is a terminal. */
export function hasColours(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no } = env;
  if (force !== undefined) return force !== "0" && force !== "false";
  return (no === undefined || no === "") && stream.isTTY && stream.hasColors(env);
}

function headline({ error, cause, explanation }: Described): string {
  const document = errorDocumentIn(cause);
  const text =
    document === undefined ? explain(error, cause, explanation) : explain(error, document.message, explanation);
  const [first = ""] = text.split("\n");
  return first.length > ERROR_WIDTH ? `${first.slice(0, ERROR_WIDTH)}…` : first;
}

/** What comes after the first line of the error's stack: further lines of its message, and the author's own frames. */
function stackOf({ cause }: Described): string {
  const [, ...rest] = errorDocumentIn(cause)?.trace ?? [];
  const frames = rest.filter(isFrame);
  const beneath = frames.findIndex((frame) => BENEATH.some((folder) => frame.includes(folder)));
  const own = beneath < 0 ? frames : frames.slice(0, beneath);
  const message = rest.filter((line) => !isFrame(line));
  return [...message.slice(0, STACK_LINES), ...own.slice(0, STACK_LINES)]
    .map((line) => `\n    ${line.trim()}`)
    .join("");
}

function isFrame(line: string): boolean {
  return /^\s*at /.test(line);
}

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url)).replace(/dist[\\/]$/, "");
/** Where the code lies that calls a task, as source maps name it. */
const BENEATH = [`${PACKAGE}sdk`, `${PACKAGE}handlers${sep}invocation`];

function seconds(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
