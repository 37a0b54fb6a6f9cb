import { readFile } from "node:fs/promises";
import { text as wholeText } from "node:stream/consumers";
import { messageOf } from "../../sdk/base/errors.ts";
import { jsonFault } from "../../infra/validate/json-fault.ts";
import { UsageError } from "./usage.ts";

/**
 * What `--input JSON|@file|-` says: JSON, the JSON of a file, or that of stdin.
 * @returns the text
 * @throws {UsageError} that tells where the text is no JSON, or that the file cannot be read
 */
export async function readJson(option: string, given: string): Promise<string> {
  const { text, from } = await textOf(option, given);
  const fault = jsonFault(text);
  if (fault === undefined) return text;
  const hint = given === text && /^[\w./\\-]+$/.test(given) ? `; if it is a file: ${option} @${given}` : "";
  throw new UsageError(`${option}: ${from} is not JSON: ${fault.split("\n")[0]}${placeIn(fault)}${hint}`);
}

/** `, line 2, column 5`, of what Jackson says in a line of its own. */
function placeIn(fault: string): string {
  const [, line, column] = /line: (\d+), column: (\d+)\]\s*$/.exec(fault) ?? [];
  return line === undefined ? "" : `, line ${line}, column ${column}`;
}

interface Read {
  readonly text: string;
  /** For people to read. */
  readonly from: string;
}

async function textOf(option: string, given: string): Promise<Read> {
  if (given === "-") return { text: await wholeText(process.stdin), from: "stdin" };
  if (!given.startsWith("@")) return { text: given, from: "the text" };
  const file = given.slice(1);
  if (file === "") throw new UsageError(`${option}: the name of a file is missing after @`);
  try {
    // A file may begin with a byte order mark, which is no JSON.
    return { text: (await readFile(file, "utf8")).replace(/^\uFEFF/, ""), from: file };
  } catch (error) {
    throw new UsageError(`${option}: ${file} cannot be read: ${messageOf(error)}`);
  }
}
