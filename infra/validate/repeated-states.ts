/** A name that one `States` object of the text has more than once. */
interface Repeated {
  readonly name: string;
  readonly at: string;
}

interface Open {
  /** The object's members so far; undefined for a list. */
  readonly keys: Set<string> | undefined;
  readonly at: string;
  /** The key whose value comes next. */
  key: string;
  index: number;
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]/g;
const STATES = /^(?:\/States\/[^]+\/(?:Branches\[\d+\]|ItemProcessor|Iterator))?\/States$/;

/**
 * The states that parsing loses, for it keeps the last of two members of one name.
 *
 * @param text valid JSON.
 */
export function repeatedStates(text: string): readonly Repeated[] {
  const found: Repeated[] = [];
  const open: Open[] = [];
  let latest = "";
  for (const [token] of text.matchAll(TOKEN)) {
    const inner = open.at(-1);
    if (token === "{" || token === "[") {
      const at = inner === undefined ? "" : `${inner.at}${inner.keys === undefined ? `[${inner.index}]` : inner.key}`;
      open.push({ keys: token === "{" ? new Set() : undefined, at, key: "", index: 0 });
    } else if (token === "}" || token === "]") open.pop();
    else if (inner === undefined) continue;
    else if (token === ",") inner.index++;
    else if (token !== ":") latest = token;
    else {
      const name: string = JSON.parse(latest);
      inner.key = `/${name}`;
      if (inner.keys?.has(name) === true && STATES.test(inner.at)) found.push({ name, at: `${inner.at}/${name}` });
      inner.keys?.add(name);
    }
  }
  return found;
}
