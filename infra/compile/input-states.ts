import type { GraphData, InputDeclaration } from "../../sdk/graph/graph.ts";
import { shapeProblems } from "./answer-problems.ts";
import { at, inputDivisions, type Division } from "./divisions.ts";
import { fileGiven, fileProblem, filesProblem, fileVersionStates } from "./file-inputs.ts";
import { literal, query, readStep } from "./expression.ts";
import { asData } from "./given-value.ts";
import type { StateNames } from "./state-names.ts";
import { assigning, type State, type StateSequence } from "./states.ts";
import type { Target } from "./target.ts";
import { valueGiven, valueProblem } from "./value-inputs.ts";

/**
 * The first states: what is given is checked, defaults are filled in, and files get the version that they have now.
 * Whoever starts an execution writes its input, so nothing in it counts as a mark, but for files that callers may name.
 */
export function inputsStates(graph: GraphData, next: string, names: StateNames, target: Target): StateSequence {
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
      ["Inputs", inputsState(inputs, inputDivisions(graph), entry, target)],
      ["InvalidInputs", invalidInputsState(graph, target)],
      ...states,
    ],
  };
}

/** Refuses inputs that the workflow does not declare, and fills in the defaults. */
function inputsState(
  inputs: readonly InputDeclaration[],
  divisions: ReadonlyMap<string, Division>,
  next: string,
  target: Target,
): State {
  return {
    Type: "Choice",
    Choices: [{ Condition: query(`$count(${inputProblems(inputs, target)}) > 0`), Next: "InvalidInputs" }],
    Default: next,
    ...assigning(
      Object.fromEntries(
        inputs.map((input) => {
          const given = readStep("$states.input", input.name);
          const division = divisions.get(input.variable);
          if (input.isOptional === true) return [input.variable, query(optionalInput(input.name, given, division))];
          const taken = takenInput(input, given, division, target);
          const { default: value } = input;
          return [
            input.variable,
            query(value === undefined ? taken : `$exists(${given}) ? ${taken} : ${literal(value)}`),
          ];
        }),
      ),
    ),
  };
}

/** What the variable of an optional input holds: an object with it as a field, if it is there. */
function optionalInput(name: string, given: string, division: Division | undefined): string {
  return `$exists(${given}) ? {${literal(name)}: ${asData(given, at(division, name))}} : {}`;
}

/** What the variable of an input is assigned of what the caller gave. */
function takenInput(
  { default: value, isFile, hasFiles, valueClass }: InputDeclaration,
  given: string,
  division: Division | undefined,
  { localStore = [] }: Target,
): string {
  if (isFile === true) return `(${fileGiven(given, localStore)})`;
  if (valueClass !== undefined) return valueGiven(given, valueClass);
  // Of files the marks count, and all others have been refused. Of a text, a number or a boolean the type was checked.
  return hasFiles === true || ["string", "number", "boolean"].includes(typeof value) ? given : asData(given, division);
}

function invalidInputsState({ workflow, inputs }: Pick<GraphData, "workflow" | "inputs">, target: Target): State {
  const problems = `$join(${inputProblems(inputs, target)}, "; ")`;
  return { Type: "Fail", Error: "InvalidInputs", Cause: query(`${literal(`workflow ${workflow}: `)} & ${problems}`) };
}

/**
 * Any workflow may be given these two, by which its tasks are in a trace of the client's: the headers of
 * https://www.w3.org/TR/trace-context/, under their own names. Each call of a task carries them.
 */
export const TRACE_INPUTS: readonly string[] = ["traceparent", "tracestate"];
/** What of `tracestate` has to be sent on, and more than a `traceparent` has. */
const TRACE_CHARACTERS = 512;

/** Any workflow may be given this one too, by which its cached tasks compute anew. */
const OVERWRITE_INPUT = "overwriteCache";

function besideCheck(name: string): string {
  const given = `$states.input.${name}`;
  if (name === OVERWRITE_INPUT)
    return `$exists(${given}) and $type(${given}) != "boolean" ? ${literal(`${name} must be true or false`)} : []`;
  const problem = `${name} must be a text of at most ${TRACE_CHARACTERS} characters, as W3C Trace Context has it`;
  return `$exists(${given}) and ($type(${given}) != "string" or $length($string(${given})) > ${TRACE_CHARACTERS}) ? ${literal(problem)} : []`;
}

/** A JSONata list of messages, empty if the execution's input fits the declared inputs. */
export function inputProblems(inputs: readonly InputDeclaration[], target: Target): string {
  const names = inputs.map((input) => input.name);
  const known = names.length === 0 ? "it takes none" : `it takes ${names.join(", ")}`;
  const checks = inputs.flatMap((input) => inputChecks(input, target));
  const beside = [...TRACE_INPUTS, OVERWRITE_INPUT].filter((name) => !names.includes(name));
  const unknown =
    `$map($filter($keys($states.input), function($key) { $not($key in ${literal([...names, ...beside])}) }), ` +
    `function($key) { "there is no input " & $key & ${literal(`, ${known}`)} })`;
  return `($type($states.input) = "object" ? [${[...checks, ...beside.map(besideCheck), unknown].join(", ")}] : ["the input must be an object, not " & $type($states.input)])`;
}

/** For each rule of an input a JSONata expression that is a message, or empty. */
function inputChecks(input: InputDeclaration, target: Target): string[] {
  const { name, default: value, isFile, hasFiles, valueClass, isOptional, shape } = input;
  const given = readStep("$states.input", name);
  const shaped = shape === undefined ? [] : [`$exists(${given}) ? ${shapeProblems(given, shape, name)} : []`];
  if (isOptional === true) return shaped; // a default of undefined tells nothing of the type
  const required = value === undefined ? [`$exists(${given}) ? [] : ${literal(`${name} is required`)}`] : [];
  if (isFile === true) return [...required, fileProblem(name, given, target)];
  if (valueClass !== undefined) return [...required, valueProblem(name, given, valueClass)];
  const files = hasFiles === true ? [filesProblem(name, given, target)] : [];
  // A default of null tells nothing of the type.
  if (value === undefined || value === null) return [...required, ...files, ...shaped];
  const type = Array.isArray(value) ? "array" : typeof value;
  const wrong = `${literal(`${name} must be of type ${type}, not `)} & $type(${given})`;
  return [`$exists(${given}) and $type(${given}) != "${type}" ? ${wrong} : []`, ...files];
}
