import { deserialize, serialize } from "node:v8";
import type { Json, JsonObject } from "../../sdk/base/json.ts";
import type { Dataflow, Inspection, QueryLanguage } from "./language.ts";

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
  | {
      readonly kind: "jsonpath";
      readonly reading: Reading;
      readonly view: Viewed;
      readonly now: number;
      readonly drawn: Drawn;
    };

/** An expression, by the method of the language that compiles it and what that is given. */
export interface Reading {
  readonly method: Exclude<keyof QueryLanguage, "name">;
  readonly args: readonly unknown[];
  readonly part?: keyof Dataflow;
}

/** A view without what can be done with it. */
export interface Viewed {
  readonly input: Json;
  readonly selected: Json;
  readonly effective: Json;
  readonly result: Json | undefined;
  readonly errorOutput: Json | undefined;
  readonly variables: JsonObject;
  readonly context: JsonObject;
  readonly isInspected: boolean;
}

export interface Drawn {
  readonly randoms: readonly number[];
  readonly uuids: readonly string[];
}

/** From that process: it asks for numbers or an id of the run's, or it is done. */
export type Report =
  /** Once, before the first job. */
  | { readonly kind: "ready" }
  | { readonly kind: "randoms"; readonly count: number }
  | { readonly kind: "uuid" }
  | { readonly kind: "value"; readonly value: Json | undefined; readonly inspection?: Inspection | undefined }
  /** More than may be handed on. */
  | { readonly kind: "tooLarge" }
  /** JSON cannot carry the result. */
  | { readonly kind: "unsupported" }
  /** The parts of a `StateError`. */
  | {
      readonly kind: "stateError";
      readonly error: string | undefined;
      readonly cause: string | undefined;
      readonly about: { readonly placed: boolean; readonly terminal: boolean };
    }
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
