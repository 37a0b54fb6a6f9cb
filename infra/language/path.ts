import type { Json } from "../../sdk/base/json.ts";

/** Thrown when a path finds nothing, with the text that AWS's path library has for it. */
export class PathNotFound extends Error {
  /** It was an array that had too few elements. */
  readonly outOfBounds: boolean;

  constructor(message: string, outOfBounds = false) {
    super(message);
    this.outOfBounds = outOfBounds;
  }
}

/** A parsed path of JSONPath. */
export interface Path {
  /** As it was written. */
  readonly text: string;
  /** `$`, `$$`, or a variable's name. */
  readonly root: string;
  /** At most one value, by the path's form. */
  readonly definite: boolean;
  /** Names and indices alone, as ResultPath and Choice's Variable want. */
  readonly reference: boolean;
  /** The steps of a reference path; of another, those before its first token that is not a single name or index. */
  readonly steps: readonly (string | number)[];
  /** Finds in `root`'s value. @throws {PathNotFound} */
  find(value: Json): Json;
}
