import type { GraphData, InputDeclaration } from "../../sdk/graph/graph.ts";
import { fileGiven, fileProblem, fileVersionStates } from "./file-inputs.ts";
import { fieldIfThere, literal, query, readStep } from "./expression.ts";
import type { StateNames } from "./state-names.ts";
import { assigning, type State, type StateSequence } from "./states.ts";

/** The first states: what is given is checked, defaults are filled in, and files get the version that they have now. */
export function inputsStates(
  graph: Pick<GraphData, "workflow" | "inputs">,
  next: string,
  names: StateNames,
  localStore: readonly string[] = [],
): StateSequence {
  const { workflow, inputs } = graph;
  let entry = next;
  const states = inputs
    .filter(({ isFile }) => isFile)
    .toReversed()
    .flatMap((input) => {
      const versions = fileVersionStates(workflow, input, entry, names);
      entry = versions.entry;
      return versions.states;
    });
  return {
    entry: "Inputs",
    states: [
      ["Inputs", inputsState(inputs, entry, localStore)],
      ["InvalidInputs", invalidInputsState(graph, localStore)],
      ...states,
    ],
  };
}

/** Refuses inputs that the workflow does not declare, and fills in the defaults. */
function inputsState(inputs: readonly InputDeclaration[], next: string, localStore: readonly string[]): State {
  return {
    Type: "Choice",
    Choices: [{ Condition: query(`$count(${inputProblems(inputs, localStore)}) > 0`), Next: "InvalidInputs" }],
    Default: next,
    ...assigning(
      Object.fromEntries(
        inputs.map(({ name, variable, default: value, isFile, isOptional }) => {
          const given = readStep("$states.input", name);
          if (isOptional === true) return [variable, query(fieldIfThere(name, given))];
          const taken = isFile === true ? `(${fileGiven(given, localStore)})` : given;
          return [variable, query(value === undefined ? taken : `$exists(${given}) ? ${taken} : ${literal(value)}`)];
        }),
      ),
    ),
  };
}

function invalidInputsState(
  { workflow, inputs }: Pick<GraphData, "workflow" | "inputs">,
  localStore: readonly string[],
): State {
  const problems = `$join(${inputProblems(inputs, localStore)}, "; ")`;
  return { Type: "Fail", Error: "InvalidInputs", Cause: query(`${literal(`workflow ${workflow}: `)} & ${problems}`) };
}

/** A JSONata list of messages, empty if the execution's input fits the declared inputs. */
function inputProblems(inputs: readonly InputDeclaration[], localStore: readonly string[]): string {
  const names = inputs.map((input) => input.name);
  const known = names.length === 0 ? "it takes none" : `it takes ${names.join(", ")}`;
  const checks = inputs.flatMap(({ name, default: value, isFile, isOptional }) => {
    const given = readStep("$states.input", name);
    if (isOptional === true) return []; // a default of undefined tells nothing of the type
    if (isFile === true) {
      const file = fileProblem(name, given, localStore);
      return value === undefined ? [`$exists(${given}) ? [] : ${literal(`${name} is required`)}`, file] : [file];
    }
    if (value === undefined) return `$exists(${given}) ? [] : ${literal(`${name} is required`)}`;
    if (value === null) return []; // a default of null tells nothing of the type
    const type = Array.isArray(value) ? "array" : typeof value;
    const wrong = `${literal(`${name} must be of type ${type}, not `)} & $type(${given})`;
    return `$exists(${given}) and $type(${given}) != "${type}" ? ${wrong} : []`;
  });
  const unknown =
    `$map($filter($keys($states.input), function($key) { $not($key in ${literal(names)}) }), ` +
    `function($key) { "there is no input " & $key & ${literal(`, ${known}`)} })`;
  return `($type($states.input) = "object" ? [${[...checks, unknown].join(", ")}] : ["the input must be an object, not " & $type($states.input)])`;
}
