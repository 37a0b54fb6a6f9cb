import type { KeyBytes } from "./key-bytes.ts";
import { Representative } from "./representatives.ts";
import type { Tokeniser } from "./tokeniser.ts";
import { NamedToken, PrivateToken } from "./tokens.ts";
import {
  Branch,
  followToken,
  type Leaf,
  leafReached,
  packTail,
  position,
  trieChanges,
  type TrieNode,
  unpackTail,
} from "./trie-node.ts";
import { walk } from "./walk.ts";

const NO_ARGUMENTS = new NamedToken("no arguments");

/** Argument lists by value. There is one root for each length of lists. */
export class KeyTrie<L extends Leaf> {
  readonly #tokeniser: Tokeniser;
  readonly #bytes: KeyBytes;
  readonly #rootOfOne: Branch;
  /** The children of the root for single arguments. A primitive argument leads to its leaf at once. */
  readonly singleArguments: Map<unknown, TrieNode>;
  readonly #rootOfTwo: Branch;
  readonly #otherRoots = new Map<number, Branch>();
  /** Where the last `find` that found nothing ended, and how many tokens led from branch to branch until there. */
  #insertionNode: TrieNode;
  #insertionDepth = 0;

  /** @param bytes counts what the keys take */
  constructor(tokeniser: Tokeniser, bytes: KeyBytes) {
    this.#tokeniser = tokeniser;
    this.#bytes = bytes;
    this.#rootOfOne = new Branch(undefined, undefined);
    this.#rootOfOne.children = this.singleArguments = new Map();
    this.#rootOfTwo = new Branch(undefined, undefined);
    this.#insertionNode = this.#rootOfOne;
  }

  /**
   * Look arguments up without making tokens of them, which takes ten times as long. What a quick find returns is right,
   * but it does not find every key that is there: when it returns undefined, `find` has to look again. An error thrown
   * by an argument's getter or method is ignored here: it is thrown again when the argument is tokenised.
   */
  quickFind(args: readonly unknown[]): L | undefined {
    const { count } = trieChanges;
    let node: TrieNode | undefined = this.#root(args.length);
    if (args.length === 0) {
      node = followToken(node, 0, NO_ARGUMENTS);
      return leafReached(node, position.tailIndex, count);
    }
    try {
      let tailIndex = 0;
      for (const arg of args) {
        node = walk(node, tailIndex, arg, this.#tokeniser, 0);
        if (node === undefined) return undefined;
        tailIndex = position.tailIndex;
      }
      return leafReached(node, tailIndex, count);
    } catch {
      return undefined;
    }
  }

  /** `quickFind` of one argument, without a list. */
  quickFindOne(a: unknown): L | undefined {
    const { count } = trieChanges;
    try {
      const node = walk(this.#rootOfOne, 0, a, this.#tokeniser, 0);
      return leafReached(node, position.tailIndex, count);
    } catch {
      return undefined;
    }
  }

  /** `quickFind` of two arguments, without a list. */
  quickFindTwo(a: unknown, b: unknown): L | undefined {
    const { count } = trieChanges;
    try {
      let node = walk(this.#rootOfTwo, 0, a, this.#tokeniser, 0);
      if (node === undefined) return undefined;
      // Two primitives lead to a leaf whose tail is `b` alone. `undefined` is no tail, and -0 is another key than 0.
      if (node.tail === b && b !== undefined && b !== 0) return leafReached(node, 1, count);
      node = walk(node, position.tailIndex, b, this.#tokeniser, 0);
      return leafReached(node, position.tailIndex, count);
    } catch {
      return undefined;
    }
  }

  find(args: readonly unknown[], tokens: readonly unknown[]): L | undefined {
    const list = tokens.length > 0 ? tokens : [NO_ARGUMENTS];
    let node: TrieNode = this.#root(args.length);
    let tailIndex = 0;
    let depth = 0;
    for (const token of list) {
      const next = followToken(node, tailIndex, token);
      if (next === undefined) {
        this.#insertionNode = node;
        this.#insertionDepth = depth;
        return undefined;
      }
      tailIndex = position.tailIndex;
      if (node instanceof Branch) {
        depth++;
        if (token instanceof PrivateToken && node.children !== undefined) node.child = next;
      }
      node = next;
    }
    return leafReached(node, tailIndex, trieChanges.count);
  }

  /**
   * Insert `leaf` under the key that `find` has just not found. No other method may be called in between.
   * @param tokens long texts in it are replaced by those that the trie has already
   */
  insert(tokens: unknown[], leaf: L): void {
    const list = tokens.length > 0 ? tokens : [NO_ARGUMENTS];
    const node = this.#insertionNode;
    const depth = this.#insertionDepth;
    const bytes = this.#bytes;
    const { branch, shared } = node instanceof Branch ? { branch: node, shared: 0 } : split(node, list, depth);
    if (branch !== node) bytes.branches += shared + 1;
    const own = depth + shared;
    for (let i = own; i < list.length; i++) list[i] = bytes.claim(list[i]);
    bytes.leaves++;
    leaf.token = list[own];
    leaf.parent = branch;
    leaf.tail = packTail(list, own + 1);
    addChild(branch, leaf);
  }

  /** Put another leaf in the place of one, under the same key. */
  replace(old: L, leaf: L): void {
    trieChanges.count++;
    const { parent } = old;
    leaf.token = old.token;
    leaf.tail = old.tail;
    leaf.parent = parent;
    if (parent !== undefined) setChild(parent, leaf);
    detach(old);
  }

  /** Remove a leaf, and the branches that lead to nothing else. */
  remove(leaf: L): void {
    trieChanges.count++;
    let node: TrieNode = leaf;
    let { parent, token } = node;
    const { tail } = leaf;
    detach(leaf);
    this.#bytes.leaves--;
    if (typeof tail === "object") for (const other of tail) this.#bytes.release(other);
    else if (tail !== undefined) this.#bytes.release(tail);
    while (parent !== undefined) {
      removeChild(parent, node, token);
      this.#bytes.release(token);
      if (node instanceof Branch) this.#bytes.branches--;
      if (parent.child !== undefined || parent.children !== undefined) return;
      node = parent;
      ({ parent, token } = node);
    }
  }

  leaves(): L[] {
    const leaves: L[] = [];
    const stack: TrieNode[] = [this.#rootOfOne, this.#rootOfTwo, ...this.#otherRoots.values()];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (!(node instanceof Branch)) leaves.push(node as L); // all leaves are those that `insert` and `replace` took
      else if (node.children !== undefined) for (const child of node.children.values()) stack.push(child);
      else if (node.child !== undefined) stack.push(node.child);
    }
    return leaves;
  }

  #root(length: number): Branch {
    if (length === 1) return this.#rootOfOne;
    if (length === 2) return this.#rootOfTwo;
    let root = this.#otherRoots.get(length);
    if (root === undefined) this.#otherRoots.set(length, (root = new Branch(undefined, undefined)));
    return root;
  }
}

/**
 * Make branches of a leaf and of the tokens of its tail that `list` has too, from index `from` on.
 * @returns the last of these branches, and how many tokens of the tail lead to it
 */
function split(leaf: Leaf, list: readonly unknown[], from: number): { branch: Branch; shared: number } {
  trieChanges.count++;
  const { parent, token } = leaf;
  const tail = unpackTail(leaf.tail);
  let branch = new Branch(token, parent);
  if (parent !== undefined) setChild(parent, branch);
  let shared = 0;
  while (tail[shared] === list[from + shared]) {
    const next = new Branch(tail[shared++], branch);
    setChild(branch, next);
    branch = next;
  }
  leaf.token = tail[shared];
  leaf.parent = branch;
  leaf.tail = packTail(tail, shared + 1);
  setChild(branch, leaf);
  return { branch, shared };
}

/** Make `node` the child for its token: in the place of another, or as the first of all. */
function setChild(parent: Branch, node: TrieNode): void {
  const { token } = node;
  if (token instanceof Representative) token.setEdge(parent, node);
  if (parent.children === undefined) parent.child = node;
  else {
    if (parent.child?.token === token) parent.child = node;
    parent.children.set(token, node);
  }
}

function addChild(parent: Branch, node: TrieNode): void {
  const first = parent.child;
  if (parent.children === undefined && first !== undefined) {
    parent.children = new Map([[first.token, first]]);
    if (!(first.token instanceof PrivateToken)) parent.child = undefined;
  }
  setChild(parent, node);
}

/** Leave a leaf without parent and without key: what held it may hold it for a while yet, and a key may be large. */
function detach(leaf: Leaf): void {
  leaf.parent = leaf.token = leaf.tail = undefined;
}

function removeChild(parent: Branch, node: TrieNode, token: unknown): void {
  if (token instanceof Representative && token.parent === parent) token.setEdge(undefined, undefined);
  if (parent.child === node) parent.child = undefined;
  if (parent.children?.delete(token) && parent.children.size === 0 && parent.parent !== undefined)
    parent.children = undefined;
}
