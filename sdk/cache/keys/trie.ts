import { Interned, Mark, PrivateToken } from "./builtin-classes.ts";
import { arrived, Branch, End, type Place, step, tailOf, tokensOf, walker } from "./trie-node.ts";
import { Representative } from "./representatives.ts";
import type { Spelling } from "./tokeniser.ts";
import { walk } from "./walk.ts";

const NOTHING = new Mark("no arguments");

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
  /** What single arguments lead to; a primitive to its end. */
  readonly ones: Map<unknown, Place>;
  readonly #two: Branch;
  readonly #others = new Map<number, Branch>();
  /** Where `find` went no further, and how many tokens had led it from branch to branch by then. */
  #last: Place;
  #branched = 0;

  constructor(spelling: Spelling, owner: unknown) {
    this.#spelling = spelling;
    this.#owner = owner;
    this.#one = new Branch(owner, undefined);
    this.#one.children = this.ones = new Map();
    this.#two = new Branch(owner, undefined);
    this.#last = this.#one;
  }

  /**
   * `guess` finds most keys that are there, and no key that is not; `find` finds all of them. What an argument throws at
   * a guess it throws again when it is spelt, if that reads the same.
   */
  guess1(a: unknown): E | undefined {
    const { changes } = walker;
    try {
      return arrived(walk(this.#one, a, this.#spelling, 0), changes);
    } catch {
      return undefined;
    }
  }

  guess2(a: unknown, b: unknown): E | undefined {
    const { changes } = walker;
    try {
      const place = walk(this.#two, a, this.#spelling, 0);
      if (place === undefined) return undefined;
      if (b === undefined || b === 0 || place.tail !== b) return arrived(walk(place, b, this.#spelling, 0), changes);
      walker.followed = 1; // two primitives end on a lone token most often: its walk is left out
      return arrived(place, changes);
    } catch {
      return undefined;
    }
  }

  guess(args: readonly unknown[]): E | undefined {
    const { changes } = walker;
    let place: Place | undefined = this.#root(args.length);
    if (args.length === 0) return arrived(step(place, NOTHING), changes);
    try {
      for (const arg of args) {
        place = walk(place, arg, this.#spelling, 0);
        if (place === undefined) return undefined;
      }
      return arrived(place, changes);
    } catch {
      return undefined;
    }
  }

  find(args: readonly unknown[], tokens: readonly unknown[]): E | undefined {
    const list = tokens.length > 0 ? tokens : [NOTHING];
    let place: Place = this.#root(args.length);
    let branched = 0;
    for (const token of list) {
      const next = step(place, token);
      if (next === undefined) {
        this.#last = place;
        this.#branched = branched;
        return undefined;
      }
      if (place instanceof Branch) {
        branched++;
        if (token instanceof PrivateToken && place.children !== undefined) place.child = next;
      }
      place = next;
    }
    return arrived(place, walker.changes);
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
    if (typeof end.tail === "object") for (const token of end.tail) if (token instanceof Interned) token.uses++;
  }

  /** Put `end` where `old` is, under the same key. */
  replace(old: E, end: E): void {
    walker.changes++;
    const { token, parent } = old;
    old.parent = undefined;
    end.token = token;
    end.tail = old.tail;
    end.parent = parent;
    if (parent !== undefined) put(parent, end);
  }

  /** Take up the path of a key as far as no other key shares it. */
  remove(end: E): void {
    walker.changes++;
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

/** Make places of the tokens of an end's tail that `list` has too from `from` on, as far as the two keys agree. */
function part(end: End, list: readonly unknown[], from: number): { place: Branch; shared: number } {
  walker.changes++;
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
    if (!(first.token instanceof PrivateToken)) parent.child = undefined;
  }
  put(parent, place);
}

function detach(parent: Branch, place: Place): void {
  const { token } = place;
  if (token instanceof Representative && token.parent === parent) token.standAt(undefined, undefined);
  release(token);
  if (parent.child === place) parent.child = undefined;
  if (parent.children?.delete(token) && parent.children.size === 0 && parent.parent !== undefined)
    parent.children = undefined;
}

function release(token: unknown): void {
  if (token instanceof Interned && --token.uses === 0) token.release();
}
