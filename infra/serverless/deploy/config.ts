import { BUCKET_NAME_CHARACTERS, RETENTION_DAYS } from "../../../sdk/base/aws-limits.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import { isObject } from "../../../sdk/base/json.ts";
import type { GivenConnection } from "../../emulator/index.ts";
import type { BuildSettings } from "../../project/build-settings.ts";
import { OBSERVABILITY_SCHEMA, type ObservabilityConfig } from "./observability-config.ts";

/** The `lambent:` block of serverless.yml. */
export interface LambentConfig extends BuildSettings {
  /** Globs or paths of the modules that export the workflows. */
  readonly workflows: string | readonly string[];
  readonly bucket?: BucketConfig;
  /** Further buckets, by name: whether tasks may read files in them, or write objects there, too. */
  readonly buckets?: Readonly<Record<string, "read" | "write">>;
  readonly logs?: {
    /** `Level` of the state machines' LoggingConfiguration. Default `ERROR`. */
    readonly level?: "ALL" | "ERROR" | "FATAL" | "OFF";
    /** Whether the state machines' logs have inputs and outputs in them. Default false. */
    readonly includeExecutionData?: boolean;
    /**
     * Days that logs of functions and state machines are kept, if `provider.logRetentionInDays` is not set. Default 30.
     */
    readonly retentionInDays?: number;
  };
  /** Whether functions and state machines send traces to X-Ray. Default true. */
  readonly tracing?: boolean;
  /** A dashboard and alarms of CloudWatch. `true`: both, with their defaults. Default: neither. */
  readonly observability?: boolean | ObservabilityConfig;
  readonly offline?: {
    readonly port?: number;
    readonly host?: string;
    readonly allowHosts?: readonly string[];
    readonly token?: string;
    readonly insecure?: boolean;
    readonly aws?: boolean;
    /** Whether the schedules of workflows and launch plans start executions. Default: true. */
    readonly schedules?: boolean;
    /** Where Tasks find AWS's services: one URL for all, or one for each by its name, `*` for all others. */
    readonly endpointUrl?: string | Readonly<Record<string, string>>;
    /** Connections of EventBridge by their names, for Tasks with `http:invoke`: what CreateConnection takes. */
    readonly connections?: Readonly<Record<string, GivenConnection>>;
    /** How much is said of executions. Default `normal`. */
    readonly log?: "quiet" | "normal" | "verbose";
    /** How many executions are kept, before those that ended longest ago go. Default 10,000. */
    readonly keep?: number;
    /** MiB of memory that they may take, by an estimate. Default: a quarter of the process's heap, at most 256. */
    readonly keepMib?: number;
  };
  /** By actor's name, or `tasks` for the plain tasks: how the code of that function is put together. */
  readonly actors?: Readonly<Record<string, BuildSettings>>;
}

/** The bucket for files, cached outputs and large values. */
export interface BucketConfig {
  /** A bucket that exists. Lambent then makes none, changes no settings of it, and does not empty it. */
  readonly name?: string;
  /** Delete objects this many days after they were written. Default: never. */
  readonly expireAfterDays?: number;
  /** Whether `serverless remove` deletes the bucket with all its objects, or keeps both. Default `empty`. */
  readonly onRemove?: "empty" | "keep";
}

const STRINGS = { type: "array", items: { type: "string" } };

const LOADERS = ["file", "text", "binary", "base64", "dataurl", "json", "copy", "js", "ts"];

/** JSON schema of {@link BuildSettings}. */
const BUILD_SETTINGS = {
  external: STRINGS,
  include: STRINGS,
  loader: {
    type: "object",
    patternProperties: {
      "^\\.[\\w.-]+$": { enum: LOADERS },
    },
    additionalProperties: false,
  },
  esbuild: { type: "string" },
  conditions: STRINGS,
  alias: { type: "object", additionalProperties: { type: "string" } },
};

/** Its first and its last character are a letter or a digit. */
const BUCKET_NAME = `^[a-z0-9][a-z0-9.-]{${BUCKET_NAME_CHARACTERS.least - 2},${BUCKET_NAME_CHARACTERS.most - 2}}[a-z0-9]$`;

/** The JSON schema of {@link LambentConfig}: the framework checks serverless.yml by it. */
export const SCHEMA: object = {
  type: "object",
  properties: {
    workflows: { anyOf: [{ type: "string" }, { type: "array", items: { type: "string" }, minItems: 1 }] },
    bucket: {
      type: "object",
      properties: {
        name: { type: "string", pattern: BUCKET_NAME },
        expireAfterDays: { type: "integer", minimum: 1 },
        onRemove: { enum: ["empty", "keep"] },
      },
      additionalProperties: false,
    },
    buckets: {
      type: "object",
      propertyNames: { pattern: BUCKET_NAME },
      additionalProperties: { enum: ["read", "write"] },
    },
    logs: {
      type: "object",
      properties: {
        level: { enum: ["ALL", "ERROR", "FATAL", "OFF"] },
        includeExecutionData: { type: "boolean" },
        retentionInDays: {
          enum: RETENTION_DAYS,
        },
      },
      additionalProperties: false,
    },
    tracing: { type: "boolean" },
    observability: OBSERVABILITY_SCHEMA,
    ...BUILD_SETTINGS,
    actors: {
      type: "object",
      additionalProperties: { type: "object", properties: BUILD_SETTINGS, additionalProperties: false },
    },
    offline: {
      type: "object",
      properties: {
        port: { type: "integer", minimum: 0, maximum: 65_535 },
        host: { type: "string", minLength: 1 },
        allowHosts: { type: "array", items: { type: "string", minLength: 1 } },
        token: { type: "string", minLength: 1 },
        insecure: { type: "boolean" },
        aws: { type: "boolean" },
        schedules: { type: "boolean" },
        endpointUrl: { anyOf: [{ type: "string" }, { type: "object", additionalProperties: { type: "string" } }] },
        connections: { type: "object", additionalProperties: { type: "object" } },
        log: { enum: ["quiet", "normal", "verbose"] },
        keep: { type: "integer", minimum: 1 },
        keepMib: { type: "integer", minimum: 1 },
      },
      additionalProperties: false,
    },
  },
  required: ["workflows"],
  additionalProperties: false,
};

/**
 * Check the settings by which code is put together, which happens before the framework checks serverless.yml.
 * @throws {LambentError} if one is of the wrong type
 */
export function checkBuildSettings(config: LambentConfig): void {
  checkSettings("lambent", config);
  const actors: unknown = config.actors ?? {};
  if (!isMap(actors)) throw new LambentError(`lambent.actors has to be a map, not ${JSON.stringify(actors)}`);
  for (const [name, settings] of Object.entries(config.actors ?? {})) checkSettings(`lambent.actors.${name}`, settings);
}

function isMap(value: unknown): value is object {
  return isObject(value) && !Array.isArray(value);
}

function checkSettings(at: string, settings: BuildSettings | null): void {
  if (settings !== null && !isMap(settings))
    throw new LambentError(`${at} has to be a map, not ${JSON.stringify(settings)}`);
  // What YAML has may be anything: a key with nothing after it is null.
  const { external, include, conditions, loader, alias, esbuild }: { readonly [K in keyof BuildSettings]?: unknown } =
    settings ?? {};
  function refuse(name: string, what: string, value: unknown): never {
    throw new LambentError(`${at}.${name} has to be ${what}, not ${JSON.stringify(value)}`);
  }
  for (const [name, value] of Object.entries({ external, include, conditions })) {
    if (value !== undefined && !(Array.isArray(value) && value.every((one) => typeof one === "string")))
      refuse(name, "a list of texts", value);
  }
  for (const [name, value] of Object.entries({ loader, alias })) {
    if (value !== undefined && !isMap(value)) refuse(name, "a map", value);
  }
  for (const [extension, value] of Object.entries(loader ?? {})) {
    const place = `loader["${extension}"]`;
    if (!extension.startsWith("."))
      throw new LambentError(`${at}.${place} has to be named as an extension is, such as ".onnx"`);
    if (!LOADERS.includes(String(value))) refuse(place, `one of ${LOADERS.join(", ")}`, value);
  }
  for (const [name, value] of Object.entries(alias ?? {}))
    if (typeof value !== "string") refuse(`alias.${name}`, "a text", value);
  if (esbuild !== undefined && typeof esbuild !== "string") refuse("esbuild", "the path of a module", esbuild);
}

/** Whether `value` has `workflows`. Any other mistake in it the framework finds by {@link SCHEMA}. */
export function hasWorkflows(value: unknown): value is LambentConfig {
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

/** How the code of all functions is put together. */
export function buildSettings({ external, include, loader, esbuild, conditions, alias }: LambentConfig): BuildSettings {
  return withoutAbsent({ external, include, loader, esbuild, conditions, alias });
}

function withoutAbsent<T extends object>(fields: T): { readonly [K in keyof T]: Exclude<T[K], undefined> } {
  // A type cannot tell that those which are undefined are gone.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    readonly [K in keyof T]: Exclude<T[K], undefined>;
  };
}
