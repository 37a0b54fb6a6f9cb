import type { Input } from "../api.ts";
import { prettyJson } from "../../timeline/pretty-json.ts";
import type { JsonSchema } from "../../../../sdk/values/json-schema.ts";
import { schemaFault } from "./schema-fault.ts";

/** How a field of the form is filled in. */
export type FieldKind = "choice" | "boolean" | "number" | "text" | "json";

/** What stands in a field. */
export interface Field {
  /** Absent from the input, if that may be. */
  readonly isLeftOut: boolean;
  readonly text: string;
}

export function kindOf({ type, schema, isFile }: Input): FieldKind {
  if (Array.isArray(schema["enum"])) return "choice";
  if (type === "boolean" || type === "number") return type;
  return type === "string" || isFile ? "text" : "json";
}

/**
 * What a field has at first: what is given for it, else the author's default.
 * @param given as JSON text, of whose numbers no digit is lost
 */
export function beginning(input: Input, given: string | undefined): Field {
  const json = given ?? (input.default === undefined ? undefined : JSON.stringify(input.default));
  if (json === undefined) return { isLeftOut: !input.isRequired, text: "" };
  const kind = kindOf(input);
  if (kind === "json") return { isLeftOut: false, text: prettyJson(json) };
  const isText = kind === "text" && json.startsWith('"');
  return { isLeftOut: false, text: isText ? String(JSON.parse(json)) : json };
}

/** What the form asks for, in words: `a number, 5 if it is left out`. */
export function aboutField(input: Input): string {
  const { type, isFile, hasFiles, isRequired, schema } = input;
  const what = isFile
    ? "a file: s3://bucket/key"
    : Array.isArray(schema["enum"])
      ? "one of these"
      : schema["type"] === "integer"
        ? "a whole number"
        : type === "array"
          ? "a list, as JSON"
          : type === "object"
            ? "an object, as JSON"
            : type === undefined
              ? hasFiles
                ? "any JSON"
                : 'text, or JSON, as 5 or [1, 2]; the text 5 is "5"'
              : type === "string"
                ? "text"
                : type === "boolean"
                  ? "true or false"
                  : "a number";
  const files = hasFiles && !isFile ? ", with files in it as s3://bucket/key" : "";
  return `${what}${files}${isRequired ? "" : input.default === undefined ? "; may be left out" : ""}`;
}

/** The field's value as JSON text, or what is wrong with it. Texts are not parsed and written again: numbers stay exact. */
export type Entered = { readonly json: string } | { readonly fault: string };

export function enteredIn(input: Input, { text }: Field): Entered {
  const kind = kindOf(input);
  if (input.isFile) return enteredFile(text);
  if (kind === "text")
    return text === "" && input.default === undefined ? { fault: "Give a text" } : { json: JSON.stringify(text) };
  const json = text.trim();
  if (json === "") return { fault: kind === "number" ? "Give a number" : "Give a value, as JSON" };
  if (kind === "number" && !/^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(json))
    return { fault: `'${text}' is not a number` };
  const parsed = parsedOf(json);
  // Of what has no type it is not known whether it is to be a text: what does not begin as JSON does is one.
  if ("fault" in parsed && input.type === undefined && !input.hasFiles && kind === "json" && !/^[{["]/.test(json))
    return { json: JSON.stringify(text) };
  if ("fault" in parsed) return parsed;
  const fault = schemaFault(parsed.value, input.schema as JsonSchema); // JSON Schema's keywords are read one by one
  return fault === undefined ? { json } : { fault };
}

/** A file's address, or what Lambent prints of one. Whether it is there, the state machine finds. */
function enteredFile(text: string): Entered {
  const address = text.trim();
  if (address === "") return { fault: "Give the file's address, as s3://bucket/key" };
  if (!address.startsWith("{")) return { json: JSON.stringify(address) };
  const parsed = parsedOf(address);
  return "fault" in parsed ? parsed : { json: address };
}

/** What is wrong, by the name of the input. Names are the author's: also those that every object has. */
export type Faults = ReadonlyMap<string, string>;

/** The whole input as JSON text, or the fault of each field that has one. */
export function enteredInAll(
  inputs: readonly Input[],
  fields: ReadonlyMap<string, Field>,
): { readonly json: string } | { readonly faults: Faults } {
  const given = inputs.flatMap((input) => {
    const field = fields.get(input.name);
    return field === undefined || field.isLeftOut ? [] : [{ name: input.name, entered: enteredIn(input, field) }];
  });
  const faults = given.flatMap(({ name, entered }) => ("fault" in entered ? [[name, entered.fault] as const] : []));
  if (faults.length > 0) return { faults: new Map(faults) };
  const members = given.flatMap(({ name, entered }) =>
    "json" in entered ? [`${JSON.stringify(name)}: ${entered.json}`] : [],
  );
  return { json: `{${members.join(", ")}}` };
}

/** JSON, or why it is none, with the place where that is. */
export function parsedOf(text: string): { readonly value: unknown } | { readonly fault: string } {
  try {
    return { value: JSON.parse(text) };
  } catch (error) {
    return { fault: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
