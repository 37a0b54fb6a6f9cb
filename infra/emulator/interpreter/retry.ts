import type { Retrier } from "../../asl/definition.ts";
import type { Dataflow } from "../../language/language.ts";
import type { StateError } from "../../language/state-error.ts";
import type { Identity } from "../kernel/identity.ts";

/** Whether an `ErrorEquals` list names this error, or a wildcard that stands for it. */
export function matches(errors: readonly string[], failure: StateError): boolean {
  // AWS: it "will always cause the execution to fail"; a recorded catcher of this very name did not catch it.
  if (failure.error === "States.Runtime") return false;
  return errors.some(
    (name) =>
      name === failure.error ||
      (name === "States.Timeout" && failure.error === "States.HeartbeatTimeout") ||
      (!failure.terminal && isWildcardFor(name, failure)),
  );
}

function isWildcardFor(name: string, { error }: StateError): boolean {
  return name === "States.ALL" || (name === "States.TaskFailed" && !TIMEOUTS.has(error));
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
  /** The index of the retrier that matched last, whether or not it had attempts left. */
  latest = -1;

  /** @param before How often each has been used already. @param used Likewise, by the retrier's index. */
  constructor(retriers: readonly Retrier[], before = 0, used: readonly number[] = []) {
    this.#retriers = retriers;
    this.#before = before;
    for (const [index, retrier] of retriers.entries()) this.#used.set(retrier, used[index] ?? before);
  }

  /** By the retrier's index. */
  get used(): readonly number[] {
    return this.#retriers.map((retrier) => this.#used.get(retrier) ?? this.#before);
  }

  /** Seconds until the next attempt, or undefined when there is none. */
  next(failure: StateError, identity: Identity): number | undefined {
    const retrier = this.#retriers.find(({ ErrorEquals }) => matches(ErrorEquals, failure));
    if (retrier === undefined) return undefined;
    this.latest = this.#retriers.indexOf(retrier);
    const used = this.#used.get(retrier) ?? this.#before;
    if (used >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#used.set(retrier, used + 1);
    const delay = (retrier.IntervalSeconds ?? 1) * (retrier.BackoffRate ?? 2) ** used;
    const capped = Math.min(delay, retrier.MaxDelaySeconds ?? Number.POSITIVE_INFINITY);
    return retrier.JitterStrategy === "FULL" ? identity.random() * capped : capped;
  }
}
