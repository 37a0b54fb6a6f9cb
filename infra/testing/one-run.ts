import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { Json } from "../../sdk/base/json.ts";
import { unseal } from "../../sdk/values/sealed-output.ts";
import type { ExecutionDescription, Functions, Integration } from "../emulator/index.ts";
import { StepFunctions } from "../emulator/index.ts";
import { seededIdentity } from "../emulator/kernel/identity.ts";
import { answering, type Answers } from "../run/answers.ts";
import { InProcessReplicas } from "../run/local-replicas.ts";
import { HEAD_OBJECT } from "../run/head-object.ts";
import { Chance } from "./chance.ts";
import { EmulatorLife } from "./emulator-life.ts";
import { type Fault, PlannedFaults } from "./fault.ts";
import type { Origin } from "./origin.ts";
import { EXECUTION, type Plan, type Sites } from "./plan.ts";
import type { ReplicaProgram } from "./replica-program.ts";
import { type ReplicaTotals, SimulatedLambda } from "./simulated-lambda.ts";
import { RESULT, SimulatedS3 } from "./simulated-s3.ts";
import type { SimulatedService } from "./simulated-service.ts";
import { simulatedHeadObject } from "./s3-head.ts";
import { VirtualTime } from "./virtual-time.ts";

/** What all runs of one workflow have in common. */
export interface Subject {
  readonly service: SimulatedService;
  readonly program: ReplicaProgram;
  /** JSON text. */
  readonly input: string;
  readonly answers: Answers;
  readonly integrations: Readonly<Record<string, Integration>>;
  readonly environment: Readonly<Record<string, string>>;
  /** In which files are that the input names; undefined if it names none. */
  readonly origin: Origin | undefined;
}

/** How an execution has ended. */
export interface Outcome {
  readonly status: string;
  readonly output?: Json;
  readonly error?: string;
  readonly cause?: string;
}

/** What is known of one run when it is over. */
export interface Run {
  readonly outcome: Outcome;
  readonly sites: Sites;
  readonly struck: readonly Fault[];
  readonly replicas: ReplicaTotals;
  /** By key: the outputs of tasks with `cache: true` that are stored. Undefined: what is there is not one. */
  readonly results: ReadonlyMap<string, Json | undefined>;
  /** Seconds of virtual time. */
  readonly seconds: number;
  /** Files that replicas have left. */
  readonly leftFiles: readonly string[];
}

/** The state machines of a subject, one run after the other. */
export class Runner {
  readonly #subject: Subject;
  readonly #time = new VirtualTime();
  readonly #directory = mkdtempSync(join(tmpdir(), "lambent-simulation-"));
  readonly #replicas = join(this.#directory, "replicas");
  readonly #provisioned = new InProcessReplicas();
  #lambda: SimulatedLambda | undefined;
  #s3: SimulatedS3 | undefined;
  #identity = seededIdentity(0);
  #runs = 0;
  /** Milliseconds that the first run took: a fault at a moment of the execution is at a part of it. */
  #usualMs: number | undefined;
  readonly #states: StepFunctions;
  readonly #machine: string;

  constructor(subject: Subject) {
    this.#subject = subject;
    mkdirSync(this.#replicas);
    this.#states = this.#stepFunctions(this.#life());
    this.#machine = subject.service.deploy(this.#states);
  }

  close(): void {
    this.#states.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  /**
   * One execution.
   * @param isFresh without any cache: no replica serves two calls, and stored outputs are computed again
   */
  async run(plan: Plan, isFresh: boolean = false): Promise<Run> {
    const { service, program, environment, origin } = this.#subject;
    const [time, chance, faults] = [this.#time, new Chance(plan.seed), new PlannedFaults(plan.faults)];
    time.reset();
    const began = time.now();
    const s3 = new SimulatedS3(time, origin);
    const host = { program, time, chance, faults, s3, environment, directory: this.#replicas };
    const lambda = new SimulatedLambda(host, service.functions, isFresh);
    this.#lambda = lambda;
    this.#s3 = s3;
    this.#identity = seededIdentity(plan.seed);
    try {
      const outcome = await time.until(this.#execute(isFresh, faults));
      this.#usualMs ??= time.now() - began;
      return {
        outcome,
        sites: { calls: lambda.calls, requests: s3.requests },
        struck: faults.struck.filter((fault) => plan.faults.includes(fault)),
        replicas: lambda.close(),
        results: storedResults(s3),
        seconds: (time.now() - began) / 1000,
        leftFiles: readdirSync(this.#replicas),
      };
    } finally {
      lambda.close();
    }
  }

  async #execute(isFresh: boolean, faults: PlannedFaults): Promise<Outcome> {
    const input = isFresh ? withoutStored(this.#subject.input) : this.#subject.input;
    const name = `run-${++this.#runs}`; // an execution's name is taken as long as it is kept
    const restart = faults.takeOne(EXECUTION, 1, "restarted");
    if (restart !== undefined) return this.#restarted(name, input, restart.moment);
    return this.#end(this.#states, this.#start(this.#states, name, input));
  }

  /** An emulator with a directory of its data ends in the middle, as by a crash, and another one gets the directory. */
  async #restarted(name: string, input: string, moment: number): Promise<Outcome> {
    const [before, after] = [join(this.#directory, `${name}-1`), join(this.#directory, `${name}-2`)];
    const life = this.#life();
    const first = this.#stepFunctions(life, before);
    this.#subject.service.deploy(first);
    const executionArn = this.#start(first, name, input);
    const ended = this.#end(first, executionArn);
    const crash = new Promise<undefined>((resolve) => {
      this.#time.after(moment * (this.#usualMs ?? 0), () => resolve(undefined));
    });
    const outcome = await Promise.race([ended, crash]);
    life.end();
    if (outcome === undefined) this.#lambda?.endReplicas();
    cpSync(before, after, { recursive: true, filter: (path) => basename(path) !== "lock" });
    first.close();
    rmSync(before, { recursive: true });
    if (outcome !== undefined) return outcome;
    const second = this.#stepFunctions(this.#life(), after);
    try {
      return await this.#end(second, executionArn);
    } finally {
      second.close();
    }
  }

  #start(states: StepFunctions, name: string, input: string): string {
    return states.startExecution({ stateMachineArn: this.#machine, name, input }).executionArn;
  }

  async #end(states: StepFunctions, executionArn: string): Promise<Outcome> {
    const unanswered = answering(states.taskTokens, this.#subject.answers);
    return outcomeOf(await Promise.race([states.executionEnd(executionArn), unanswered]));
  }

  #life(): EmulatorLife {
    return new EmulatorLife(this.#time, () => this.#current(), this.#provisioned);
  }

  #stepFunctions({ clock, functions }: EmulatorLife, data?: string): StepFunctions {
    return new StepFunctions(
      {
        functions,
        integrations: { [HEAD_OBJECT]: simulatedHeadObject(() => this.#s3), ...this.#subject.integrations },
        keep: KEPT,
        ...(data === undefined ? {} : { data }),
      },
      {
        clock,
        identity: {
          uuid: () => this.#identity.uuid(),
          taskToken: () => this.#identity.taskToken(),
          random: () => this.#identity.random(),
        },
      },
    );
  }

  #current(): Functions {
    if (this.#lambda === undefined) throw new Error("nothing runs yet");
    return this.#lambda;
  }
}

/** Executions that are kept: those of the run before are of no use. */
const KEPT = 100;

function outcomeOf({ status, output, error, cause }: ExecutionDescription): Outcome {
  return {
    status,
    ...(output === undefined ? {} : { output: JSON.parse(output) as Json }), // an execution's output is JSON
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
  };
}

function withoutStored(input: string): string {
  return JSON.stringify({ ...(JSON.parse(input) as object), overwriteCache: true }); // a workflow's input is an object
}

/** Of what tasks have stored as their outputs; undefined for a key that was ever written with anything else. */
function storedResults(s3: SimulatedS3): Map<string, Json | undefined> {
  const results = new Map<string, Json | undefined>();
  for (const { address, body } of s3.results) {
    const [, name = ""] = RESULT.exec(address) ?? [];
    const isTorn = results.has(address) && results.get(address) === undefined;
    results.set(address, isTorn ? undefined : unseal(name, body));
  }
  return results;
}
