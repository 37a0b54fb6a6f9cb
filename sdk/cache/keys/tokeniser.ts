import { LambentError } from "../../base/errors.ts";
import { Interned, isPlain, type Kind, kindOf, Mark, PrivateToken } from "./builtin-classes.ts";
import type { Place } from "./trie-node.ts";
import { compareSequences, compareTokens } from "./token-order.ts";
import { type ByProtocol, followsProtocol, Representatives } from "./representatives.ts";

export const NEGATIVE_ZERO: Mark = new Mark("-0");
export const ARRAY: Mark = new Mark("array");
const ARRAY_WITH_PROPERTIES = new Mark("array with properties");
const NOT_A_NUMBER = new Mark("NaN");
const HOLE = new Mark("hole");
const NULL_PROTOTYPE = new Mark("null prototype");
const ANCESTOR = new Mark("ancestor");
const LEAVE = new Mark("leave");

/** Follows an object, past its shape, through a trie; `undefined` where the object is not of the order, or not there. */
export type Walk = (at: Place, value: object, spelling: Spelling, depth: number) => Place | undefined;

/** One order in which objects of a shape have their keys. */
export class Order {
  readonly shape: Shape;
  readonly keys: readonly string[];
  /** Objects that were spelt. */
  met = 0;
  /** Made when it pays. */
  walk: Walk | undefined = undefined;

  constructor(shape: Shape, keys: readonly string[]) {
    this.shape = shape;
    this.keys = keys;
  }
}

/** The own keys of plain objects, in the order in which they were first seen; their values are spelt in this order. */
export class Shape extends Interned {
  readonly token = "shape";
  readonly keys: readonly string[];
  /** As many tokens as such an object has without objects within, to be copied: a list that grows takes more room. */
  readonly blank: readonly unknown[];
  /** Objects with these keys may be something else than plain data, so each is looked at closely. */
  readonly isDoubtful: boolean;
  readonly order: Order;
  /** The first, and some others. */
  readonly orders: Order[];
  /** The first that was made for one of the orders. */
  walk: Walk | undefined = undefined;
  readonly release: () => void;

  constructor(keys: readonly string[], isDoubtful: boolean, release: (shape: Shape) => void) {
    super();
    this.keys = keys;
    this.blank = [this, ...keys];
    this.isDoubtful = isDoubtful;
    this.order = new Order(this, keys);
    this.orders = [this.order];
    this.release = () => release(this);
  }
}

/** Orders of one shape that are remembered. */
const MAX_ORDERS = 4;

/** Tokens of one key: beyond it a key costs more than a load, or unfolds a shared structure without end. */
const MAX_TOKENS = 1_000_000;
/** Collections within collections, which are spelt by recursion. */
const MAX_NESTING = 500;

/**
 * The objects that enclose the one being spelt, and how far down each is: an object within itself is told by that.
 * What is spelt leaves it as it was.
 */
type Path = Map<object, number>;

/** How one cache spells arguments as tokens, and the tokens it has made for that. */
export class Spelling {
  readonly #countsSymbols: boolean;
  readonly #shapes = new Map<string, Shape>();
  /** The last order seen by last key: finds most shapes without sorting their keys. */
  readonly #recent = new Map<string | undefined, Order>();
  #last: Shape | undefined;
  readonly representatives: Representatives;
  /** Spellings that are not released: a getter or a `hashCode` may call what spells too. */
  #running = 0;
  /** Made for the last keys, and perhaps not part of a path. */
  readonly #fresh: Interned[] = [];

  constructor(countsSymbols: boolean) {
    this.#countsSymbols = countsSymbols;
    this.representatives = new Representatives(this.#fresh);
  }

  /**
   * To be followed by `release`.
   * @throws {LambentError} when the arguments are too large to be a key.
   */
  spell(args: readonly unknown[]): unknown[] {
    this.#running++;
    try {
      return this.#spellAll(args);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  #spellAll(args: readonly unknown[]): unknown[] {
    const only = args[0];
    if (args.length === 1 && typeof only === "object" && only !== null) {
      const flat = this.#spellFlat(only);
      if (flat !== undefined) return flat;
    }
    const tokens: unknown[] = [];
    for (const value of args) {
      if (typeof value === "object" && value !== null) this.#spell(value, tokens, new Map(), 0);
      else tokens.push(spellPrimitive(value));
    }
    return tokens;
  }

  /** Forget the tokens that were made, but for those that a path has come to use, once nothing is being spelt. */
  release(): void {
    this.#running--;
    if (this.#running > 0 || this.#fresh.length === 0) return;
    for (const token of this.#fresh) if (token.uses === 0) token.release();
    this.#fresh.length = 0;
  }

  #spell(start: unknown, tokens: unknown[], path: Path, nesting: number): void {
    if (typeof start !== "object" || start === null) return void tokens.push(spellPrimitive(start));
    const rest: unknown[] = []; // a stack of its own: arguments may be nested deeper than calls can be
    this.#spellObject(start, tokens, rest, path, nesting);
    while (rest.length > 0) {
      const value = rest.pop();
      if (tokens.length > MAX_TOKENS) throw tooLarge();
      if (value === LEAVE) leave(path, rest.pop());
      else if (typeof value !== "object" || value === null) tokens.push(spellPrimitive(value));
      else if (value instanceof PrivateToken) tokens.push(value);
      else this.#spellObject(value, tokens, rest, path, nesting);
    }
  }

  #spellObject(value: object, tokens: unknown[], rest: unknown[], path: Path, nesting: number): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (followsProtocol(value)) return void tokens.push(this.representatives.intern(value, prototype));
    const isArray = prototype === Array.prototype && Array.isArray(value);
    const kind = prototype === Object.prototype ? undefined : kindOf(prototype);
    const hasContent = isArray || (kind === undefined ? isPlain(value, prototype) : kind.is(value));
    if (!hasContent) return void tokens.push(value);

    const ancestor = path.get(value);
    if (ancestor !== undefined) return void tokens.push(ANCESTOR, ancestor);
    path.set(value, path.size);
    rest.push(value, LEAVE);
    if (isArray) return this.#spellArray(value, tokens, rest);
    if (kind !== undefined) return this.#spellKind(kind, value, tokens, rest, path, nesting);
    if (prototype === null) tokens.push(NULL_PROTOTYPE);
    tokens.push(this.#spellProperties(value, Object.keys(value), rest));
  }

  /** Most arguments are flat records like the last one, and are spelt without the stacks that others take. */
  #spellFlat(value: object): unknown[] | undefined {
    const shape = this.#last;
    if (shape === undefined || shape.isDoubtful) return undefined;
    const { hashCode } = value as Partial<ByProtocol>; // first: V8 then knows the hidden class, and so the prototype
    if (hashCode !== undefined || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
    if (Symbol.iterator in value) return undefined; // `arguments`
    const { keys } = shape;
    const tokens = shape.blank.slice();
    let i = 0;
    for (const key in value) {
      const member = read(value, key);
      if (key !== keys[i] || (typeof member === "object" && member !== null)) return undefined;
      tokens[++i] = spellPrimitive(member);
    }
    const last = keys[i - 1];
    if (i < keys.length || last === undefined || last in Object.prototype) return undefined; // or it is every object's
    shape.order.met++;
    return tokens;
  }

  #spellArray(value: readonly unknown[], tokens: unknown[], rest: unknown[]): void {
    const { length } = value;
    if (length > MAX_TOKENS) throw tooLarge();
    const named = namedKeys(value);
    tokens.push(named.length > 0 ? ARRAY_WITH_PROPERTIES : ARRAY, length);
    if (named.length > 0) tokens.push(this.#spellProperties(value, named, rest));
    for (let i = length - 1; i >= 0; i--) rest.push(i in value ? value[i] : HOLE);
  }

  /** The marked place: `value` is what the kind's readers take, which its `is` has proved. */
  #spellKind(kind: Kind, value: object, tokens: unknown[], rest: unknown[], path: Path, nesting: number): void {
    tokens.push(kind);
    // A view's own keys are its elements; other kinds may carry properties that count.
    if (!ArrayBuffer.isView(value)) tokens.push(this.#spellProperties(value, Object.keys(value), rest));
    if (kind.elements !== undefined) this.#spellElements(kind.elements(value as never), tokens, path, nesting);
    const parts = kind.parts(value as never);
    for (let i = parts.length - 1; i >= 0; i--) rest.push(parts[i]);
  }

  #spellElements(elements: readonly (readonly unknown[])[], tokens: unknown[], path: Path, nesting: number): void {
    if (nesting === MAX_NESTING) throw tooLarge();
    const spelt = elements.map((element) => {
      const own: unknown[] = [];
      for (const part of element) this.#spell(part, own, path, nesting + 1);
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
    const order = this.#order(keys);
    order.met++;
    return (this.#last = order.shape);
  }

  #order(keys: readonly string[]): Order {
    const recent = this.#recent.get(keys.at(-1));
    if (recent !== undefined && areAlike(recent.keys, keys)) return recent;
    const name = JSON.stringify(keys.toSorted());
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      shape = new Shape(keys, this.#isDoubtful(keys), (unused) => {
        if (this.#shapes.get(name) === unused) this.#shapes.delete(name);
        for (const { keys } of unused.orders) {
          if (this.#recent.get(keys.at(-1))?.shape === unused) this.#recent.delete(keys.at(-1));
        }
        if (this.#last === unused) this.#last = undefined;
      });
      this.#shapes.set(name, shape);
      this.#fresh.push(shape);
    }
    let order = shape.orders.find((one) => areAlike(one.keys, keys));
    if (order === undefined) {
      order = new Order(shape, keys);
      if (shape.orders.length === MAX_ORDERS) return order;
      shape.orders.push(order);
    }
    this.#recent.set(keys.at(-1), order);
    return order;
  }

  /** An array's indices are `arguments`' too, nothing at all is every exotic object's, and data may hold methods. */
  #isDoubtful(keys: readonly string[]): boolean {
    return (
      this.#countsSymbols ||
      keys.length === 0 ||
      keys[0] === "0" ||
      keys.includes("constructor") ||
      (keys.includes("equals") && keys.includes("hashCode"))
    );
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
  return String(Number(key) >>> 0) === key && key !== "4294967295";
}

/** The marked place: under each LEAVE in a stack is the object that is left. */
function leave(path: Path, value: unknown): void {
  path.delete(value as object);
}

function tooLarge(): LambentError {
  return new LambentError(
    `the arguments are too large to be a cache key (over ${MAX_TOKENS} parts, or collections nested over ${MAX_NESTING} deep): name the part that matters with cacheKey`,
  );
}
