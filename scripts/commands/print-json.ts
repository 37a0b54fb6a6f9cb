/** Strings, brackets and separators, and what is between them: numbers and words. */
const TOKENS = /"(?:[^"\\]|\\.)*"|[[\]{},:]|[^\s"[\]{},:]+/g;

/**
 * A JSON text over several lines, as `JSON.stringify(…, null, 2)` has it. Numbers stay as they are written: JavaScript would
 * round integers above 2^53.
 */
export function indentedJson(text: string): string {
  let depth = 0;
  let before = "";
  let indented = "";
  for (const [token] of text.matchAll(TOKENS)) {
    const isEnd = token === "}" || token === "]";
    const isFirst = before === "{" || before === "[";
    if (isEnd) depth--;
    if (before === ":") indented += " ";
    else if (before === "," || isFirst !== isEnd) indented += `\n${"  ".repeat(depth)}`;
    indented += token;
    if (token === "{" || token === "[") depth++;
    before = token;
  }
  return indented;
}

/** An object as JSON, with fields that are JSON texts already after its others. Those that are undefined are left out. */
export function jsonWithTexts(object: object, texts: Readonly<Record<string, string | undefined>>): string {
  const own = JSON.stringify(object).slice(1, -1);
  const others = Object.entries(texts).flatMap(([name, text]) => (text === undefined ? [] : `"${name}":${text}`));
  return indentedJson(`{${[...(own === "" ? [] : [own]), ...others].join(",")}}`);
}
