import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json } from "../../sdk/base/json.ts";
import type { ObjectStore } from "../../sdk/store/object-store.ts";
import { unseal } from "../../sdk/values/sealed-output.ts";
import type { ExecutionDescription, Functions, Integration } from "../emulator/index.ts";
import { StepFunctions } from "../emulator/index.ts";
import { seededIdentity } from "../emulator/kernel/identity.ts";
import { answering, type Answers } from "../run/answers.ts";
import { InProcessReplicas } from "../run/local-replicas.ts";
import { HEAD_OBJECT } from "../run/head-object.ts";
import { Chance } from "./chance.ts";
import { type Fault, PlannedFaults } from "./fault.ts";
import { EXECUTION, type Plan, type Sites } from "./plan.ts";
import type { ReplicaProgram } from "./replica-program.ts";
import { type ReplicaTotals, SimulatedLambda } from "./simulated-lambda.ts";
import { SimulatedS3 } from "./simulated-s3.ts";
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
  /** This machine's store, in which files are that the input names. */
  readonly origin: ObjectStore | undefined;
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
  #functions: Functions | undefined;
  #identity = seededIdentity(0);
  #runs = 0;
  #s3: SimulatedS3 | undefined;
  readonly #states: StepFunctions;
  readonly #machine: string;

  constructor(subject: Subject) {
    this.#subject = subject;
    this.#states = this.#stepFunctions();
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
    const host = { program, time, chance, faults, s3, environment, directory: this.#directory, clients: {} };
    const lambda = new SimulatedLambda(host, service.functions, isFresh);
    this.#functions = lambda;
    this.#s3 = s3;
    this.#identity = seededIdentity(plan.seed);
    try {
      const outcome = await time.until(this.#execute(isFresh, faults));
      return {
        outcome,
        sites: { calls: lambda.calls, requests: s3.requests },
        struck: faults.struck.filter((fault) => plan.faults.includes(fault)),
        replicas: lambda.close(),
        results: storedResults(s3),
        seconds: (time.now() - began) / 1000,
        leftFiles: readdirSync(this.#directory),
      };
    } finally {
      lambda.close();
    }
  }

  async #execute(isFresh: boolean, faults: PlannedFaults): Promise<Outcome> {
    faults.take(EXECUTION, 1);
    const input = isFresh ? withoutStored(this.#subject.input) : this.#subject.input;
    const unanswered = answering(this.#states.taskTokens, this.#subject.answers);
    const name = `run-${++this.#runs}`; // an execution's name is taken as long as it is kept
    const { executionArn } = this.#states.startExecution({ stateMachineArn: this.#machine, name, input });
    return outcomeOf(await Promise.race([this.#states.executionEnd(executionArn), unanswered]));
  }

  #stepFunctions(): StepFunctions {
    return new StepFunctions(
      {
        functions: { invoke: (request) => this.#current().invoke(request), provisioned: new InProcessReplicas() },
        integrations: {
          [HEAD_OBJECT]: simulatedHeadObject(() => this.#s3),
          ...this.#subject.integrations,
        },
        keep: KEPT,
      },
      {
        clock: this.#time,
        identity: {
          uuid: () => this.#identity.uuid(),
          taskToken: () => this.#identity.taskToken(),
          random: () => this.#identity.random(),
        },
      },
    );
  }

  #current(): Functions {
    if (this.#functions === undefined) throw new Error("nothing runs yet");
    return this.#functions;
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

/** Of what tasks have stored as their outputs, by key without the bucket. */
function storedResults(s3: SimulatedS3): Map<string, Json | undefined> {
  const results = new Map<string, Json | undefined>();
  for (const [address, { body }] of s3.all()) {
    const [, name] = /(?:^|\/)(results\/.*\.json)$/.exec(address) ?? [];
    if (name !== undefined) results.set(address, unseal(name, body));
  }
  return results;
}
