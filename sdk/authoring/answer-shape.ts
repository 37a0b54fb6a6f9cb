import { LambentError } from "../base/errors.ts";
import { isJsonObject, type Json } from "../base/json.ts";
import type { Shape } from "../graph/graph.ts";
import { isSchema } from "../values/standard-schema.ts";
import { encode, isMark } from "../values/wire.ts";
import { shapeOfSchema } from "./schema-shape.ts";

/**
 * What all answers have to be that a schema takes, or that are as this example.
 * @throws {LambentError} for what is no JSON
 */
export function shapeOf(what: string, example: unknown): Shape {
  if (isSchema(example)) return shapeOfSchema(example);
  return shapeAt(what, encode(example, `${what}: schema`));
}

function shapeAt(what: string, example: Json): Shape {
  if (example === null) return {};
  if (Array.isArray(example)) {
    const [first] = example as readonly Json[];
    return { type: "array", ...(first === undefined ? {} : { items: shapeAt(what, first) }) };
  }
  if (!isJsonObject(example)) return { type: typeof example as "string" | "number" | "boolean" }; // what else JSON has
  if (isMark(Object.keys(example)))
    throw new LambentError(`${what}: schema is an example in plain data: an answer brings no files; send an address`);
  const fields = Object.entries(example).map(([name, field]) => [name, shapeAt(what, field)] as const);
  return { type: "object", properties: Object.fromEntries(fields), required: Object.keys(example) };
}
