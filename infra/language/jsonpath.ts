import { isJsonObject, setField, type Json, type JsonObject } from "../../sdk/base/json.ts";
import type { MapState, State } from "../asl/definition.ts";
import type { NumberFieldName } from "../asl/number-fields.ts";
import { runtimeError, StateError } from "./state-error.ts";
import { compileRule } from "./choice-rule.ts";
import { isIntrinsic, parseIntrinsic } from "./intrinsics.ts";
import { numberFrom } from "./jsonpath-number.ts";
import { parsePath } from "./jsonpath-parser.ts";
import { patient } from "./jsonpath-apart.ts";
import { type Path, PathNotFound } from "./path.ts";
import type { Dataflow, Expression, QueryLanguage, View } from "./language.ts";
import { beginExpression, spend } from "./sharing.ts";

/** Evaluates against `root`, which is what `$` stands for. @throws {PathNotFound} */
type Read = (view: View, root: Json) => Json;

/** Reads everything at once, in this process. */
export const immediateJsonpath: QueryLanguage = {
  name: "JSONPath",

  dataflow(state: State): Dataflow {
    const parameters = state.Type === "Map" ? undefined : part(state, "Parameters");
    const inputPath = pathField(state, "InputPath");
    const input = parameters === undefined ? undefined : template(parameters);
    const selector = part(state, "ResultSelector");
    const select = selector === undefined ? undefined : template(selector);
    const insert = resultInsertion(state);
    const outputPath = pathField(state, "OutputPath");
    const assign = assignment(state);
    return {
      select: (view) => {
        const selected = inputPath(view, view.input);
        if (view.inspection !== undefined) view.inspection.afterInputPath = selected;
        return selected;
      },
      input: (view) => {
        const effective = input === undefined ? view.selected : input(view, view.selected);
        if (view.inspection !== undefined) view.inspection.afterParameters = effective;
        return effective;
      },
      output: (view) => {
        const result = view.result ?? null;
        const selected = select === undefined ? result : select(view, result);
        if (view.inspection !== undefined) view.inspection.afterResultSelector = selected;
        const inserted = insert(view, selected);
        if (view.inspection !== undefined) view.inspection.afterResultPath = inserted;
        return outputPath(view, inserted);
      },
      assign: assign === undefined ? undefined : (view) => assign(view, assignRoot(state, view)),
    };
  },

  template(value) {
    const read = template(value);
    return (view) => read(view, view.effective);
  },

  number(state, field) {
    const literal = part(state, field);
    if (typeof literal === "number") return () => literal;
    if (literal !== undefined) throw new TypeError(`${field} must be a number, but it is ${JSON.stringify(literal)}`);
    const path = part(state, `${field}Path`);
    return typeof path === "string" ? numberAt(path, field) : undefined;
  },

  text(state, field) {
    const literal = part(state, field);
    if (typeof literal === "string") return () => literal;
    const path = part(state, `${field}Path`);
    if (typeof path !== "string") return undefined;
    const read = found(path, `${field}Path`);
    return (view) => {
      const value = read(view, view.selected);
      if (typeof value === "string") return value;
      throw runtimeError(
        `The JSONPath '${path}' specified for the field '${field}Path' must be a string, but it is ${JSON.stringify(value)}`,
      );
    };
  },

  condition(rule) {
    return compileRule(rule, (view, path) => lookUp(view, path, view.effective));
  },

  branchOutput(rule) {
    const insert = resultInsertion(rule);
    const assign = assignment(rule);
    return {
      select: (view) => view.selected,
      input: (view) => view.effective,
      output: (view) => (view.errorOutput === undefined ? view.effective : insert(view, view.errorOutput)),
      assign: assign === undefined ? undefined : (view) => assign(view, view.errorOutput ?? view.effective),
    };
  },

  items: (state) => itemsAt(state, (value): value is readonly Json[] => Array.isArray(value)),

  dataset: (state) =>
    itemsAt(state, (value): value is readonly Json[] | JsonObject => typeof value === "object" && value !== null),

  itemSelector(state) {
    const value = state.ItemSelector ?? state.Parameters;
    if (value === undefined) return undefined;
    const read = template(value);
    return (view) => read(view, view.effective);
  },
};

/** What takes long is read in another process. */
export const jsonpathLanguage: QueryLanguage = patient(immediateJsonpath);

/** What ItemsPath leads to. */
function itemsAt<T extends Json>(state: MapState, accepts: (value: Json) => value is T): Expression<T> {
  const path = state.ItemsPath ?? "$";
  const read = parsePath(path);
  return (view) => {
    const value = resolve(view, read, view.effective, path);
    if (!accepts(value)) throw runtimeError(`Reference path "${path.replace(/^\$\$/, "$")}" must point to array.`);
    if (view.inspection !== undefined && state.ItemsPath !== undefined) view.inspection.afterItemsPath = value;
    return value;
  };
}

/** A field that not every type of state has. The cast names what any state is: an object of JSON. */
function part(state: object, field: string): Json | undefined {
  return Object.hasOwn(state, field) ? (state as JsonObject)[field] : undefined;
}

const UNITS_OF_LOOKUP = 20;

function lookUp(view: View, path: Path, root: Json): Json {
  spend(UNITS_OF_LOOKUP);
  if (path.root === "$") return path.find(root);
  if (path.root === "$$") return path.find(view.context());
  const value = view.variables.get(path.root);
  if (value === undefined) throw new PathNotFound(`There is no variable $${path.root}`);
  return path.find(value);
}

/** For the fields that hold one path. */
function resolve(view: View, path: Path, root: Json, text: string): Json {
  try {
    return lookUp(view, path, root);
  } catch (error) {
    if (error instanceof PathNotFound) throw runtimeError(`Invalid path '${text}' : ${error.message}`);
    throw error;
  }
}

/** InputPath and OutputPath: `$` by default, and `null` for an empty object. */
function pathField(state: object, field: string): Read {
  const text = part(state, field);
  if (text === null) return () => ({});
  if (typeof text !== "string" || text === "$") return itself;
  const path = parsePath(text);
  return (view, root) => resolve(view, path, root, text);
}

/** A path or an intrinsic function, with the error that names the field. */
function found(text: string, field: string): Read {
  function missing(failed: string, root: Json): StateError {
    return runtimeError(
      `The JSONPath '${failed}' specified for the field '${field}' could not be found in the input '${JSON.stringify(root)}'`,
    );
  }
  function read(view: View, path: Path, root: Json): Json {
    try {
      return lookUp(view, path, root);
    } catch (error) {
      if (!(error instanceof PathNotFound)) throw error;
      // Seen on AWS: in a template, an index past the end is null.
      if (error.outOfBounds) return null;
      throw missing(path.text, root);
    }
  }
  if (isIntrinsic(text)) {
    const call = parseIntrinsic(text);
    return (view, root) => {
      beginExpression();
      return call(view, (path) => read(view, path, root));
    };
  }
  const path = parsePath(text);
  return (view, root) => {
    beginExpression();
    return read(view, path, root);
  };
}

/** A payload template: fields whose names end in `.$` hold paths and intrinsic functions. */
function template(value: Json): Read {
  return dynamic(value) ?? (() => value);
}

function dynamic(value: Json): Read | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  if (Array.isArray(value)) {
    const items = value.map(dynamic);
    if (items.every((item) => item === undefined)) return undefined;
    return (view, root) =>
      value.map((item: Json, index) => {
        const read = items[index];
        return read === undefined ? item : read(view, root);
      });
  }
  const fields = Object.entries(value).map(([key, field]): [string, Json, Read | undefined] =>
    key.endsWith(".$") && typeof field === "string"
      ? [key.slice(0, -2), field, found(field, key)]
      : [key, field, dynamic(field)],
  );
  if (fields.every(([, , read]) => read === undefined)) return undefined;
  return (view, root) => {
    const result: Record<string, Json> = {};
    for (const [key, field, read] of fields) setField(result, key, read === undefined ? field : read(view, root));
    return result;
  };
}

function assignment(state: object): ((view: View, root: Json) => JsonObject) | undefined {
  const assign = part(state, "Assign");
  if (!isJsonObject(assign)) return undefined;
  const read = template(assign);
  // A template that is an object gives an object.
  return (view, root) => read(view, root) as JsonObject;
}

/** `$` in Assign: the result of a state that has one, the input of one that has not. */
function assignRoot(state: State, view: View): Json {
  const works =
    state.Type === "Task" ||
    state.Type === "Map" ||
    state.Type === "Parallel" ||
    (state.Type === "Pass" && "Result" in state);
  return works ? (view.result ?? null) : view.effective;
}

/** ResultPath: where the result goes in the state's input. */
function resultInsertion(state: object): Read {
  const text = part(state, "ResultPath");
  if (text === null) return (view) => view.input;
  if (typeof text !== "string" || text === "$") return itself;
  const path = parsePath(text);
  return (view, result) => insert(view.input, path.steps, result, text);
}

function insert(target: Json, steps: readonly (string | number)[], value: Json, path: string): Json {
  const [step, ...rest] = steps;
  if (step === undefined) return value;
  if (typeof step === "number") {
    if (!Array.isArray(target) || step >= target.length) throw mismatch(path, target);
    return target.map((item: Json, index) => (index === step ? insert(item, rest, value, path) : item));
  }
  if (!isJsonObject(target)) throw mismatch(path, target);
  const below = Object.hasOwn(target, step) ? target[step] : undefined;
  // A step through what is no object makes room for itself.
  const inner = rest.length > 0 && (typeof below !== "object" || below === null) ? {} : (below ?? {});
  return { ...target, [step]: insert(inner, rest, value, path) };
}

function mismatch(path: string, target: Json): StateError {
  return new StateError(
    "States.ResultPathMatchFailure",
    `Unable to apply ReferencePath ${path} to input ${JSON.stringify(target)}`,
    {
      placed: true,
    },
  );
}

function numberAt(text: string, field: NumberFieldName): Expression<number> {
  const path = parsePath(text);
  return (view) => numberFrom(resolve(view, path, view.selected, text), field, text);
}

const itself: Read = (_view, root) => root;
