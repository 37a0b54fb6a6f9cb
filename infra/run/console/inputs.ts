import { declaredType, isNeeded } from "../../../sdk/authoring/input-type.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { InputDeclaration } from "../../../sdk/graph/graph.ts";
import type { Input } from "./api.ts";

const TYPES = ["string", "number", "boolean", "object", "array"] as const;

/** A workflow's input, as a form asks for it. */
export function inputOf(declared: InputDeclaration): Input {
  const { name, default: value, isFile = false, hasFiles = false } = declared;
  const declaredAs = declared.shape?.type ?? declaredType(value);
  const type = TYPES.find((one) => one === (declaredAs === "integer" ? "number" : declaredAs));
  return {
    name,
    ...(type === undefined || isFile ? {} : { type }),
    ...(value === undefined ? {} : { default: value }),
    isRequired: isNeeded(declared),
    isFile,
    hasFiles,
    schema: schemaOf(declared, type),
  };
}

/** What the state machine's first state takes: it compares types, and looks into a value only where a schema is known. */
function schemaOf({ default: value, isFile, shape }: InputDeclaration, type: Input["type"]): Record<string, Json> {
  if (shape !== undefined) return { ...shape } as Record<string, Json>; // words of JSON Schema, of which JSON is made
  const about = value === undefined ? {} : { default: value };
  if (isFile === true) return { anyOf: [{ type: "string", pattern: "^s3://[^/]+/." }, { type: "object" }], ...about };
  return { ...(type === undefined ? {} : { type }), ...about };
}
