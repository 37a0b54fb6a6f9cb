/**
 * A cache keeps its keys in a compressed trie (a radix tree): each key is a path of tokens from a root. There is one
 * `Branch` for each token that several keys share, and one `Leaf` for each key, with a list of the tokens that no other
 * key shares. A small record takes 150 bytes that way; with a node per token it would take three times that.
 *
 * No key's tokens are the beginning of another key's, because lengths and property names are tokens too.
 */
export class Branch {
  /** The token that leads here from the parent. A root has none. */
  readonly token: unknown;
  readonly parent: Branch | undefined;
  /** Always undefined. Leaves have it, so that one read of `tail` tells the two apart. */
  readonly tail: undefined = undefined;
  /** The only child. Of several: the one with a private token that `find` reached last, which a walk tries first. */
  child: TrieNode | undefined = undefined;
  /** All children by token, from the second on: a single one needs no Map. */
  children: Map<unknown, TrieNode> | undefined = undefined;

  constructor(token: unknown, parent: Branch | undefined) {
    this.token = token;
    this.parent = parent;
  }
}

/** The last node of one key. A cache's entry extends it. It is in a trie if and only if it has a parent. */
export class Leaf {
  token: unknown = undefined;
  parent: Branch | undefined = undefined;
  /** The tokens after the one that leads here; undefined if there are none. */
  tail: Tail | undefined = undefined;
}

export type TrieNode = Branch | Leaf;

/** A single primitive token is kept without a list around it, which would be a third of the key's memory. */
export type Tail = readonly unknown[] | string | number | boolean;

export function packTail(tokens: readonly unknown[], from: number): Tail | undefined {
  if (from >= tokens.length) return undefined;
  const first = tokens[from];
  const isPrimitive = typeof first === "string" || typeof first === "number" || typeof first === "boolean";
  return isPrimitive && from + 1 === tokens.length ? first : tokens.slice(from);
}

export function unpackTail(tail: Tail | undefined): readonly unknown[] {
  if (tail === undefined) return [];
  return typeof tail === "object" ? tail : [tail];
}

/**
 * The second result of `followToken` and of each walk in walk.ts: how many tokens of the returned node's tail have been
 * matched (0 for a node without a tail). Returning both in an object would allocate one for each token. It is written
 * last before such a function returns, and read first after: no other code runs in between, so one `position` serves
 * all caches, and lookups that begin in the middle of another.
 */
export const position = { tailIndex: 0 };

/**
 * How often, in all caches together, a leaf was removed, replaced or split. An `equals`, a getter or a Proxy's trap
 * that runs in the middle of a lookup may call a cached function, and so change the very trie that is being walked. A
 * lookup reads the count when it starts, and `leafReached` finds nothing if it has grown since.
 */
export const trieChanges = { count: 0 };

/** Follow one token from `node`, of whose tail `tailIndex` tokens have been matched. Sets `position`. */
export function followToken(node: TrieNode, tailIndex: number, token: unknown): TrieNode | undefined {
  const { tail } = node;
  if (tail !== undefined) {
    position.tailIndex = tailIndex + 1;
    if (typeof tail === "object") return tail[tailIndex] === token ? node : undefined;
    return tail === token && tailIndex === 0 ? node : undefined;
  }
  position.tailIndex = 0;
  // Either a branch, or a leaf without a tail: in that both fields read as undefined, and nothing is found.
  const { children, child } = node as Branch;
  return child !== undefined && child.token === token ? child : children?.get(token);
}

/**
 * The leaf at which a lookup has arrived, after all of its key's tokens.
 * @param tailIndex how many tokens of the node's tail have been matched
 * @param changes `trieChanges.count` when the lookup began
 */
export function leafReached<L extends Leaf>(
  node: TrieNode | undefined,
  tailIndex: number,
  changes: number,
): L | undefined {
  if (node === undefined || trieChanges.count !== changes) return undefined;
  const { tail } = node;
  if (tail !== undefined && tailIndex !== (typeof tail === "object" ? tail.length : 1)) return undefined;
  // No key's tokens are the beginning of another's, so after all tokens of a key there is its leaf and no branch; and
  // all leaves of a trie are those that were handed to its `insert`, which takes an L.
  return node as Leaf as L;
}
