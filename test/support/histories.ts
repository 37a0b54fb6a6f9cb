import type { CacheReceipt, Receipt } from "../../sdk/invocation/receipt.ts";
import type { TimelineEvent } from "../../infra/run/timeline/history.ts";

/** When histories of this file begin, in milliseconds since the epoch. */
export const BEGIN = 1_800_000_000_000;

export function receipt(
  replica: string,
  startedAt: number,
  durationMs: number,
  cache: Partial<CacheReceipt> = {},
  more: Partial<Receipt> = {},
): Receipt {
  const { misses = 0, hits = 0, joined = 0, loadMs = 0 } = cache;
  const used: CacheReceipt = {
    evictions: 0,
    entries: 1,
    bytes: 1,
    ...cache,
    cache: "loadModel",
    misses,
    hits,
    joined,
    loadMs,
  };
  return {
    replica,
    start: misses > 0 ? "cold" : "warm",
    initializationType: "provisioned-concurrency",
    task: "predict",
    startedAt: BEGIN + startedAt,
    durationMs,
    output: "computed",
    caches: Object.keys(cache).length === 0 ? [] : [used],
    ...more,
  };
}

/** What a state calls, and what came of it: times are in milliseconds from the beginning. */
export interface CallOptions {
  readonly scheduled?: number;
  readonly end: number;
  readonly functionName?: string;
  readonly payload?: object;
  /** The state waits for its token: when the function answers, and what. Then `answer` is what somebody sends. */
  readonly submitted?: { readonly at: number; readonly answer: unknown };
  /** What the function answers; absent: it fails. */
  readonly answer?: unknown;
  readonly error?: string;
  readonly cause?: string;
}

/** Writes an execution's history event by event, as Step Functions does. */
export class HistoryWriter {
  readonly events: TimelineEvent[] = [];
  #last = 0;

  constructor() {
    this.add("ExecutionStarted", 0);
  }

  /** @param from the event before it; default: the last one */
  add(type: string, ms: number, details?: object, from: number = this.#last): number {
    const [first = "", ...rest] = type;
    const shared = /State(Entered|Exited)$/.exec(type);
    const member = shared === null ? `${first.toLowerCase()}${rest.join("")}` : `state${shared[1]}`;
    const id = this.events.length + 1;
    this.events.push({
      id,
      previousEventId: from,
      type,
      timestamp: new Date(BEGIN + ms),
      ...(details === undefined ? {} : { [`${member}EventDetails`]: details }),
    });
    this.#last = id;
    return id;
  }

  enter(type: string, name: string, ms: number, from?: number): number {
    return this.add(`${type}StateEntered`, ms, { name, input: "{}" }, from);
  }

  exit(type: string, name: string, ms: number): number {
    return this.add(`${type}StateExited`, ms, { name, output: "{}" });
  }

  /** One attempt of a Task at a function. */
  call(options: CallOptions): number {
    const { scheduled = 0, end, functionName = "svc-dev-scoring", payload, submitted, answer, error, cause } = options;
    const arn = `arn:aws:lambda:us-east-1:123456789012:function:${functionName}:live`;
    const parameters = JSON.stringify({
      FunctionName: arn,
      Payload: payload ?? { task: "predict", inputs: { value: 1 } },
    });
    const resource = submitted === undefined ? "invoke" : "invoke.waitForTaskToken";
    this.add("TaskScheduled", scheduled, { resourceType: "lambda", resource, parameters });
    this.add("TaskStarted", scheduled);
    if (submitted !== undefined)
      this.add("TaskSubmitted", submitted.at, {
        output: JSON.stringify({ StatusCode: 200, Payload: submitted.answer }),
      });
    if (answer === undefined)
      return this.add("TaskFailed", end, { error: error ?? "Error", cause: cause ?? "it broke" });
    if (submitted !== undefined) return this.add("TaskSucceeded", end, { output: JSON.stringify(answer) });
    return this.add("TaskSucceeded", end, { output: JSON.stringify({ StatusCode: 200, Payload: answer }) });
  }

  /** A state of one invocation that succeeds. */
  task(name: string, end: number, of: Receipt, scheduled = 0): this {
    this.enter("Task", name, scheduled);
    this.call({ scheduled, end, answer: { output: 1, receipt: of } });
    this.exit("Task", name, end);
    return this;
  }

  succeed(ms: number): this {
    this.add("ExecutionSucceeded", ms, { output: "1" });
    return this;
  }
}

/** A definition of Lambent's with these states. */
export function lambentDefinition(states: Readonly<Record<string, object>>): string {
  return JSON.stringify({
    Comment: "workflow scoring, compiled by Lambent",
    StartAt: "Inputs",
    States: {
      Inputs: { Type: "Choice", Choices: [], Default: Object.keys(states)[0] },
      ...states,
      Output: { Type: "Succeed" },
    },
  });
}

/** A map over so many items on so many replicas, each of which loads once. */
export function mapHistory(items: number, replicas: number): TimelineEvent[] {
  const history = new HistoryWriter();
  history.enter("Map", "score", 0);
  const started = history.add("MapStateStarted", 0, { length: items });
  for (let index = 0; index < items; index++) {
    const [replica, turn] = [index % replicas, Math.floor(index / replicas)];
    const startedAt = turn === 0 ? 1 : 2000 + 10 * turn;
    const durationMs = turn === 0 ? 2000 : 9;
    const iteration = history.add("MapIterationStarted", 0, { name: "score", index }, started);
    history.enter("Task", "scoreItem", 0, iteration);
    const cache = turn === 0 ? { misses: 1, loadMs: 1990 } : { hits: 1 };
    history.call({
      end: startedAt + durationMs,
      payload: { task: "score", inputs: { text: `item ${index}` } },
      answer: { output: { score: index }, receipt: receipt(`replica-${replica}`, startedAt, durationMs, cache) },
    });
    history.exit("Task", "scoreItem", startedAt + durationMs);
    history.add("MapIterationSucceeded", startedAt + durationMs, { name: "score", index });
  }
  const end = 2010 + 10 * Math.ceil(items / replicas);
  history.add("MapStateSucceeded", end);
  history.exit("Map", "score", end);
  return history.succeed(end).events;
}
