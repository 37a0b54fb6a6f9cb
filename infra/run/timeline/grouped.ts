/** The elements by key, in their order, as `Map.groupBy` does it, which Node.js 20 does not have. */
export function grouped<T, K>(elements: readonly T[], keyOf: (element: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const element of elements) {
    const key = keyOf(element);
    const own = groups.get(key);
    if (own === undefined) groups.set(key, [element]);
    else own.push(element);
  }
  return groups;
}
