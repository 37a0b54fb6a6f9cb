import { LambentError } from "../../base/errors.ts";
import { builtinClassOf, type BuiltinClass, isPlain } from "./builtin-classes.ts";
import { measureIdentity } from "./key-bytes.ts";
import { isLongText, LongTexts } from "./long-texts.ts";
import { isEquatable, Representatives, type UntypedEquatable } from "./representatives.ts";
import { compareSequences, compareTokens } from "./token-order.ts";
import { InternedToken, NamedToken, PrivateToken } from "./tokens.ts";
import type { TrieNode } from "./trie-node.ts";

export const NEGATIVE_ZERO: NamedToken = new NamedToken("-0");
export const ARRAY: NamedToken = new NamedToken("array");
const ARRAY_WITH_PROPERTIES = new NamedToken("array with properties");
const NOT_A_NUMBER = new NamedToken("NaN");
const HOLE = new NamedToken("hole");
const NULL_PROTOTYPE = new NamedToken("null prototype");
const ANCESTOR = new NamedToken("ancestor");
/** Never part of a key: on the stack of `#tokenise` it is between an object and the object's members. */
const END_OF_OBJECT = new NamedToken("end of object");

/**
 * Walks the members of an object through a trie, from the node that its `Shape` led to (see walk.ts). Finds nothing for
 * an object of another shape or with its keys in another order.
 */
export type ObjectWalk = (
  node: TrieNode,
  tailIndex: number,
  value: object,
  tokeniser: Tokeniser,
  depth: number,
) => TrieNode | undefined;

/** One order in which objects of a shape have their keys. */
export class KeyOrder {
  readonly shape: Shape;
  readonly keys: readonly string[];
  /** Objects of this order that were tokenised so far. */
  tokenised = 0;
  /** Generated once enough objects were tokenised. */
  walk: ObjectWalk | undefined = undefined;

  constructor(shape: Shape, keys: readonly string[]) {
    this.shape = shape;
    this.keys = keys;
  }
}

/**
 * The token of plain objects with one set of own keys, whatever their order. The tokens of the members follow it, in
 * the order of `keys`.
 */
export class Shape extends InternedToken {
  readonly token = "shape";
  /** In the order in which they were first seen. */
  readonly keys: readonly string[];
  /**
   * A list as long as the tokens of such an object without objects in it. Filling a copy of it takes less memory than
   * pushing onto a list, which reserves room for more.
   */
  readonly template: readonly unknown[];
  /** Whether an object with these keys may be something else than plain data, so that no walk is generated for it. */
  readonly isAmbiguous: boolean;
  readonly bytes: number;
  readonly firstOrder: KeyOrder;
  /** The first, and up to three others. */
  readonly orders: KeyOrder[];
  /** The walk that was generated first, for one of the orders. */
  walk: ObjectWalk | undefined = undefined;
  readonly release: () => void;

  constructor(keys: readonly string[], isAmbiguous: boolean, release: (shape: Shape) => void) {
    super();
    this.keys = keys;
    this.template = [this, ...keys];
    this.isAmbiguous = isAmbiguous;
    // The names are kept as they are and, sorted, in one text; the list is kept twice.
    this.bytes = keys.reduce((sum, { length }) => sum + 2 * length + KEY_BYTES, SHAPE_BYTES);
    this.firstOrder = new KeyOrder(this, keys);
    this.orders = [this.firstOrder];
    this.release = () => release(this);
  }
}

/** What V8 takes for a shape, its orders and its entries in Maps, without the names of the keys. */
const SHAPE_BYTES = 300;
/** And for each key, without its name. */
const KEY_BYTES = 40;

/** Orders of one shape that are remembered. */
const MAX_ORDERS = 4;

/** Tokens of one key. A longer one would cost more than a load, and may come of one object that is in many places. */
const MAX_TOKENS = 1_000_000;
/** Maps and Sets within each other: their elements are tokenised by recursion. */
const MAX_NESTING = 500;

/**
 * The objects around the one that is being tokenised, with how many are around each: an object that contains itself is
 * recognised by it. A method that adds an object removes it again.
 */
type Path = Map<object, number>;

/** Turns the arguments of one cached function into tokens, and holds the tokens that it makes for them. */
export class Tokeniser {
  readonly #countsSymbols: boolean;
  /** By their sorted keys, as JSON. */
  readonly #shapes = new Map<string, Shape>();
  /** By last key, the order that was last seen with it: finds most shapes without sorting keys. */
  readonly #recentOrders = new Map<string | undefined, KeyOrder>();
  #lastShape: Shape | undefined;
  readonly representatives: Representatives;
  readonly #longTexts: LongTexts;
  readonly #estimate: (value: unknown) => number;
  /** Calls of `tokenise` without their `release`: more than one, when a getter or a `hashCode` calls the cache. */
  #running = 0;
  /** Tokens made since `#running` was last 0; those that no key contains by then are released. */
  readonly #unclaimed: InternedToken[] = [];

  /** @param estimate returns the bytes that a value takes */
  constructor(countsSymbols: boolean, estimate: (value: unknown) => number) {
    this.#countsSymbols = countsSymbols;
    this.#estimate = estimate;
    this.representatives = new Representatives(this.#unclaimed, estimate);
    this.#longTexts = new LongTexts(this.#unclaimed, estimate);
  }

  /**
   * The tokens of an argument list. `release` has to be called once they are in the trie, or are not needed.
   * @throws {LambentError} when the arguments are too large to be a key
   */
  tokenise(args: readonly unknown[]): unknown[] {
    this.#running++;
    try {
      return this.#tokeniseAll(args);
    } catch (error) {
      this.release();
      throw error;
    }
  }

  /** Once no call of `tokenise` is under way, forget the tokens that no key contains. */
  release(): void {
    this.#running--;
    if (this.#running > 0 || this.#unclaimed.length === 0) return;
    for (const token of this.#unclaimed) if (token.uses === 0) token.release();
    this.#unclaimed.length = 0;
  }

  #tokeniseAll(args: readonly unknown[]): unknown[] {
    const only = args[0];
    if (args.length === 1 && typeof only === "object" && only !== null) {
      const tokens = this.#tokeniseFlatRecord(only);
      if (tokens !== undefined) return tokens;
    }
    const tokens: unknown[] = [];
    for (const value of args) {
      if (typeof value === "object" && value !== null) this.#tokenise(value, tokens, new Map(), 0);
      else tokens.push(this.#tokenOf(value));
    }
    return tokens;
  }

  #tokenise(start: unknown, tokens: unknown[], path: Path, nesting: number): void {
    if (typeof start !== "object" || start === null) return void tokens.push(this.#tokenOf(start));
    const stack: unknown[] = []; // instead of recursion: arguments may be nested deeper than calls can be
    this.#tokeniseObject(start, tokens, stack, path, nesting);
    while (stack.length > 0) {
      const value = stack.pop();
      if (tokens.length > MAX_TOKENS) throw tooLarge();
      if (value === END_OF_OBJECT) path.delete(stack.pop() as object); // pushed in pairs by `#tokeniseObject`
      else if (typeof value !== "object" || value === null) tokens.push(this.#tokenOf(value));
      else if (value instanceof PrivateToken) tokens.push(value);
      else this.#tokeniseObject(value, tokens, stack, path, nesting);
    }
  }

  #tokenOf(primitive: unknown): unknown {
    return isLongText(primitive) ? this.#longTexts.intern(primitive) : tokenOfPrimitive(primitive);
  }

  #tokeniseObject(value: object, tokens: unknown[], stack: unknown[], path: Path, nesting: number): void {
    const prototype: unknown = Object.getPrototypeOf(value);
    if (isEquatable(value)) return void tokens.push(this.representatives.intern(value, prototype));
    const isArray = prototype === Array.prototype && Array.isArray(value);
    const builtin = prototype === Object.prototype ? undefined : builtinClassOf(prototype);
    const hasContent = isArray || (builtin === undefined ? isPlain(value, prototype) : builtin.isInstance(value));
    if (!hasContent) {
      measureIdentity(value, this.#estimate);
      return void tokens.push(value);
    }

    const ancestor = path.get(value);
    if (ancestor !== undefined) return void tokens.push(ANCESTOR, ancestor);
    path.set(value, path.size);
    stack.push(value, END_OF_OBJECT);
    if (isArray) return this.#tokeniseArray(value, tokens, stack);
    if (builtin !== undefined) return this.#tokeniseBuiltin(builtin, value, tokens, stack, path, nesting);
    if (prototype === null) tokens.push(NULL_PROTOTYPE);
    tokens.push(this.#pushProperties(value, Object.keys(value), stack));
  }

  /**
   * The tokens of a record that has the keys of the last one, in the same order, and no objects in it, as most
   * arguments do: without the stack and the path that others need. Undefined for all else.
   */
  #tokeniseFlatRecord(value: object): unknown[] | undefined {
    const shape = this.#lastShape;
    if (shape === undefined || shape.isAmbiguous) return undefined;
    const { hashCode } = value as Partial<UntypedEquatable>; // first: V8 then knows the hidden class and its prototype
    if (hashCode !== undefined || Object.getPrototypeOf(value) !== Object.prototype) return undefined;
    if (Symbol.iterator in value) return undefined; // an `arguments` object
    const { keys } = shape;
    const tokens = shape.template.slice();
    let i = 0;
    for (const key in value) {
      const member = read(value, key);
      if (key !== keys[i] || (typeof member === "object" && member !== null)) return undefined;
      tokens[++i] = this.#tokenOf(member);
    }
    const last = keys[i - 1];
    // `for … in` visits inherited keys last. If `Object.prototype` has the last key, it may not be the record's own.
    if (i < keys.length || last === undefined || last in Object.prototype) return undefined;
    shape.firstOrder.tokenised++;
    return tokens;
  }

  #tokeniseArray(value: readonly unknown[], tokens: unknown[], stack: unknown[]): void {
    const { length } = value;
    if (length > MAX_TOKENS) throw tooLarge();
    const names = propertyNames(value);
    tokens.push(names.length > 0 ? ARRAY_WITH_PROPERTIES : ARRAY, length);
    if (names.length > 0) tokens.push(this.#pushProperties(value, names, stack));
    for (let i = length - 1; i >= 0; i--) stack.push(i in value ? value[i] : HOLE);
  }

  /** `value` is cast to what the class's readers take (a type that differs by class): its `isInstance` was true. */
  #tokeniseBuiltin(
    builtin: BuiltinClass,
    value: object,
    tokens: unknown[],
    stack: unknown[],
    path: Path,
    nesting: number,
  ): void {
    tokens.push(builtin);
    // The own keys of a typed array are its elements, which are among its parts. Other instances may have properties.
    if (!ArrayBuffer.isView(value)) tokens.push(this.#pushProperties(value, Object.keys(value), stack));
    if (builtin.unorderedElements !== undefined) {
      this.#tokeniseElements(builtin.unorderedElements(value as never), tokens, path, nesting);
    }
    const parts = builtin.parts(value as never);
    for (let i = parts.length - 1; i >= 0; i--) stack.push(parts[i]);
  }

  #tokeniseElements(elements: readonly (readonly unknown[])[], tokens: unknown[], path: Path, nesting: number): void {
    if (nesting === MAX_NESTING) throw tooLarge();
    const sequences = elements.map((element) => {
      const sequence: unknown[] = [];
      for (const part of element) this.#tokenise(part, sequence, path, nesting + 1);
      return sequence;
    });
    tokens.push(elements.length);
    for (const sequence of sequences.sort(compareSequences)) for (const token of sequence) tokens.push(token);
  }

  /** Pushes the properties' values onto the stack, and returns the token of their keys. */
  #pushProperties(value: object, keys: readonly string[], stack: unknown[]): Shape {
    const order = this.#keyOrder(keys);
    const { shape } = order;
    order.tokenised++;
    this.#lastShape = shape;
    if (this.#countsSymbols) pushSymbols(value, stack);
    for (let i = shape.keys.length - 1; i >= 0; i--) stack.push(read(value, shape.keys[i]));
    return shape;
  }

  #keyOrder(keys: readonly string[]): KeyOrder {
    const recent = this.#recentOrders.get(keys.at(-1));
    if (recent !== undefined && areEqual(recent.keys, keys)) return recent;
    const shape = this.#shapeOf(keys);
    let order = shape.orders.find((one) => areEqual(one.keys, keys));
    if (order === undefined) {
      order = new KeyOrder(shape, keys);
      if (shape.orders.length === MAX_ORDERS) return order;
      shape.orders.push(order);
    }
    this.#recentOrders.set(keys.at(-1), order);
    return order;
  }

  #shapeOf(keys: readonly string[]): Shape {
    const name = JSON.stringify(keys.toSorted());
    let shape = this.#shapes.get(name);
    if (shape === undefined) {
      shape = new Shape(keys, this.#isAmbiguous(keys), (unused) => this.#forget(name, unused));
      this.#shapes.set(name, shape);
      this.#unclaimed.push(shape);
    }
    return shape;
  }

  #forget(name: string, unused: Shape): void {
    if (this.#shapes.get(name) === unused) this.#shapes.delete(name);
    for (const { keys } of unused.orders) {
      if (this.#recentOrders.get(keys.at(-1))?.shape === unused) this.#recentOrders.delete(keys.at(-1));
    }
    if (this.#lastShape === unused) this.#lastShape = undefined;
  }

  /**
   * Whether more must be looked at than prototype and keys: `arguments` has the keys of an array's indices, `Math` and
   * its like have no keys, an object with `equals` and `hashCode` may be an Equatable, and an own `constructor` hides
   * the inherited one, by which a generated walk recognises plain objects.
   */
  #isAmbiguous(keys: readonly string[]): boolean {
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
  // Any property of any object can be read. `key` is only undefined in the eyes of TypeScript: indices are in range.
  return (value as Record<string, unknown>)[key as string];
}

function pushSymbols(value: object, stack: unknown[]): void {
  const symbols = Object.getOwnPropertySymbols(value)
    .filter((symbol) => Object.prototype.propertyIsEnumerable.call(value, symbol))
    .sort(compareTokens);
  for (const symbol of symbols) stack.push(Reflect.get(value, symbol), symbol);
  stack.push(symbols.length);
}

function tokenOfPrimitive(value: unknown): unknown {
  if (typeof value !== "number") return value;
  if (Number.isNaN(value)) return NOT_A_NUMBER;
  return Object.is(value, -0) ? NEGATIVE_ZERO : value;
}

/** The keys of an array that are no indices; most arrays have none. `Object.keys` lists indices first. */
function propertyNames(array: readonly unknown[]): string[] {
  const keys = Object.keys(array);
  let first = keys.length;
  while (first > 0 && !isIndex(keys[first - 1] ?? "")) first--;
  return keys.slice(first);
}

function areEqual(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function isIndex(key: string): boolean {
  return String(Number(key) >>> 0) === key && key !== "4294967295";
}

function tooLarge(): LambentError {
  return new LambentError(
    `the arguments are too large to be a cache key (over ${MAX_TOKENS} parts, or collections nested over ${MAX_NESTING} deep): name the part that matters with cacheKey`,
  );
}
