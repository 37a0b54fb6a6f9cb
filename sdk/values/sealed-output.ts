import { createHash } from "node:crypto";
import type { Json } from "../base/json.ts";
import { jsonText } from "./json-bytes.ts";

/** What is stored: the output, after the hash of its name and its text. Undefined: no string can have its text. */
export function seal(name: string, output: Json): Buffer | undefined {
  const text = jsonText(output);
  if (text === undefined) return undefined;
  return Buffer.from(`{"sha256":"${hashOf(name, text)}","output":${text}}`);
}

/**
 * The output in what is stored; `undefined` if it is not what `seal` wrote. The name is part of the hash, so that the
 * output for other inputs, copied here, is none.
 */
export function unseal(name: string, stored: Buffer): Json | undefined {
  const [, hash, text] = /^\{"sha256":"([0-9a-f]{64})","output":(.*)\}$/s.exec(stored.toString("utf8")) ?? [];
  if (text === undefined || hash !== hashOf(name, text)) return undefined;
  return JSON.parse(text) as Json; // by its hash it is a text that `seal` wrote, as JSON
}

function hashOf(name: string, text: string): string {
  return createHash("sha256").update(`${name}\n${text}`).digest("hex");
}
