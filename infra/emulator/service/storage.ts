import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Json, StateMachine } from "../../asl.ts";
import { History, type StoredHistory } from "../history.ts";
import { compileProgram } from "../interpreter/program.ts";
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

  /** The executions of earlier processes, in the order of their starts. */
  executions(surroundings: Surroundings): readonly Execution[] {
    const latest = new Map<string, StoredExecution>();
    for (const line of this.#lines()) latest.set(line.plan.arn, line);
    return [...latest.values()].map((stored) => revive(stored, surroundings));
  }

  #lines(): readonly StoredExecution[] {
    if (!existsSync(this.#executions)) return [];
    return readFileSync(this.#executions, "utf8")
      .split("\n")
      .flatMap((line): StoredExecution[] => {
        try {
          return line === "" ? [] : [JSON.parse(line)];
        } catch {
          // The process ended while it wrote its last line.
          return [];
        }
      });
  }
}

function revive(stored: StoredExecution, surroundings: Surroundings): Execution {
  const definition: StateMachine = JSON.parse(stored.plan.definition);
  const plan: ExecutionPlan = {
    ...stored.plan,
    program: compileProgram(definition, definition.QueryLanguage),
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
