/**
 * A schema of zod, valibot, arktype or any other library that follows Standard Schema, https://standardschema.dev. `I` is
 * what it takes, `O` what it makes of that: a default filled in, a text parsed.
 * @example
 * const positive: Schema<number> = {
 *   "~standard": {
 *     version: 1,
 *     vendor: "own",
 *     validate: (value) =>
 *       typeof value === "number" && value > 0 ? { value } : { issues: [{ message: "must be a positive number" }] },
 *   },
 * };
 */
export interface Schema<I = unknown, O = I> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<O> | Promise<SchemaResult<O>>;
    /** For types alone. */
    readonly types?: { readonly input: I; readonly output: O } | undefined;
    /** By Standard JSON Schema, which not every library has. */
    readonly jsonSchema?: { readonly input: (options: JsonSchemaOptions) => Readonly<Record<string, unknown>> };
  };
}

/** What a schema says of a value: it, as the schema has made it, or what is wrong with it. */
export type SchemaResult<O> =
  | { readonly value: O; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

interface JsonSchemaOptions {
  readonly target: "draft-2020-12";
  readonly libraryOptions?: Record<string, unknown> | undefined;
}

/** What a schema takes. */
export type InputOf<S extends Schema> = NonNullable<S["~standard"]["types"]>["input"];
/** What a schema makes of what it takes. */
export type OutputOf<S extends Schema> = NonNullable<S["~standard"]["types"]>["output"];

export function isSchema(value: unknown): value is Schema {
  return (value as Partial<Schema> | null | undefined)?.["~standard"]?.version === 1;
}

/** The schemas of a task, as its options have them. */
export interface TaskSchemas {
  readonly input?: Schema | undefined;
  readonly output?: Schema | undefined;
}

/** Of a workflow's inputs those that have one, by their names; or that of its output. */
export type WorkflowSchemas = readonly (readonly [name: string, schema: Schema])[] | Schema;
