const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;

/**
 * JSON with its fields one below the other. Numbers keep all of their digits, which they would not if they were parsed
 * and above 2^53. What is no JSON stays as it is.
 */
export function prettyJson(text: string): string {
  if (!isJson(text)) return text;
  let pretty = "";
  let before = "";
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    const closes = token === "}" || token === "]";
    const isFirst = before === "{" || before === "[";
    if (closes) depth--;
    if (closes !== isFirst || before === ",") pretty += `\n${"  ".repeat(depth)}`;
    // Written anew, a text has no escapes that it does not need.
    pretty += token.startsWith('"') ? JSON.stringify(JSON.parse(token)) : token === ":" ? ": " : token;
    if (token === "{" || token === "[") depth++;
    before = token;
  }
  return pretty;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
