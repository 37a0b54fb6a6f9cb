import { replicaName } from "../../../sdk/base/function-names.ts";
import { checkReplica, functionKey, type FunctionDescription } from "../../../sdk/authoring/service.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import { isJsonObject, type Json } from "../../../sdk/base/json.ts";
import type { FunctionEntry, Provider } from "./framework.ts";

/**
 * What the author wrote, without what is left empty: in YAML a key with nothing after it is null, and the framework takes
 * that as not set.
 */
export function withoutEmpty<T extends object>(settings: T): T {
  return JSON.parse(JSON.stringify(settings, (_, value: unknown) => value ?? undefined)) as T; // YAML holds JSON
}

/**
 * serverless.yml's `functions`, which is a map or a list of maps, by key.
 * @throws {LambentError} if an entry is no map of settings
 */
export function writtenFunctions(functions: unknown): Record<string, FunctionEntry> {
  const maps = Array.isArray(functions) ? (functions as unknown[]) : [functions];
  const merged = Object.assign({}, ...maps) as Record<string, Json>; // the framework checks them later, by its schema
  return Object.fromEntries(Object.entries(merged).map(([key, entry]) => [key, writtenEntry(key, entry)]));
}

/**
 * What serverless.yml says of a function. Of an actor with affinity `functions.<actor>` holds for all its replicas, and
 * `functions.<actor>-<replica>` for one.
 * @throws {LambentError} for events of all replicas, each of which would get each event, and for one that is to be several
 */
export function settingsOf(written: Readonly<Record<string, FunctionEntry>>, fn: FunctionDescription): FunctionEntry {
  const own = written[functionKey(fn)] ?? {};
  if (fn.replica === undefined) return own;
  const actor = fn.actor?.name ?? "";
  const { name, events, ...shared } = written[actor] ?? {};
  if (Array.isArray(events) && events.length > 0) {
    throw new LambentError(
      `functions.${actor}.events would be those of each of its replicas, since actor ${actor} has affinity: write them under one, functions.${replicaName(actor, 0)}`,
    );
  }
  for (const entry of [shared, own]) checkReplica(actor, entry.provisionedConcurrency);
  const environment = { ...shared.environment, ...own.environment };
  return {
    ...(name === undefined ? {} : { name: replicaName(name, fn.replica) }),
    ...shared,
    ...own,
    ...(Object.keys(environment).length === 0 ? {} : { environment }),
  };
}

/** An entry without what is left empty, but for `vpc`: there, null says that the function is in none. */
export function writtenEntry(key: string, entry: Json | undefined): FunctionEntry {
  if (entry === undefined || entry === null) return {};
  if (!isJsonObject(entry)) {
    throw new LambentError(`functions.${key} must be a map of settings, not ${JSON.stringify(entry)}`);
  }
  const written = withoutEmpty(entry) as FunctionEntry;
  return entry["vpc"] === null ? { ...written, vpc: null } : written;
}

/** What Lambent reads of the provider, without what is left empty. */
export function providerSettings(provider: Provider): Provider {
  const { runtime, architecture, timeout, environment, logRetentionInDays, tracing, iam, role } = provider;
  const { iamRoleStatements, iamManagedPolicies, rolePermissionsBoundary } = provider;
  return withoutEmpty({
    runtime,
    architecture,
    timeout,
    environment,
    logRetentionInDays,
    tracing,
    iam,
    role,
    iamRoleStatements,
    iamManagedPolicies,
    rolePermissionsBoundary,
  }) as Provider; // fields that were undefined are gone
}

/**
 * The variables that have a value on this machine: without those that refer to other resources, such as `{ Ref: … }`, and
 * those that are left empty.
 */
export function plainEnvironment(environment: Readonly<Record<string, unknown>> | null = {}): Record<string, string> {
  const entries = Object.entries(environment ?? {}).filter(([, value]) =>
    ["string", "number", "boolean"].includes(typeof value),
  );
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value)]));
}
