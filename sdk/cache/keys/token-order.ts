const ids = new WeakMap<WeakKey, number>();
let lastId = 0;

/** A number for each object, and for each symbol that `Symbol.for` did not make. */
function identityNumber(token: WeakKey): number {
  let id = ids.get(token);
  if (id === undefined) ids.set(token, (id = ++lastId));
  return id;
}

/**
 * A total order of tokens, by which the elements of a Set or a Map are sorted, so that equal ones give equal sequences.
 * Any total order will do.
 */
export function compareTokens(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (typeof a !== typeof b) return typeof a < typeof b ? -1 : 1;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (typeof a === "symbol" && typeof b === "symbol") {
    const [x, y] = [Symbol.keyFor(a), Symbol.keyFor(b)];
    return x === undefined && y === undefined ? identityNumber(a) - identityNumber(b) : compareTokens(x, y);
  }
  if (isObjectOrFunction(a) && isObjectOrFunction(b)) return identityNumber(a) - identityNumber(b);
  return String(a) < String(b) ? -1 : 1;
}

/** Compares token by token; of two sequences that agree so far, the shorter comes first. */
export function compareSequences(a: readonly unknown[], b: readonly unknown[]): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareTokens(a[i], b[i]);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function isObjectOrFunction(value: unknown): value is object {
  return typeof value === "object" || typeof value === "function";
}
