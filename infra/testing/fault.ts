/** What can go wrong, by its name: where it strikes, and which errors an execution may end with because of it. */
interface Kind {
  /** A call of a function, a request of the store, or a moment of the execution. */
  readonly strikes: "call" | "request" | "time";
  readonly errors: readonly string[];
  /** Of requests those that it can strike; absent: all. */
  readonly only?: RegExp;
}

/** Names of the store's errors, as its client throws them once it has tried often enough; and Lambent's own of them. */
const STORE_ERRORS = ["SlowDown", "TimeoutError", "LambentError", "StoredValueLost", "DownloadFailed"] as const;
/** A call that takes too long is ended by Lambda, or given up by the state. */
const LATE = ["Sandbox.Timedout", "States.Timeout"] as const;

/** A map's EXPRESS child execution ends after five minutes, also while a call stands still: nothing tries it again. */
const EXPRESS_IS_OVER = "States.ExceedToleratedFailureThreshold";

/**
 * What can go wrong in a simulation.
 * @example
 * const faults: FaultKind[] = ["killed", "deliveredTwice", "storeUnavailable"];
 */
export type FaultKind =
  | "recycled"
  | "killed"
  | "outOfMemory"
  | "frozen"
  | "spilled"
  | "slowInit"
  | "failedInit"
  | "failedPreload"
  | "throttled"
  | "serviceError"
  | "deliveredTwice"
  | "answerLost"
  | "clockJump"
  | "storeUnavailable"
  | "storeTimeout"
  | "storeTruncated"
  | "storeStale"
  | "restarted";

const KINDS: Readonly<Record<FaultKind, Kind>> = {
  /** The replica that would have taken the call has gone before it. */
  recycled: { strikes: "call", errors: [] },
  /** The replica ends while it works. */
  killed: { strikes: "call", errors: ["Runtime.ExitError"] },
  outOfMemory: { strikes: "call", errors: ["Runtime.OutOfMemory"] },
  /** The replica stands still, for hours between two calls or for a minute within one. */
  frozen: { strikes: "call", errors: [...LATE, EXPRESS_IS_OVER] },
  /** All replicas are busy: another one starts for the call. */
  spilled: { strikes: "call", errors: [] },
  /** Starting a replica takes longer than Lambda waits: it begins anew. */
  slowInit: { strikes: "call", errors: LATE },
  /** A replica that starts for the call ends while it does. */
  failedInit: { strikes: "call", errors: ["Runtime.ExitError"] },
  /** A replica starts for the call, and nothing that its caches load beforehand can be loaded. */
  failedPreload: { strikes: "call", errors: [] },
  throttled: { strikes: "call", errors: ["Lambda.TooManyRequestsException"] },
  /** Lambda answers that it has failed, and has not run the function. */
  serviceError: { strikes: "call", errors: ["Lambda.ServiceException"] },
  /** Two replicas get the same call, one after the other or at the same time. */
  deliveredTwice: { strikes: "call", errors: [] },
  /** The function has done its work, and the connection breaks before the answer. */
  answerLost: { strikes: "call", errors: ["Lambda.SdkClientException"] },
  /** The replica's wall clock is set, back or forward, by up to a day. */
  clockJump: { strikes: "call", errors: LATE },
  /** S3 answers 503, once or several times. */
  storeUnavailable: { strikes: "request", errors: STORE_ERRORS },
  /** No answer comes, be the request carried out or not. */
  storeTimeout: { strikes: "request", errors: STORE_ERRORS },
  /** The connection breaks in the middle of an object. */
  storeTruncated: { strikes: "request", errors: STORE_ERRORS, only: /^get / },
  /** The answer is what was true before the object was written last. */
  storeStale: { strikes: "request", errors: STORE_ERRORS, only: /^(?:get|head) / },
  /** The emulator ends, and another one goes on with the directory of its data. */
  restarted: { strikes: "time", errors: [] },
};
/**
 * All kinds of faults.
 * @example
 * const report = await simulate(wf, {}, { faults: FAULT_KINDS.filter((kind) => kind !== "restarted") });
 */
export const FAULT_KINDS: readonly FaultKind[] = Object.keys(KINDS) as FaultKind[]; // its fields are the kinds

/**
 * One thing that goes wrong.
 * @example
 * const fault: Fault = { kind: "killed", at: "score[3]", nth: 1, moment: 0.5 };
 */
export interface Fault {
  /** What it is. */
  readonly kind: FaultKind;
  /** The state that calls, with its item, as `score[3]`; the store's request, as `get results/…`; or `execution`. */
  readonly at: string;
  /** Which of the calls from there, or of such requests, counted from 1. */
  readonly nth: number;
  /** In [0, 1): how far the work has come when it strikes, or how bad it is. */
  readonly moment: number;
}

export function strikesOf(kind: FaultKind): Kind["strikes"] {
  return KINDS[kind].strikes;
}

/** Whether it can strike there. */
export function canStrike(kind: FaultKind, at: string): boolean {
  return KINDS[kind].only?.test(at) ?? true;
}

/** What any state tries again by itself, and how often: see infra/compile/invocation-state.ts. */
const TRIED_AGAIN: ReadonlySet<string> = new Set([
  "Lambda.TooManyRequestsException",
  "Lambda.ServiceException",
  "Lambda.SdkClientException",
]);
const ATTEMPTS = 6;

/** Whether an execution may end with that error because of the faults that have struck. */
export function mayEndWith(struck: readonly Fault[], error: string): boolean {
  const guilty = struck.filter(({ kind }) => KINDS[kind].errors.includes(error));
  return guilty.length > (TRIED_AGAIN.has(error) ? ATTEMPTS : 0);
}

/** `killed at score[3], call 2`. */
export function printFault({ kind, at, nth }: Fault): string {
  switch (strikesOf(kind)) {
    case "call":
      return `${kind} at ${at}, call ${nth}`;
    case "request":
      return `${kind} at ${at}, request ${nth}`;
    case "time":
      return `${kind} while it runs`;
  }
}

/** The faults of one run, each of which strikes once. */
export class PlannedFaults {
  readonly #left: Set<Fault>;
  /** Those that have struck. */
  readonly struck: Fault[] = [];

  constructor(faults: readonly Fault[]) {
    this.#left = new Set(faults);
  }

  /** The faults of these kinds that strike there. */
  take(at: string, nth: number, ...kinds: readonly FaultKind[]): readonly Fault[] {
    const here = [...this.#left].filter((one) => one.at === at && one.nth === nth && kinds.includes(one.kind));
    for (const fault of here) {
      this.#left.delete(fault);
      this.struck.push(fault);
    }
    return here;
  }

  /** One more, that comes of one that has struck. */
  add(fault: Fault): void {
    this.#left.add(fault);
  }

  takeOne(at: string, nth: number, ...kinds: readonly FaultKind[]): Fault | undefined {
    const first = [...this.#left].find((one) => one.at === at && one.nth === nth && kinds.includes(one.kind));
    if (first === undefined) return undefined;
    this.#left.delete(first);
    this.struck.push(first);
    return first;
  }
}
