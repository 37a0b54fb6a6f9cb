import { PAYLOAD_BYTES } from "../base/aws-limits.ts";
import { LambentError } from "../base/errors.ts";
import type { Json } from "../base/json.ts";
import type { Expression } from "../graph/graph.ts";

/**
 * Refuse what is too large already by what is written down; what Refs will add to it nobody knows.
 * @param what whose values they are, for the message
 * @throws {LambentError} if the literals alone have more bytes than Step Functions carries
 */
export function checkLiterals(what: string, values: Expression | Readonly<Record<string, Expression>>): void {
  const bytes = literalBytes(isExpression(values) ? values : { kind: "object", fields: values });
  if (bytes <= PAYLOAD_BYTES) return;
  throw new LambentError(
    `${what} has ${bytes} bytes of literals, and Step Functions carries ${PAYLOAD_BYTES}: ` +
      "make large values in a task, or give them as a file: asset(…), or S3File.from(…) in a task",
  );
}

/** An expression's `kind` is a text; an input that is called `kind` is an expression. */
function isExpression(values: Expression | Readonly<Record<string, Expression>>): values is Expression {
  return typeof values["kind"] === "string";
}

/** Bytes of the JSON text that is known; nothing for a Ref, and for a field that may be missing at run time. */
function literalBytes(expression: Expression): number {
  switch (expression.kind) {
    case "literal":
      return jsonBytes(expression.value);
    case "ref":
      return 0;
    case "list":
      return sum(expression.items.map(literalBytes));
    case "object":
      return sum(
        Object.entries(expression.fields).map(([name, field]) =>
          field.kind === "ref" ? 0 : jsonBytes(name) + 1 + literalBytes(field),
        ),
      );
  }
}

/** Around the parts and between them: two brackets, and a comma less than there are parts that are known. */
function sum(parts: readonly number[]): number {
  const known = parts.filter((bytes) => bytes > 0);
  return known.reduce((total, bytes) => total + bytes + 1, known.length === 0 ? 2 : 1);
}

export function jsonBytes(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}
