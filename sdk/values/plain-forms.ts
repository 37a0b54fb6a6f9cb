import { isJsonObject, type Json } from "../base/json.ts";
import { CLASS_NAMES, type ClassName } from "./value-classes.ts";
import { VALUE } from "./wire.ts";

/** How a caller who has no TypeScript writes an instance: the content of its mark alone. */
export interface PlainForm {
  readonly type: "string" | "array";
  /** Of a text: a regular expression that JavaScript and JSONata both read. */
  readonly pattern?: string;
  /** For messages. */
  readonly example: string;
}

const BASE64: PlainForm = {
  type: "string",
  pattern: "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
  example: '"AQID", base64',
};

export const PLAIN_FORMS: Readonly<Record<ClassName, PlainForm>> = {
  Date: {
    type: "string",
    pattern:
      "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])(T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9]))?$",
    example: '"2026-01-31T12:00:00Z"',
  },
  bigint: { type: "string", pattern: "^-?[0-9]+$", example: '"12345678901234567890"' },
  Map: { type: "array", example: '[["key", "value"]]' },
  Set: { type: "array", example: '["value"]' },
  Uint8Array: BASE64,
  Buffer: BASE64,
  URL: { type: "string", pattern: "^[A-Za-z][A-Za-z0-9+.-]*:.+$", example: '"https://example.com/"' },
};

/** The class of the instance that a mark stands for; undefined if it is the mark of none. */
export function classOfMark(json: Json | undefined): ClassName | undefined {
  if (!isJsonObject(json) || Object.keys(json).length !== 1) return undefined;
  const content = json[VALUE];
  if (!isJsonObject(content)) return undefined;
  const [name, ...others] = Object.keys(content);
  return others.length === 0 ? CLASS_NAMES.find((one) => one === name) : undefined;
}

/** Whether a value is an instance's plain form, as far as its text tells. */
export function isPlainForm(name: ClassName, json: Json): boolean {
  const { type, pattern } = PLAIN_FORMS[name];
  if (type === "array")
    return Array.isArray(json) && (name !== "Map" || json.every((entry) => Array.isArray(entry) && entry.length === 2));
  return typeof json === "string" && new RegExp(pattern ?? "").test(json);
}
