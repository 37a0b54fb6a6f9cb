import { LambentError } from "../base/errors.ts";
import { isJsonObject, type Json } from "../base/json.ts";
import type { Shape } from "../graph/graph.ts";
import { isSchema, type Schema } from "../values/standard-schema.ts";
import { encode, isMark } from "../values/wire.ts";
import { shapeOfSchema } from "./schema-shape.ts";

/** Graphs are data, which a schema is not: who sends an answer from where the workflow is finds its schema so. */
const schemas = new WeakMap<Shape, Schema>();

/** The schema that a shape was made of; undefined of one made of an example, or read from JSON. */
export function schemaOf(shape: Shape): Schema | undefined {
  return schemas.get(shape);
}

/**
 * What all answers have to be that a schema takes, or that are as this example.
 * @throws {LambentError} for what is no JSON
 */
export function shapeOf(what: string, example: unknown): Shape {
  if (isSchema(example)) {
    const shape = shapeOfSchema(example);
    schemas.set(shape, example);
    return shape;
  }
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
