/**
 * Counts the values within lists and objects, at any depth. What has been counted once is not gone through again, so that
 * all that an evaluation makes costs as much as making it.
 */
export class ValueCount {
  /** Values within a value, those that are there twice counted twice. */
  readonly #known = new WeakMap<object, number>();

  /** Whether there are more than `most` values within a value. One that is in several places takes its place once. */
  exceeds(value: unknown, most: number): boolean {
    return isComposite(value) && this.#within(value) > most && distinctWithin(value, most) > most;
  }

  #within(outermost: object): number {
    // Without recursion: values may be nested deeper than a call stack is.
    const rest: { readonly value: object; isOpen: boolean }[] = [{ value: outermost, isOpen: false }];
    for (let next = rest.at(-1); next !== undefined; next = rest.at(-1)) {
      const parts = partsOf(next.value);
      if (this.#known.has(next.value)) {
        rest.pop();
      } else if (next.isOpen) {
        rest.pop();
        let count = parts.length;
        for (const part of parts) if (isComposite(part)) count += this.#known.get(part) ?? 0;
        this.#known.set(next.value, count);
      } else {
        next.isOpen = true;
        for (const part of parts) if (isComposite(part)) rest.push({ value: part, isOpen: false });
      }
    }
    return this.#known.get(outermost) ?? 0;
  }
}

function distinctWithin(outermost: object, most: number): number {
  let count = 0;
  const seen = new Set<object>();
  const rest = [outermost];
  for (let value = rest.pop(); value !== undefined && count <= most; value = rest.pop()) {
    if (seen.has(value)) continue;
    seen.add(value);
    const parts = partsOf(value);
    count += parts.length;
    for (const part of parts) if (isComposite(part)) rest.push(part);
  }
  return count;
}

function partsOf(value: object): readonly unknown[] {
  if (Array.isArray(value)) return value;
  // The engine's functions are no data, and lead back to where they are.
  return "_jsonata_lambda" in value || "_jsonata_function" in value ? [] : Object.values(value);
}

function isComposite(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
