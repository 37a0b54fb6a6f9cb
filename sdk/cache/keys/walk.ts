import { isObject } from "../../base/json.ts";
import { Representative } from "./representatives.ts";
import { ARRAY, type KeyOrder, NEGATIVE_ZERO, type ObjectWalk, Shape, type Tokeniser } from "./tokeniser.ts";
import { type Branch, followToken, position, type TrieNode } from "./trie-node.ts";

/*
 * Looks arguments up in the trie of a cache without making tokens of them first, which would take ten times as long.
 *
 * Tokens say what an argument is: its shape, its length, its members. A walk goes the other way round. It stands at a
 * node of the trie, reads there which token comes next, and checks whether the argument is such a thing: if the token
 * is a `Shape`, whether it is a plain object with these keys, whose members it then walks in turn. At a branch it first
 * tries the child that was found last, then all others if there are no more than four. Whatever check fails, the walk
 * returns undefined, and `find` looks again by tokens. So a walk may miss a key that is there, which costs time, but
 * must never come to a leaf that the argument's tokens do not lead to. The checks below guard against that.
 *
 * For records that come up often the checks are in generated code (`generateWalk`), in which V8 knows hidden classes.
 *
 * Where a walk is. `node` and `tailIndex` (how many tokens of the node's tail are matched) are parameters. The node
 * that it comes to is its result, and the index there is in `position.tailIndex`, a variable that all walks of all
 * caches share. Two rules make that safe: a walk writes it as the last thing before it returns a node, and its caller
 * reads it before anything else. The author's code (getters, Proxy traps, `equals`, `hashCode`) may run in the middle
 * of a walk and start other walks, but not between these two moments. Breaking the rules makes lookups miss:
 * `leafReached` accepts a leaf only if the index is that of the tail's end.
 *
 * What each check guards against, with the test in test/sdk/cache/keys that fails without it. Where the table of
 * equality.test.ts has the test, its row is named.
 *
 * Primitives
 * - `Object.is(…, -0)`, in three places: -0 and 0 are different keys, though `===` and Map do not tell them apart. Rows
 *   "0 and -0", "0 and -0 in an array", "0 and -0 in an object".
 *
 * Objects compared by identity
 * - `token !== value`: another object is another key. "wherever one thing changes, the call misses".
 *
 * Arrays
 * - `Array.isArray`: an object made of Array's prototype. Row "an array and an object of its prototype".
 * - `hashCode`: it may have `equals` too, and then be compared by these. Row "an array and one with hidden methods".
 * - the prototype: instances of subclasses are compared by identity. Row "an array and one of a subclass".
 * - the number of keys, and the last key: holes, and properties beside the elements. Rows "an array with a property",
 *   "an array and one with a hidden element and a property".
 * - the length token: without it `[[1], 2]` would match `[[1, 2]]`. Row "where an inner array ends".
 * - `i in value`: a hole is no undefined. Only a getter can make one after the keys were counted. "by the getter of an
 *   element, which leaves a hole behind it".
 *
 * Values with `equals` and `hashCode`
 * - `representative === expected`: it is equal to another value. Row "equatables in an object".
 * - `representative.parent === node`: its edge may be in another part of the trie. "keys of which several contain one
 *   equatable find their own results".
 *
 * Records, in generated code
 * - the prototype: instances of classes, objects without prototype, and objects that inherit from others. Rows "own and
 *   inherited", "an object and one that inherits". Reading `constructor` before it decides nothing: it makes V8 check
 *   the hidden class, after which it knows the prototype.
 * - `hashCode`: as for arrays. Row "an object and one with hidden methods".
 * - `Symbol.iterator`: an `arguments` object has the prototype of plain ones. Row "an object and arguments with names".
 * - the last key in `Object.prototype`: `for … in` also visits inherited keys, after the object's own. "what all
 *   objects inherit is part of none".
 * - `key !== keys[i++]`: other keys, or the same in another order. Rows "one key more", "a missing property among
 *   others".
 * - `i < keys.length`: fewer keys. Row "a missing property and undefined".
 * - `shape.isAmbiguous`: no code is generated for objects that need more checks than these (see `#isAmbiguous`). Row
 *   "Math and {}", and "with `symbols` own symbol keys count".
 *
 * At the end
 * - `b !== 0` and `b !== undefined` in `quickFindTwo`: a tail 0 equals -0 by `===`, and a branch has the tail undefined.
 *   Row "0 and -0 as the second argument", and "keys of which several have one first argument find their own results".
 * - `trieChanges` in `leafReached`: the author's code has removed the key in the middle of the walk, or split its leaf.
 *   "by a getter, which removes the key", "by equals, with a key that splits the leaf of the one that is looked up".
 * - the end of the tail in `leafReached`: follows from the other checks, since no key's tokens are the beginning of
 *   another's. No test fails without it: it makes a miss of a mistake in an index.
 *
 * Without these no test fails, since they only save time: MAX_DEPTH (beyond it the call stack would overflow, which
 * `quickFind` catches), MAX_CHILDREN_TRIED, TOKENISED_BEFORE_WALK, MAX_KEYS, and that no walk is tried twice.
 */

export function walk(
  node: TrieNode,
  tailIndex: number,
  value: unknown,
  tokeniser: Tokeniser,
  depth: number,
): TrieNode | undefined {
  return isObject(value)
    ? walkObject(node, tailIndex, value, tokeniser, depth)
    : followToken(node, tailIndex, Object.is(value, -0) ? NEGATIVE_ZERO : value);
}

/** Objects nested deeper are tokenised, which takes no call stack. */
const MAX_DEPTH = 100;

const { getPrototypeOf } = Object;

function walkObject(
  node: TrieNode,
  tailIndex: number,
  value: object,
  tokeniser: Tokeniser,
  depth: number,
): TrieNode | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const { tail } = node;
  let next: TrieNode | undefined;
  let nextIndex = 0;
  let token: unknown;
  if (tail === undefined) {
    next = (node as Branch).child; // a leaf has no such field, which reads as undefined
    token = next?.token;
  } else if (typeof tail === "object") {
    next = node;
    nextIndex = tailIndex + 1;
    token = tail[tailIndex];
  }
  if (next === undefined) return childFor(node, value);
  if (token instanceof Shape) {
    const found = token.walk?.(next, nextIndex, value, tokeniser, depth + 1);
    return found === undefined ? walkOtherChildren(node, next, nextIndex, value, token, tokeniser, depth) : found;
  }
  if (token instanceof Representative) return walkRepresentative(node, nextIndex, value, token, tokeniser);
  if (token === ARRAY) return walkArray(next, nextIndex, value, tokeniser, depth + 1);
  if (token !== value) return childFor(node, value);
  position.tailIndex = nextIndex;
  return next;
}

/** The child of a branch for an object that is compared by identity. */
function childFor(node: TrieNode, value: object): TrieNode | undefined {
  position.tailIndex = 0;
  return (node as Branch).children?.get(value); // a leaf has no such field, which reads as undefined
}

/** Children of a branch beyond which the object is tokenised rather than compared with each. */
const MAX_CHILDREN_TRIED = 4;

/** The object does not match `tried`, the likeliest node: it may have its keys in another order, or match a sibling. */
function walkOtherChildren(
  node: TrieNode,
  tried: TrieNode,
  triedIndex: number,
  value: object,
  triedShape: Shape,
  tokeniser: Tokeniser,
  depth: number,
): TrieNode | undefined {
  const { children } = node as Branch; // a leaf has no such field, which reads as undefined
  if (children === undefined || children.size === 1 || children.size > MAX_CHILDREN_TRIED) {
    return walkOtherOrders(tried, triedIndex, value, triedShape, tokeniser, depth);
  }
  for (const [token, child] of children) {
    let found: TrieNode | undefined;
    if (token === ARRAY) found = walkArray(child, 0, value, tokeniser, depth + 1);
    else if (token instanceof Shape) {
      if (token !== triedShape) found = token.walk?.(child, 0, value, tokeniser, depth + 1);
      found ??= walkOtherOrders(child, 0, value, token, tokeniser, depth);
    } else if (token === value) {
      position.tailIndex = 0;
      found = child;
    }
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Walks the object by each order of keys of a shape but the one that `shape.walk` was generated for. */
function walkOtherOrders(
  node: TrieNode,
  tailIndex: number,
  value: object,
  shape: Shape,
  tokeniser: Tokeniser,
  depth: number,
): TrieNode | undefined {
  if (shape.walk !== undefined && shape.orders.length === 1) return undefined;
  for (const order of shape.orders) {
    if (order.walk === undefined) generateIfFrequent(order);
    else if (order.walk !== shape.walk) {
      const found = order.walk(node, tailIndex, value, tokeniser, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function walkArray(
  start: TrieNode,
  startIndex: number,
  value: object,
  tokeniser: Tokeniser,
  depth: number,
): TrieNode | undefined {
  if (!Array.isArray(value) || "hashCode" in value || getPrototypeOf(value) !== Array.prototype) return undefined;
  const { length } = value;
  // `Object.keys` lists indices first. If the last of as many keys as there are elements is the last index, then every
  // index is there, and no other property.
  const keys = Object.keys(value);
  if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) return undefined;
  let node = followToken(start, startIndex, length);
  let tailIndex = position.tailIndex;
  for (let i = 0; i < length && node !== undefined; i++) {
    const element: unknown = value[i];
    if (element === undefined && !(i in value)) return undefined; // deleted by the getter of an element before it
    const { tail }: TrieNode = node;
    if (typeof tail === "object" && !isObject(element)) {
      if (tail[tailIndex++] !== element || Object.is(element, -0)) return undefined;
    } else {
      node = walk(node, tailIndex, element, tokeniser, depth);
      tailIndex = position.tailIndex;
    }
  }
  position.tailIndex = tailIndex;
  return node;
}

function walkRepresentative(
  node: TrieNode,
  nextIndex: number,
  value: object,
  expected: Representative,
  tokeniser: Tokeniser,
): TrieNode | undefined {
  const representative = tokeniser.representatives.find(value);
  position.tailIndex = nextIndex;
  if (node.tail !== undefined) return representative === expected ? node : undefined;
  if (representative === undefined) return undefined;
  // Most representatives are the token of a single edge: to read it takes less time than to look an object up in a Map.
  return representative.parent === node ? representative.node : followToken(node, 0, representative);
}

/** Objects of one order that are tokenised before a walk is generated, which takes as long as 100 lookups. */
const TOKENISED_BEFORE_WALK = 20;
/** For objects with more keys the generated code would be long, and few of them have the same keys. */
const MAX_KEYS = 100;

function generateIfFrequent(order: KeyOrder): void {
  const { shape, keys, tokenised } = order;
  if (shape.isAmbiguous || tokenised < TOKENISED_BEFORE_WALK || keys.length > MAX_KEYS) return;
  order.walk = generateWalk(order);
  shape.walk ??= order.walk;
}

/**
 * A walk in code of its own for one order of keys. In such code V8 sees few hidden classes, for which it has the
 * members' offsets and the prototype compiled in; asking for the prototype would otherwise take half of a hit on a
 * small record. The keys are in the source as JSON string literals, so whatever a key contains, it cannot become code.
 */
function generateWalk({ keys, shape }: KeyOrder): ObjectWalk {
  const members = shape.keys.map(
    (key) => `
  member = value[${JSON.stringify(key)}];
  if (typeof member === "object" && member !== null) {
    if ((node = walkObject(node, tailIndex, member, tokeniser, depth)) === undefined) return;
    tail = node.tail;
    tailIndex = position.tailIndex;
  } else if (Object.is(member, -0)) return;
  else if (tail === undefined) {
    if (node.children !== undefined) node = node.children.get(member);
    else if ((node = node.child)?.token !== member) return;
    if (node === undefined) return;
    tail = node.tail;
    tailIndex = 0;
  } else if (typeof tail === "object" ? tail[tailIndex++] !== member : tailIndex++ > 0 || tail !== member) return;`,
  );
  const source = `return (node, tailIndex, value, tokeniser, depth) => {
  let { tail } = node, member;
  if (value.constructor !== Object || getPrototypeOf(value) !== Object.prototype) return;
  if (value.hashCode !== undefined || Symbol.iterator in value || ${JSON.stringify(keys.at(-1))} in Object.prototype) return;
  let i = 0;
  for (const key in value) if (key !== keys[i++]) return;
  if (i < keys.length) return;${members.join("")}
  position.tailIndex = tailIndex;
  return node;
};`;
  try {
    return new Function("keys", "getPrototypeOf", "position", "walkObject", source)(
      keys,
      getPrototypeOf,
      position,
      walkObject,
    );
  } catch {
    return () => undefined; // under --disallow-code-generation-from-strings: each object is tokenised
  }
}
