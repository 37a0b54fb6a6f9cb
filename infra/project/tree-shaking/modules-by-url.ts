import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { tokensOf, type Token } from "./module-syntax.ts";

/** Added to the path of a module that is started by its URL: the directory that its own bundle lies in. */
const OWN_BUNDLE = ".bundle/";

/** A module that another starts by its URL, as a worker or a process: `new Worker(new URL("./w.ts", import.meta.url))`. */
interface Started {
  readonly file: string;
  /** Where its path ends in the text, before the quotation mark. */
  readonly end: number;
}

/** The modules that a module's text starts by their URL, absolute. */
export function startedModules(text: string, path: string): string[] {
  return [...new Set(startedBy(text, path).map(({ file }) => file))];
}

/** The text of a module that starts the bundles of those modules in their place. No line moves. */
export function withStartedBundles(text: string, path: string): string {
  return startedBy(text, path).reduceRight(
    (result, { end }) => `${result.slice(0, end)}${OWN_BUNDLE}index.mjs${result.slice(end)}`,
    text,
  );
}

/** The directory of a started module's bundle, by where the module would lie. */
export function startedBundle(module: string): string {
  return `${module}${OWN_BUNDLE}`;
}

function startedBy(text: string, path: string): Started[] {
  if (!/\bnew\s+URL\b/.test(text)) return [];
  const tokens = tokensOf(path, text);
  return tokens.flatMap((token, index) => {
    const specifier = /^["'](\.{1,2}\/[^"'\\]+\.[cm]?[jt]s)["']$/.exec(token.text)?.[1];
    if (specifier === undefined || !isUrlOfModule(tokens, index)) return [];
    const file = join(dirname(path), specifier);
    return existsSync(file) ? [{ file, end: token.end - 1 }] : [];
  });
}

/** Whether the token is `here` in `new URL(here, import.meta.url)`, and not in a call that only reads that file. */
function isUrlOfModule(tokens: readonly Token[], index: number): boolean {
  const around = tokens.slice(index - 3, index + 7).map(({ text }) => text);
  around.splice(3, 1);
  if (around.join(" ") !== "new URL ( , import . meta . url") return false;
  const [callee, bracket] = tokens.slice(index - 5, index - 3).map(({ text }) => text);
  return bracket !== "(" || !/^(?:read|stat|exists|access|open|createReadStream)/.test(callee ?? "");
}
