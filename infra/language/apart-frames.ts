import { deserialize, serialize } from "node:v8";
import type { Json } from "../../sdk/base/json.ts";

/** What is asked of a process that evaluates for this one. */
export type Job =
  | {
      readonly kind: "jsonata";
      readonly source: string;
      /** The variables that the expression reads, by name. */
      readonly names: Readonly<Record<string, Json>>;
      readonly now: number;
      /** What was drawn for it before it was given away: it draws the same first. */
      readonly drawn: Drawn;
    }
  | { readonly kind: "path"; readonly text: string; readonly root: Json };

export interface Drawn {
  readonly randoms: readonly number[];
  readonly uuids: readonly string[];
}

/** From that process: it asks for numbers or an id of the run's, or it is done. */
export type Report =
  | { readonly kind: "randoms"; readonly count: number }
  | { readonly kind: "uuid" }
  | { readonly kind: "value"; readonly value: Json | undefined }
  /** JSON cannot carry the result. */
  | { readonly kind: "unsupported" }
  /** The path leads nowhere. */
  | { readonly kind: "notFound"; readonly message: string; readonly outOfBounds: boolean }
  /** How AWS's sentence goes on. */
  | { readonly kind: "failure"; readonly message: string };

const PREFIX_BYTES = 4;

/** A message as bytes, with their number before them. */
export function encode(message: unknown): Buffer {
  const body = serialize(message);
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32LE(body.length);
  return Buffer.concat([prefix, body]);
}

/** Makes messages of bytes that come in pieces. */
export class FrameReader<T> {
  #pieces: Buffer[] = [];
  #length = 0;

  /** The message that is complete with these bytes; there is never more than one on the way. */
  push(bytes: Buffer): T | undefined {
    this.#pieces.push(bytes);
    this.#length += bytes.length;
    if (this.#length < PREFIX_BYTES) return undefined;
    const first = this.#pieces[0];
    const all = first !== undefined && first.length >= PREFIX_BYTES ? first : Buffer.concat(this.#pieces);
    const end = PREFIX_BYTES + all.readUInt32LE(0);
    if (this.#length < end) return undefined;
    const body = Buffer.concat(this.#pieces).subarray(PREFIX_BYTES, end);
    this.#pieces = [];
    this.#length = 0;
    return deserialize(body);
  }
}
