import type { ParserOptions } from "@babel/parser";

/** How the author's modules are parsed. */
export function parserOptions(path: string): ParserOptions {
  const typescript = /\.[cm]?tsx?$/.test(path);
  return {
    sourceType: "module",
    plugins: [
      ...(typescript ? (["typescript"] as const) : []),
      ...(path.endsWith("x") ? (["jsx"] as const) : []),
      "decorators",
      "decoratorAutoAccessors",
      "explicitResourceManagement",
    ],
  };
}
