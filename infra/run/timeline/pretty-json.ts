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

/** The members of an object in JSON, each as its own text: numbers keep all of their digits. Of what is none there are none. */
export function memberTexts(text: string): ReadonlyMap<string, string> {
  const members = new Map<string, string>();
  if (!isJson(text) || !text.trimStart().startsWith("{")) return members;
  let name: string | undefined;
  let value = "";
  let depth = 0;
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === "}" || token === "]") depth--;
    if (name !== undefined && ((token === "," && depth === 1) || depth === 0)) {
      members.set(name, value);
      [name, value] = [undefined, ""];
    } else if (name !== undefined && !(token === ":" && value === "" && depth === 1)) value += token;
    else if (depth === 1 && token.startsWith('"')) name = String(JSON.parse(token));
    if (token === "{" || token === "[") depth++;
  }
  return members;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
