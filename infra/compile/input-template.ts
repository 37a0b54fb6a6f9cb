import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { Expression, InputDeclaration, Signature } from "../../sdk/graph/graph.ts";
import { fieldIfThere, literal, query, read, template } from "./expression.ts";

/** What the variable of an input of a graph within another is assigned: what it is given, or its default. */
export function inputTemplate(
  { name, graph }: { readonly name: string; readonly graph: Signature },
  input: InputDeclaration,
  given: Expression | undefined,
): Json {
  const { default: value, isOptional } = input;
  if (isOptional === true) return optionalInput(input.name, given);
  if (given === undefined) {
    if (value === undefined)
      throw new LambentError(`${name}: workflow ${graph.workflow} needs the input ${input.name}`);
    return template({ kind: "literal", value }, "null");
  }
  if (given.kind !== "ref" || value === undefined) return template(given, "null");
  return query(given.path.length === 0 ? read(given) : `$exists(${read(given)}) ? ${read(given)} : ${literal(value)}`);
}

/** What the variable of an optional input holds: an object with it as a field, if it is there. */
function optionalInput(name: string, given: Expression | undefined): Json {
  if (given === undefined) return {};
  return given.kind === "ref" ? query(fieldIfThere(name, read(given))) : { [name]: template(given, "null") };
}
