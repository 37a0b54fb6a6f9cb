import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { fileInput } from "../../sdk/authoring/file-input.ts";
import { decode, encode } from "../../sdk/values/wire.ts";

/**
 * What `run` was given as an execution's input: data as it is, since a state machine takes none of it for marks, and
 * files as marks.
 * @throws {LambentError} that names what JSON cannot carry, or an `S3File` for an input that is declared as none
 */
export function executionInput({ workflow, inputs }: GraphData, given: object): Json {
  for (const [name, value] of Object.entries(given)) {
    const declared = inputs.find((input) => input.name === name);
    const { isFile, hasFiles } = fileInput(value);
    if (declared === undefined || (isFile !== true && hasFiles !== true)) continue;
    if (declared.isFile === true || declared.hasFiles === true) continue;
    const [type, argument] = isFile === true ? ["S3File<…>", "S3File"] : ["S3File<…>[]", "[S3File]"];
    throw new LambentError(
      `workflow ${workflow}: ${name} is given ${isFile === true ? "a file" : "files"}, and is declared as data, which is all that tasks would get: ` +
        `declare it as ${name}: required<${type}>(), or required<YourType>(${argument})`,
    );
  }
  // Decoded again, data has no marks around it, and files are instances.
  return withFileMarks(decode(encode(given, workflow), []));
}

/** @param value JSON with S3Files in it */
function withFileMarks(value: unknown): Json {
  const { isFile, hasFiles } = fileInput(value);
  if (isFile === true) return encode(value, "file");
  if (hasFiles !== true) return value as Json; // `encode` has made JSON of it
  if (Array.isArray(value)) return value.map(withFileMarks);
  return Object.fromEntries(Object.entries(value as object).map(([key, field]) => [key, withFileMarks(field)]));
}
