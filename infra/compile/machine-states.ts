import { createHash } from "node:crypto";
import type { Json } from "../../sdk/base/json.ts";
import { CAUSE_CHARACTERS } from "../../sdk/base/aws-limits.ts";
import { caughtItem, errorKept } from "./child-states.ts";
import { query, readStep } from "./expression.ts";
import { TRACE } from "./invocation-state.ts";
import { eventsOfMaps, UNLIMITED } from "./map-mode.ts";
import { UNCOUNTED_PARTS } from "./part-machines.ts";
import type { PartStep } from "./plan.ts";
import { nodesIn } from "./plan-variables.ts";
import { assigning, type State, type StateSequence } from "./states.ts";
import type { StatesOf } from "./states-of.ts";
import type { Compilation } from "./target.ts";

/** By this field of a child's input AWS's console knows which execution has started it. */
const STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";

/** By these errors nothing was started. */
const NOT_STARTED: Json = {
  ErrorEquals: ["StepFunctions.ExecutionLimitExceededException", "StepFunctions.ThrottlingException"],
  IntervalSeconds: 1,
  MaxAttempts: 20,
  BackoffRate: 2,
  MaxDelaySeconds: 20,
  JitterStrategy: "FULL",
};

/**
 * Steps in a state machine of their own, so that they are not in the definition of the one that starts it. What they read
 * is in its input, and what is read later is in its output, as a list: names of thousands of variables, each written
 * several times, would take more of a definition than their nodes.
 */
export function machineStates(
  part: PartStep,
  next: string,
  compilation: Compilation,
  statesOf: StatesOf,
): StateSequence {
  const { names, counts, machines } = compilation;
  const name = names.fresh("Part");
  const plan = digestOf(part);
  const stateMachine = machines.add(() =>
    ownStates(name, part, plan, { ...compilation, names: names.copy() }, statesOf),
  );
  const [ended, failed] = [names.fresh(`${name}Ended`), names.fresh(`${name}Failed`)];
  const start: State = {
    Type: "Task",
    Resource: "arn:aws:states:::states:startExecution.sync:2",
    Arguments: {
      StateMachineArn: stateMachine,
      Input: {
        plan,
        given: Object.fromEntries(part.reading.map((variable) => [variable, query(`$${variable}`)])),
        ...(counts.length === 0 ? {} : { count: query(counts.join(" * ")) }),
        traceparent: query(TRACE),
        [STARTED_BY]: query("$states.context.Execution.Id"),
      },
    },
    Retry: [NOT_STARTED],
    Output: query("$states.result.Output"),
    Next: ended,
  };
  const left = part.leaving.map((variable, index): [string, Json] => [
    variable,
    query(readStep("$states.input.output.left", index)),
  ]);
  const look: State = {
    Type: "Choice",
    Choices: [{ Condition: query("$exists($states.input.error)"), Next: failed }],
    ...assigning(Object.fromEntries(left)),
    Output: {},
    Default: next,
  };
  return {
    entry: name,
    states: [
      [name, start],
      [ended, look],
      [failed, { Type: "Fail", Error: query("$states.input.error"), Cause: query("$states.input.cause") }],
    ],
  };
}

/** What the state machine itself has: it looks whether it is the one that was meant, and returns what it fails with. */
function ownStates(
  name: string,
  part: PartStep,
  plan: string,
  compilation: Compilation,
  statesOf: StatesOf,
): StateSequence {
  const { names, counts } = compilation;
  const count = counts.length === 0 ? undefined : names.fresh(`${name}_count`);
  const [start, changed, end] = ["Inputs", "Changed", "Output"].map((own) => names.fresh(`${name}${own}`)) as [
    string,
    string,
    string,
  ]; // as many as there are names
  const within = { ...compilation, counts: count === undefined ? [] : [`$${count}`] };
  const counted = { ...within, names: names.copy(), eventsOfMaps: UNLIMITED, machines: UNCOUNTED_PARTS };
  const events = eventsOfMaps(part, statesOf(part.steps, { Next: end }, counted));
  const body = statesOf(part.steps, { Next: end }, { ...within, eventsOfMaps: events });
  const output: State = {
    Type: "Pass",
    Output: { left: part.leaving.map((variable) => query(`$${variable}`)) },
    End: true,
  };
  const steps = caughtItem(
    names.fresh(`${name}Steps`),
    { entry: body.entry, states: [...body.states, [end, output]] },
    [],
    errorKept(CAUSE_CHARACTERS),
    names,
  );
  const inputs = Object.fromEntries(
    part.reading.map((variable): [string, Json] => [variable, query(readStep("$states.input.given", variable))]),
  );
  if (count !== undefined) inputs[count] = query("$states.input.count");
  const first: State = {
    Type: "Choice",
    Choices: [{ Condition: query(`$states.input.plan != "${plan}"`), Next: changed }],
    ...assigning(inputs),
    Output: {},
    Default: steps.entry,
  };
  return {
    entry: start,
    states: [
      [start, first],
      ...steps.states,
      [changed, { Type: "Pass", Output: { error: "PartChanged", cause: CHANGED }, End: true }],
    ],
  };
}

const CHANGED =
  "the workflow was deployed while this execution ran, and its graph is divided among state machines in another way now: start it again";

/** By what two definitions know that they were made together: which nodes are in the part, and which values cross. */
function digestOf({ steps, reading, leaving }: PartStep): string {
  const text = JSON.stringify([nodesIn(steps).map((node) => node.name), reading, leaving]);
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}
