import { createHash } from "node:crypto";
import type { Json } from "../../sdk/base/json.ts";
import { query, readStep } from "./expression.ts";
import { STARTED_BY } from "./input-states.ts";
import { TRACE } from "./invocation-state.ts";
import { eventsOfMaps, UNLIMITED } from "./map-mode.ts";
import { UNCOUNTED_PARTS } from "./part-machines.ts";
import type { PartStep } from "./plan.ts";
import { haveMaps, nodesIn } from "./plan-variables.ts";
import { executionStates } from "./start-states.ts";
import { assigning, type State, type StateSequence } from "./states.ts";
import type { StatesOf } from "./states-of.ts";
import type { Compilation } from "./target.ts";
import { VariableNames } from "./variable-names.ts";

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
  const { names, variables, counts, machines } = compilation;
  const { reading, leaving } = part;
  const name = names.fresh("Part");
  const plan = digestOf(part);
  const machine = machines.add(() => ownStates(name, part, plan, compilation, statesOf));
  const input = {
    plan,
    given: reading.map((variable) => query(`$${variables.of(variable)}`)),
    ...(counts.length === 0 ? {} : { count: query(counts.join(" * ")) }),
    traceparent: query(TRACE),
    [STARTED_BY]: query("$states.context.Execution.Id"),
  };
  const left = leaving.map((variable, index): [string, Json] => [
    variables.of(variable),
    query(readStep("$states.result.Output.left", index)),
  ]);
  const ending = { ...assigning(Object.fromEntries(left)), Output: {}, Next: next };
  return executionStates(name, { of: name, machine, input, ending }, compilation);
}

/** What the state machine itself has: it looks first whether it is the one that was meant. */
function ownStates(
  name: string,
  part: PartStep,
  plan: string,
  compilation: Compilation,
  statesOf: StatesOf,
): StateSequence {
  const { names, counts } = compilation;
  const [start, changed, end, count] = ["Inputs", "Changed", "Output", "_count"].map((own) =>
    names.fresh(`${name}${own}`),
  ) as [string, string, string, string]; // as many as there are names
  const within: Compilation = {
    ...compilation,
    variables: new VariableNames(),
    counts: counts.length === 0 ? [] : [`$${count}`],
    visits: [], // it is an execution of its own
  };
  const drafted = { ...within, names: names.copy(), eventsOfMaps: UNLIMITED, machines: UNCOUNTED_PARTS };
  const events = haveMaps(part.steps)
    ? eventsOfMaps(part, statesOf(part.steps, { Next: end }, drafted))
    : within.eventsOfMaps;
  const body = statesOf(part.steps, { Next: end }, { ...within, eventsOfMaps: events });
  const given = part.reading.map((variable, index): [string, Json] => [
    variable,
    query(readStep("$states.input.given", index)),
  ]);
  const inputs = {
    ...Object.fromEntries(given),
    ...(counts.length === 0 ? {} : { [count]: query("$states.input.count") }),
  };
  const first: State = {
    Type: "Choice",
    Choices: [{ Condition: query(`$states.input.plan != "${plan}"`), Next: changed }],
    ...assigning(inputs),
    Output: {},
    Default: body.entry,
  };
  const last: State = {
    Type: "Pass",
    Output: { left: part.leaving.map((variable) => query(`$${variable}`)) },
    End: true,
  };
  return {
    entry: start,
    states: [
      [start, first],
      ...body.states,
      [end, last],
      [changed, { Type: "Fail", Error: "PartChanged", Cause: CHANGED }],
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
