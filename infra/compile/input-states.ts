import type { Json } from "../../sdk/base/json.ts";
import type { GraphData, InputDeclaration } from "../../sdk/graph/graph.ts";
import { shapeProblems, toldProblems } from "./answer-problems.ts";
import { at, inputDivisions, type Division } from "./divisions.ts";
import { fileGiven, fileProblem, filesProblem, fileVersionStates } from "./file-inputs.ts";
import { literal, query, readStep } from "./expression.ts";
import { asData } from "./given-value.ts";
import { TRACE } from "./invocation-state.ts";
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
  const depth = depthLimit(graph, names);
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
      [
        "Inputs",
        inputsState(
          inputs,
          inputDivisions(graph),
          entry,
          target,
          depth.map(({ choice }) => choice),
        ),
      ],
      ["InvalidInputs", invalidInputsState(graph, target)],
      ...depth.map(({ state }) => state),
      ...states,
    ],
  };
}

/** What ends an execution that has more around it than its workflow may have: each is started by the one around it. */
function depthLimit(
  { workflow, options }: Pick<GraphData, "workflow" | "options">,
  names: StateNames,
): { readonly choice: Json; readonly state: readonly [string, State] }[] {
  const { maxDepth } = options ?? {};
  if (maxDepth === undefined) return [];
  const name = names.fresh("TooDeep");
  const depth = depthIn(TRACE);
  const text = ` executions are around this one, each started by the one around it, and its maxDepth is ${maxDepth}: end the recursion sooner, or set workflow(…, { maxDepth }) higher`;
  const cause = query(`${literal(`workflow ${workflow}: `)} & ${depth} & ${literal(text)}`);
  return [
    {
      choice: { Condition: query(`${depth} > ${maxDepth}`), Next: name },
      state: [name, { Type: "Fail", Error: "TooDeep", Cause: cause }],
    },
  ];
}

/** JSONata of how many executions are around the own one: the number in what it was handed. */
export function depthIn(handed: string): string {
  return `$max([0, $filter(${handed}, function($part) { $type($part) = "number" })])`;
}

/** Refuses inputs that the workflow does not declare, and fills in the defaults. */
function inputsState(
  inputs: readonly InputDeclaration[],
  divisions: ReadonlyMap<string, Division>,
  next: string,
  target: Target,
  limits: readonly Json[],
): State {
  return {
    Type: "Choice",
    Choices: [{ Condition: query(`$count(${inputProblems(inputs, target)}) > 0`), Next: "InvalidInputs" }, ...limits],
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
  const problems = toldProblems(inputProblems(inputs, target));
  return { Type: "Fail", Error: "InvalidInputs", Cause: query(`${literal(`workflow ${workflow}: `)} & ${problems}`) };
}

/**
 * Any workflow may be given these two, by which its tasks are in a trace of the client's: the headers of
 * https://www.w3.org/TR/trace-context/, under their own names. Each call of a task carries them.
 */
export const TRACE_INPUTS: readonly string[] = ["traceparent", "tracestate"];
/** What of `tracestate` has to be sent on, and more than a `traceparent` has. */
const TRACE_CHARACTERS = 512;

/** Of the list that an execution hands on to one that it starts: the names of errors are in it too. */
const HANDED_CHARACTERS = 10_000;

/** And this one by an execution that starts another: the console of Step Functions links the two. */
export const STARTED_BY = "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID";

/** Any workflow may be given this one too, by which its cached tasks compute anew. */
const OVERWRITE_INPUT = "overwriteCache";

function besideCheck(name: string): string {
  const given = `$states.input.${name}`;
  if (name === OVERWRITE_INPUT)
    return `$exists(${given}) and $type(${given}) != "boolean" ? ${literal(`${name} must be true or false`)} : []`;
  if (name === STARTED_BY)
    return `$exists(${given}) and $type(${given}) != "string" ? ${literal(`${name} must be an execution's ARN`)} : []`;
  const problem = `${name} must be a text of at most ${TRACE_CHARACTERS} characters, as W3C Trace Context has it`;
  // An execution that starts another hands on both, and what goes with them, as a list in the place of the first.
  const isHandedOn =
    name === "traceparent" ? `$type(${given}) = "array" ? $length($string(${given})) > ${HANDED_CHARACTERS} : ` : "";
  return `$exists(${given}) and (${isHandedOn}$type(${given}) != "string" or $length($string(${given})) > ${TRACE_CHARACTERS}) ? ${literal(problem)} : []`;
}

/** Characters of what looks at all inputs that have schemas, which is twice in a definition. */
const SHAPES_CHARACTERS = 100_000;

/** A JSONata list of messages, empty if the execution's input fits the declared inputs. */
export function inputProblems(inputs: readonly InputDeclaration[], target: Target): string {
  const names = inputs.map((input) => input.name);
  const known = names.length === 0 ? "it takes none" : `it takes ${names.join(", ")}`;
  const shaped = inputs.filter(({ shape }) => shape !== undefined).length;
  const checks = inputs.flatMap((input) => inputChecks(input, target, SHAPES_CHARACTERS / shaped));
  const beside = [...TRACE_INPUTS, OVERWRITE_INPUT, STARTED_BY].filter((name) => !names.includes(name));
  const unknown =
    `$map($filter($keys($states.input), function($key) { $not($key in ${literal([...names, ...beside])}) }), ` +
    `function($key) { "there is no input " & $key & ${literal(`, ${known}`)} })`;
  return `($type($states.input) = "object" ? [${[...checks, ...beside.map(besideCheck), unknown].join(", ")}] : ["the input must be an object, not " & $type($states.input)])`;
}

/** For each rule of an input a JSONata expression that is a message, or empty. */
function inputChecks(input: InputDeclaration, target: Target, longest: number): string[] {
  const { name, default: value, isFile, hasFiles, valueClass, isOptional, shape } = input;
  const given = readStep("$states.input", name);
  const shaped = shape === undefined ? [] : [`$exists(${given}) ? ${shapeProblems(given, shape, name, longest)} : []`];
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
