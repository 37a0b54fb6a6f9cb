import type { Leaf, TrieNode } from "../../../sdk/cache/keys/trie-node.ts";

/** Characters of a key that are shown. */
const SHOWN = 200;

/** Tokens of a key that are put into words: more have no room. */
const READ = 400;

/** What two caches call the beginning of an array, and where a call has no arguments. */
const ARRAY = "array";
const NOTHING = "no arguments";

/**
 * The arguments that a key stands for, as people write them: `"en", {size: 3}`. The objects themselves are not kept, so
 * it is read from the key's tokens, and what is compared by identity or by `equals` is named by its class.
 */
export function cacheKeyText(leaf: Leaf): string {
  const tokens = tokensOf(leaf);
  const text: string[] = [];
  for (let rest = tokens; rest.length > 0;) {
    const value = readValue(rest);
    text.push(value.text);
    rest = value.rest;
  }
  const whole = text.join(", ");
  return whole.length > SHOWN ? `${whole.slice(0, SHOWN - 1)}…` : whole;
}

/** From the root to the leaf. */
function tokensOf(leaf: Leaf): readonly unknown[] {
  const { tail } = leaf;
  const after = tail === undefined ? [] : typeof tail === "object" ? tail : [tail];
  const before: unknown[] = [];
  for (let node: TrieNode | undefined = leaf; node?.parent !== undefined; node = node.parent)
    before.unshift(node.token);
  return [...before, ...after.slice(0, READ)].slice(0, READ);
}

/** How many values stand for an instance of a built-in class; of Map and Set: for each of their elements. */
const PARTS: Readonly<Record<string, number>> = { Date: 1, URL: 1, RegExp: 3, Number: 1, String: 1, Boolean: 1 };
const PARTS_OF_ELEMENT: Readonly<Record<string, number>> = { Map: 2, Set: 1 };

interface Read {
  readonly text: string;
  readonly rest: readonly unknown[];
}

function readValue([token, ...rest]: readonly unknown[]): Read {
  if (typeof token === "string") return { text: JSON.stringify(token.slice(0, SHOWN)), rest };
  if (typeof token === "bigint") return { text: `${token}n`, rest };
  if (typeof token === "function") return { text: `function ${token.name}`, rest };
  if (typeof token !== "object" || token === null) return { text: String(token), rest };
  // Tokens are instances of classes of the function's own copy of the cache: they are told by what they have.
  const {
    token: name,
    keys,
    text,
    parts,
  } = token as Readonly<Partial<Record<"token" | "keys" | "text" | "parts", unknown>>>;
  if (name === "shape" && Array.isArray(keys)) return readMembers(keys.map(String), rest);
  if (name === ARRAY && typeof rest[0] === "number") return readElements(rest[0], rest.slice(1));
  if (name === "long text" && typeof text === "string") return { text: JSON.stringify(text.slice(0, SHOWN)), rest };
  if (name === "representative") return { text: classOf((token as { value?: unknown }).value), rest };
  if (typeof name === "string" && typeof parts === "function") return readBuiltin(name, rest);
  if (name === NOTHING) return { text: "()", rest };
  return { text: typeof name === "string" ? name : classOf(token), rest };
}

function readMembers(keys: readonly string[], tokens: readonly unknown[]): Read {
  const { texts, rest } = readSeveral(keys.length, tokens);
  return { text: `{${texts.map((text, index) => `${keys[index]}: ${text}`).join(", ")}}`, rest };
}

function readElements(length: number, tokens: readonly unknown[]): Read {
  const { texts, rest } = readSeveral(length, tokens);
  return { text: `[${texts.join(", ")}]`, rest };
}

/** Its own properties come first. Of a class whose values are not counted, nothing more of the key can be read. */
function readBuiltin(name: string, [properties, ...rest]: readonly unknown[]): Read {
  const after = readValue([properties, ...rest]).rest;
  const ofElement = PARTS_OF_ELEMENT[name];
  const [count, ...elements] = after;
  if (ofElement !== undefined && typeof count === "number") {
    const { texts, rest: left } = readSeveral(count * ofElement, elements);
    return { text: `${name}(${texts.join(", ")})`, rest: left };
  }
  const own = PARTS[name];
  if (own === undefined) return { text: `${name}…`, rest: [] };
  const { texts, rest: left } = readSeveral(own, after);
  const [value = ""] = texts;
  return { text: name === "Date" ? dateText(Number(value)) : `${name}(${value})`, rest: left };
}

function dateText(ms: number): string {
  return Number.isNaN(ms) ? "Date(NaN)" : `Date(${new Date(ms).toISOString()})`;
}

function readSeveral(
  count: number,
  tokens: readonly unknown[],
): { readonly texts: string[]; rest: readonly unknown[] } {
  const texts: string[] = [];
  let rest = tokens;
  while (texts.length < count && rest.length > 0) {
    const value = readValue(rest);
    texts.push(value.text);
    rest = value.rest;
  }
  return { texts, rest };
}

function classOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return String(value);
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "object";
}
