import { LambentError } from "../base/errors.ts";
import { isJsonObject, type Json } from "../base/json.ts";
import type { InputDeclaration } from "../graph/graph.ts";
import { classOfMark, isPlainForm, PLAIN_FORMS } from "../values/plain-forms.ts";
import { FILE } from "../values/wire.ts";

/** JSONata's name of a value's type, or its class; undefined for a default of null, which tells nothing, and for no default. */
export function declaredType(value: Json | undefined): string | undefined {
  return value === undefined || value === null ? undefined : typeName(value);
}

export function typeName(value: Json): string {
  if (value === null) return "null";
  const name = classOfMark(value);
  if (name !== undefined) return name;
  return Array.isArray(value) ? "array" : typeof value;
}

/**
 * Check a value that an execution will be given for an input, as the state machine's own first state will.
 * @param what which input, for the message
 * @throws {LambentError} if it is of another type than the input's default, or no file where one is declared
 */
export function checkInputType(
  what: string,
  { default: value, isFile, valueClass }: InputDeclaration,
  given: Json,
): void {
  if (isFile === true) {
    if (typeof given === "string" ? /^s3:\/\/[^/]+\/./.test(given) : isJsonObject(given) && FILE in given) return;
    throw new LambentError(`${what} must be a file's address, "s3://bucket/key", not ${JSON.stringify(given)}`);
  }
  if (valueClass !== undefined) {
    if (classOfMark(given) === valueClass || isPlainForm(valueClass, given)) return;
    throw new LambentError(
      `${what} must be a ${valueClass}, such as ${PLAIN_FORMS[valueClass].example}, not ${JSON.stringify(given)}`,
    );
  }
  const [wanted, got] = [declaredType(value), typeName(given)];
  if (wanted === undefined || wanted === got) return;
  throw new LambentError(`${what} must be of type ${wanted}, as its default is, not ${got}`);
}

/** Whether every caller must give the input. */
export function isNeeded({ default: value, isOptional }: InputDeclaration): boolean {
  return value === undefined && isOptional !== true;
}
