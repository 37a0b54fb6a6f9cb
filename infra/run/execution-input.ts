import { LambentError } from "../../sdk/base/errors.ts";
import type { Json } from "../../sdk/base/json.ts";
import type { GraphData } from "../../sdk/graph/graph.ts";
import { fileInput } from "../../sdk/authoring/file-input.ts";
import { encodeGiven } from "../../sdk/values/crossing.ts";

/**
 * What `run` was given as an execution's input: data as it is, since a state machine takes none of it for marks, and
 * files, Dates and the like as marks.
 * @throws {LambentError} that names what JSON cannot carry, or an `S3File` for an input that is declared as none
 */
export function executionInput({ workflow, inputs }: Pick<GraphData, "workflow" | "inputs">, given: object): Json {
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
  return encodeGiven(given, workflow);
}
