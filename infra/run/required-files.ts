import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { requiredStack } from "../../sdk/authoring/workflow.ts";
import type { GraphData, InputDeclaration } from "../../sdk/graph/graph.ts";

/**
 * The graph with files declared of which only the source says that they are: `required<S3File<"onnx">>()`. Where modules
 * are bundled, the bundler tells; a script's or a test's own modules are looked up here, for inputs that are given as text.
 */
export async function withRequiredFiles(graph: GraphData, given: object): Promise<GraphData> {
  const inputs = await Promise.all(
    graph.inputs.map(async (input) => {
      const value: unknown = Reflect.get(given, input.name);
      return typeof value === "string" && (await isFile(input)) ? { ...input, isFile: true as const } : input;
    }),
  );
  return { ...graph, inputs };
}

async function isFile(input: InputDeclaration): Promise<boolean> {
  const path = callerOf(requiredStack(input) ?? "");
  const text = path === undefined ? undefined : await readFile(path, "utf8").catch(() => undefined);
  if (path === undefined || text === undefined) return false;
  const { requiredCalls } = await import("../project/tree-shaking/required-files.ts");
  const calls = requiredCalls(path, text).filter((call) => call.input === input.name);
  // Two workflows of one module may have inputs of one name: only if both are files is this one known to be.
  return calls.length > 0 && calls.every((call) => call.isFile);
}

/** The file of the second frame: the first is in `required` itself. */
function callerOf(stack: string): string | undefined {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const [, place] = /(?:\(|at |async )((?:file:\/\/)?\/[^()]*?):\d+:\d+\)?$/.exec(frames[1] ?? "") ?? [];
  return place?.startsWith("file://") === true ? fileURLToPath(place) : place;
}
