import { arrived, type Branch, type End, type Place, step, walker } from "./key-place.ts";
import { Representative } from "./key-protocol.ts";
import { ARRAY, NEGATIVE_ZERO, Shape, type Spelling, type Walk } from "./key-spelling.ts";

/**
 * A walk follows arguments through the trie without spelling them out. It bets that an object is like the one that was
 * last met at its place, and checks all that it bets on: what it finds is right, but it does not find everything.
 */
export function walk(place: Place, value: unknown, spelling: Spelling, depth: number): Place | undefined {
  return isObject(value) ? walkObject(place, value, spelling, depth) : walkPrimitive(place, value);
}

/** Both arguments at once, as most of those that have two are primitives. */
export function walkTwo<E extends End>(root: Branch, a: unknown, b: unknown, spelling: Spelling): E | undefined {
  const place = walk(root, a, spelling, 0);
  return place && arrived(walk(place, b, spelling, 0));
}

/** Objects nested deeper are spelt out, which takes no call stack. */
const maxDepth = 100;

const { getPrototypeOf } = Object;

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function walkPrimitive(place: Place, value: unknown): Place | undefined {
  return step(place, Object.is(value, -0) ? NEGATIVE_ZERO : value);
}

function walkObject(place: Place, value: object, spelling: Spelling, depth: number): Place | undefined {
  const { tail } = place;
  let at: Place | undefined = place;
  let token: unknown;
  if (tail === undefined) {
    at = (place as Branch).child; // the marked place: see `step`
    token = at?.token;
    walker.followed = 0;
  } else if (typeof tail === "object") token = tail[walker.followed++];
  if (at === undefined || depth > maxDepth) return undefined;
  if (token instanceof Shape) return (token.walk ?? learn)(at, value, spelling, depth + 1, token);
  if (token instanceof Representative) return walkRepresentative(place, value, token, spelling);
  if (token === ARRAY) return walkElements(at, value, spelling, depth + 1);
  if (tail === undefined) return step(place, value);
  return token === value ? place : undefined;
}

function walkElements(start: Place, value: object, spelling: Spelling, depth: number): Place | undefined {
  if (!Array.isArray(value) || getPrototypeOf(value) !== Array.prototype) return undefined;
  const { length } = value;
  // As many keys as elements, and no hole (below): then no property has a name of its own.
  if (Object.keys(value).length !== length) return undefined;
  let place = step(start, length);
  let at = walker.followed; // by name: an element may be a getter, which may call what walks too
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

/** Objects that are met with a shape before it gets its own walk, which takes as long to make as 100 lookups. */
const patience = 20;
/** Walks of objects with more keys would be long, and the objects are seldom alike. */
const maxKeys = 100;

function learn(_at: Place, _value: object, _spelling: Spelling, _depth: number, shape: Shape): undefined {
  const { keys, isDoubtful } = shape;
  if (!isDoubtful && ++shape.met === patience && keys.length <= maxKeys) shape.walk = writeWalk(keys);
}

/**
 * A walk written for the keys of one shape. V8 then knows the hidden classes of its objects: it reads their members
 * where they lie, and does not ask for their prototype, which takes it as long as all the rest.
 */
function writeWalk(keys: readonly string[]): Walk | undefined {
  const members = keys.map(
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
    return undefined; // where no code may be made of strings: each object is spelt out
  }
}
