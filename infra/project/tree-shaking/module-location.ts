import { tokensOf, type Token } from "./module-syntax.ts";

const ASKS = /\bimport\.meta\b|\b__dirname\b|\b__filename\b/;

/** Whether a module's text may ask where it lies. */
export function asksLocation(text: string): boolean {
  return ASKS.test(text);
}

/** What stands for a module's location in its text, by what is written there. */
const NAMES: ReadonlyMap<string, string> = new Map([
  ["import.meta.url", "lambent$url"],
  ["import.meta.filename", "lambent$filename"],
  ["import.meta.dirname", "lambent$dirname"],
  ["__filename", "lambent$filename"],
  ["__dirname", "lambent$dirname"],
]);

/**
 * The text of a module whose `import.meta.url`, `import.meta.dirname`, `import.meta.filename`, `__dirname` and
 * `__filename` are those of a place of its own, though a bundle has it in another file. No line moves.
 * @param place JavaScript for its URL, such as `new URL("./src/a.ts", import.meta.url)`
 */
export function withLocation(text: string, path: string, place: string): string {
  const tokens = tokensOf(path, text);
  let result = "";
  let end = 0;
  for (const [index, token] of tokens.entries()) {
    const asked = askedAt(tokens, index);
    const name = asked === undefined ? undefined : NAMES.get(asked.text);
    if (asked === undefined || name === undefined || token.start < end) continue;
    result += text.slice(end, token.start) + name;
    end = asked.end;
  }
  if (end === 0) return text;
  const declared = [
    `const lambent$url = ${place}.href;`,
    'const lambent$filename = process.getBuiltinModule("node:url").fileURLToPath(lambent$url);',
    'const lambent$dirname = process.getBuiltinModule("node:path").dirname(lambent$filename);',
  ];
  const hashbang = /^#!.*/.exec(text)?.[0] ?? "";
  return `${hashbang}${hashbang === "" ? "" : "\n"}${declared.join(" ")} ${(result + text.slice(end)).slice(hashbang.length)}`;
}

/** `import.meta.url`, or a variable of CommonJS's own, that begins with a token. */
function askedAt(tokens: readonly Token[], index: number): { readonly text: string; readonly end: number } | undefined {
  const token = tokens[index];
  if (token === undefined || tokens[index - 1]?.text === ".") return undefined;
  if (token.text === "import") {
    const five = tokens.slice(index, index + 5);
    return { text: five.map((one) => one.text).join(""), end: five.at(-1)?.end ?? token.end };
  }
  const isKey = tokens[index + 1]?.text === ":" && [",", "{"].includes(tokens[index - 1]?.text ?? "");
  return isKey ? undefined : { text: token.text, end: token.end };
}
