import type { InputDeclaration, StartNode } from "../../sdk/graph/graph.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Fields } from "../asl/states.ts";
import { literal, query, read, valueOf } from "./expression.ts";
import { asCaller, DATA_TAKER, TAKES_DATA } from "./given-value.ts";
import { depthIn, STARTED_BY } from "./input-states.ts";
import { authorRetriers, TRACE } from "./invocation-state.ts";
import { branchOf } from "./shared-ends.ts";
import { assign, single, type Next, type State, type StateSequence } from "./states.ts";
import type { Compilation, Target } from "./target.ts";

// A workflow that has an execution of its own. Its name is a function of the place in the execution that starts it, so
// that whatever is done again for the same place finds the execution that runs. One of that name that has ended is
// refused by AWS: then there is another for the same place, with a name of its own.

export const START = "arn:aws:states:::states:startExecution.sync:2";

/** Of a workflow of type EXPRESS, for which `.sync:2` cannot wait: the answer of the call is the execution's end. */
export const START_EXPRESS = "arn:aws:states:::aws-sdk:sfn:startSyncExecution";

/** The ARN of the execution in what its Task is answered with at once; undefined if it is no such answer. */
export function startedExecution(submitted: string): string | undefined {
  const [, arn] = /"ExecutionArn":"(arn:[^"]+)"/.exec(submitted) ?? [];
  return arn;
}

/** Of what a call of Step Functions itself may fail with. */
const CALL_RETRY: Json = {
  ErrorEquals: ["Sfn.SdkClientException", "Sfn.ThrottlingException"],
  IntervalSeconds: 1,
  MaxAttempts: 6,
};

const ENDED_COMMENT = "What has the execution failed with?";

/** Whether the state asks of an execution that has failed, which another state of the definition has started. */
export function asksOfStarted({ Comment }: Fields): boolean {
  return Comment === ENDED_COMMENT;
}

/** Of the call alone: what is tried again has the same name, so that nothing is started twice. */
const TRANSIENT: Json = {
  ErrorEquals: [
    "StepFunctions.SdkClientException",
    "StepFunctions.AWSStepFunctionsException",
    "StepFunctions.ThrottlingException",
    "StepFunctions.ExecutionLimitExceededException",
  ],
  IntervalSeconds: 1,
  MaxAttempts: 6,
  BackoffRate: 2,
  MaxDelaySeconds: 20,
  JitterStrategy: "FULL",
};

/** The node that a state is of which stands beside the node's own: no name of an author's has a space. */
export function startOf(state: string): string | undefined {
  return /^(\w+) (?:attempt|again|ended|given|failed)\d*$/.exec(state)?.[1];
}

/** As one state, where it is retried: each attempt starts another execution. */
export function startStates(node: StartNode, next: Next, compilation: Compilation): StateSequence {
  const { name, timeout } = node;
  const Retry = authorRetriers(node.retries) as Json[]; // retriers are JSON
  const machine = machineArn(node, compilation.target);
  const input = query(inputOf(node, compilation.target));
  function states(of: string, end: Next): StateSequence {
    if (isExpress(node, compilation.target)) return expressStates(of, node, end, compilation);
    const ending = assign(node, "$states.result.Output", end);
    return executionStates(of, { of: name, machine, input, timeout, ending }, compilation);
  }
  if (Retry.length === 0) return states(name, next);
  const attempt = compilation.names.fresh(`${name} attempt`);
  const Branches = [branchOf(states(attempt, { End: true }))];
  return single(name, { Type: "Parallel", Branches, Retry, ...assign(node, "$states.result[0]", next) });
}

/** An execution that a state starts and waits for. */
export interface OwnExecution {
  /** What the names of the states beside it begin with, and the execution's. */
  readonly of: string;
  /** The ARN of its state machine, as it is in the definition. */
  readonly machine: string;
  readonly input: Json;
  /** Seconds. */
  readonly timeout?: number | undefined;
  /** What the state does with its result, and where it goes. */
  readonly ending: { readonly Assign?: Json; readonly Output: Json } & Next;
}

/** States that start an execution and have its output, or fail with the error that it has failed with. */
export function executionStates(
  name: string,
  { of, machine, input, timeout, ending }: OwnExecution,
  { names, visits }: Compilation,
): StateSequence {
  const [again, found, failed] = ["again", "ended", "failed"].map((end) => names.fresh(`${of} ${end}`)) as [
    string,
    string,
    string,
  ];
  const place = ["$states.context.Execution.Id", literal(name), ...visits].join(' & "/" & ');
  const anew = `${place} & "/" & $states.context.State.EnteredTime & "/" & $states.context.Execution.RedriveCount`;
  function start(at: string): State {
    const own = executionName(of, at);
    return {
      Type: "Task",
      Resource: START,
      Arguments: { StateMachineArn: machine, Name: query(own), Input: input },
      ...(timeout === undefined ? {} : { TimeoutSeconds: timeout }),
      Retry: [TRANSIENT],
      Catch: [
        ...(at === place ? [{ ErrorEquals: ["StepFunctions.ExecutionAlreadyExistsException"], Next: again }] : []),
        // Whatever a Task fails with, but for its timeout.
        { ErrorEquals: ["States.TaskFailed"], Output: caught(own), Next: found },
      ],
      ...ending,
    };
  }
  return {
    entry: name,
    states: [
      [name, start(place)],
      [again, start(anew)],
      [found, endedState(machine, failed)],
      [failed, FAILED],
    ],
  };
}

const FAILED: State = { Type: "Fail", Error: query("$states.input.error"), Cause: query("$states.input.cause") };

function isExpress({ workflow }: StartNode, { workflows = [] }: Target): boolean {
  return workflows.some((one) => one.workflow === workflow && one.options?.type === "EXPRESS");
}

/**
 * The call waits for the end, and succeeds whatever that is. Each call is another execution, whatever its name, so that
 * none is given.
 */
function expressStates(name: string, node: StartNode, next: Next, { names, target }: Compilation): StateSequence {
  const [ended, given, failed] = ["ended", "given", "failed"].map((end) => names.fresh(`${node.name} ${end}`)) as [
    string,
    string,
    string,
  ];
  const output = "$parse($states.input.output)";
  const Condition = query(`$states.input.status = "SUCCEEDED"`);
  const isLast = "End" in next; // which no Choice can be
  return {
    entry: name,
    states: [
      [
        name,
        {
          Type: "Task",
          Resource: START_EXPRESS,
          Arguments: { StateMachineArn: machineArn(node, target), Input: query(inputOf(node, target)) },
          ...(node.timeout === undefined ? {} : { TimeoutSeconds: node.timeout }),
          Retry: [CALL_RETRY],
          Output: query(EXPRESS_END),
          Next: ended,
        },
      ],
      [
        ended,
        {
          Type: "Choice",
          Choices: [isLast ? { Condition, Next: given } : { Condition, ...assign(node, output, next) }],
          Default: failed,
        },
      ],
      ...(isLast ? [[given, { Type: "Pass", ...assign(node, output, next) }] as const] : []),
      [failed, FAILED],
    ],
  };
}

const [ERROR, CAUSE, STATUS] = ["$states.result.Error", "$states.result.Cause", "$states.result.Status"];

/** A missing output is that of one that has failed. */
const EXPRESS_END = `{"status": ${STATUS}, "output": $states.result.Output, "error": $exists(${ERROR}) ? ${ERROR} : "States.Timeout", "cause": $exists(${CAUSE}) ? ${CAUSE} : "execution " & $states.result.Name & " has ended as " & ${STATUS}}`;

function machineArn({ name, workflow }: StartNode, { stateMachineArn }: Target): string {
  if (stateMachineArn !== undefined) return stateMachineArn(workflow);
  throw new LambentError(`${name}: workflow ${workflow} is started, and where its state machine is, is not known`);
}

const NAME_PREFIX = 47;
const HASH_CHARACTERS = 32;

/** 80 characters at most, of those that AWS takes. */
function executionName(node: string, place: string): string {
  return `${literal(`${node.slice(0, NAME_PREFIX)}-`)} & $substring($hash(${place}, "SHA-256"), 0, ${HASH_CHARACTERS})`;
}

/** What a Task was given that fails without an execution, such as one of a machine that is gone, is its own error. */
function caught(execution: string): Json {
  const [error, cause] = ["$states.errorOutput.Error", "$states.errorOutput.Cause"];
  return { execution: query(execution), error: query(error), cause: query(`$exists(${cause}) ? ${cause} : ""`) };
}

/** By status, the error of an execution that tells none. */
const WITHOUT_ERROR = { TIMED_OUT: { Error: "States.Timeout" }, ABORTED: { Error: "ExecutionAborted" } };

/**
 * Asks what the execution has failed with: the Task tells it within a description that has the input and the output too,
 * and may be cut.
 */
function endedState(machine: string, failed: string): State {
  const unnamed = Object.entries(WITHOUT_ERROR).reduce(
    (otherwise, [end, { Error: name }]) => `${STATUS} = ${literal(end)} ? ${literal(name)} : ${otherwise}`,
    "$states.input.error",
  );
  return {
    Type: "Task",
    Resource: "arn:aws:states:::aws-sdk:sfn:describeExecution",
    Comment: ENDED_COMMENT,
    Arguments: {
      ExecutionArn: query(
        `$replace(${literal(machine)}, ":stateMachine:", ":execution:") & ":" & $states.input.execution`,
      ),
    },
    Retry: [CALL_RETRY],
    Catch: [{ ErrorEquals: ["States.ALL"], Output: query("$states.input"), Next: failed }],
    Output: {
      error: query(`$exists(${ERROR}) ? ${ERROR} : ${unnamed}`),
      cause: query(
        `$exists(${CAUSE}) ? ${CAUSE} : "execution " & $states.input.execution & " has ended as " & ${STATUS}`,
      ),
    },
    Next: failed,
  };
}

/** Only what has it in its JSON may have a mark in it. */
const MARK_BEGINS = '"$';

/** The execution's input; what is not there is left to the workflow's defaults. */
function inputOf(node: StartNode, { workflows = [] }: Target): string {
  const beside = `{${literal("traceparent")}: ${handedOn(node)}, ${literal(STARTED_BY)}: $states.context.Execution.Id}`;
  const declared = workflows.find(({ workflow }) => workflow === node.workflow)?.inputs ?? [];
  const fields = Object.entries(node.inputs).map(([name, expression]) => {
    const input = declared.find((one) => one.name === name);
    const hasMarks =
      !["string", "number", "boolean"].includes(typeof input?.default) && // whose type is checked
      !(expression.kind === "literal" && !JSON.stringify(expression.value).includes(MARK_BEGINS));
    const value = hasMarks ? asCaller(valueOf(expression), input && refusedFile(node, input)) : valueOf(expression);
    if (expression.kind !== "ref" || expression.path.length === 0) return `{${literal(name)}: ${value}}`;
    return `($exists(${read(expression)}) ? {${literal(name)}: ${value}} : {})`;
  });
  const given = `$merge([${[beside, ...fields].join(", ")}])`;
  return given.includes(TAKES_DATA) ? `(${TAKES_DATA} := ${DATA_TAKER}; ${given})` : given;
}

/** What is said of a file for an input that is declared as data, which is all that the workflow's tasks would get. */
function refusedFile(
  { name: node, workflow }: StartNode,
  { name, isFile, hasFiles }: InputDeclaration,
): string | undefined {
  if (isFile === true || hasFiles === true) return undefined;
  return `${node}: ${name} has a file in it, and workflow ${workflow} declares it as data: declare it there as ${name}: required<S3File<…>>(), or required<YourType>([S3File])`;
}

/**
 * What an execution hands on to one that it starts, in the place of a `traceparent`: what it has been given beside its
 * inputs, the depth of the new one, and the names of errors that are waited for around it.
 */
function handedOn({ awaited = [] }: StartNode): string {
  const kept = `$filter($handed, function($part) { $type($part) in ["string", "boolean"] })`;
  const names = [...awaited.map(literal), `$filter($handed, function($part) { $type($part) = "object" }).errors`];
  return `($handed := ${TRACE}; [${kept}, ${depthIn("$handed")} + 1, {"errors": [$distinct([${names.join(", ")}])]}])`;
}
