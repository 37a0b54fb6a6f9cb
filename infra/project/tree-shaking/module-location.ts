import { extname } from "node:path";
import { transform, type Loader } from "esbuild";

const ASKS = /\bimport\.meta\b|\b__dirname\b|\b__filename\b/;

const LOADERS: Readonly<Record<string, Loader>> = {
  ".ts": "ts",
  ".mts": "ts",
  ".cts": "ts",
  ".tsx": "tsx",
  ".jsx": "jsx",
  ".js": "js",
  ".mjs": "js",
  ".cjs": "js",
};

/** Whether a module's text asks where it lies. */
export function asksLocation(text: string): boolean {
  return ASKS.test(text);
}

/**
 * The text of a module whose `import.meta.url`, `import.meta.dirname`, `import.meta.filename`, `__dirname` and
 * `__filename` are those of a place of its own, though a bundle has it in another file.
 * @param path of the module, for messages and its source map
 * @param place JavaScript for its URL, such as `new URL("./src/a.ts", import.meta.url)`
 */
export async function withLocation(text: string, path: string, place: string): Promise<string> {
  const names = {
    "import.meta.url": "lambent$url",
    "import.meta.filename": "lambent$filename",
    "import.meta.dirname": "lambent$dirname",
    __filename: "lambent$filename",
    __dirname: "lambent$dirname",
  };
  const { code } = await transform(text, {
    loader: LOADERS[extname(path)] ?? "js",
    sourcefile: path,
    sourcemap: "inline",
    sourcesContent: true,
    target: "esnext",
    define: names,
  });
  const declared = [
    `const lambent$url = ${place}.href;`,
    'const lambent$filename = process.getBuiltinModule("node:url").fileURLToPath(lambent$url);',
    'const lambent$dirname = process.getBuiltinModule("node:path").dirname(lambent$filename);',
  ];
  // On the first line, so that the source map, which counts lines, stays right.
  return `${declared.join(" ")} ${code}`;
}
