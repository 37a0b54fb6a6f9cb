import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { QueryLanguageName } from "../../asl/definition.ts";
import { runtimeError } from "../../language/state-error.ts";
import { isLocalName } from "../aws/local-names.ts";
import { METHODS } from "./http-arguments.ts";

/**
 * The arguments of a Task as they are told in the history, where its start begins.
 * @param action with its pattern: `ecs:runTask.sync`
 * @throws {StateError} if the Task cannot be started with them
 */
export function prepared(action: string, input: JsonObject, language: QueryLanguageName): JsonObject {
  const faults = FAULTS[action.replace(".waitForTaskToken", "")]?.(input) ?? [];
  if (faults.length === 0) return marked(action, input);
  const field = language === "JSONata" ? "Arguments" : "Parameters";
  throw runtimeError(
    `The ${field} '${JSON.stringify(input)}' could not be used to start the Task: [${faults.join(", ")}]`,
  );
}

/** What Step Functions adds, so that a job tells who has begun it. */
function marked(action: string, input: JsonObject): JsonObject {
  if (action === "ecs:runTask.sync") return { ...input, StartedBy: "AWS Step Functions" };
  if (action !== "batch:submitJob.sync") return input;
  const overrides = isJsonObject(input["ContainerOverrides"]) ? input["ContainerOverrides"] : {};
  const environment = Array.isArray(overrides["Environment"]) ? overrides["Environment"] : [];
  const mark = { Name: "MANAGED_BY_AWS", Value: "STARTED_BY_STEP_FUNCTIONS" };
  return { ...input, ContainerOverrides: { ...overrides, Environment: [...environment, mark] } };
}

const FAULTS: Readonly<Record<string, (input: JsonObject) => readonly string[]>> = {
  "apigateway:invoke": (input) => [
    ...inMethod(input),
    ...["Headers", "QueryParameters"].filter((field) => !hasLists(input[field])).map(invalidFormat),
    ...inHeaders(input, GATEWAY_HEADERS, ["x-forwarded", "x-amz"]),
    ...inChoice(input, "AuthType", ["NO_AUTH", "IAM_ROLE", "RESOURCE_POLICY"]),
  ],
  "http:invoke": (input) => [
    ...inMethod(input),
    ...inEndpoint(input),
    ...["Headers"].filter((field) => !isJsonObject(input[field] ?? {})).map(invalidFormat),
    ...inHeaders(input, HTTP_HEADERS, ["x-forwarded-", "x-amz-", "x-amzn-"]),
    ...inTransform(input),
  ],
};

function invalidFormat(field: string): string {
  return `The value of the field '${field}' has an invalid format`;
}

function inChoice(input: JsonObject, field: string, choices: readonly string[]): readonly string[] {
  const value = input[field];
  if (value === undefined || choices.some((one) => one === value)) return [];
  return [`The value of the field '${field}' is none of ${choices.join(", ")}: ${JSON.stringify(value)}`];
}

function inMethod(input: JsonObject): readonly string[] {
  if (input["Method"] === undefined) return ["The field 'Method' is required but was missing"];
  return inChoice(input, "Method", [...METHODS]);
}

function inEndpoint({ ApiEndpoint }: JsonObject): readonly string[] {
  if (ApiEndpoint === undefined) return ["The field 'ApiEndpoint' is required but was missing"];
  if (typeof ApiEndpoint !== "string" || !URL.canParse(ApiEndpoint)) return [invalidFormat("ApiEndpoint")];
  const { protocol, hostname } = new URL(ApiEndpoint);
  if (protocol === "https:" || (protocol === "http:" && isLocalName(hostname))) return [];
  return ["The value of the field 'ApiEndpoint' must begin with https:// (here also http:// of this machine)"];
}

function inTransform({ Transform = {} }: JsonObject): readonly string[] {
  if (!isJsonObject(Transform)) return [invalidFormat("Transform")];
  return inChoice(Transform, "RequestBodyEncoding", ["NONE", "URL_ENCODED"]);
}

function hasLists(value: Json | undefined): boolean {
  return value === undefined || (isJsonObject(value) && Object.values(value).every((one) => Array.isArray(one)));
}

/** Those that Step Functions sets, or does not let through. */
function inHeaders(
  { Headers }: JsonObject,
  names: ReadonlySet<string>,
  prefixes: readonly string[],
): readonly string[] {
  if (!isJsonObject(Headers)) return [];
  const found = Object.keys(Headers).filter((name) => {
    const lower = name.toLowerCase();
    return names.has(lower) || prefixes.some((prefix) => lower.startsWith(prefix));
  });
  return found.map((name) => `The 'Headers' field contains unsupported values: ${name}`);
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-api-gateway.html */
const GATEWAY_HEADERS = new Set(
  "authorization connection content-md5 expect host max-forwards proxy-authenticate server te transfer-encoding trailer upgrade via www-authenticate".split(
    " ",
  ),
);

/** https://docs.aws.amazon.com/step-functions/latest/dg/call-https-apis.html */
const HTTP_HEADERS = new Set(
  "a-im accept-charset accept-datetime accept-encoding authorization cache-control connection content-encoding content-md5 date expect forwarded from host http2-settings if-match if-modified-since if-none-match if-range if-unmodified-since max-forwards origin pragma proxy-authorization referer server te trailer transfer-encoding upgrade via warning".split(
    " ",
  ),
);
