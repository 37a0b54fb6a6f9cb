import { LambentError } from "./errors.ts";
import { isPlain, type Kind, kinds, Mark, PrivateToken } from "./key-kinds.ts";
import { compareSequences, compareTokens } from "./key-order.ts";

export const NEGATIVE_ZERO: Mark = new Mark("-0");
export const ARRAY: Mark = new Mark("array");
const ARRAY_WITH_PROPERTIES = new Mark("array with properties");
const NOT_A_NUMBER = new Mark("NaN");
const HOLE = new Mark("hole");
const NULL_PROTOTYPE = new Mark("null prototype");
const ANCESTOR = new Mark("ancestor");
const LEAVE = new Mark("leave");

/** A token that one cache made, kept as long as a path of its trie uses it. */
export abstract class Interned extends PrivateToken {
  /** Edges of the trie that carry this token. */
  uses = 0;
  abstract release(): void;
}

/** The own keys of a plain object, in the order in which they were first seen; any other order is the same shape. */
export class Shape extends Interned {
  readonly token = "shape";
  readonly keys: readonly string[];
  /** Objects with these keys may be something else than plain data, so each is looked at closely. */
  readonly isDoubtful: boolean;
  readonly release: () => void;

  constructor(keys: readonly string[], isDoubtful: boolean, release: (shape: Shape) => void) {
    super();
    this.keys = keys;
    this.isDoubtful = isDoubtful;
    this.release = () => release(this);
  }
}

/** An object with the methods of `Equatable`; unlike an author's `equals`, this one may be handed a stranger. */
export interface ByProtocol {
  equals(other: unknown): unknown;
  hashCode(): unknown;
}

export function followsProtocol(value: object): value is ByProtocol {
  const { equals, hashCode } = value as Partial<ByProtocol>;
  return typeof equals === "function" && typeof hashCode === "function";
}

/** One value of a class with `equals` and `hashCode`, standing for all that equal it. */
export class Representative extends Interned {
  readonly token = "representative";
  readonly value: ByProtocol;
  readonly prototype: unknown;
  /** Where it was last made part of a path: the place before it, and the one it leads to. */
  parent: object | undefined;
  place: object | undefined;
  /** Another with the same hash. */
  next: Representative | undefined;
  readonly release: () => void;

  constructor(value: ByProtocol, prototype: unknown, next: Representative | undefined, release: () => void) {
    super();
    this.value = value;
    this.prototype = prototype;
    this.next = next;
    this.release = release;
  }

  standAt(parent: object | undefined, place: object | undefined): void {
    this.parent = parent;
    this.place = place;
  }
}

/** Tokens of one key: beyond it a key costs more than a load, or unfolds a shared structure without end. */
const maxTokens = 1_000_000;
/** Collections within collections, which are spelt by recursion. */
const maxNesting = 500;

/** How one cache spells arguments as tokens, and the tokens it has made for that. */
export class Spelling {
  readonly #countsSymbols: boolean;
  readonly #shapes = new Map<string, Shape>();
  /** The last shape seen by first key: finds most shapes without sorting their keys. */
  readonly #recent = new Map<string | undefined, Shape>();
  readonly #representatives = new Map<unknown, Representative>();
  /** The prototype of the last class seen that follows the protocol. */
  #protocol: unknown;
  /** Made for the last key, and perhaps not part of a path. */
  #fresh: Interned[] = [];

  constructor(countsSymbols: boolean) {
    this.#countsSymbols = countsSymbols;
  }

  /** @throws {LambentError} when the arguments are too large to be a key. */
  spell(args: readonly unknown[]): unknown[] {
    const tokens: unknown[] = [];
    for (const value of args) this.#spell(value, tokens, [], 0);
    return tokens;
  }

  /** Forget the tokens that the last spelling made, but for those that a path has come to use. */
  forgetUnused(): void {
    if (this.#fresh.length === 0) return;
    const fresh = this.#fresh;
    this.#fresh = [];
    for (const token of fresh) if (token.uses === 0) token.release();
  }

  /** `followsProtocol`, which is a matter of the class: the last one is remembered. */
  isOfProtocol(value: object, prototype: unknown): value is ByProtocol {
    if (prototype === this.#protocol) return true;
    const isOf = followsProtocol(value);
    if (isOf && prototype !== null && !Object.hasOwn(value, "equals")) this.#protocol = prototype;
    return isOf;
  }

  /** What stands for this instance's value, if anything does. */
  representative(value: ByProtocol, prototype: unknown): Representative | undefined {
    let candidate = this.#representatives.get(value.hashCode());
    while (candidate !== undefined && !stands(candidate, value, prototype)) candidate = candidate.next;
    return candidate;
  }

  #spell(start: unknown, tokens: unknown[], above: readonly object[], nesting: number): void {
    if (typeof start !== "object" || start === null) return void tokens.push(spellPrimitive(start));
    if (above.length === 0 && this.#spellFlat(start, tokens)) return;
    const path = new Path(above);
    const rest: unknown[] = []; // a stack of its own: arguments may be nested deeper than calls can be
    this.#spellObject(start, tokens, rest, path, nesting);
    while (rest.length > 0) {
      const value = rest.pop();
      if (tokens.length > maxTokens) throw tooLarge();
      if (value === LEAVE) path.leave();
      else if (typeof value !== "object" || value === null) tokens.push(spellPrimitive(value));
      else if (value instanceof PrivateToken) tokens.push(value);
      else this.#spellObject(value, tokens, rest, path, nesting);
    }
  }

  #spellObject(value: object, tokens: unknown[], rest: unknown[], path: Path, nesting: number): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (followsProtocol(value)) return void tokens.push(this.#intern(value, prototype));
    const isArray = prototype === Array.prototype && Array.isArray(value);
    const kind = prototype === Object.prototype ? undefined : kinds.get(prototype);
    const hasContent = isArray || (kind === undefined ? isPlain(value, prototype) : kind.is(value));
    if (!hasContent) return void tokens.push(value);

    const ancestor = path.depthOf(value);
    if (ancestor >= 0) return void tokens.push(ANCESTOR, ancestor);
    if (!isArray && kind === undefined) return this.#spellPlain(value, prototype, tokens, rest, path);
    path.enter(value);
    rest.push(LEAVE);
    if (isArray) this.#spellArray(value, tokens, rest);
    else if (kind !== undefined) this.#spellKind(kind, value, tokens, rest, path, nesting);
  }

  #spellPlain(value: object, prototype: unknown, tokens: unknown[], rest: unknown[], path: Path): void {
    path.enter(value);
    rest.push(LEAVE);
    if (prototype === null) tokens.push(NULL_PROTOTYPE);
    tokens.push(this.#spellProperties(value, Object.keys(value), rest));
  }

  /** Most arguments are flat records, and are spelt without the stacks that others take. */
  #spellFlat(value: object, tokens: unknown[]): boolean {
    if (this.#countsSymbols || Object.getPrototypeOf(value) !== Object.prototype) return false;
    const shape = this.#shape(Object.keys(value));
    if (shape.isDoubtful) return false;
    const start = tokens.length;
    tokens.push(shape);
    for (const key of shape.keys) {
      const member = read(value, key);
      if (typeof member === "object" && member !== null) {
        tokens.length = start;
        return false;
      }
      tokens.push(spellPrimitive(member));
    }
    return true;
  }

  #spellArray(value: readonly unknown[], tokens: unknown[], rest: unknown[]): void {
    const { length } = value;
    if (length > maxTokens) throw tooLarge();
    const named = namedKeys(value);
    tokens.push(named.length > 0 ? ARRAY_WITH_PROPERTIES : ARRAY, length);
    if (named.length > 0) tokens.push(this.#spellProperties(value, named, rest));
    for (let i = length - 1; i >= 0; i--) rest.push(i in value ? value[i] : HOLE);
  }

  #spellKind(kind: Kind, value: object, tokens: unknown[], rest: unknown[], path: Path, nesting: number): void {
    tokens.push(kind);
    if (!kind.isView) tokens.push(this.#spellProperties(value, Object.keys(value), rest));
    if (kind.elements !== undefined) this.#spellElements(kind.elements(value), tokens, path, nesting);
    const parts = kind.parts(value);
    for (let i = parts.length - 1; i >= 0; i--) rest.push(parts[i]);
  }

  #spellElements(elements: readonly (readonly unknown[])[], tokens: unknown[], path: Path, nesting: number): void {
    if (nesting === maxNesting) throw tooLarge();
    const spelt = elements.map((element) => {
      const own: unknown[] = [];
      for (const part of element) this.#spell(part, own, path.objects, nesting + 1);
      return own;
    });
    tokens.push(elements.length);
    for (const element of spelt.sort(compareSequences)) for (const token of element) tokens.push(token);
  }

  /** Leaves the properties' values in `rest`, and returns the token that names them. */
  #spellProperties(value: object, keys: readonly string[], rest: unknown[]): Shape {
    const shape = this.#shape(keys);
    if (this.#countsSymbols) pushSymbols(value, rest);
    for (let i = shape.keys.length - 1; i >= 0; i--) rest.push(read(value, shape.keys[i]));
    return shape;
  }

  #shape(keys: readonly string[]): Shape {
    const recent = this.#recent.get(keys[0]);
    if (recent !== undefined && areAlike(recent.keys, keys)) return recent;
    const name = JSON.stringify(keys.toSorted());
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      // An array's indices are `arguments`' too, nothing at all is every exotic object's, and data may hold methods.
      const isDoubtful =
        this.#countsSymbols ||
        keys.length === 0 ||
        keys[0] === "0" ||
        (keys.includes("equals") && keys.includes("hashCode"));
      shape = new Shape(keys, isDoubtful, (unused) => {
        this.#shapes.delete(name);
        if (this.#recent.get(keys[0]) === unused) this.#recent.delete(keys[0]);
      });
      this.#shapes.set(name, shape);
      this.#fresh.push(shape);
    }
    this.#recent.set(shape.keys[0], shape);
    return shape;
  }

  #intern(value: ByProtocol, prototype: unknown): Representative {
    const known = this.representative(value, prototype);
    if (known !== undefined) return known;
    const hash = value.hashCode();
    if (typeof hash !== "number" && typeof hash !== "string") {
      throw new LambentError(
        `${className(value)}.hashCode() returned ${hash === null ? "null" : `a value of type ${typeof hash}`}: return a number or a string`,
      );
    }
    const alike = this.#representatives.get(hash);
    const made = new Representative(snapshot(value, hash), prototype, alike, () => this.#release(hash, made));
    this.#representatives.set(hash, made);
    this.#fresh.push(made);
    return made;
  }

  #release(hash: unknown, unused: Representative): void {
    let first = this.#representatives.get(hash);
    if (first === unused) first = unused.next;
    for (let at = first; at !== undefined; at = at.next) if (at.next === unused) at.next = unused.next;
    if (first === undefined) this.#representatives.delete(hash);
    else this.#representatives.set(hash, first);
  }
}

function read(value: object, key: string | undefined): unknown {
  // The marked place: any object may be asked for any property.
  return (value as Record<string, unknown>)[key as string];
}

function pushSymbols(value: object, rest: unknown[]): void {
  const symbols = Object.getOwnPropertySymbols(value)
    .filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
    .sort(compareTokens);
  for (const symbol of symbols) rest.push(Reflect.get(value, symbol), symbol);
  rest.push(symbols.length);
}

function spellPrimitive(value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (Number.isNaN(value)) return NOT_A_NUMBER;
  return Object.is(value, -0) ? NEGATIVE_ZERO : value;
}

/** The keys of an array that are no elements; most arrays have none. */
function namedKeys(array: readonly unknown[]): string[] {
  const keys = Object.keys(array);
  let at = keys.length; // elements come first
  while (at > 0 && !isIndex(keys[at - 1] ?? "")) at--;
  return keys.slice(at);
}

function areAlike(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isIndex(key: string): boolean {
  const index = Number(key);
  return Number.isInteger(index) && index >= 0 && index < 2 ** 32 - 1 && String(index) === key;
}

/** Within one class one direction is enough; a stranger must agree both ways, and may not know what it is handed. */
function stands(representative: Representative, value: ByProtocol, prototype: unknown): boolean {
  const sample = representative.value;
  if (representative.prototype === prototype) return sample === value || Boolean(sample.equals(value));
  try {
    return Boolean(sample.equals(value)) && Boolean(value.equals(sample));
  } catch {
    return false;
  }
}

/**
 * A copy that a later change of the instance's fields does not reach, if the class takes it for the same value;
 * one that keeps private state does not, and must be immutable.
 */
function snapshot(value: ByProtocol, hash: unknown): ByProtocol {
  try {
    const copy: unknown = Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(value));
    const isCopy = isObject(copy) && followsProtocol(copy);
    return isCopy && copy.hashCode() === hash && copy.equals(value) && value.equals(copy) ? copy : value;
  } catch {
    return value;
  }
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

export function className(value: object): string {
  const { constructor } = value;
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "an anonymous class";
}

function tooLarge(): LambentError {
  return new LambentError(
    `the arguments are too large to be a cache key (over ${maxTokens} parts, or collections nested over ${maxNesting} deep): name the part that matters with cacheKey`,
  );
}

/** The objects that enclose the one being spelt: an object within itself is told by how far up it is. */
class Path {
  readonly objects: object[];
  #depths: Map<object, number> | undefined;

  constructor(above: readonly object[]) {
    this.objects = [...above];
  }

  /** The depth at which the object encloses itself, or -1. */
  depthOf(value: object): number {
    return this.#depths === undefined ? this.objects.indexOf(value) : (this.#depths.get(value) ?? -1);
  }

  enter(value: object): void {
    const { objects } = this;
    // A scan costs less than a Map for what people nest, and more for what machines do.
    if (objects.length === 64) this.#depths ??= new Map(objects.map((object, depth) => [object, depth]));
    this.#depths?.set(value, objects.length);
    objects.push(value);
  }

  leave(): void {
    const left = this.objects.pop();
    if (left !== undefined) this.#depths?.delete(left);
  }
}
