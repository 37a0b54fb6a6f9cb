import { setField, type Json } from "../base/json.ts";
import type { StoreLocation } from "../store/current-store.ts";
import { jsonBytes, jsonText } from "./json-bytes.ts";
import { ListWriter, PART_BYTES } from "./list-writer.ts";
import { isMark, STORED_MARK } from "./mark-names.ts";
import { storeText } from "./stored-text.ts";

/**
 * Store a value under the hash of its text. What is larger than a part of a list is divided: a list into parts, an
 * object into its members, so that no text is longer than a string can be.
 * @param alone bytes from which on a member of an object is stored alone
 * @returns the mark that stands for it
 */
export async function storeValue(location: StoreLocation, json: Json, alone: number = PART_BYTES): Promise<Json> {
  if (jsonBytes(json) <= Math.min(PART_BYTES, alone) || json === null || typeof json !== "object" || isMark(json)) {
    return storeWhole(location, json);
  }
  if (isList(json)) return storeList(location, json);
  const fields: Record<string, Json> = {};
  for (const [key, member] of Object.entries(json)) {
    setField(fields, key, jsonBytes(member) > alone ? await storeValue(location, member) : member);
  }
  return storeWhole(location, fields);
}

/**
 * Store a list in parts.
 * @returns the mark that stands for it
 */
export async function storeList(location: StoreLocation, list: Iterable<Json>): Promise<Json> {
  const writer = new ListWriter(location);
  await addElements(location, writer, list);
  return writer.end();
}

export async function addElements(location: StoreLocation, writer: ListWriter, list: Iterable<Json>): Promise<void> {
  for (const element of list) await writer.add(await elementText(location, element));
}

/** The JSON of an element, or that of its mark, if it is larger than a part. */
async function elementText(location: StoreLocation, element: Json): Promise<Buffer> {
  const text = jsonText(element);
  if (text !== undefined && text.length <= PART_BYTES) {
    const bytes = Buffer.from(text);
    if (bytes.byteLength <= PART_BYTES) return bytes;
  }
  return Buffer.from(JSON.stringify(await storeValue(location, element)));
}

async function storeWhole(location: StoreLocation, json: Json): Promise<Json> {
  return { [STORED_MARK]: await storeText(location, Buffer.from(JSON.stringify(json))) };
}

export function isList(json: Json): json is readonly Json[] {
  return Array.isArray(json);
}
