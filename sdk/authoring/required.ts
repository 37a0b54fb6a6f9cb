import { LambentError } from "../base/errors.ts";
import { isObject } from "../base/json.ts";
import type { InputDeclaration } from "../graph/graph.ts";
import type { Ref, ValueClass } from "../graph/ref.ts";
import { encodeValue } from "../values/crossing.ts";
import { S3File } from "../values/file.ts";
import { classOfMark } from "../values/plain-forms.ts";
import { isSchema, type InputOf, type OutputOf, type Schema } from "../values/standard-schema.ts";
import { CLASS_NAMES } from "../values/value-classes.ts";
import { fileInput } from "./file-input.ts";
import { given } from "./given.ts";
import type { Simplify } from "./simplify.ts";
import type { InputKind, Trace } from "./trace.ts";
import { refuseOtherSchemas } from "./schema-option.ts";
import { schemaInput } from "./workflow-schemas.ts";

const REQUIRED: unique symbol = Symbol("required");

/**
 * An input without a default.
 * @example
 * const name: Required<string> = required<string>();
 * const greeting = workflow({ name }, function greeting({ name }) {
 *   return publish({ text: name });
 * });
 */
export interface Required<T> {
  /** For types alone: what a caller has to give. */
  readonly [REQUIRED]: T;
}

/** What is known of a required input while tracing. */
interface RequiredInput {
  readonly kind: InputKind;
  /** The stack of the call, if it does not say whether the input is a file: its source does. */
  readonly stack: string | undefined;
}

/**
 * Declare an input that every caller must give. A file may be given as `"s3://bucket/key"` too, and its version is then
 * found when the execution starts. What says that an input is a file is `required<S3File<"onnx">>()`, written so in the
 * call of `workflow`; where the type goes by another name, say it by `required<Model>(S3File)`. If there are files
 * within it, as in `required<S3File<"onnx">[]>()`, say `required<Models>([S3File])`. Whatever else a caller gives is
 * data: no task gets an `S3File` of it.
 * A Date, a bigint, a Map, a Set, a Uint8Array or a URL is given as such by `run` and the client; where other callers are
 * to write it in its plain form, `"2026-01-31T12:00:00Z"`, say of which class it is: `required<Date>(Date)`.
 * @param type `S3File` if the input is a file, `[S3File]` if files are within it; not needed where the type says so. Or
 * the class of which it is an instance
 * @example
 * const scoring = workflow({ model: required<S3File<"json">>(), limit: 3 }, function scoring({ model, limit }) {
 *   return { model, limit };
 * });
 */
export function required<T extends S3File>(type: typeof S3File): Required<T>;
export function required<T>(type: readonly [typeof S3File]): Required<T>;
export function required<T extends ValueClass>(type: InputClass): Required<T>;
export function required<T>(): Required<T>;
// Where modules are traced in bundles, `"S3File"` or `"S3File[]"` stands where the source has the type.
export function required(
  type?: typeof S3File | readonly [typeof S3File] | "S3File" | "S3File[]" | InputClass,
): Required<unknown> {
  const input: RequiredInput = { kind: requiredKind(type), stack: type === undefined ? new Error().stack : undefined };
  // The type argument is a type alone; the marker is what there is at run time.
  return { [REQUIRED]: input } as unknown as Required<unknown>;
}

/** Classes of which {@link required} can be told that an input is an instance. */
export type InputClass =
  | DateConstructor
  | BigIntConstructor
  | MapConstructor
  | SetConstructor
  | Uint8ArrayConstructor
  | typeof URL;

function requiredKind(type: unknown): InputKind {
  if (type === undefined) return {};
  if (type === "S3File[]" || (Array.isArray(type) && type.length === 1 && type[0] === S3File))
    return { hasFiles: true };
  if (type === S3File || type === "S3File") return { isFile: true };
  const name = type === BigInt ? "bigint" : typeof type === "function" ? type.name : undefined;
  const valueClass = CLASS_NAMES.find((one) => one === name);
  if (valueClass !== undefined) return { valueClass };
  throw new LambentError(
    `required(…) takes S3File, [S3File], Date, BigInt, Map, Set, Uint8Array, Buffer or URL, or nothing; it was given ${given(type)}`,
  );
}

/** By declaration: the stack of the call of `required` that may declare a file. */
const requiredAt = new WeakMap<InputDeclaration, string>();

/** Where `required` was called for an input of which only the source says whether it is a file. */
export function requiredStack(declaration: InputDeclaration): string | undefined {
  return requiredAt.get(declaration);
}

/** Inputs are declared as their defaults, or by schemas, which make of what callers give what tasks get. */
export type Declared<D> = {
  readonly [K in keyof D]: D[K] extends Required<infer T> ? T : D[K] extends Schema ? OutputOf<D[K]> : D[K];
};

/** What may be given for an input: for a file its address, too. */
type Given<T> = T extends S3File ? T | string : T;

/** For an input whose default is an instance, its plain form too: the state machine knows of which class it is. */
type GivenOrDefault<T> = T extends Date | bigint | URL | Uint8Array
  ? T | string
  : T extends ReadonlyMap<infer K, infer V>
    ? T | readonly (readonly [K, V])[]
    : T extends ReadonlySet<infer E>
      ? T | readonly E[]
      : Given<T>;

type RequiredKeys<D> = {
  [K in keyof D]: D[K] extends Required<unknown> ? K : D[K] extends Schema ? RequiredBySchema<D[K], K> : never;
}[keyof D];

type RequiredBySchema<S extends Schema, K> = undefined extends InputOf<S> ? never : K;

/** What a caller passes: a default makes an input optional, and so does a schema that takes `undefined`. */
export type CallInputs<D> = Simplify<
  { readonly [K in RequiredKeys<D>]: D[K] extends Schema ? InputOf<D[K]> : Given<Declared<D>[K]> } & {
    readonly [K in Exclude<keyof D, RequiredKeys<D>>]?: D[K] extends Schema
      ? InputOf<D[K]>
      : GivenOrDefault<Declared<D>[K]>;
  }
>;

/**
 * Declare an input of a workflow.
 * @param value its default, its schema, or what `required` has made
 * @throws {LambentError} for a default that cannot cross
 */
export function declareInput(
  trace: Trace,
  name: string,
  value: unknown,
): { declaration: InputDeclaration; ref: Ref<unknown> } {
  if (value === undefined) return trace.optionalInput(name);
  if (isSchema(value)) return schemaInput(trace, name, value);
  refuseOtherSchemas(`workflow ${trace.workflow}: the input ${name}`, value);
  const needed = requiredInput(value);
  if (needed !== undefined) {
    const declared = trace.input(name, undefined, needed.kind);
    if (needed.stack !== undefined) requiredAt.set(declared.declaration, needed.stack);
    return declared;
  }
  const encoded = encodeValue(value, `${trace.workflow}'s default of ${name}`);
  const valueClass = classOfMark(encoded);
  return trace.input(name, encoded, { ...fileInput(value), ...(valueClass === undefined ? {} : { valueClass }) });
}

function requiredInput(value: unknown): RequiredInput | undefined {
  if (!isObject(value) || !(REQUIRED in value)) return undefined;
  return value[REQUIRED] as RequiredInput; // only `required` makes one
}
