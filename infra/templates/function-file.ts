import { existsSync, statSync } from "node:fs";
import { LambentError, messageOf } from "../../sdk/base/errors.ts";
import { readText } from "./document.ts";
import { functionsOfFolder } from "./function-folder.ts";
import { templateOf, toldProblem } from "./machine-file.ts";
import type { Surroundings } from "./template.ts";
import { FUNCTION_TYPES, functionOfResource, NotRunHere, type WrittenFunction } from "./written-function.ts";
import type { NamedFile } from "./written-machine.ts";

/** The functions of a folder, a file or a template. */
export interface FunctionFile {
  readonly functions: readonly WrittenFunction[];
  /** Of those that cannot run here, why, a sentence each. */
  readonly leftOut: readonly string[];
  /** What is wrong, a sentence each. */
  readonly problems: readonly string[];
  /** The files that say it. */
  readonly files: readonly string[];
}

/** Read what `--lambda` names. What is wrong is told in the result. */
export function readFunctionFile(file: NamedFile, surroundings: Surroundings): FunctionFile {
  const nothing: FunctionFile = { functions: [], leftOut: [], problems: [], files: [] };
  if (!existsSync(file.path))
    return { ...nothing, problems: [`--lambda ${file.shown}: there is no such folder or file`] };
  try {
    if (statSync(file.path).isDirectory() || !/\.(json|ya?ml|template)$/i.test(file.path)) return ofFolder(file);
    return ofTemplate(file, surroundings);
  } catch (error) {
    return { ...nothing, problems: [toldProblem(file, error)], files: [file.path] };
  }
}

function ofFolder(file: NamedFile): FunctionFile {
  const functions = functionsOfFolder(file);
  const problems =
    functions.length > 0
      ? []
      : [
          `--lambda ${file.shown}: no function is in it: export a handler from its files, as orders.mjs, or from index.mjs of its folders`,
        ];
  return { functions, leftOut: [], problems, files: [] };
}

function ofTemplate(file: NamedFile, surroundings: Surroundings): FunctionFile {
  const files = [file.path];
  const template = templateOf(file, readText(file.path), surroundings, (path) => files.push(path));
  const functions: WrittenFunction[] = [];
  const leftOut: string[] = [];
  const problems: string[] = [];
  for (const resource of template.of(...FUNCTION_TYPES)) {
    try {
      functions.push(functionOfResource(file, resource, template));
    } catch (error) {
      if (error instanceof NotRunHere)
        leftOut.push(`${resource.id} of ${file.shown} is not run here: ${messageOf(error)}`);
      else if (error instanceof LambentError) problems.push(toldProblem(file, error));
      else throw error;
    }
  }
  return { functions, leftOut, problems, files };
}
