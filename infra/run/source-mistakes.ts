import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import type { WorkflowDefinition } from "../../sdk/authoring/definition.ts";
import type { PlacedMistake } from "../lint/source-mistakes.ts";

/** By file: each is read once, as it was when the first of its workflows ran. */
const found = new Map<string, Promise<readonly PlacedMistake[]>>();

/**
 * Refuse a workflow whose function asks a Ref for what it cannot tell, as far as its own module shows that. Where the
 * module's source is not at hand nothing is refused.
 * @throws {LambentError} with file, line and remedy
 */
export async function checkSource({ graph, file }: WorkflowDefinition): Promise<void> {
  if (file === undefined || file.includes("node_modules")) return;
  const mistakes = found.get(file) ?? readMistakes(file);
  found.set(file, mistakes);
  const errors = (await mistakes).filter(
    ({ severity, workflow }) => severity === "error" && workflow === graph.workflow,
  );
  if (errors.length === 0) return;
  const place = relative(process.cwd(), file);
  throw new LambentError(
    errors.map(({ line, column, message }) => `${place}:${line}:${column}: ${message}`).join("\n"),
  );
}

async function readMistakes(file: string): Promise<readonly PlacedMistake[]> {
  const text = await readFile(file, "utf8").catch(() => "");
  // The parser is loaded only for a module that makes workflows itself.
  if (!/["']lambent["']/.test(text)) return [];
  const { sourceMistakes } = await import("../lint/source-mistakes.ts");
  return sourceMistakes(file, text);
}
