import { RETRY_DELAY_SECONDS } from "../../sdk/base/aws-limits.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { MapNode, Retry } from "../../sdk/graph/graph.ts";
import { literal, query } from "./expression.ts";
import { causeOf, ERROR_SHOWN, ERRORS_SHOWN } from "./shown-errors.ts";
import type { StateNames } from "./state-names.ts";
import type { State, StateSequence } from "./states.ts";

/**
 * A map whose items are put together into batches runs in rounds: a Map with one invocation for each batch, which
 * answers for each of its items; then what failed and is to be tried again, and what there was no time for, goes into
 * the batches of a next round. So an item that succeeds costs no state of its own, whatever becomes of the others.
 */
export interface Rounds {
  readonly node: MapNode;
  /** The name of the Map, and what the names of the other states begin with. */
  readonly map: string;
  readonly start: string;
  readonly variables: RoundVariables;
  /** JSONata of the items of a batch at most, in the first round. */
  readonly size: string;
  /** What else is assigned before the first round. */
  readonly assigned?: Record<string, Json>;
  /** JSONata of a round's batches: objects with the `indices` of their items, and what else `invoke` reads. */
  readonly batches: string;
  /** The name of a lane's Map, where `batches` are lanes that have `batches` each. */
  readonly lane?: string;
  readonly concurrency: number | undefined;
  /** What outputs are put into: an object by index, or a list of what the batches answered. */
  readonly outputs: "merged" | "listed";
  /** The state of a batch, without what becomes of its answer. */
  readonly invoke: (failFast: boolean) => State;
  /** JSONata of the bytes that may be told of an item that has failed. */
  readonly failureBytes: string;
  /** JSONata: whether so many items have failed for good that the map fails. */
  readonly hasFailed: string;
  readonly failed: State;
  readonly names: StateNames;
}

/** The states of a map's rounds; `next` after the last. */
export function roundStates(rounds: Rounds, next: string): StateSequence {
  const { node, map: name, start, variables, names } = rounds;
  const retry = retryOf(node);
  const state = {
    batch: names.fresh(`${name}Batch`),
    broken: names.fresh(`${name}Broken`),
    ended: names.fresh(`${name}Round`),
    wait: names.fresh(`${name}Wait`),
    failed: names.fresh(node.minSuccessRatio === undefined ? `${name}Failed` : `${name}TooFewSucceeded`),
  };
  const first = {
    ...rounds.assigned,
    [variables.size]: query(rounds.size),
    [variables.again]: null,
    [variables.done]: rounds.outputs === "merged" ? {} : [],
    [variables.lost]: [],
  };
  const batches: Json = {
    ProcessorConfig: { Mode: "INLINE" },
    StartAt: state.batch,
    States: {
      [state.batch]: batchState(rounds, state.broken),
      [state.broken]: { Type: "Pass", Output: query(brokenBatch(rounds.failureBytes)), End: true },
    },
  };
  const map: State = {
    Type: "Map",
    Items: query(rounds.batches),
    ...(rounds.concurrency === undefined ? {} : { MaxConcurrency: rounds.concurrency }),
    ItemProcessor: rounds.lane === undefined ? batches : laneProcessor(rounds.lane, batches),
    Assign: roundResults(rounds, retry, rounds.lane === undefined ? "$states.result" : "$states.result.batches"),
    Output: {},
    Next: state.ended,
  };
  const ended: State = {
    Type: "Choice",
    Choices: [
      { Condition: query(rounds.hasFailed), Next: state.failed },
      ...(retry === undefined ? [] : [{ Condition: query(`$${variables.seconds} > 0`), Next: state.wait }]),
      { Condition: query(`$count($keys($${variables.again})) > 0`), Next: name },
    ],
    Default: next,
  };
  return {
    entry: start,
    states: [
      [start, { Type: "Pass", Assign: first, Next: name }],
      [name, map],
      [state.ended, ended],
      ...(retry === undefined ? [] : [[state.wait, waitState(variables, name)] as const]),
      [state.failed, rounds.failed],
    ],
  };
}

/** The names of the variables that go from round to round. */
export interface RoundVariables {
  /** Items of a batch at most. */
  readonly size: string;
  /** Of each item that is in the next round, by index, how often it has failed. In the first round null: all are. */
  readonly again: string;
  /** The outputs so far. */
  readonly done: string;
  /** What has failed for good. */
  readonly lost: string;
  /** Before the next round. */
  readonly seconds: string;
}

export function roundVariables(variable: string, names: StateNames): RoundVariables {
  return {
    size: names.fresh(`${variable}_size`),
    again: names.fresh(`${variable}_again`),
    done: names.fresh(`${variable}_done`),
    lost: names.fresh(`${variable}_lost`),
    seconds: names.fresh(`${variable}_seconds`),
  };
}

/**
 * The processor of a round's Map, each item of which is a lane: a Map again, which handles the batches of the lane one
 * after the other, so that no replica has two at a time.
 */
function laneProcessor(lane: string, batchProcessor: Json): Json {
  return {
    ProcessorConfig: { Mode: "INLINE" },
    StartAt: lane,
    States: {
      [lane]: {
        Type: "Map",
        Items: query("$states.input.batches"),
        MaxConcurrency: 1,
        ItemProcessor: batchProcessor,
        Output: { batches: query("$states.result") },
        End: true,
      },
    },
  };
}

/** What ends an invocation that handles several items, whichever of them is at fault. */
const BROKEN = ["Sandbox.Timedout", "Runtime.OutOfMemory", "Runtime.ExitError"];

/** One invocation. What becomes of its items is the state's output. */
function batchState({ node: { options, minSuccessRatio }, invoke }: Rounds, broken: string): Json {
  const failFast = options.retries === undefined && minSuccessRatio === undefined;
  // States.ALL, which has to stand alone, does not match States.DataLimitExceeded.
  const caught = failFast ? [["States.DataLimitExceeded", ...BROKEN]] : [["States.DataLimitExceeded"], ["States.ALL"]];
  return {
    ...invoke(failFast),
    Output: query("$states.result.Payload.output"),
    Catch: caught.map((ErrorEquals) => ({
      ErrorEquals,
      Output: { indices: query("$states.input.indices"), error: query("$states.errorOutput") },
      Next: broken,
    })),
    End: true,
  };
}

/**
 * What an invocation comes to that did not answer: of an only item it is known that it failed; several are sent again,
 * in smaller batches, so that what is at fault is found and the others end.
 */
function brokenBatch(bytes: string): string {
  const [indices, error] = ["$states.input.indices", "$states.input.error"];
  const told = `{"index": ${indices}[0], "error": $name, "cause": $fitted(${causeOf(`${error}.Cause`)}, $room - 3 * $length($name))}`;
  const failed =
    `($room := $max([0, ${bytes} - ${ENTRY_BYTES}]); $fitted := ${FITTED}; ` +
    `$name := $fitted(${error}.Error, $max([$room / 2, ${3 * LAMBDA_NAME}])); ${told})`;
  const only = `{"done": {}, "failed": [${failed}], "unfinished": []}`;
  const several = `{"done": {}, "failed": [], "unfinished": ${indices}, "broken": $count(${indices})}`;
  return `$count(${indices}) = 1 ? ${only} : ${several}`;
}

/** Bytes of an item that has failed beside its texts. */
const ENTRY_BYTES = 40;
/** Characters of the longest name that Lambda's errors have, by which they may be tried again. */
const LAMBDA_NAME = 40;
/** The beginning of a text that has no more than so many bytes as JSON: a character has three, or six as an escape. */
const FITTED = `function($text, $bytes) { $substring($text, 0, $max([0, $min([${ERROR_SHOWN}, $floor($bytes / ($string([$text]) = '["' & $text & '"]' ? 3 : 6))])])) }`;

function waitState({ seconds }: RoundVariables, next: string): State {
  return { Type: "Wait", Seconds: query(`$${seconds}`), Next: next };
}

/**
 * What the rounds' variables become after a Map. All are read as they were before it.
 * @param results JSONata of what the batches came to
 */
function roundResults(
  { variables: { size, again, done, lost, seconds }, outputs }: Rounds,
  retry: Retry | undefined,
  results: string,
): Record<string, Json> {
  const failed = `[${results}.failed]`;
  const broken = `${results}.broken`;
  const before = failuresOf(again, "$index");
  const unfinished = `$map([${results}.unfinished], function($index) { {$string($index): ${retry === undefined ? 0 : before}} })`;
  const always = {
    [size]: query(`$exists(${broken}) ? $max([1, $ceil($max(${broken}) / 2)]) : $${size}`),
    [done]: query(outputs === "merged" ? `$merge([$${done}, ${results}.done])` : `[$${done}, ${results}.done]`),
  };
  if (retry === undefined) {
    return {
      ...always,
      [again]: query(`$merge([{}, ${unfinished}])`),
      [lost]: query(`[$${lost}, ${results}.failed]`),
    };
  }
  const failures = failuresOf(again, "$item.index");
  const isRetried = retriedIf(retry, failures);
  const retried = `$filter(${failed}, function($item) { ${isRetried} })`;
  const oftener = `$map(${retried}, function($item) { {$string($item.index): ${failures} + 1} })`;
  return {
    ...always,
    [again]: query(`$merge([{}, ${unfinished}, ${oftener}])`),
    [lost]: query(`[$${lost}, $filter(${failed}, function($item) { $not(${isRetried}) })]`),
    [seconds]: query(secondsUntil(`$map(${retried}, function($item) { ${failures} })`, retry)),
  };
}

/** JSONata: how often the item with an index had failed before. $max leaves out what there is not. */
function failuresOf(again: string, index: string): string {
  return `$max([0, $lookup($${again}, $string(${index}))])`;
}

/** JSONata: whether `$item`, which has failed so often before, is to be tried again. */
function retriedIf({ maxAttempts, errors = ["States.ALL"], never = [] }: Retry, failures: string): string {
  const isAgain = never.length === 0 ? "" : ` and $not($item.error in ${literal([...never])})`;
  const isLeft = `${failures} < ${maxAttempts}${isAgain}`;
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

/** JSONata: whether too many items have failed for good. */
export function hasFailed({ lost }: RoundVariables, minSuccessRatio: number | undefined, count: string): string {
  if (minSuccessRatio === undefined) return `$count($${lost}) > 0`;
  // A quotient rounds as the author's own division would; a product need not.
  return `$count($${lost}) > 0 and (${count} - $count($${lost})) / ${count} < ${minSuccessRatio}`;
}

/** @param count a number, or JSONata */
export function failState({ name, minSuccessRatio }: MapNode, variables: RoundVariables, count: string): State {
  const { lost } = variables;
  if (minSuccessRatio === undefined) {
    const cause = `${literal(`${name}[`)} & $${lost}[0].index & "]: " & $${lost}[0].cause`;
    return { Type: "Fail", Error: query(`$${lost}[0].error`), Cause: query(cause) };
  }
  return tooFewSucceeded(name, minSuccessRatio, `(${count} - $count($${lost}))`, count, firstErrors(name, variables));
}

/** JSONata of a text with the first errors of items that failed for good. */
export function firstErrors(name: string, { lost }: RoundVariables): string {
  const errors = `$map([$${lost}[[0..${ERRORS_SHOWN - 1}]]], function($item) { ${literal(`${name}[`)} & $item.index & "]: " & $item.error & ": " & $item.cause })`;
  return `$join(${errors}, "; ")`;
}

/** The parameters but the first two are JSONata. */
export function tooFewSucceeded(
  name: string,
  minSuccessRatio: number,
  succeeded: string,
  count: string,
  errors: string,
): State {
  const cause = `${literal(`${name}: `)} & ${succeeded} & " of " & ${count} & ${literal(` items succeeded, minSuccessRatio is ${minSuccessRatio}; the first errors: `)} & ${errors}`;
  return { Type: "Fail", Error: "TooFewSucceeded", Cause: query(cause) };
}
