// A text costs as many units as a list of an eighth of its length.
export const CHARACTERS_PER_UNIT = 8;

// To go through the fields of an object takes ten times as long as to go through a list.
const UNITS_OF_FIELD = 10;

/** Units of a value: for each value within it, and more for a long text. Counts to `most` and no further. */
export function sizeOf(value: unknown, most: number): number {
  let size = 0;
  const rest = [value];
  while (rest.length > 0 && size <= most) {
    const one = rest.pop();
    size += 1 + (typeof one === "string" ? one.length / CHARACTERS_PER_UNIT : 0);
    if (Array.isArray(one)) {
      size += one.length;
      if (size <= most)
        for (const item of one) if (typeof item === "object" || typeof item === "string") rest.push(item);
      // The engine's functions are no data, and lead back to where they are.
    } else if (
      typeof one === "object" &&
      one !== null &&
      !("_jsonata_lambda" in one) &&
      !("_jsonata_function" in one)
    ) {
      for (const field of Object.values(one)) {
        size += UNITS_OF_FIELD;
        rest.push(field);
      }
    }
  }
  return size;
}

/** Units of a value without those within it. */
export function widthOf(value: unknown): number {
  return Array.isArray(value) ? 1 + value.length : typeof value === "string" ? sizeOf(value, 0) : 1;
}
