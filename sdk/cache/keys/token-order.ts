const ids = new WeakMap<WeakKey, number>();
let lastId = 0;

/** A number of its own for each object and each symbol that is not registered. */
function identity(token: WeakKey): number {
  let id = ids.get(token);
  if (id === undefined) ids.set(token, (id = ++lastId));
  return id;
}

/** Sorts the elements of equal sets alike; what the order is does not matter, only that it is total. */
export function compareTokens(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (typeof a === "symbol" && typeof b === "symbol") {
    const [x, y] = [Symbol.keyFor(a), Symbol.keyFor(b)];
    return x === undefined && y === undefined ? identity(a) - identity(b) : compareTokens(x, y);
  }
  if (isObject(a) && isObject(b)) return identity(a) - identity(b);
  return String(a) < String(b) ? -1 : 1;
}

export function compareSequences(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareTokens(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" || typeof value === "function";
}
