import type { GraphData, InputDeclaration } from "../../sdk/graph/graph.ts";
import { literal, query, readStep } from "./expression.ts";
import { assigning, type State } from "./states.ts";

/** The first state: refuses inputs that the workflow does not declare, and fills in the defaults. */
export function inputsState(inputs: readonly InputDeclaration[], next: string): State {
  return {
    Type: "Choice",
    Choices: [{ Condition: query(`$count(${inputProblems(inputs)}) > 0`), Next: "InvalidInputs" }],
    Default: next,
    ...assigning(
      Object.fromEntries(
        inputs.map(({ name, variable, default: value }) => {
          const given = readStep("$states.input", name);
          return [variable, query(value === undefined ? given : `$exists(${given}) ? ${given} : ${literal(value)}`)];
        }),
      ),
    ),
  };
}

export function invalidInputsState({ workflow, inputs }: GraphData): State {
  const problems = `$join(${inputProblems(inputs)}, "; ")`;
  return { Type: "Fail", Error: "InvalidInputs", Cause: query(`${literal(`workflow ${workflow}: `)} & ${problems}`) };
}

/** A JSONata list of messages, empty if the execution's input fits the declared inputs. */
function inputProblems(inputs: readonly InputDeclaration[]): string {
  const names = inputs.map((input) => input.name);
  const known = names.length === 0 ? "it takes none" : `it takes ${names.join(", ")}`;
  const checks = inputs.flatMap(({ name, default: value }) => {
    const given = readStep("$states.input", name);
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
