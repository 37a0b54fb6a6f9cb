import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { fileInput, type FileInput } from "../../sdk/authoring/file-input.ts";
import { requiredStack } from "../../sdk/authoring/required.ts";
import type { GraphData, InputDeclaration } from "../../sdk/graph/graph.ts";

/**
 * The graph with files declared of which only the source says that they are: `required<S3File<"onnx">>()`. Where modules
 * are bundled, the bundler tells; a script's or a test's own modules are looked up here, for inputs that are given as
 * text or with an `S3File` in them.
 */
export async function withRequiredFiles(graph: GraphData, given: object): Promise<GraphData> {
  const inputs = await Promise.all(
    graph.inputs.map(async (input) => {
      const value: unknown = Reflect.get(given, input.name);
      const { isFile, hasFiles } = fileInput(value);
      const mayBeFile = typeof value === "string" || isFile === true || hasFiles === true;
      return mayBeFile ? { ...input, ...(await fileInputOf(input)) } : input;
    }),
  );
  return { ...graph, inputs };
}

async function fileInputOf(input: InputDeclaration): Promise<FileInput> {
  const path = callerOf(requiredStack(input) ?? "");
  const text = path === undefined ? undefined : await readFile(path, "utf8").catch(() => undefined);
  if (path === undefined || text === undefined) return {};
  const { requiredCalls } = await import("../project/tree-shaking/required-files.ts");
  const calls = requiredCalls(path, text).filter((call) => call.input === input.name);
  const [first] = calls;
  // Two workflows of one module may have inputs of one name: only if both say the same is this one known.
  const agree = calls.every(({ files }) => isDeepStrictEqual(files, first?.files));
  return first === undefined || !agree ? {} : first.files;
}

/** The file of the second frame: the first is in `required` itself. */
function callerOf(stack: string): string | undefined {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const [, place] = /(?:\(|at |async )((?:file:\/\/)?\/[^()]*?):\d+:\d+\)?$/.exec(frames[1] ?? "") ?? [];
  return place?.startsWith("file://") === true ? fileURLToPath(place) : place;
}
