import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import { StateError } from "../../language/state-error.ts";
import type { CallAction } from "./integrations.ts";
import type { Pairs } from "./http-arguments.ts";

/**
 * A connection of EventBridge, as `CreateConnection` takes it, with its secrets.
 * @example
 * const stripe: GivenConnection = {
 *   AuthorizationType: "API_KEY",
 *   AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "x-api-key", ApiKeyValue: "s3cret" } },
 * };
 */
export interface GivenConnection {
  /** Which of the parameters are looked at. */
  readonly AuthorizationType: "BASIC" | "API_KEY" | "OAUTH_CLIENT_CREDENTIALS";
  /** `BasicAuthParameters`, `ApiKeyAuthParameters` or `OAuthParameters`, and `InvocationHttpParameters`. */
  readonly AuthParameters: JsonObject;
}

/** What a connection adds to each request. */
export interface HttpParameters {
  readonly headers: Pairs;
  readonly query: Pairs;
  readonly body: Pairs;
}

/** A connection with its secrets. */
export interface Connection extends HttpParameters {
  readonly authorization:
    | { readonly type: "BASIC"; readonly user: string; readonly password: string }
    | { readonly type: "API_KEY"; readonly name: string; readonly value: string }
    | OAuth
    | { readonly type: "NONE" };
}

/** Adds nothing to a request. */
export const NO_CONNECTION: Connection = { authorization: { type: "NONE" }, headers: [], query: [], body: [] };

export interface OAuth {
  readonly type: "OAUTH_CLIENT_CREDENTIALS";
  readonly endpoint: string;
  readonly method: string;
  readonly id: string;
  readonly secret: string;
  readonly parameters: HttpParameters;
}

/** @throws {LambentError} if one is not as EventBridge's CreateConnection takes it */
export function checkConnections(given: Readonly<Record<string, GivenConnection>>): void {
  for (const [name, one] of Object.entries(given)) {
    const fault = faultOf(one);
    if (fault !== undefined)
      throw new LambentError(`connections["${name}"] ${fault}: write it as EventBridge's CreateConnection takes it`);
  }
}

const MEMBERS: Readonly<Record<string, string>> = {
  API_KEY: "ApiKeyAuthParameters",
  BASIC: "BasicAuthParameters",
  OAUTH_CLIENT_CREDENTIALS: "OAuthParameters",
};

function faultOf(value: unknown): string | undefined {
  // Whatever a file or a program has given, its members are looked at.
  const given = value as Json;
  if (!isJsonObject(given)) return "is no object";
  const { AuthorizationType, AuthParameters } = given;
  const member = typeof AuthorizationType === "string" ? MEMBERS[AuthorizationType] : undefined;
  if (member === undefined) return `has an AuthorizationType that is none of ${Object.keys(MEMBERS).join(", ")}`;
  if (!isJsonObject(AuthParameters) || !isJsonObject(AuthParameters[member])) return `has no AuthParameters.${member}`;
  return undefined;
}

export const DESCRIBE = "aws-sdk:eventbridge:describeConnection";

/** The name in `arn:aws:events:region:account:connection/name/id`. @throws {StateError} if it is no such ARN */
export function connectionName(arn: Json | undefined): string {
  const [, name] =
    typeof arn === "string" ? (/^arn:aws[a-z-]*:events:[^:]*:[^:]*:connection\/([^/]+)/.exec(arn) ?? []) : [];
  if (name !== undefined) return name;
  throw new StateError(
    "Events.ConnectionResource.ResourceNotFound",
    `${JSON.stringify(arn ?? null)} is no ARN of a connection, as arn:aws:events:us-east-1:000000000000:connection/NAME/ID`,
  );
}

/**
 * A connection that EventBridge describes, with its secret of Secrets Manager.
 * @param call performs an action, as a Task has it in its Resource
 * @throws {StateError} under the names that Step Functions has for it
 */
export async function describedConnection(name: string, call: CallAction): Promise<Connection> {
  const description = await asked(() => call(DESCRIBE, { Name: name }));
  const { ConnectionState: state = "AUTHORIZED", SecretArn } = description;
  if (state === "AUTHORIZING" || state === "CREATING") throw fault("AuthInProgress", `${name} is ${String(state)}`);
  if (state !== "AUTHORIZED") throw fault("InvalidConnectionState", `${name} is ${String(state)}`);
  const { SecretString = "{}" } =
    SecretArn === undefined
      ? {}
      : await asked(() => call("aws-sdk:secretsmanager:getSecretValue", { SecretId: SecretArn }));
  return connectionOf(description, secretOf(SecretString));
}

async function asked(call: () => Promise<Json>): Promise<JsonObject> {
  try {
    return object(await call());
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
    const { error: name = "", cause } = error;
    if (name.includes("NotFound")) throw fault("ResourceNotFound", cause);
    throw fault(name.includes("AccessDenied") ? "AccessDenied" : "InternalError", cause);
  }
}

export function fault(name: string, cause: string | undefined): StateError {
  return new StateError(`Events.ConnectionResource.${name}`, cause);
}

function secretOf(text: Json): JsonObject {
  try {
    const value: Json = JSON.parse(String(text));
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** @param secret what Secrets Manager has of it; members may be written in any case, as servers differ in that */
export function connectionOf(description: JsonObject, secret: JsonObject = {}): Connection {
  const { AuthorizationType, AuthParameters = {} } = description;
  const parameters = object(AuthParameters);
  function known(member: string): string {
    return text(find(secret, member) ?? find(parameters, member));
  }
  const own = httpParameters(parameters["InvocationHttpParameters"], find(secret, "InvocationHttpParameters"));
  if (AuthorizationType === "BASIC")
    return { ...own, authorization: { type: "BASIC", user: known("Username"), password: known("Password") } };
  if (AuthorizationType === "API_KEY")
    return { ...own, authorization: { type: "API_KEY", name: known("ApiKeyName"), value: known("ApiKeyValue") } };
  return {
    ...own,
    authorization: {
      type: "OAUTH_CLIENT_CREDENTIALS",
      endpoint: known("AuthorizationEndpoint"),
      method: known("HttpMethod") || "POST",
      id: known("ClientID"),
      secret: known("ClientSecret"),
      parameters: httpParameters(find(parameters, "OAuthHttpParameters"), find(secret, "OAuthHttpParameters")),
    },
  };
}

/** The first member of this name, at any depth; `ClientID` may be `client_id`. */
function find(value: JsonObject, name: string): Json | undefined {
  for (const [key, member] of Object.entries(value)) {
    if (plain(key) === plain(name)) return member;
    const deeper = isJsonObject(member) ? find(member, name) : undefined;
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

function plain(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

function httpParameters(described: Json | undefined, secret: Json | undefined): HttpParameters {
  function pairs(member: string): Pairs {
    const hidden = new Map(list(find(object(secret), member)).map((one) => [text(find(one, "Key")), one]));
    return list(find(object(described), member)).map((one): [string, string] => {
      const key = text(find(one, "Key"));
      return [key, text(find(hidden.get(key) ?? {}, "Value") ?? find(one, "Value"))];
    });
  }
  return {
    headers: pairs("HeaderParameters"),
    query: pairs("QueryStringParameters"),
    body: pairs("BodyParameters"),
  };
}

function object(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function list(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

function text(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
