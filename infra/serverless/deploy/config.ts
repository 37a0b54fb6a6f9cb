import { isObject } from "../../../sdk/base/json.ts";

/** The `lambent:` block of serverless.yml. */
export interface LambentConfig {
  /** Globs or paths of the modules that export the workflows. */
  readonly workflows: string | readonly string[];
  readonly bucket?: BucketConfig;
  /** Further buckets, by name: whether tasks may read files in them, or write objects there, too. */
  readonly buckets?: Readonly<Record<string, "read" | "write">>;
  readonly logs?: {
    /** Of state machines. Default `ERROR`; `ALL` for EXPRESS ones, whose log is their only history. */
    readonly level?: "ALL" | "ERROR" | "FATAL" | "OFF";
    /** Of functions and state machines alike, unless `provider.logRetentionInDays` says so. Default 30. */
    readonly retentionInDays?: number;
  };
  /** X-Ray, for functions and state machines. Default true. */
  readonly tracing?: boolean;
  readonly offline?: { readonly port?: number };
}

/** Where files, cached outputs and large values go. */
export interface BucketConfig {
  /** A bucket that is there already. Lambent then neither makes one, nor sets it up, nor empties it. */
  readonly name?: string;
  /** Delete objects this many days after they were written. Default: never. */
  readonly expireAfterDays?: number;
  /** What `serverless remove` does with its objects: delete them and the bucket, or keep both. Default `empty`. */
  readonly onRemove?: "empty" | "keep";
}

/** JSON schema of {@link LambentConfig}, by which the framework refuses what it does not know. */
export const SCHEMA: object = {
  type: "object",
  properties: {
    workflows: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
    bucket: {
      type: "object",
      properties: {
        name: { type: "string", pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$" },
        expireAfterDays: { type: "integer", minimum: 1 },
        onRemove: { enum: ["empty", "keep"] },
      },
      additionalProperties: false,
    },
    buckets: {
      type: "object",
      propertyNames: { pattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$" },
      additionalProperties: { enum: ["read", "write"] },
    },
    logs: {
      type: "object",
      properties: {
        level: { enum: ["ALL", "ERROR", "FATAL", "OFF"] },
        retentionInDays: {
          enum: [
            1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
          ],
        },
      },
      additionalProperties: false,
    },
    tracing: { type: "boolean" },
    offline: {
      type: "object",
      properties: { port: { type: "integer", minimum: 0, maximum: 65_535 } },
      additionalProperties: false,
    },
  },
  required: ["workflows"],
  additionalProperties: false,
};

/** Whether `value` can be worked with at all; what else is wrong with it the framework says by {@link SCHEMA}. */
export function isUsable(value: unknown): value is LambentConfig {
  if (!isObject(value) || !("workflows" in value)) return false;
  const { workflows } = value;
  return (
    typeof workflows === "string" ||
    (Array.isArray(workflows) && workflows.length > 0 && workflows.every((path) => typeof path === "string"))
  );
}

export function workflowPaths({ workflows }: LambentConfig): readonly string[] {
  return typeof workflows === "string" ? [workflows] : workflows;
}
