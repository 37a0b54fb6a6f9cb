import { getHeapStatistics } from "node:v8";
import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import type { EndpointOptions } from "../aws/endpoints.ts";
import type { GivenConnection } from "../integrations/connections.ts";
import type { Integration } from "../integrations/integrations.ts";
import {
  ACCOUNT_ID,
  checkKinds,
  COUNT,
  FLAG,
  FUNCTION,
  type Kinds,
  OBJECT,
  REGION,
  TEXT,
  TEXT_OR_OBJECT,
} from "../kernel/check-options.ts";
import { type Clock, skippingClock, wallClock } from "../kernel/clock.ts";
import { type Identity, randomIdentity, seededIdentity } from "../kernel/identity.ts";
import type { Limits } from "../kernel/limits.ts";
import type { Progress } from "../kernel/progress.ts";
import type { Functions } from "../lambda/functions.ts";
import type { MockConfiguration } from "./mock-configuration.ts";

/**
 * What Step Functions on this machine needs: functions to invoke, and how it is to run.
 * @example
 * const options: StepFunctionsOptions = { functions: httpFunctions("http://127.0.0.1:3002"), skipWaits: true, seed: 1 };
 * const states = new StepFunctions(options);
 */
export interface StepFunctionsOptions extends EndpointOptions {
  /** Performs `lambda:invoke` and Tasks that name a function's ARN. */
  readonly functions: Functions;
  /** Default `us-east-1`. */
  readonly region?: string;
  /** Default `000000000000`. */
  readonly accountId?: string;
  /**
   * Handlers for Tasks, by what follows `arn:aws:states:::`, as `sqs:sendMessage` or `aws-sdk:ssm:getParameter`;
   * `dynamodb:*` is for all actions of a service, and `*` for all that this emulator does not perform by itself.
   */
  readonly integrations?: Readonly<Record<string, Integration>>;
  /** Where clients of the AWS SDK are looked for, as `@aws-sdk/client-sns`. Default: the working directory. */
  readonly project?: string;
  /**
   * Connections of EventBridge by their names, for Tasks with `http:invoke`: what `CreateConnection` takes. Others are
   * looked up where EventBridge and Secrets Manager have their endpoint.
   */
  readonly connections?: Readonly<Record<string, GivenConnection>>;
  /**
   * Test cases in which Tasks are mocked: the path of a file as AWS's Step Functions Local has, which is read again when
   * a test case is started, or what it says. StartExecution of `stateMachineArn#TestCase` runs one.
   */
  readonly mocks?: string | MockConfiguration;
  /** Wait states and retry delays pass at once, with the timestamps they would have had. */
  readonly skipWaits?: boolean;
  /** Ids, random numbers and the clock are those of this seed: two runs are the same, event for event. Implies `skipWaits`. */
  readonly seed?: number;
  /** Default: AWS's quotas. */
  readonly limits?: Partial<Limits>;
  /** A directory in which state machines, activities, tags and executions are kept, those that run too. Default: memory alone. */
  readonly data?: string;
  /**
   * Whether what happens in executions outlives a crash of the machine: `always` waits for the disk before each call of a
   * Task. What has been written outlives this process in any case. Default: `never`.
   */
  readonly fsync?: "always" | "never";
  /** How many executions are kept, Map Runs' children among them, before those that ended longest ago go. Default 10,000. */
  readonly keep?: number;
  /** Called with what happens in executions: starts and ends, failed attempts, tasks that succeed. */
  readonly onProgress?: (event: Progress) => void;
  /** How many bytes of executions are kept, by an estimate of what they take in memory. Default: a quarter of this process's heap, at most 256 MiB. */
  readonly keepBytes?: number;
}

/** What each option may be; services and URLs, integrations, connections and mocks are looked into where they are used. */
export const STEP_FUNCTIONS_OPTIONS: Kinds<StepFunctionsOptions> = {
  functions: {
    wanted: 'an object with a method invoke, as httpFunctions("http://127.0.0.1:3002") makes one',
    fits: (value) => typeof (value as Partial<Functions>).invoke === "function", // any value but null and undefined has members
  },
  region: REGION,
  accountId: ACCOUNT_ID,
  endpointUrl: TEXT_OR_OBJECT,
  aws: FLAG,
  integrations: OBJECT,
  project: TEXT,
  connections: OBJECT,
  mocks: TEXT_OR_OBJECT,
  skipWaits: FLAG,
  seed: { wanted: "a whole number", fits: Number.isInteger },
  limits: OBJECT,
  data: TEXT,
  fsync: { wanted: '"always" or "never"', fits: (value) => value === "always" || value === "never" },
  keep: COUNT,
  keepBytes: COUNT,
  onProgress: FUNCTION,
};

const LIMITS: Kinds<Limits> = {
  payloadBytes: COUNT,
  historyEvents: COUNT,
  variableBytes: COUNT,
  variablesBytes: COUNT,
};

/** @throws {LambentError} for an option that is unknown, or whose value does not fit */
export function checkStepFunctions(options: StepFunctionsOptions): void {
  const what = "new StepFunctions(…)";
  checkKinds(what, options, STEP_FUNCTIONS_OPTIONS);
  if (options.functions === undefined)
    throw new LambentError(`${what}: functions is missing: it must be ${STEP_FUNCTIONS_OPTIONS.functions.wanted}`);
  if (options.limits !== undefined) checkKinds(`${what}: limits`, options.limits, LIMITS);
}

/** Where it takes its time and its ids from. */
export interface Sources {
  readonly clock: Clock;
  readonly identity: Identity;
}

/** Defaults of `keep` and `keepBytes`. */
export const KEPT_EXECUTIONS = 10_000;
export const KEPT_BYTES: number = Math.min(256 * 1024 * 1024, getHeapStatistics().heap_size_limit / 4);

const FIXED_START = Date.UTC(2026, 0, 1);

/** An execution goes on, whatever becomes of what is told about it. */
export function watchOf({ onProgress }: StepFunctionsOptions): ((event: Progress) => void) | undefined {
  if (onProgress === undefined) return undefined;
  return (event) => {
    try {
      onProgress(event);
    } catch (error) {
      process.emitWarning(`onProgress threw: ${messageOf(error)}`);
    }
  };
}

export function sourcesOf({ seed, skipWaits }: StepFunctionsOptions): Sources {
  if (seed !== undefined) return { clock: skippingClock(FIXED_START), identity: seededIdentity(seed) };
  return { clock: skipWaits === true ? skippingClock() : wallClock(), identity: randomIdentity() };
}
