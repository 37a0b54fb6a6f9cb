import type { Json } from "../../sdk/base/json.ts";

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

// Quotation marks, commas and the like.
const CHARACTERS_OF_VALUE = 4;

/** Characters of the JSON text of a value, roughly. Counts to `most` and no further. */
export function charactersOf(value: Json, most: number): number {
  let characters = 0;
  const rest = [value];
  for (let one = rest.pop(); one !== undefined && characters <= most; one = rest.pop()) {
    characters += CHARACTERS_OF_VALUE;
    if (typeof one === "string") characters += one.length;
    else if (Array.isArray(one)) for (const item of one) rest.push(item);
    else if (typeof one === "object" && one !== null) {
      for (const [key, field] of Object.entries(one)) {
        characters += key.length;
        rest.push(field);
      }
    }
  }
  return characters;
}
