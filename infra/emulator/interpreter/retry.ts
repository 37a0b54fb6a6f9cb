import type { Retrier } from "../../asl/definition.ts";
import type { Dataflow } from "../../language/language.ts";
import type { StateError } from "../../language/state-error.ts";
import type { Identity } from "../kernel/identity.ts";

/** Whether an `ErrorEquals` list names this error. */
export function matches(errors: readonly string[], failure: StateError): boolean {
  // Not even its own name stands for it.
  if (failure.error === "States.Runtime") return false;
  return errors.some(
    (name) =>
      name === failure.error ||
      name === "States.ALL" ||
      (name === "States.Timeout" && failure.error === "States.HeartbeatTimeout") ||
      (name === "States.TaskFailed" && !TIMEOUTS.has(failure.error)),
  );
}

const TIMEOUTS: ReadonlySet<string | undefined> = new Set(["States.Timeout", "States.HeartbeatTimeout"]);

/** A catcher of a state's `Catch`. */
export interface CompiledCatcher {
  readonly errors: readonly string[];
  readonly next: string;
  readonly flow: Dataflow;
}

export function catcherFor(catchers: readonly CompiledCatcher[], failure: StateError): CompiledCatcher | undefined {
  return catchers.find((catcher) => matches(catcher.errors, failure));
}

/** How often each retrier of a state has been used in one visit. */
export class Retries {
  readonly #retriers: readonly Retrier[];
  readonly #used = new Map<Retrier, number>();
  readonly #before: number;
  /** The index of the retrier that was used last. */
  latest = -1;

  /** @param before How often each has been used already. */
  constructor(retriers: readonly Retrier[], before = 0) {
    this.#retriers = retriers;
    this.#before = before;
  }

  /** Seconds until the next attempt, or undefined when there is none. */
  next(failure: StateError, identity: Identity): number | undefined {
    const retrier = this.#retriers.find(({ ErrorEquals }) => matches(ErrorEquals, failure));
    if (retrier === undefined) return undefined;
    const used = this.#used.get(retrier) ?? this.#before;
    if (used >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#used.set(retrier, used + 1);
    this.latest = this.#retriers.indexOf(retrier);
    const delay = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
    const capped = Math.min(delay, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
    return retrier.JitterStrategy === "FULL" ? identity.random() * capped : capped;
  }
}
