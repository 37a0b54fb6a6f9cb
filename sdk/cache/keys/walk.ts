import { type Branch, type Place, step, walker } from "./trie-node.ts";
import { isObject, Representative } from "./representatives.ts";
import { ARRAY, NEGATIVE_ZERO, type Order, Shape, type Spelling, type Walk } from "./tokeniser.ts";

/**
 * A walk follows arguments through the trie without spelling them out. It bets that an object is like the one that was
 * last met at its place, and checks all that it bets on: what it finds is right, but it does not find everything.
 */
export function walk(place: Place, value: unknown, spelling: Spelling, depth: number): Place | undefined {
  return isObject(value) ? walkObject(place, value, spelling, depth) : walkPrimitive(place, value);
}

/** Objects nested deeper are spelt out, which takes no call stack. */
const MAX_DEPTH = 100;

const { getPrototypeOf } = Object;

function walkPrimitive(place: Place, value: unknown): Place | undefined {
  return step(place, Object.is(value, -0) ? NEGATIVE_ZERO : value);
}

function walkObject(place: Place, value: object, spelling: Spelling, depth: number): Place | undefined {
  const { tail } = place;
  let at: Place | undefined = place;
  let token: unknown;
  let followed = 0;
  if (tail === undefined) {
    at = (place as Branch).child; // the marked place: see `step`
    token = at?.token;
  } else if (typeof tail === "object") {
    followed = walker.followed + 1;
    token = tail[followed - 1];
  }
  if (depth > MAX_DEPTH) return undefined;
  walker.followed = followed;
  if (at === undefined) return (place as Branch).children?.get(value);
  if (token instanceof Shape) {
    const found = token.walk?.(at, value, spelling, depth + 1);
    return found === undefined ? walkOthers(place, at, value, token, followed, spelling, depth) : found;
  }
  if (token instanceof Representative) return walkRepresentative(place, value, token, spelling);
  if (token === ARRAY) return walkElements(at, value, spelling, depth + 1);
  if (token === value) return at;
  return tail === undefined ? (place as Branch).children?.get(value) : undefined;
}

/** Kinds of objects at one place beyond which an object is spelt out rather than compared with each. */
const MAX_KINDS = 4;

/** The object is not like the last that was met here. It may have its keys in another order, or be like one before. */
function walkOthers(
  place: Place,
  tried: Place,
  value: object,
  last: Shape,
  followed: number,
  spelling: Spelling,
  depth: number,
): Place | undefined {
  if (place.tail !== undefined) return walkOrders(place, value, last, followed, spelling, depth);
  const { children } = place as Branch; // the marked place: see `step`
  if (children === undefined || children.size === 1 || children.size > MAX_KINDS) {
    return walkOrders(tried, value, last, followed, spelling, depth);
  }
  for (const [token, at] of children) {
    walker.followed = 0;
    let found: Place | undefined;
    if (token === ARRAY) found = walkElements(at, value, spelling, depth + 1);
    else if (token instanceof Shape) {
      if (token !== last) found = token.walk?.(at, value, spelling, depth + 1);
      found ??= walkOrders(at, value, token, 0, spelling, depth);
    } else if (token === value) found = at;
    if (found !== undefined) return found;
  }
  return undefined;
}

function walkOrders(
  at: Place,
  value: object,
  shape: Shape,
  followed: number,
  spelling: Spelling,
  depth: number,
): Place | undefined {
  if (shape.walk !== undefined && shape.orders.length === 1) return undefined;
  for (const order of shape.orders) {
    if (order.walk === undefined) learn(order);
    else if (order.walk !== shape.walk) {
      walker.followed = followed;
      const found = order.walk(at, value, spelling, depth + 1);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

function walkElements(start: Place, value: object, spelling: Spelling, depth: number): Place | undefined {
  let at = walker.followed; // by name: an element may be a getter, and all of it a Proxy, which may call what walks too
  if (!Array.isArray(value) || "hashCode" in value || getPrototypeOf(value) !== Array.prototype) return undefined;
  const { length } = value;
  // Indices come first: where the last of as many keys as elements is one, no property has a name of its own.
  const keys = Object.keys(value);
  if (keys.length !== length || (length > 0 && keys[length - 1] !== String(length - 1))) return undefined;
  walker.followed = at;
  let place = step(start, length);
  at = walker.followed;
  for (let i = 0; i < length && place !== undefined; i++) {
    const element: unknown = value[i];
    if (element === undefined && !(i in value)) return undefined;
    const { tail }: Place = place;
    if (typeof tail === "object" && !isObject(element)) {
      if (tail[at++] !== element || Object.is(element, -0)) return undefined;
    } else {
      walker.followed = at;
      place = walk(place, element, spelling, depth);
      at = walker.followed;
    }
  }
  walker.followed = at;
  return place;
}

function walkRepresentative(
  place: Place,
  value: object,
  expected: Representative,
  spelling: Spelling,
): Place | undefined {
  const at = walker.followed;
  const representative = spelling.representatives.find(value);
  walker.followed = at;
  if (place.tail !== undefined) return representative === expected ? place : undefined;
  if (representative?.parent !== place) return representative && step(place, representative);
  // Most representatives stand at one place: a glance there costs less than a Map's lookup of an object.
  return representative.place;
}

/** Objects of one order that are spelt out before it gets its own walk, which takes as long to make as 100 lookups. */
const MEETINGS_BEFORE_WALKER = 20;
/** Walks of objects with more keys would be long, and the objects are seldom alike. */
const MAX_KEYS = 100;

function learn(order: Order): void {
  const { shape, keys, met } = order;
  if (shape.isDoubtful || met < MEETINGS_BEFORE_WALKER || keys.length > MAX_KEYS) return;
  order.walk = writeWalk(order);
  shape.walk ??= order.walk;
}

/**
 * A walk written for one order of keys. V8 then knows the hidden classes of the objects: it reads their members where
 * they lie, and does not ask for their prototype, which would take half of the time of a hit on a small record. The
 * keys are in the source as JSON, so that none of them can be more than a key. Three rare things are left to spelling,
 * at no cost where the hidden class is known: hidden methods, `arguments`, and properties that all objects were given.
 */
function writeWalk({ keys, shape }: Order): Walk {
  const members = shape.keys.map(
    (key) => `
  member = value[${JSON.stringify(key)}];
  if (typeof member === "object" && member !== null) {
    walker.followed = at;
    if ((place = walkObject(place, member, spelling, depth)) === undefined) return;
    tail = place.tail;
    at = walker.followed;
  } else if (Object.is(member, -0)) return;
  else if (tail === undefined) {
    if (place.children !== undefined) place = place.children.get(member);
    else if ((place = place.child)?.token !== member) return;
    if (place === undefined) return;
    tail = place.tail;
    at = 0;
  } else if (typeof tail === "object" ? tail[at++] !== member : at++ > 0 || tail !== member) return;`,
  );
  const source = `return (place, value, spelling, depth) => {
  let { tail } = place, at = walker.followed, member;
  if (value.constructor !== Object || getPrototypeOf(value) !== Object.prototype) return;
  if (value.hashCode !== undefined || Symbol.iterator in value || ${JSON.stringify(keys.at(-1))} in Object.prototype) return;
  let i = 0;
  for (const key in value) if (key !== keys[i++]) return;
  if (i < keys.length) return;${members.join("")}
  walker.followed = at;
  return place;
};`;
  try {
    return new Function("keys", "getPrototypeOf", "walker", "walkObject", source)(
      keys,
      getPrototypeOf,
      walker,
      walkObject,
    );
  } catch {
    return () => undefined; // where no code may be made of strings, each object is spelt out
  }
}
