import { Interned, Mark } from "./key-kinds.ts";
import { Representative } from "./key-protocol.ts";
import { ARRAY, NEGATIVE_ZERO, Shape, type Spelling } from "./key-spelling.ts";

/** A place in the trie where keys part, reached from its parent by a token. */
export class Branch {
  readonly token: unknown;
  readonly parent: Branch | undefined;
  readonly tail: undefined = undefined;
  /** The only child; of several, the last one that stands for an object's keys. */
  child: Place | undefined = undefined;
  /** All children, from the second on: one needs no Map. */
  children: Map<unknown, Place> | undefined = undefined;

  constructor(token: unknown, parent: Branch | undefined) {
    this.token = token;
    this.parent = parent;
  }
}

/** Where one key goes on alone. The path to here and the tail are its snapshot. What is kept under a key extends it. */
export class End {
  token: unknown = undefined;
  parent: Branch | undefined = undefined;
  /** The tokens after the one that leads here: side by side, they take a fraction of the memory of places. */
  tail: Tail | undefined = undefined;
}

/** A lone token that cannot be taken for a list stands without one, which would be a third of the memory of a key. */
type Tail = readonly unknown[] | string | number | boolean;

function tailOf(tokens: readonly unknown[], from: number): Tail | undefined {
  if (from >= tokens.length) return undefined;
  const first = tokens[from];
  const stands = typeof first === "string" || typeof first === "number" || typeof first === "boolean";
  return stands && from + 1 === tokens.length ? first : tokens.slice(from);
}

function tokensOf(tail: Tail | undefined): readonly unknown[] {
  if (tail === undefined) return [];
  return typeof tail === "object" ? tail : [tail];
}

type Place = Branch | End;

/** How many tokens of the tail a walk has followed, once it has come to an end. */
let followed = 0;

/** What was looked for last and is not there: `find` need not look again after `guess` has. */
let missedAt: Place | undefined;
let missed: unknown;

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
  /** Where `find` went no further, and how many tokens had led it from branch to branch by then. */
  #last: Place;
  #branched = 0;

  constructor(spelling: Spelling, owner: unknown) {
    this.#spelling = spelling;
    this.#owner = owner;
    this.#one = new Branch(owner, undefined);
    this.#two = new Branch(owner, undefined);
    this.#last = this.#one;
  }

  /** `guess` finds most keys that are there, and no key that is not; `find` finds all of them. */
  guess1(a: unknown): E | undefined {
    const { children } = this.#one;
    // What is nearly all there is to most keys, at the cost of a Map lookup.
    if (children !== undefined && (typeof a === "string" || (typeof a === "number" && a !== 0))) {
      return children.get(a) as E | undefined; // the marked place: after a list's only token there is nothing else
    }
    return end(walk(this.#one, a, this.#spelling, 0));
  }

  guess2(a: unknown, b: unknown): E | undefined {
    const place = walk(this.#two, a, this.#spelling, 0);
    return place && end(walk(place, b, this.#spelling, 0));
  }

  guess(args: readonly unknown[]): E | undefined {
    let place: Place | undefined = this.#root(args.length);
    if (args.length === 0) return end(step(place, NOTHING));
    for (const arg of args) {
      place = walk(place, arg, this.#spelling, 0);
      if (place === undefined) return undefined;
    }
    return end(place);
  }

  find(args: readonly unknown[], tokens: readonly unknown[]): E | undefined {
    const list = tokens.length > 0 ? tokens : [NOTHING];
    let place: Place = this.#root(args.length);
    let branched = 0;
    for (const token of list) {
      const next = place === missedAt && token === missed ? undefined : step(place, token);
      if (next === undefined) {
        this.#last = place;
        this.#branched = branched;
        return undefined;
      }
      if (place instanceof Branch) {
        branched++;
        if (token instanceof Shape && place.children !== undefined) place.child = next;
      }
      place = next;
    }
    return end(place);
  }

  /** Lay the path of the key that `find` has just not found, from where it went no further, up to `end`. */
  insert(tokens: readonly unknown[], end: E): void {
    const list = tokens.length > 0 ? tokens : [NOTHING];
    const last = this.#last;
    const { place, shared } = last instanceof Branch ? { place: last, shared: 0 } : part(last, list, this.#branched);
    const i = this.#branched + shared;
    end.token = list[i];
    end.parent = place;
    end.tail = tailOf(list, i + 1);
    attach(place, end);
    missedAt = undefined;
    if (typeof end.tail === "object") for (const token of end.tail) if (token instanceof Interned) token.uses++;
  }

  /** Put `end` where `old` is, under the same key. */
  replace(old: E, end: E): void {
    const { token, parent } = old;
    old.parent = undefined;
    end.token = token;
    end.tail = old.tail;
    end.parent = parent;
    if (parent !== undefined) put(parent, end);
  }

  /** Take up the path of a key as far as no other key shares it. */
  remove(end: E): void {
    let place: Place = end;
    let { parent } = place;
    end.parent = undefined;
    if (typeof end.tail === "object") for (const token of end.tail) release(token);
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

/**
 * The end at which a walk has arrived, if it has followed all of its tail: an `equals` or a getter that calls a cached
 * function in the middle of a walk may have led it astray.
 */
function end<E extends End>(place: Place | undefined): E | undefined {
  if (place?.tail !== undefined && followed !== (typeof place.tail === "object" ? place.tail.length : 1))
    return undefined;
  // The marked place: where a key's tokens are used up there is nothing but what `insert` put there.
  return place as E | undefined;
}

function step(place: Place, token: unknown): Place | undefined {
  const { tail } = place;
  if (tail !== undefined) {
    const at = followed++;
    if (typeof tail === "object") return tail[at] === token ? place : undefined;
    return tail === token && at === 0 ? place : undefined;
  }
  followed = 0;
  // The marked place: no key ends within another, so that what is stepped from is a branch, or an end with its tail.
  const { children, child } = place as Branch;
  if (children !== undefined) {
    const found = children.get(token);
    if (found === undefined) {
      missedAt = place;
      missed = token;
    }
    return found;
  }
  return child !== undefined && child.token === token ? child : undefined;
}

/** Make places of the tokens of an end's tail that `list` has too from `from` on, as far as the two keys agree. */
function part(end: End, list: readonly unknown[], from: number): { place: Branch; shared: number } {
  const { parent, token } = end;
  const tail = tokensOf(end.tail);
  let place = new Branch(token, parent);
  if (parent !== undefined) put(parent, place);
  let shared = 0;
  while (tail[shared] === list[from + shared]) {
    const next = new Branch(tail[shared++], place);
    put(place, next);
    place = next;
  }
  end.token = tail[shared];
  end.parent = place;
  end.tail = tailOf(tail, shared + 1);
  put(place, end);
  return { place, shared };
}

/** Have a place lead on, by its token, from its parent: instead of what it replaces there, or as its first. */
function put(parent: Branch, place: Place): void {
  const { token } = place;
  if (token instanceof Representative) token.standAt(parent, place);
  if (parent.children === undefined) parent.child = place;
  else {
    if (parent.child?.token === token) parent.child = place;
    parent.children.set(token, place);
  }
}

function attach(parent: Branch, place: Place): void {
  const { token } = place;
  if (token instanceof Interned) token.uses++;
  const first = parent.child;
  if (parent.children === undefined && first !== undefined) {
    parent.children = new Map([[first.token, first]]);
    if (!(first.token instanceof Shape)) parent.child = undefined;
  }
  put(parent, place);
}

function detach(parent: Branch, place: Place): void {
  const { token } = place;
  if (token instanceof Representative && token.parent === parent) token.standAt(undefined, undefined);
  release(token);
  if (parent.child === place) parent.child = undefined;
  if (parent.children?.delete(token) && parent.children.size === 0) parent.children = undefined;
}

function release(token: unknown): void {
  if (token instanceof Interned && --token.uses === 0) token.release();
}

/** Follow one argument's tokens from `place` without spelling them out. */
function walk(place: Place, value: unknown, spelling: Spelling, depth: number): Place | undefined {
  if (typeof value === "object" && value !== null) return walkObject(place, value, spelling, depth);
  return stepTo(place, value);
}

function stepTo(place: Place, primitive: unknown): Place | undefined {
  return step(place, Object.is(primitive, -0) ? NEGATIVE_ZERO : primitive);
}

function walkObject(place: Place, value: object, spelling: Spelling, depth: number): Place | undefined {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype) return walkProperties(place, value, spelling, depth);
  if (prototype === Array.prototype && Array.isArray(value)) return walkElements(place, value, spelling, depth);
  if (!spelling.representatives.isOne(value, prototype)) return step(place, value);
  const representative = spelling.representatives.find(value, prototype);
  if (representative === undefined) return undefined;
  if (representative.parent !== place) return step(place, representative);
  // Most representatives stand at one place: a glance there costs less than a Map's lookup of an object.
  followed = 0;
  return representative.place as Place;
}

/** Bets that the object has the keys that the last one had, in their order. */
function walkProperties(place: Place, value: object, spelling: Spelling, depth: number): Place | undefined {
  let at: Place | undefined = place;
  let shape: unknown;
  if (place.tail !== undefined) {
    if (typeof place.tail !== "object") return undefined; // a lone token is a primitive
    shape = place.tail[followed++];
  } else {
    at = (place as Branch).child;
    shape = at?.token;
    followed = 0;
  }
  if (!(shape instanceof Shape) || shape.isDoubtful || depth > maxDepth) return undefined;
  const { keys } = shape;
  let i = 0;
  for (const key in value) {
    if (key !== keys[i++] || at === undefined) return undefined;
    const member = (value as Record<string, unknown>)[key];
    const isObject = typeof member === "object" && member !== null; // not by `walk`: one call less for each object
    at = isObject ? walkObject(at, member, spelling, depth + 1) : stepTo(at, member);
  }
  return i === keys.length ? at : undefined;
}

function walkElements(place: Place, value: readonly unknown[], spelling: Spelling, depth: number): Place | undefined {
  const { length } = value;
  // As many keys as elements, and no hole (below): then no property has a name of its own.
  if (depth > maxDepth || Object.keys(value).length !== length) return undefined;
  const array = step(place, ARRAY);
  let at = array && step(array, length);
  for (let i = 0; i < length && at !== undefined; i++) {
    const element = value[i];
    if (element === undefined && !(i in value)) return undefined;
    const isObject = typeof element === "object" && element !== null;
    at = isObject ? walkObject(at, element, spelling, depth + 1) : stepTo(at, element);
  }
  return at;
}
