import { isObject, setField, type Json } from "../base/json.ts";
import { valueClasses } from "./value-classes.ts";
import { decode, encode, GIVEN, PLAIN } from "./wire.ts";

// Everywhere but in replicas, which load the classes on first use.

/**
 * A value as JSON, with marks for what JSON has no form for.
 * @param at what it is, for messages
 * @throws {LambentError} that names the path of what cannot cross
 */
export function encodeValue(value: unknown, at: string): Json {
  return encode(value, at, valueClasses);
}

/**
 * A value as an execution is given it: data as it is, since a state machine takes none of it for marks, and files, Dates
 * and the like as marks.
 * @param at what it is, for messages
 * @throws {LambentError} that names the path of what cannot cross
 */
export function encodeGiven(value: unknown, at: string): Json {
  return withoutPlain(encodeValue(value, at));
}

/** The value from which {@link encodeValue} made `json`, in which nothing is stored. */
export function decodeValue(json: Json): unknown {
  return decode(json, [], valueClasses);
}

/** What a task gets of what {@link encodeGiven} has made: data, of which no marks count but those of Dates and the like. */
export function decodeGiven(json: Json): unknown {
  return decodeValue({ [GIVEN]: json });
}

/** Data as it is, without the marks around it, and the marks of files and of instances. */
function withoutPlain(json: Json): Json {
  if (!isObject(json)) return json;
  if (Array.isArray(json)) return json.map((item: Json) => withoutPlain(item));
  const isPlain = PLAIN in json && Object.keys(json).length === 1;
  // What is in it is an object, and no mark, whatever its field is called.
  const data = isPlain ? Object(json[PLAIN]) : json;
  const fields: Record<string, Json> = {};
  for (const [key, field] of Object.entries(data)) setField(fields, key, withoutPlain(field as Json)); // of JSON
  return fields;
}
