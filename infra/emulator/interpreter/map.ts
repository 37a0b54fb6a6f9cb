import { INLINE_MAP_CONCURRENCY } from "../../../sdk/base/aws-limits.ts";
import type { MapState } from "../../asl/definition.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { Cancellation } from "../kernel/cancellation.ts";
import { HeldOutputs } from "../kernel/limits.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { itemPlace } from "../kernel/progress.ts";
import type { Expression } from "../../language/language.ts";
import { distributedMap } from "./distributed-map.ts";
import type { Inside } from "./frontier.ts";
import type { Place } from "./place.ts";
import type { Program } from "./thread.ts";
import { together } from "./together.ts";
import type { Visit, Work } from "./visit.ts";

export function map(name: string, state: MapState, place: Place): Work {
  const processor = state.ItemProcessor ?? state.Iterator;
  if (processor === undefined) throw new TypeError(`The Map state '${name}' has neither ItemProcessor nor Iterator`);
  const program = place.compile(processor);
  if (processor.ProcessorConfig?.Mode === "DISTRIBUTED") {
    return distributedMap(name, state, program, place);
  }
  return inlineMap(name, state, program, place);
}

function inlineMap(name: string, state: MapState, program: Program, place: Place): Work {
  const iteration: Iteration = {
    name,
    program,
    selector: place.language.itemSelector(state),
  };
  const items = place.language.items(state);
  const concurrency = place.language.number(state, "MaxConcurrency");
  return {
    async run(visit) {
      const { thread } = visit;
      const { frontier } = thread;
      const list = frontier.inside?.items ?? (await items(visit));
      const limit = (await concurrency?.(visit)) || INLINE_MAP_CONCURRENCY;
      if (frontier.inside === undefined) thread.record("MapStateStarted", { length: list.length });
      const inside = frontier.inside ?? thread.open(list.length, { items: list });
      const outputs = await iterate(visit, inside, list, Math.min(limit, INLINE_MAP_CONCURRENCY), iteration);
      thread.recordAside("MapStateSucceeded");
      return outputs;
    },
    failed(visit, failure) {
      visit.thread.record("MapStateFailed", { error: failure.error, cause: failure.cause });
    },
  };
}

interface Iteration {
  readonly name: string;
  readonly program: Program;
  readonly selector: Expression | undefined;
}

/** At most `concurrency` iterations at a time, started in the order of the items. */
async function iterate(
  visit: Visit,
  inside: Inside,
  list: readonly Json[],
  concurrency: number,
  iteration: Iteration,
): Promise<Json[]> {
  const { thread } = visit;
  const scope = new Cancellation(thread.cancellation);
  const { outputs } = inside;
  const held = new HeldOutputs(visit.step.name, thread.run.limits);
  let next = 0;
  async function work(): Promise<void> {
    while (next < list.length) {
      const index = next++;
      // A kept output may be null.
      if (outputs[index] !== undefined) continue;
      held.add(await iterateOnce(visit, inside, scope, index, list[index] ?? null, iteration));
    }
  }
  try {
    await together(scope, Array.from({ length: Math.min(concurrency, list.length) }, work));
    return outputs.map((output) => output ?? null);
  } finally {
    scope.cancel();
  }
}

async function iterateOnce(
  visit: Visit,
  inside: Inside,
  scope: Cancellation,
  index: number,
  value: Json,
  iteration: Iteration,
): Promise<Json> {
  const { name, program, selector } = iteration;
  const { thread } = visit;
  const item = { Index: index, Value: value, Source: "STATE_DATA" };
  const place = itemPlace(thread.itemPlace, name, index);
  const hasBegun = inside.lines[index] !== undefined;
  const line = thread.fork(inside, index, scope, thread.latestEventId, item, place);
  const details = { name, index };
  if (!hasBegun) line.record("MapIterationStarted", details);
  try {
    const isAtStart = line.frontier.name === undefined;
    const input = selector === undefined || !isAtStart ? value : await selector(visit.forItem(line));
    const output = await program.run(line, input);
    line.record("MapIterationSucceeded", details);
    thread.follow(line);
    thread.close(inside, index, line, output);
    return output;
  } catch (error) {
    const { root, hasFatalError } = visit.thread.run;
    if (!(error instanceof Cancelled)) {
      if (!hasFatalError) line.recordAside("MapIterationFailed", details);
      thread.follow(line);
    } else if (!root.cancelled && !hasFatalError) {
      // A sibling's failure aborts this iteration; the end of the whole execution is recorded once, at its end.
      line.recordAside("MapIterationAborted", details);
    }
    throw error;
  }
}
