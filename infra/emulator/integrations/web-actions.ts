import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { runtimeError } from "../../language/state-error.ts";
import { isAwsHost } from "../aws/aws-hosts.ts";
import type { Endpoints } from "../aws/endpoints.ts";
import { API_GATEWAY } from "../aws/services.ts";
import type { Clock } from "../kernel/clock.ts";
import type { AwsActions } from "./aws-actions.ts";
import {
  checkConnections,
  type Connection,
  connectionName,
  connectionOf,
  DESCRIBE,
  describedConnection,
  type GivenConnection,
  NO_CONNECTION,
  type OAuth,
} from "./connections.ts";
import type { HttpAnswer } from "./http-answer.ts";
import type { HttpRequest } from "./http-request.ts";
import type { Integration, IntegrationContext } from "./integrations.ts";
import { OAuthTokens } from "./oauth-tokens.ts";

interface Surroundings {
  readonly endpoints: Endpoints;
  readonly region: string;
  readonly clock: Clock;
  /** Connections of EventBridge, by name. */
  readonly connections: Readonly<Record<string, GivenConnection>>;
  /** What performs an action, of any kind. */
  readonly find: (action: string) => Integration | undefined;
}

/** Tasks that send HTTP requests of the user's own: `http:invoke` and `apigateway:invoke`. @throws {LambentError} */
export function webActions(surroundings: Surroundings): AwsActions {
  const { connections, find } = surroundings;
  checkConnections(connections);
  const tokens = new OAuthTokens();
  const hasConnections = Object.keys(connections).length > 0;
  function lack(): string | undefined {
    if (hasConnections || find(DESCRIBE) !== undefined) return undefined;
    return "its connection is known to EventBridge and its secret to Secrets Manager: name an endpoint that speaks both (--endpoint-url URL), or give the connection itself (--connections FILE, offline.connections in the lambent block of serverless.yml, the option connections)";
  }
  return {
    find(action) {
      if (action === "apigateway:invoke") return (input, context) => invokeApi(input, context, surroundings);
      if (action !== "http:invoke" || lack() !== undefined) return undefined;
      return (input, context) => invokeHttp(input, context, surroundings, tokens);
    },
    refusal: (action) => (action === "http:invoke" ? lack() : undefined),
  };
}

async function invokeApi(
  input: JsonObject,
  { cancellation }: IntegrationContext,
  { endpoints, region }: Surroundings,
): Promise<JsonObject> {
  const { apiGatewayInvoke } = await import("./apigateway-invoke.ts");
  const gateway = { destination: endpoints.of(API_GATEWAY), lack: endpoints.lack(API_GATEWAY), region };
  return apiGatewayInvoke(input, gateway, cancellation);
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-target-connection-auth.html */
const REFUSES_TOKEN: ReadonlySet<number> = new Set([401, 407]);

async function invokeHttp(
  input: JsonObject,
  context: IntegrationContext,
  surroundings: Surroundings,
  tokens: OAuthTokens,
): Promise<JsonObject> {
  const { endpoints, region, clock } = surroundings;
  const { hostname } = new URL(String(input["ApiEndpoint"]));
  if (isAwsHost(hostname) && !endpoints.allowsAws)
    throw runtimeError(`Nothing is sent to AWS (${hostname}) unless you allow it: --aws, offline.aws.`);
  const connection = await connectionFor(input, context, surroundings);
  const { httpRequest, httpResult, sendHttp, tracedAnswer, tracedRequest } = await import("./http-invoke.ts");
  function send(one: HttpRequest): Promise<HttpAnswer> {
    return sendHttp(one, context.cancellation, clock);
  }
  function tokenOf(one: OAuth): Promise<string> {
    return tokens.of(one, () => clock.now(), send);
  }
  const request = await httpRequest(input, connection, region, tokenOf);
  const answer = await send(request);
  const { authorization } = connection;
  if (authorization.type === "OAUTH_CLIENT_CREDENTIALS" && REFUSES_TOKEN.has(answer.status))
    tokens.forget(authorization);
  context.traced?.({
    request: tracedRequest(request),
    requestWithoutSecrets: tracedRequest(await httpRequest(input, NO_CONNECTION, region, tokenOf)),
    response: tracedAnswer(request, answer),
  });
  return httpResult(answer);
}

function connectionFor(
  { Authentication, InvocationConfig }: JsonObject,
  context: IntegrationContext,
  { connections, find }: Surroundings,
): Promise<Connection> {
  const arn = [InvocationConfig, Authentication].map((one) => memberOf(one)).find((one) => one !== undefined);
  const name = connectionName(arn);
  const given = Object.hasOwn(connections, name) ? connections[name] : undefined;
  if (given !== undefined) return Promise.resolve(connectionOf({ ...given }));
  return describedConnection(name, async (action, input) => {
    const integration = find(action);
    if (integration !== undefined) return integration(input, context);
    throw runtimeError(
      `The connection ${name} is none of those given (${Object.keys(connections).join(", ")}), and ${action} has nowhere to go.`,
    );
  });
}

function memberOf(value: Json | undefined): Json | undefined {
  return isJsonObject(value) ? value["ConnectionArn"] : undefined;
}
