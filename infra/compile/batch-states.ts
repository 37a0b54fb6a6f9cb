import { RETRY_DELAY_SECONDS } from "../../sdk/base/aws-limits.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Batching, MapNode, Retry } from "../../sdk/graph/graph.ts";
import { type Budget, RECEIPTS_BYTES } from "../../sdk/values/budget.ts";
import { batchItems, batchSize, keyLaneItems, laneItems } from "./batch-items.ts";
import { literal, query, templates } from "./expression.ts";
import { invocation } from "./invocation-state.ts";
import { laneProcessor, lanesOfMap } from "./lane-states.ts";
import { listSources } from "./map-lists.ts";
import type { StateNames } from "./state-names.ts";
import { after, type State, type StateSequence } from "./states.ts";
import type { Compilation } from "./target.ts";

/**
 * A map whose items are put together into batches runs in rounds: a Map with one invocation for each batch, which
 * answers for each of its items; then what failed and is to be tried again, and what there was no time for, goes into
 * the batches of a next round. So an item that succeeds costs no state of its own, whatever becomes of the others.
 * With affinity the batches of a replica follow each other in a lane of its own, in each round the same. Without it, those
 * of a key that is more than one batch do: the replica that has just handled one is the one that gets the next, as a rule.
 */
export function batchStates(
  node: MapNode,
  batching: Batching,
  budget: Budget | undefined,
  next: string,
  { target, names }: Compilation,
): StateSequence {
  const { name, variable, minSuccessRatio } = node;
  const { affinity } = node.address;
  // With `auto` all items of a key are one batch, as far as they fit.
  const hasLanes = affinity !== undefined || (batching.by !== undefined && batching.size !== "auto");
  const lists = listSources(node, names);
  const count = String(lists.count);
  const rounds = roundVariables(variable, names);
  const retry = retryOf(node);
  const state = {
    start: names.fresh(`${name}Batches`),
    lane: names.fresh(`${name}Lane`),
    batch: names.fresh(`${name}Batch`),
    broken: names.fresh(`${name}Broken`),
    ended: names.fresh(`${name}Round`),
    wait: names.fresh(`${name}Wait`),
    outputs: names.fresh(`${name}Outputs`),
    failed: names.fresh(minSuccessRatio === undefined ? `${name}Failed` : `${name}TooFewSucceeded`),
  };
  const bytes = budget === undefined ? undefined : { ...budget, bytes: bytesOfEach(budget.bytes, count) };
  const task = batchState(node, batching, state.broken, (batch) =>
    invocation(node, templates(node.bound, "absent"), bytes, target, { ranking: "$states.input.replicas" }, batch),
  );
  const first = {
    [rounds.size]: query(batchSize(batching, lists, affinity !== undefined)),
    ...(affinity === undefined ? {} : { [rounds.lanes]: query(lanesOfMap(node, affinity, lists, names)) }),
    [rounds.again]: null,
    [rounds.done]: {},
    [rounds.lost]: [],
  };
  const batches: Json = {
    ProcessorConfig: { Mode: "INLINE" },
    StartAt: state.batch,
    States: { [state.batch]: task, [state.broken]: BROKEN_STATE },
  };
  const map: State = {
    Type: "Map",
    Items: query(
      affinity !== undefined
        ? laneItems(batching, lists, rounds.size, rounds.again, rounds.lanes)
        : hasLanes
          ? keyLaneItems(batching, lists, rounds.size, rounds.again)
          : batchItems(batching, lists, rounds.size, rounds.again),
    ),
    ...(node.concurrency === undefined ? {} : { MaxConcurrency: node.concurrency }),
    ItemProcessor: hasLanes ? laneProcessor(state.lane, batches) : batches,
    Assign: roundResults(rounds, retry, hasLanes ? "$states.result.batches" : "$states.result"),
    Output: {},
    Next: state.ended,
  };
  const ended: State = {
    Type: "Choice",
    Choices: [
      { Condition: query(hasFailed(rounds, minSuccessRatio, count)), Next: state.failed },
      ...(retry === undefined ? [] : [{ Condition: query(`$${rounds.seconds} > 0`), Next: state.wait }]),
      { Condition: query(`$count($keys($${rounds.again})) > 0`), Next: name },
    ],
    Default: state.outputs,
  };
  return after(lists.assigned, {
    entry: state.start,
    states: [
      [state.start, { Type: "Pass", Assign: first, Next: name }],
      [name, map],
      [state.ended, ended],
      ...(retry === undefined ? [] : [[state.wait, waitState(rounds, name)] as const]),
      [
        state.outputs,
        { Type: "Pass", Assign: { [variable]: query(orderedOutputs(rounds, count)) }, Output: {}, Next: next },
      ],
      [state.failed, failState(name, rounds, minSuccessRatio, count)],
    ],
  });
}

/** The names of the variables that go from round to round. */
interface RoundVariables {
  /** Items of a batch at most. */
  readonly size: string;
  /** With affinity, which replica handles which items. */
  readonly lanes: string;
  /** Of each item that is in the next round, by index, how often it has failed. In the first round null: all are. */
  readonly again: string;
  /** The outputs so far, by index. */
  readonly done: string;
  /** What has failed for good. */
  readonly lost: string;
  /** Before the next round. */
  readonly seconds: string;
}

function roundVariables(variable: string, names: StateNames): RoundVariables {
  return {
    size: names.fresh(`${variable}_size`),
    lanes: names.fresh(`${variable}_lanes`),
    again: names.fresh(`${variable}_again`),
    done: names.fresh(`${variable}_done`),
    lost: names.fresh(`${variable}_lost`),
    seconds: names.fresh(`${variable}_seconds`),
  };
}

/** What ends an invocation that handles several items, whichever of them is at fault. */
const BROKEN = ["Sandbox.Timedout", "Runtime.OutOfMemory", "Runtime.ExitError"];

/** One invocation. What becomes of its items is the state's output. */
function batchState(
  { options, minSuccessRatio }: MapNode,
  { concurrentItems }: Batching,
  broken: string,
  invoke: (batch: Json) => State,
): Json {
  const failFast = options.retries === undefined && minSuccessRatio === undefined;
  const batch: Json = {
    indices: query("$states.input.indices"),
    lists: query("$states.input.lists"),
    ...(concurrentItems === 1 ? {} : { concurrentItems }),
    ...(failFast ? { failFast } : {}),
  };
  // States.ALL, which has to stand alone, does not match States.DataLimitExceeded.
  const caught = failFast ? [["States.DataLimitExceeded", ...BROKEN]] : [["States.DataLimitExceeded"], ["States.ALL"]];
  return {
    ...invoke(batch),
    Output: query("$states.result.Payload.output"),
    Catch: caught.map((ErrorEquals) => ({
      ErrorEquals,
      Output: query(brokenBatch("$states.errorOutput")),
      Next: broken,
    })),
    End: true,
  };
}

/**
 * What an invocation comes to that did not answer: of an only item it is known that it failed; several are sent again,
 * in smaller batches, so that what is at fault is found and the others end.
 */
function brokenBatch(error: string): string {
  // The cause of a function's error is a document; one that may have been cut is no JSON, and taken as it is.
  const isDocument = `$length(${error}.Cause) < ${WHOLE_CAUSE} and $substring(${error}.Cause, 0, 1) = "{"`;
  const cause = `$substring(${isDocument} ? $parse(${error}.Cause).errorMessage : ${error}.Cause, 0, ${ERROR_SHOWN})`;
  const failed = `{"index": $states.input.indices[0], "error": ${error}.Error, "cause": ${cause}}`;
  const only = `{"done": {}, "failed": [${failed}], "unfinished": []}`;
  const several = `{"done": {}, "failed": [], "unfinished": $states.input.indices, "broken": $count($states.input.indices)}`;
  return `$count($states.input.indices) = 1 ? ${only} : ${several}`;
}

const BROKEN_STATE: Json = { Type: "Pass", End: true };

function waitState({ seconds }: RoundVariables, next: string): State {
  return { Type: "Wait", Seconds: query(`$${seconds}`), Next: next };
}

/**
 * What the rounds' variables become after a Map. All are read as they were before it.
 * @param results JSONata of what the batches came to
 */
function roundResults(
  { size, again, done, lost, seconds }: RoundVariables,
  retry: Retry | undefined,
  results: string,
): Record<string, Json> {
  const failed = `[${results}.failed]`;
  const broken = `${results}.broken`;
  // A function, where it is needed: how often the item with an index had failed before.
  const failures = `$failures := function($index) { ($before := $lookup($${again}, $string($index)); $exists($before) ? $before : 0) }`;
  const unfinished = `$map([${results}.unfinished], function($index) { {$string($index): ${retry === undefined ? 0 : "$failures($index)"}} })`;
  const always = {
    [size]: query(`$exists(${broken}) ? $max([1, $ceil($max(${broken}) / 2)]) : $${size}`),
    [done]: query(`$merge([$${done}, ${results}.done])`),
  };
  if (retry === undefined) {
    return {
      ...always,
      [again]: query(`$merge([{}, ${unfinished}])`),
      [lost]: query(`[$${lost}, ${results}.failed]`),
    };
  }
  const isRetried = retriedIf(retry);
  const retried = `$filter(${failed}, function($item) { ${isRetried} })`;
  const oftener = `$map(${retried}, function($item) { {$string($item.index): $failures($item.index) + 1} })`;
  const before = `$map(${retried}, function($item) { $failures($item.index) })`;
  return {
    ...always,
    [again]: query(`(${failures}; $merge([{}, ${unfinished}, ${oftener}]))`),
    [lost]: query(`(${failures}; [$${lost}, $filter(${failed}, function($item) { $not(${isRetried}) })])`),
    [seconds]: query(`(${failures}; ${secondsUntil(before, retry)})`),
  };
}

/** JSONata: whether `$item`, which has failed, is to be tried again. */
function retriedIf({ maxAttempts, errors = ["States.ALL"] }: Retry): string {
  const isLeft = `$failures($item.index) < ${maxAttempts}`;
  if (errors.includes("States.ALL")) return isLeft;
  const task = errors.includes("States.TaskFailed") ? ' or $item.error != "States.Timeout"' : "";
  return `${isLeft} and ($item.error in ${literal([...errors])}${task})`;
}

/**
 * JSONata of the seconds before the items that failed are tried again: what the retrier has for the one that has failed
 * most often.
 * @param failures JSONata: how often each of them had failed before
 */
function secondsUntil(failures: string, retry: Retry): string {
  const { intervalSeconds = 1, backoffRate = 2, maxDelaySeconds = RETRY_DELAY_SECONDS, jitter = false } = retry;
  // From so many failures on the delay is the longest one. A higher power may be more than a number can be.
  const grows =
    backoffRate > 1 ? Math.max(0, Math.ceil(Math.log(maxDelaySeconds / intervalSeconds) / Math.log(backoffRate))) : 0;
  const factor = `$power(${backoffRate}, $min([${grows}, $max($before)]))`;
  const delay = `$min([${maxDelaySeconds}, ${intervalSeconds} * ${factor}])`;
  return `($before := ${failures}; $exists($before) ? $ceil(${jitter ? `$random() * ${delay}` : delay}) : 0)`;
}

function retryOf({ options: { retries } }: MapNode): Retry | undefined {
  return typeof retries === "number" ? { maxAttempts: retries } : retries;
}

/** JSONata of the outputs in the order of the lists, null where an item has none. */
function orderedOutputs({ done }: RoundVariables, count: string): string {
  const output = `$lookup($${done}, $string($index))`;
  // Only $map keeps elements apart that are lists, and [] keeps one element a list.
  return `${count} = 0 ? [] : $map([0..${count} - 1], function($index) { $exists(${output}) ? ${output} : null })[]`;
}

/** JSONata: whether too many items have failed for good. */
function hasFailed({ lost }: RoundVariables, minSuccessRatio: number | undefined, count: string): string {
  if (minSuccessRatio === undefined) return `$count($${lost}) > 0`;
  // A quotient rounds as the author's own division would; a product need not.
  return `$count($${lost}) > 0 and (${count} - $count($${lost})) / ${count} < ${minSuccessRatio}`;
}

/** Characters of a cause that has surely not been cut to AWS's limit, be that one of characters or of bytes. */
const WHOLE_CAUSE = 8000;

/** Characters of an item's error in the cause of the workflow's; and of how many items. */
const ERROR_SHOWN = 300;
const ERRORS_SHOWN = 5;

function failState(name: string, { lost }: RoundVariables, minSuccessRatio: number | undefined, count: string): State {
  if (minSuccessRatio === undefined) {
    const cause = `${literal(`${name}[`)} & $${lost}[0].index & "]: " & $${lost}[0].cause`;
    return { Type: "Fail", Error: query(`$${lost}[0].error`), Cause: query(cause) };
  }
  const errors = `$map([$${lost}[[0..${ERRORS_SHOWN - 1}]]], function($item) { ${literal(`${name}[`)} & $item.index & "]: " & $item.error & ": " & $item.cause })`;
  const succeeded = `(${count} - $count($${lost}))`;
  const cause = `${literal(`${name}: `)} & ${succeeded} & " of " & ${count} & ${literal(` items can succeed, minSuccessRatio is ${minSuccessRatio}; the first errors: `)} & $join(${errors}, "; ")`;
  return { Type: "Fail", Error: "TooFewSucceeded", Cause: query(cause) };
}

/** All outputs end in one object, and a batch answers with receipts too. What stands around each takes 16 bytes at most. */
function bytesOfEach(bytes: number, count: string): string {
  return query(`$floor(${bytes - RECEIPTS_BYTES} / $max([1, ${count}])) - 16`);
}
