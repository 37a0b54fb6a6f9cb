import {
  appendFileSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { StateMachine } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { History, type StoredHistory } from "../kernel/history.ts";
import { compileProgram } from "../interpreter/compile.ts";
import type { Program } from "../interpreter/thread.ts";
import { Execution, type ExecutionPlan, type ExecutionStatus, type Surroundings } from "./execution.ts";
import type { StoredActivity } from "./activities.ts";
import type { StoredMachine } from "./state-machine.ts";
import type { Tags } from "./tags.ts";

type StoredPlan = Omit<ExecutionPlan, "program" | "input">;

interface StoredExecution {
  readonly plan: StoredPlan;
  readonly startDate: number;
  readonly status: ExecutionStatus;
  readonly stopDate?: number;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
  readonly history?: StoredHistory;
}

/** All but the executions. */
export interface StoredService {
  readonly stateMachines: readonly StoredMachine[];
  readonly activities: readonly StoredActivity[];
  readonly tags: ReturnType<Tags["stored"]>;
}

/**
 * A directory that outlives the process: `service.json`, and `executions.jsonl` with a line at the start of every
 * execution and another, with its history, at its end. An execution without its second line was running when the
 * process ended; it comes back as TIMED_OUT, for its tasks are gone.
 */
export class Storage {
  readonly #service: string;
  readonly #executions: string;
  #saved = "";

  /** @param directory Is made when it is not there. */
  constructor(directory: string) {
    mkdirSync(directory, { recursive: true });
    this.#service = join(directory, "service.json");
    this.#executions = join(directory, "executions.jsonl");
  }

  service(): StoredService {
    if (!existsSync(this.#service)) return { stateMachines: [], activities: [], tags: {} };
    return JSON.parse(readFileSync(this.#service, "utf8"));
  }

  saveService(service: StoredService): void {
    const text = JSON.stringify(service, null, 2);
    if (text === this.#saved) return;
    const draft = `${this.#service}.draft`;
    writeFileSync(draft, text);
    renameSync(draft, this.#service);
    this.#saved = text;
  }

  saveExecution({ plan, status, startDate, stopDate, output, error, cause, history }: Execution): void {
    const { program: _program, input: _input, ...stored } = plan;
    const line: StoredExecution = {
      plan: stored,
      startDate: startDate.getTime(),
      status,
      ...(stopDate === undefined ? {} : { stopDate: stopDate.getTime(), history: history.stored() }),
      ...(output === undefined ? {} : { output }),
      ...(error === undefined ? {} : { error }),
      ...(cause === undefined ? {} : { cause }),
    };
    appendFileSync(this.#executions, `${JSON.stringify(line)}\n`);
  }

  /**
   * The latest `most` executions of earlier processes, in the order of their starts, as far as their state machines
   * exist. What is left out, and lines that others have overtaken, leave the file.
   */
  executions(
    surroundings: Surroundings,
    most: number,
    existing: (stateMachineArn: string) => boolean,
  ): readonly Execution[] {
    const latest = new Map<string, StoredExecution>();
    let lines = 0;
    for (const line of readLines(this.#executions)) {
      lines++;
      const stored = parseLine(line);
      // A child's state machine is its parent's, and the Map state's label.
      if (stored !== undefined && existing(stored.plan.stateMachineArn.split("/")[0] ?? ""))
        latest.set(stored.plan.arn, stored);
    }
    const kept = [...latest.values()].slice(-most);
    if (kept.length < lines) this.#rewrite(kept);
    const programs = new Map<string, Program>();
    return kept.map((stored) => revive(stored, surroundings, programs));
  }

  #rewrite(executions: readonly StoredExecution[]): void {
    const draft = `${this.#executions}.draft`;
    writeFileSync(draft, "");
    for (const execution of executions) appendFileSync(draft, `${JSON.stringify(execution)}\n`);
    renameSync(draft, this.#executions);
  }
}

function parseLine(line: string): StoredExecution | undefined {
  try {
    return JSON.parse(line);
  } catch {
    // The process ended while it wrote its last line.
    return undefined;
  }
}

const CHUNK_BYTES = 1 << 20;

/** The lines that are not empty, one after the other: the file may be larger than a string can be. */
function* readLines(file: string): Generator<string> {
  if (!existsSync(file)) return;
  const descriptor = openSync(file, "r");
  try {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const decoder = new StringDecoder("utf8");
    let rest = "";
    for (let size = readSync(descriptor, chunk); size > 0; size = readSync(descriptor, chunk)) {
      const lines = (rest + decoder.write(chunk.subarray(0, size))).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) if (line !== "") yield line;
    }
    if (rest !== "") yield rest;
  } finally {
    closeSync(descriptor);
  }
}

/** @param programs What has been compiled so far, by the definition's text. */
function revive(stored: StoredExecution, surroundings: Surroundings, programs: Map<string, Program>): Execution {
  const { definition } = stored.plan;
  const program = programs.get(definition) ?? compiled(definition);
  programs.set(definition, program);
  const plan: ExecutionPlan = {
    ...stored.plan,
    program,
    input: stored.plan.inputText.trim() === "" ? {} : JSON.parse(stored.plan.inputText),
  };
  const history = stored.history === undefined ? new History() : History.from(stored.history);
  const execution = new Execution(plan, surroundings, new Date(stored.startDate), history);
  const { output, error, cause, startDate, stopDate = startDate } = stored;
  if (stored.status === "RUNNING") {
    const id = history.append("ExecutionStarted", 0, startDate, { input: plan.input, roleArn: plan.roleArn });
    history.append("ExecutionTimedOut", id, startDate, { error: "States.Timeout", cause: "The emulator was stopped." });
  }
  execution.restore(stored.status === "RUNNING" ? "TIMED_OUT" : stored.status, new Date(stopDate), {
    output,
    error,
    cause,
  });
  return execution;
}

function compiled(text: string): Program {
  const definition: StateMachine = JSON.parse(text);
  return compileProgram(definition, definition.QueryLanguage);
}
