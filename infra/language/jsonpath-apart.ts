import type { Json, JsonObject } from "../../sdk/base/json.ts";
import { evaluateApart } from "./apart.ts";
import type { Drawn, Reading, Report, Viewed } from "./apart-frames.ts";
import { EvaluationLimit, ResultTooLarge, TooMuchHere } from "./evaluation-limits.ts";
import type { Dataflow, Expression, QueryLanguage, View } from "./language.ts";
import { limited } from "./sharing.ts";
import { runtimeError, StateError } from "./state-error.ts";

const FIELDS: Readonly<Record<keyof Dataflow, string>> = {
  select: "InputPath",
  input: "Parameters",
  output: "ResultSelector, ResultPath or OutputPath",
  assign: "Assign",
};

/** The same language, of which each expression reads as much as others can wait for, or else in another process. */
export function patient(language: QueryLanguage): QueryLanguage {
  function whole<T>(reading: Reading, field: string, read: Expression<T>): Expression<T>;
  function whole<T>(reading: Reading, field: string, read: Expression<T> | undefined): Expression<T> | undefined;
  function whole<T>(reading: Reading, field: string, read: Expression<T> | undefined): Expression<T> | undefined {
    return read === undefined ? undefined : patiently(reading, field, read);
  }
  function flow(reading: Reading, within: string, made: Dataflow): Dataflow {
    function part<T>(name: keyof Dataflow, read: Expression<T>): Expression<T> {
      return whole({ ...reading, part: name }, `${within}${FIELDS[name]}`, read);
    }
    const { select, input, output, assign } = made;
    return {
      select: part("select", select),
      input: part("input", input),
      output: part("output", output),
      assign: assign === undefined ? undefined : part("assign", assign),
    };
  }
  return {
    name: language.name,
    dataflow: (state) => flow({ method: "dataflow", args: [state] }, "", language.dataflow(state)),
    branchOutput: (rule, field) =>
      flow({ method: "branchOutput", args: [rule, field] }, `${field}/`, language.branchOutput(rule, field)),
    template: (value, field) =>
      whole({ method: "template", args: [value, field] }, field, language.template(value, field)),
    number: (state, field) =>
      whole({ method: "number", args: [state, field] }, `${field}Path`, language.number(state, field)),
    text: (state, field) =>
      whole({ method: "text", args: [state, field] }, `${field}Path`, language.text(state, field)),
    condition: (rule, index) =>
      whole({ method: "condition", args: [rule, index] }, `Choices[${index}]`, language.condition(rule, index)),
    items: (state) => whole({ method: "items", args: [state] }, "ItemsPath", language.items(state)),
    dataset: (state) => whole({ method: "dataset", args: [state] }, "ItemsPath", language.dataset(state)),
    itemSelector: (state) =>
      whole({ method: "itemSelector", args: [state] }, "ItemSelector", language.itemSelector(state)),
  };
}

/** @param read Does not wait for anything. */
function patiently<T>(reading: Reading, field: string, read: Expression<T>): Expression<T> {
  return (view) => {
    const drawn: Drawn & Draws = { randoms: [], uuids: [] };
    try {
      return limited(() => read(recording(view, drawn)));
    } catch (error) {
      if (!(error instanceof TooMuchHere)) throw error;
      // It gives what the same expression gives here.
      return readApart(reading, field, view, drawn) as Promise<T>;
    }
  };
}

interface Draws {
  readonly randoms: number[];
  readonly uuids: string[];
}

/** The view, which remembers what was drawn: whoever begins anew draws the same first. */
function recording(view: View, drawn: Draws): View {
  const { input, selected, effective, result, errorOutput, variables, inspection } = view;
  return {
    input,
    selected,
    effective,
    result,
    errorOutput,
    variables,
    inspection,
    context: () => view.context(),
    now: () => view.now(),
    giveWay: () => view.giveWay(),
    outside: (work) => view.outside(work),
    random() {
      const random = view.random();
      drawn.randoms.push(random);
      return random;
    },
    uuid() {
      const uuid = view.uuid();
      drawn.uuids.push(uuid);
      return uuid;
    },
  };
}

async function readApart(reading: Reading, field: string, view: View, drawn: Drawn): Promise<unknown> {
  const draws = {
    randoms: (count: number) => Array.from({ length: count }, () => view.random()),
    uuid: () => view.uuid(),
  };
  const job = { kind: "jsonpath", reading, view: viewed(view), now: view.now(), drawn } as const;
  let report: Report;
  try {
    report = await view.outside((stopped) => evaluateApart(job, draws, stopped));
  } catch (error) {
    if (!(error instanceof EvaluationLimit)) throw error;
    throw runtimeError(`The field '${field}' could not be evaluated. ${error.message}`);
  }
  if (report.kind === "tooLarge") throw new ResultTooLarge();
  if (report.kind === "stateError") throw new StateError(report.error, report.cause, report.about);
  if (report.kind !== "value") throw runtimeError(report.kind === "failure" ? report.message : report.kind);
  if (view.inspection !== undefined) Object.assign(view.inspection, report.inspection);
  return report.value;
}

function viewed(view: View): Viewed {
  const { input, selected, effective, result, errorOutput, variables, inspection } = view;
  return {
    input,
    selected,
    effective,
    result,
    errorOutput,
    variables: variables.all(),
    context: view.context(),
    isInspected: inspection !== undefined,
  };
}

/** What another process has been told of a view. @param chance Draws there. */
export function viewOf(told: Viewed, chance: Pick<View, "now" | "random" | "uuid">): View {
  const values = new Map<string, Json>(Object.entries(told.variables));
  return {
    ...told,
    ...chance,
    variables: { get: (name) => values.get(name), all: (): JsonObject => told.variables },
    inspection: told.isInspected ? {} : undefined,
    context: () => told.context,
    giveWay: () => Promise.resolve(),
    outside: (work) => work(new AbortController().signal),
  };
}

/** The expression that a reading names. */
export function expressionOf(language: QueryLanguage, { method, args, part }: Reading): Expression<Json> {
  // What the process that asks has compiled from the same arguments.
  const made: unknown = Reflect.apply(language[method], language, args);
  return (part === undefined ? made : (made as Dataflow)[part]) as Expression<Json>;
}
