import { isObject } from "../base/json.ts";
import type { InputDeclaration } from "../graph/graph.ts";
import { S3File } from "../values/file.ts";

/** Whether an input is a file, or has files within it. */
export type FileInput = Pick<InputDeclaration, "isFile" | "hasFiles">;

/** What the default of an input says of it, or what is given for it. */
export function fileInput(value: unknown): FileInput {
  if (value instanceof S3File) return { isFile: true };
  return hasFiles(value) ? { hasFiles: true } : {};
}

function hasFiles(value: unknown): boolean {
  return value instanceof S3File || (isObject(value) && Object.values(value).some(hasFiles));
}
