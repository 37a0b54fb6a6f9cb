import { Mark } from "./key-kinds.ts";
import { ARRAY, Interned, NEGATIVE_ZERO, Representative, Shape, type Spelling } from "./key-spelling.ts";

/** A place in the trie, reached from its parent by a token. A path to an end is the snapshot of one key. */
export class Branch {
  readonly token: unknown;
  readonly parent: Branch | undefined;
  /** The only child; of several, the last one that stands for an object's keys. */
  child: Place | undefined = undefined;
  /** All children, from the second on: most places have one, which needs no Map. */
  children: Map<unknown, Place> | undefined = undefined;

  constructor(token: unknown, parent: Branch | undefined) {
    this.token = token;
    this.parent = parent;
  }
}

/** Where a path ends. What is kept under a key extends it. */
export class End {
  token: unknown = undefined;
  parent: Branch | undefined = undefined;
}

type Place = Branch | End;

const NOTHING = new Mark("no arguments");

/** Objects nested deeper are spelt out, which takes no call stack. */
const maxDepth = 100;

/** Whose trie an end is in. A root has no token of its own: it carries the owner, which saves each end a field. */
export function ownerOf(end: End): unknown {
  let place = end.parent;
  while (place?.parent !== undefined) place = place.parent;
  return place?.token;
}

/** Argument lists by value. Lists of different lengths have nothing in common. */
export class KeyTrie<E extends End> {
  readonly #spelling: Spelling;
  readonly #owner: unknown;
  readonly #one: Branch;
  readonly #two: Branch;
  readonly #others = new Map<number, Branch>();

  constructor(spelling: Spelling, owner: unknown) {
    this.#spelling = spelling;
    this.#owner = owner;
    this.#one = new Branch(owner, undefined);
    this.#two = new Branch(owner, undefined);
  }

  /** `guess` finds most keys that are there, and no key that is not; `find` finds all of them. */
  guess1(a: unknown): E | undefined {
    const { children } = this.#one;
    // What is nearly all there is to most keys, at the cost of a Map lookup.
    if (typeof a !== "object" && children !== undefined && !Object.is(a, -0)) return end(children.get(a));
    return end(walk(this.#one, a, this.#spelling, 0));
  }

  guess2(a: unknown, b: unknown): E | undefined {
    const place = walk(this.#two, a, this.#spelling, 0);
    return place && end(walk(place as Branch, b, this.#spelling, 0));
  }

  guess(args: readonly unknown[]): E | undefined {
    const root = this.#root(args.length);
    if (args.length === 0) return end(step(root, NOTHING));
    let place: Place | undefined = root;
    for (const arg of args) {
      if (!(place instanceof Branch)) return undefined;
      place = walk(place, arg, this.#spelling, 0);
    }
    return end(place);
  }

  find(args: readonly unknown[], tokens: readonly unknown[]): E | undefined {
    let place: Place | undefined = this.#root(args.length);
    for (const token of tokens.length > 0 ? tokens : [NOTHING]) {
      if (!(place instanceof Branch)) return undefined;
      const next = step(place, token);
      if (place.children !== undefined && token instanceof Shape) place.child = next;
      place = next;
    }
    return end(place);
  }

  /** Lay the path of a key that is not there, up to `end`. */
  insert(args: readonly unknown[], tokens: readonly unknown[], end: E): void {
    let place = this.#root(args.length);
    const last = tokens.length - 1;
    for (let i = 0; i < last; i++) {
      const token = tokens[i];
      let next = step(place, token);
      if (next === undefined) {
        next = new Branch(token, place);
        attach(place, next);
      }
      // The marked place: keys of one length end only where the last of their tokens is (see Kind).
      place = next as Branch;
    }
    end.token = last < 0 ? NOTHING : tokens[last];
    end.parent = place;
    attach(place, end);
  }

  /** Put `end` where `old` is, under the same key. */
  replace(old: E, end: E): void {
    const { token, parent } = old;
    old.parent = undefined;
    end.token = token;
    end.parent = parent;
    if (parent === undefined) return;
    if (token instanceof Representative) token.standAt(parent, end);
    if (parent.children !== undefined) parent.children.set(token, end);
    else parent.child = end;
  }

  /** Take up the path of a key as far as no other key shares it. */
  remove(end: E): void {
    let place: Place = end;
    let { parent } = place;
    end.parent = undefined;
    while (parent !== undefined) {
      detach(parent, place);
      if (parent.child !== undefined || parent.children !== undefined) return;
      place = parent;
      parent = parent.parent;
    }
  }

  ends(): E[] {
    const ends: E[] = [];
    const rest: Place[] = [this.#one, this.#two, ...this.#others.values()];
    for (let place = rest.pop(); place !== undefined; place = rest.pop()) {
      if (!(place instanceof Branch)) ends.push(place as E);
      else if (place.children !== undefined) for (const child of place.children.values()) rest.push(child);
      else if (place.child !== undefined) rest.push(place.child);
    }
    return ends;
  }

  #root(length: number): Branch {
    if (length === 1) return this.#one;
    if (length === 2) return this.#two;
    let root = this.#others.get(length);
    if (root === undefined) this.#others.set(length, (root = new Branch(this.#owner, undefined)));
    return root;
  }
}

/** The marked place: where a key's tokens are used up there is nothing but what `insert` put there. */
function end<E extends End>(place: Place | undefined): E | undefined {
  return place as E | undefined;
}

function step(place: Branch, token: unknown): Place | undefined {
  if (place.children !== undefined) return place.children.get(token);
  const { child } = place;
  return child !== undefined && child.token === token ? child : undefined;
}

function attach(parent: Branch, place: Place): void {
  const { token } = place;
  if (token instanceof Interned) token.uses++;
  if (token instanceof Representative) token.standAt(parent, place);
  if (parent.children !== undefined) parent.children.set(token, place);
  else if (parent.child === undefined) parent.child = place;
  else {
    const first = parent.child;
    parent.children = new Map([
      [first.token, first],
      [token, place],
    ]);
    if (!(first.token instanceof Shape)) parent.child = undefined;
  }
}

function detach(parent: Branch, place: Place): void {
  const { token } = place;
  if (token instanceof Representative && token.parent === parent) token.standAt(undefined, undefined);
  if (token instanceof Interned && --token.uses === 0) token.release();
  if (parent.child === place) parent.child = undefined;
  if (parent.children?.delete(token) && parent.children.size === 0) parent.children = undefined;
}

/** Follow one argument's tokens from `place` without spelling them out. */
function walk(place: Branch, value: unknown, spelling: Spelling, depth: number): Place | undefined {
  if (typeof value === "object" && value !== null) return walkObject(place, value, spelling, depth);
  return step(place, Object.is(value, -0) ? NEGATIVE_ZERO : value);
}

function walkObject(place: Branch, value: object, spelling: Spelling, depth: number): Place | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return walkProperties(place, value, spelling, depth);
  if (prototype === Array.prototype && Array.isArray(value)) return walkElements(place, value, spelling, depth);
  if (!spelling.isOfProtocol(value, prototype)) return step(place, value);
  const representative = spelling.representative(value, prototype);
  if (representative === undefined) return undefined;
  // Most representatives stand at one place: a glance there costs less than a Map's lookup of an object.
  if (representative.parent === place) return representative.place as Place;
  return step(place, representative);
}

// The marked places below: after the keys of an object as many values follow, and after the length of an array as many
// elements, so that there is a branch until the last.

/** Bets that the object has the keys that the last one had, in their order. */
function walkProperties(place: Branch, value: object, spelling: Spelling, depth: number): Place | undefined {
  let at = place.child;
  const shape = at?.token;
  if (!(shape instanceof Shape) || shape.isDoubtful || depth > maxDepth) return undefined;
  const { keys } = shape;
  let i = 0;
  for (const key in value) {
    if (key !== keys[i++]) return undefined;
    at = walk(at as Branch, (value as Record<string, unknown>)[key], spelling, depth + 1);
    if (at === undefined) return undefined;
  }
  return i === keys.length ? at : undefined;
}

function walkElements(place: Branch, value: readonly unknown[], spelling: Spelling, depth: number): Place | undefined {
  const { length } = value;
  // As many keys as elements, and no hole (below): then no property has a name of its own.
  if (depth > maxDepth || Object.keys(value).length !== length) return undefined;
  const array = step(place, ARRAY);
  let at = array && step(array as Branch, length);
  for (let i = 0; i < length && at !== undefined; i++) {
    const element = value[i];
    if (element === undefined && !(i in value)) return undefined;
    at = walk(at as Branch, element, spelling, depth + 1);
  }
  return at;
}
