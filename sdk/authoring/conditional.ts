import { LambentError } from "../base/errors.ts";
import type { Block } from "../graph/graph.ts";
import { originOf, type Ref, type Sync, type Value } from "../graph/ref.ts";
import { Condition } from "./condition.ts";
import { currentTrace } from "./current-trace.ts";
import { failureName } from "./failing.ts";
import { given } from "./given.ts";

/**
 * What is done where a condition holds: one of the pairs that {@link choose} is given.
 * @example
 * const ways: Way<string>[] = [[gt(scored.value, 0.5), () => "good"]];
 */
export type Way<T> = readonly [condition: Condition, then: () => Sync<T>];

/** The same ways, if none of their branches is async: of `unknown`, which any branch gives, that is not known. */
type SyncWays<W extends readonly Way<unknown>[]> = { readonly [K in keyof W]: Way<ReturnType<W[K][1]>> };

/**
 * Run one of two branches. Both are traced; the state machine chooses, by a Choice state.
 * @param condition made by `eq`, `gt`, `isTrue`, `and`, `not` and the like
 * @param then called now; its nodes run if the condition holds
 * @param otherwise called now; its nodes run if it does not
 * @returns the output of the branch that ran
 * @throws {LambentError} outside of a workflow, for what is no condition or no function, or where both branches end in `fail(…)`
 * @example
 * const published = conditional(
 *   gt(scored.value, 0.5),
 *   () => publish({ text }),
 *   () => "too low",
 * );
 */
export function conditional<A, B>(
  condition: Condition,
  then: () => Sync<A>,
  otherwise: () => Sync<B>,
): Ref<Value<A> | Value<B>> {
  return choice("conditional", [[condition, then]], otherwise);
}

/**
 * Run the branch of the first condition that holds, and `otherwise` where none does: if, else if, else. All branches
 * are traced; the state machine chooses, by the rules of one Choice state.
 * @param ways conditions in the order in which they are asked, each with its branch; one at least
 * @param otherwise the branch that runs where none of them holds
 * @returns the output of the branch that ran
 * @throws {LambentError} if it is given anything else, or where all branches end in `fail(…)`
 * @example
 * const published = choose(
 *   [
 *     [eq(text, ""), () => "empty"],
 *     [gt(scored.value, 0.5), () => publish({ text })],
 *   ],
 *   () => "too low",
 * );
 */
export function choose<const W extends readonly Way<unknown>[], B>(
  ways: W & SyncWays<W>,
  otherwise: () => Sync<B>,
): Ref<Value<ReturnType<W[number][1]>> | Value<B>> {
  if (!Array.isArray(ways) || ways.length === 0 || !ways.every((way) => Array.isArray(way) && way.length === 2)) {
    throw new LambentError(
      `choose(…) takes a list of pairs first, each a condition and its branch: choose([[gt(n, 1), () => …]], () => …); it was given ${given(ways)}`,
    );
  }
  return choice("choose", ways, otherwise);
}

function choice<T>(what: string, ways: readonly Way<unknown>[], otherwise: () => unknown): Ref<T> {
  const trace = currentTrace(what, "call it in a workflow's function");
  const tests = ways.map(([condition]) => Condition.testOf(condition, `${what}(…)`));
  const branches = [...ways.map(([, then]) => then), otherwise];
  branches.forEach((branch) => checkBranch(what, branch));
  const tested = tests.map((test) => test(trace));
  const named = trace.named("choice");
  const blocks = branches.map((branch, index) => trace.block(`the ${ordinal(index)} branch of ${what}(…)`, branch));
  const last = blocks.at(-1);
  if (last === undefined || blocks.every(({ failure }) => failure !== undefined)) throw alwaysFails(what, blocks);
  return trace.add({
    kind: "choice",
    ...named,
    // As many blocks as tests, and one more.
    ways: tested.map((test, index) => ({ test, block: blocks[index] as Block })),
    otherwise: last,
  });
}

function checkBranch(what: string, branch: unknown): void {
  if (typeof branch === "function" && originOf(branch) === undefined) return;
  throw new LambentError(
    `${what}(…) takes a function for each of its branches, such as () => 1; it was given ${given(branch)}`,
  );
}

function alwaysFails(what: string, blocks: readonly Block[]): LambentError {
  const errors = blocks.map(({ failure }) => (failure === undefined ? "" : failureName(failure)));
  return new LambentError(
    `${what}(…) fails on every branch (${errors.join(", ")}), so nothing after it could run: let one branch return a value`,
  );
}

function ordinal(index: number): string {
  return ["first", "second", "third"][index] ?? `${index + 1}th`;
}
