import { describe, expect, it, onTestFinished, vi } from "vitest";
import { TOKEN as TOKEN_SERVICES } from "../../../../sdk/base/integrations.ts";
import type { Json, JsonObject } from "../../../../sdk/base/json.ts";
import { type GivenConnection, StepFunctions, type StepFunctionsOptions } from "../../../../infra/emulator/index.ts";
import { type HttpServer, httpServer, type SeenRequest, type ServedAnswer } from "../../../support/http-server.ts";
import { jsonApi } from "../../../support/json-api.ts";
import { jsonpath, localFunctions, type Outcome, run } from "../../../support/emulator.ts";

const ConnectionArn = "arn:aws:events:us-east-1:000000000000:connection/shop/81210c42";
const BASIC = {
  AuthorizationType: "BASIC" as const,
  AuthParameters: { BasicAuthParameters: { Username: "user", Password: "s3cret" } },
};
/** Where a Task hands its token out. */
const TOKEN = { "token.$": "$$.Task.Token" };
const JSON_TYPE = { "Content-Type": "application/json" };

async function served(answer: (request: SeenRequest) => ServedAnswer | undefined): Promise<HttpServer> {
  const server = await httpServer(answer);
  onTestFinished(() => server.close());
  return server;
}

function call(
  parameters: JsonObject,
  options: Partial<StepFunctionsOptions> = { connections: { shop: BASIC } },
  more: JsonObject = {},
): Promise<Outcome> {
  const given = { Method: "GET", InvocationConfig: { ConnectionArn }, ...parameters };
  const state = { Type: "Task", Resource: "arn:aws:states:::http:invoke", Parameters: given, End: true };
  return run(jsonpath({ T: { ...state, ...more } }), {}, {}, options);
}

describe("http:invoke", () => {
  it("sends what the Task says, with the connection's authorization, and has the answer as its result", async () => {
    const server = await served(() => ({
      status: 201,
      headers: { ...JSON_TYPE, "X-Two": ["a", "b"] },
      body: '{"id":7}',
    }));
    const outcome = await call({
      ApiEndpoint: `${server.url}/v1/orders?from=app`,
      Method: "POST",
      Headers: { "Request-Id": "r1", Several: ["x", "y"] },
      QueryParameters: { currency: "us d", tag: ["a", "b"] },
      RequestBody: { n: 1 },
    });
    expect(outcome.output).toMatchObject({
      Headers: { "Content-Type": ["application/json"], "X-Two": ["a", "b"] },
      ResponseBody: { id: 7 },
      StatusCode: 201,
      StatusText: "Created",
    });
    expect(server.seen).toMatchObject([
      {
        method: "POST",
        path: "/v1/orders?from=app&currency=us%20d&tag=a&tag=b",
        body: '{"n":1}',
        headers: {
          authorization: `Basic ${Buffer.from("user:s3cret").toString("base64")}`,
          "content-type": "application/json; charset=UTF-8",
          range: "bytes=0-262144",
          "request-id": "r1",
          several: "x, y",
          "user-agent": "Amazon|StepFunctions|HttpInvoke|us-east-1",
        },
      },
    ]);
  });

  it("has what the connection adds in the place of what the Task says under the same names", async () => {
    const server = await served(() => ({}));
    const shop = {
      AuthorizationType: "API_KEY" as const,
      AuthParameters: {
        ApiKeyAuthParameters: { ApiKeyName: "ApiKey", ApiKeyValue: "key_value" },
        InvocationHttpParameters: {
          BodyParameters: [{ Key: "BodyParam", Value: "connection" }],
          HeaderParameters: [{ Key: "Header-Param", Value: "connection" }],
          QueryStringParameters: [{ Key: "QueryParam", Value: "connection" }],
        },
      },
    };
    const parameters = {
      ApiEndpoint: `${server.url}/path`,
      Method: "POST",
      Headers: { "header-param": "task", "Request-Id": "mine" },
      RequestBody: { Job: "Software Engineer", BodyParam: "task" },
      QueryParameters: { QueryParam: "task", other: 1 },
    };
    await call(parameters, { connections: { shop } });
    expect(server.seen).toMatchObject([
      {
        path: "/path?other=1&QueryParam=connection",
        headers: { apikey: "key_value", "header-param": "connection", "request-id": "mine" },
        body: '{"Job":"Software Engineer","BodyParam":"connection"}',
      },
    ]);
    expect(await call({ ...parameters, RequestBody: "text" }, { connections: { shop } })).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining("cannot be merged with the body parameters of the connection"),
    });
  });

  it.each([
    [undefined, "items%5B0%5D=a%20b&items%5B1%5D=2"],
    ["INDICES", "items%5B0%5D=a%20b&items%5B1%5D=2"],
    ["REPEAT", "items=a%20b&items=2"],
    ["COMMAS", "items=a%20b%2C2"],
    ["BRACKETS", "items%5B%5D=a%20b&items%5B%5D=2"],
  ])("encodes a body as a form, with lists by the format %s", async (ArrayFormat, items) => {
    const server = await served(() => ({}));
    await call({
      ApiEndpoint: server.url,
      Method: "POST",
      Headers: { "Content-Type": "application/x-www-form-urlencoded" },
      RequestBody: { metadata: { order: true, none: null }, items: ["a b", 2] },
      Transform: {
        RequestBodyEncoding: "URL_ENCODED",
        ...(ArrayFormat === undefined ? {} : { RequestEncodingOptions: { ArrayFormat } }),
      },
    });
    expect(server.seen[0]).toMatchObject({
      body: `metadata%5Border%5D=true&metadata%5Bnone%5D=&${items}`,
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
  });

  it("asks for a token of OAuth with the client's id and secret, and sends it", async () => {
    const server = await served(({ path }) =>
      path.startsWith("/token") ? { headers: JSON_TYPE, body: '{"access_token":"t0ken"}' } : { body: "ok" },
    );
    const AuthParameters = {
      OAuthParameters: {
        AuthorizationEndpoint: `${server.url}/token`,
        HttpMethod: "POST",
        ClientParameters: { ClientID: "id", ClientSecret: "secret" },
        OAuthHttpParameters: {
          BodyParameters: [{ Key: "scope", Value: "read write" }],
          QueryStringParameters: [{ Key: "tenant", Value: "1" }],
        },
      },
    };
    const shop = { AuthorizationType: "OAUTH_CLIENT_CREDENTIALS" as const, AuthParameters };
    const outcome = await call({ ApiEndpoint: `${server.url}/api` }, { connections: { shop } });
    expect(outcome.output).toMatchObject({ ResponseBody: "ok" });
    expect(server.seen).toMatchObject([
      {
        method: "POST",
        path: "/token?tenant=1",
        body: "grant_type=client_credentials&scope=read%20write",
        headers: { authorization: `Basic ${Buffer.from("id:secret").toString("base64")}` },
      },
      { path: "/api", headers: { authorization: "Bearer t0ken" } },
    ]);
  });

  it("keeps a token of OAuth for further requests until it ends or is refused", async () => {
    let tokens = 0;
    const server = await served(({ path, headers }) => {
      if (path === "/token") {
        const body = JSON.stringify({ access_token: `t${++tokens}`, expires_in: tokens < 3 ? 3600 : 0 });
        return { headers: JSON_TYPE, body };
      }
      return headers["authorization"] === "Bearer t1" && tokens === 1 && path === "/refused"
        ? { status: 401, body: "no longer" }
        : { body: String(headers["authorization"]) };
    });
    const AuthParameters = {
      OAuthParameters: {
        AuthorizationEndpoint: `${server.url}/token`,
        HttpMethod: "POST",
        ClientParameters: { ClientID: "id", ClientSecret: "secret" },
      },
    };
    const connections = { shop: { AuthorizationType: "OAUTH_CLIENT_CREDENTIALS" as const, AuthParameters } };
    function calling(path: string, more: JsonObject): JsonObject {
      const Parameters = { Method: "GET", ApiEndpoint: server.url + path, InvocationConfig: { ConnectionArn } };
      return { Type: "Task", Resource: "arn:aws:states:::http:invoke", Parameters, ...more };
    }
    const Retry = [{ ErrorEquals: ["States.Http.StatusCode.401"], IntervalSeconds: 1 }];
    function each(name: string): JsonObject {
      return { StartAt: name, States: { [name]: calling("/a", { End: true, OutputPath: "$.ResponseBody" }) } };
    }
    const { output } = await run(
      jsonpath({
        First: { Type: "Map", ItemProcessor: each("A"), ResultPath: "$.first", ItemsPath: "$.items", Next: "Refused" },
        Refused: calling("/refused", { Retry, ResultPath: "$.refused", Next: "Expire" }),
        Expire: { Type: "Wait", Seconds: 3600, Next: "Last" },
        Last: {
          Type: "Map",
          ItemProcessor: each("B"),
          ItemsPath: "$.items",
          ResultPath: "$.last",
          MaxConcurrency: 1,
          End: true,
        },
      }),
      { items: [1, 2] },
      {},
      { connections },
    );
    expect(output).toMatchObject({
      first: ["Bearer t1", "Bearer t1"],
      refused: { ResponseBody: "Bearer t2" },
      last: ["Bearer t3", "Bearer t4"],
    });
  });

  it("fails where the server gives no token", async () => {
    const none = await served(() => ({ status: 401, body: "who are you" }));
    const AuthParameters = {
      OAuthParameters: {
        AuthorizationEndpoint: none.url,
        HttpMethod: "POST",
        ClientParameters: { ClientID: "id", ClientSecret: "secret" },
      },
    };
    const shop = { AuthorizationType: "OAUTH_CLIENT_CREDENTIALS" as const, AuthParameters };
    expect(await call({ ApiEndpoint: none.url }, { connections: { shop } })).toMatchObject({
      error: "Events.ConnectionResource.InvalidConnectionState",
      cause: expect.stringContaining("has answered 401 without an access_token: who are you"),
    });
  });

  it("looks a connection up that is not given: EventBridge describes it, Secrets Manager has its secret", async () => {
    const server = await served(() => ({}));
    let ConnectionState = "AUTHORIZED";
    const aws = await jsonApi({
      DescribeConnection: ({ Name }) =>
        Name === "shop"
          ? {
              AuthorizationType: "API_KEY",
              AuthParameters: { ApiKeyAuthParameters: { ApiKeyName: "x-key" } },
              ConnectionState,
              SecretArn: "arn:secret",
            }
          : new Error("ResourceNotFoundException"),
      GetSecretValue: () => ({ SecretString: '{"api_key_name":"x-key","api_key_value":"v"}' }),
    });
    onTestFinished(() => aws.close());
    const options = { endpointUrl: aws.url };
    expect(await call({ ApiEndpoint: server.url }, options)).toMatchObject({ status: "SUCCEEDED" });
    expect(server.seen[0]?.headers).toMatchObject({ "x-key": "v" });
    expect(aws.requests.map(({ input }) => input)).toEqual([{ Name: "shop" }, { SecretId: "arn:secret" }]);

    const old = { Authentication: { ConnectionArn: ConnectionArn.replace("shop", "none") }, InvocationConfig: {} };
    expect(await call({ ApiEndpoint: server.url, ...old }, options)).toMatchObject({
      error: "Events.ConnectionResource.ResourceNotFound",
    });
    ConnectionState = "DEAUTHORIZED";
    expect(await call({ ApiEndpoint: server.url }, options)).toMatchObject({
      error: "Events.ConnectionResource.InvalidConnectionState",
    });
  });

  it.each<[number, string, string]>([
    [404, "nothing here", "nothing here"],
    [500, "", "Internal Server Error"],
    [302, "", "Found"],
  ])("fails by the status %d, and follows no redirect", async (status, body, cause) => {
    const server = await served(() => ({ status, body, headers: { location: "/elsewhere" } }));
    expect(await call({ ApiEndpoint: server.url })).toMatchObject({
      error: `States.Http.StatusCode.${status}`,
      cause,
    });
    expect(server.seen).toHaveLength(1);
  });

  it("is tried again by its Retry", async () => {
    let asked = 0;
    const server = await served(() => ({ status: ++asked < 3 ? 429 : 200 }));
    const Retry = [{ ErrorEquals: ["States.Http.StatusCode.429"], IntervalSeconds: 5, MaxAttempts: 3 }];
    expect(await call({ ApiEndpoint: server.url }, { connections: { shop: BASIC } }, { Retry })).toMatchObject({
      status: "SUCCEEDED",
    });
    expect(server.seen).toHaveLength(3);
  });

  it("fails with States.Http.Socket where nothing answers", async () => {
    expect(await call({ ApiEndpoint: "http://127.0.0.1:1/" })).toMatchObject({
      error: "States.Http.Socket",
      cause: expect.stringContaining("ECONNREFUSED"),
    });
  });

  it.each<[string, ServedAnswer, string]>([
    ["a picture", { headers: { "Content-Type": "image/png" }, body: "x" }, "has the content type image/png"],
    ["what is no text", { body: Buffer.from([0xff, 0xfe, 0x80]) }, "cannot be read as text"],
  ])("takes no answer that is %s", async (_, answer, cause) => {
    const server = await served(() => answer);
    expect(await call({ ApiEndpoint: server.url })).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining(cause),
    });
  });

  it("gives JSON that is none as text", async () => {
    const server = await served(() => ({ headers: JSON_TYPE, body: "{" }));
    expect((await call({ ApiEndpoint: server.url })).output).toMatchObject({ ResponseBody: "{" });
  });

  it.each<[string, JsonObject, string]>([
    ["another machine by http", { ApiEndpoint: "http://example.com/" }, "must begin with https://"],
    ["no address", { ApiEndpoint: "shop" }, "The value of the field 'ApiEndpoint' has an invalid format"],
    ["AWS", { ApiEndpoint: "https://sqs.us-east-1.amazonaws.com/" }, "unless you allow it: --aws"],
    [
      "a header of its own",
      { ApiEndpoint: "http://127.0.0.1:1", Headers: { "X-Amz-Date": "d", Authorization: "a" } },
      "contains unsupported values: X-Amz-Date, The 'Headers' field contains unsupported values: Authorization]",
    ],
    ["a method that is none", { ApiEndpoint: "http://127.0.0.1:1", Method: "FETCH" }, "'Method' is none of GET, POST"],
    [
      "an encoding that is none",
      { ApiEndpoint: "http://127.0.0.1:1", Transform: { RequestBodyEncoding: "XML" } },
      "'RequestBodyEncoding' is none of NONE, URL_ENCODED",
    ],
  ])("does not start with %s", async (_, parameters, cause) => {
    const outcome = await call(parameters);
    expect(outcome).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining(cause) });
  });

  it("is refused when it is created where no connection can be found", async () => {
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent/config");
    onTestFinished(() => void vi.unstubAllEnvs());
    await expect(call({ ApiEndpoint: "https://example.com" }, {})).rejects.toThrow(
      "give the connection itself (--connections FILE",
    );
  });

  it.each<[Json, string]>([
    [{ AuthorizationType: "NONE" }, 'connections["shop"] has an AuthorizationType that is none of API_KEY, BASIC'],
    [
      { AuthorizationType: "BASIC", AuthParameters: {} },
      'connections["shop"] has no AuthParameters.BasicAuthParameters',
    ],
    ["shop", 'connections["shop"] is no object'],
  ])("%j is no connection", async (shop, message) => {
    // A program in JavaScript may give anything.
    const connections = { shop: shop as unknown as GivenConnection };
    await expect(call({ ApiEndpoint: "https://example.com" }, { connections })).rejects.toThrow(message);
  });
});

describe("TestState of http:invoke", () => {
  it.each([
    [false, "[Request-Id: r1, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]"],
    [
      true,
      "[Request-Id: r1, Authorization: Basic dXNlcjpzM2NyZXQ=, User-Agent: Amazon|StepFunctions|HttpInvoke|us-east-1, Range: bytes=0-262144]",
    ],
  ])("shows what was sent and answered with the level TRACE, with secrets: %s", async (revealSecrets, headers) => {
    const server = await served(() => ({ status: 404, headers: { "X-One": "1" }, body: "none" }));
    const states = new StepFunctions({ functions: localFunctions(), connections: { shop: BASIC } });
    const Parameters = {
      ApiEndpoint: `${server.url}/get`,
      Method: "GET",
      Headers: { "Request-Id": "r1" },
      QueryParameters: { q: 1 },
      InvocationConfig: { ConnectionArn },
    };
    const definition = JSON.stringify({
      Type: "Task",
      Resource: "arn:aws:states:::http:invoke",
      Parameters,
      End: true,
    });
    const traced = await states.testState({ definition, inspectionLevel: "TRACE", revealSecrets });
    expect(traced).toMatchObject({
      status: "FAILED",
      error: "States.Http.StatusCode.404",
      inspectionData: {
        request: { protocol: "http", method: "GET", url: `${server.url}/get?q=1`, headers },
        response: {
          protocol: "http",
          statusCode: "404",
          statusMessage: "Not Found",
          headers: expect.stringContaining("X-One: 1, "),
          body: "none",
        },
      },
    });
    const debugged = await states.testState({ definition, inspectionLevel: "DEBUG" });
    expect(debugged.inspectionData).not.toHaveProperty("request");
  });
});

describe("a Task that waits for its token", () => {
  const CASES: readonly [resource: string, parameters: JsonObject, options?: Partial<StepFunctionsOptions>][] = [
    ["apigateway:invoke", { Method: "POST", Stage: "s", RequestBody: TOKEN }],
    ["bedrock:invokeModel", { ModelId: "m", Body: TOKEN }],
    ["ecs:runTask", { TaskDefinition: "f", Overrides: { ContainerOverrides: [{ Environment: [TOKEN] }] } }],
    ["events:putEvents", { Entries: [{ Source: "s", DetailType: "d", Detail: TOKEN }] }],
    ["sns:publish", { TopicArn: "arn:aws:sns:us-east-1:000000000000:t", Message: TOKEN }],
    ["sqs:sendMessage", { QueueUrl: "http://q", MessageBody: TOKEN }],
  ];

  it("may be of all services that AWS lists, where something performs them", () => {
    const elsewhere = ["eks", "lambda", "states"]; // of Kubernetes, and of the emulator itself
    expect([...CASES.map(([resource]) => resource.replace(/:.*/, "")), ...elsewhere].toSorted()).toEqual(
      [...TOKEN_SERVICES].toSorted(),
    );
  });

  it.each(CASES)("%s hands it out, and has what is reported as its result", async (resource, parameters) => {
    const tokens: string[] = [];
    const server = await served(({ body }) => {
      const token = /token[^A-Za-z0-9]+([A-Za-z0-9+/=-]{20,})/.exec(decodeURIComponent(body))?.[1];
      if (token !== undefined) tokens.push(token);
      return resource.startsWith("sns") ? { body: "<PublishResponse/>" } : { headers: JSON_TYPE, body: "{}" };
    });
    const states = new StepFunctions({ functions: localFunctions(), endpointUrl: server.url });
    const given = resource.startsWith("apigateway") ? { ...parameters, ApiEndpoint: server.url } : parameters;
    const Resource = `arn:aws:states:::${resource}.waitForTaskToken`;
    const { stateMachineArn } = states.createStateMachine({
      name: "machine",
      definition: JSON.stringify(jsonpath({ T: { Type: "Task", Resource, Parameters: given, End: true } })),
      roleArn: "arn:aws:iam::000000000000:role/test",
    });
    const { executionArn } = states.startExecution({ stateMachineArn, input: "{}" });
    const ended = states.executionEnd(executionArn);
    await Promise.race([
      vi.waitFor(() => expect(tokens).toHaveLength(1), 10_000),
      ended.then(({ cause }) => Promise.reject(new Error(cause))),
    ]);
    states.taskTokens.succeed({ taskToken: tokens[0] ?? "", output: '{"done":true}' });
    expect(await ended).toMatchObject({ status: "SUCCEEDED", output: '{"done":true}' });
  });
});

describe("apigateway:invoke", () => {
  function invoke(parameters: JsonObject, options: Partial<StepFunctionsOptions> = {}): Promise<Outcome> {
    const state = { Type: "Task", Resource: "arn:aws:states:::apigateway:invoke", Parameters: parameters, End: true };
    return run(jsonpath({ T: state }), {}, {}, options);
  }
  function echo({ body }: SeenRequest): ServedAnswer {
    return { headers: JSON_TYPE, body: body === "" ? "{}" : body };
  }

  it("calls an API at the endpoint under the API's own name, with the stage before its path", async () => {
    const server = await served(echo);
    const ApiEndpoint = "example.execute-api.us-east-1.amazonaws.com";
    const outcome = await invoke(
      {
        ApiEndpoint,
        Method: "POST",
        Stage: "prod",
        Path: "/bills/add",
        Headers: { Custom: ["one", "two"] },
        QueryParameters: { billId: ["123 456"] },
        RequestBody: { message: ["Hello", null], category: null },
        AuthType: "IAM_ROLE",
      },
      { endpointUrl: server.url },
    );
    expect(outcome.output).toMatchObject({
      Headers: { "Content-Type": ["application/json"] },
      ResponseBody: { message: ["Hello", null] },
      StatusCode: 200,
      StatusText: "OK",
    });
    expect(server.seen).toMatchObject([
      {
        path: "/prod/bills/add?billId=123%20456",
        headers: {
          host: ApiEndpoint,
          custom: expect.stringContaining("one"),
          authorization: expect.stringMatching(/^AWS4-HMAC-SHA256 .*\/us-east-1\/execute-api\/aws4_request/),
        },
      },
    ]);
  });

  it.each<[Json, JsonObject, string]>([
    ["true", {}, '"true"'],
    [{ a: null, b: 1 }, {}, '{"b":1}'],
    [{ a: null, b: 1 }, { AllowNullValues: true }, '{"a":null,"b":1}'],
  ])("sends %j with %j as JSON, to an API on this machine", async (RequestBody, more, body) => {
    const server = await served(echo);
    const ApiEndpoint = server.url.replace("http://", "");
    const outcome = await invoke({ ApiEndpoint, Method: "POST", RequestBody, ...more });
    expect(outcome.output).toMatchObject({ ResponseBody: JSON.parse(body) });
    expect(server.seen).toMatchObject([{ body, path: "/", headers: { host: ApiEndpoint } }]);
    expect(server.seen[0]?.headers.authorization).toBeUndefined();
  });

  it("fails by the status, with the answer as its cause", async () => {
    const body = '{"message":"Missing Authentication Token"}';
    const server = await served(() => ({ status: 403, body }));
    expect(await invoke({ ApiEndpoint: server.url, Method: "GET" })).toMatchObject({
      error: "ApiGateway.403",
      cause: body,
    });
    expect(await invoke({ ApiEndpoint: "127.0.0.1:1", Method: "GET" })).toMatchObject({
      error: "ApiGateway.SdkClientException",
    });
  });

  it.each<[JsonObject, string]>([
    [{ Headers: { custom: "text" } }, "[The value of the field 'Headers' has an invalid format]"],
    [{ QueryParameters: { q: "text" } }, "[The value of the field 'QueryParameters' has an invalid format]"],
    [{ Headers: { "X-Forwarded-For": ["x"] } }, "The 'Headers' field contains unsupported values: X-Forwarded-For"],
    [{ AuthType: "IAM_AUTH" }, "The value of the field 'AuthType' is none of NO_AUTH, IAM_ROLE, RESOURCE_POLICY"],
  ])("does not start with %j", async (parameters, cause) => {
    const outcome = await invoke({ ApiEndpoint: "127.0.0.1:1", Method: "GET", ...parameters });
    expect(outcome).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining(cause) });
    expect(outcome.cause).toContain("could not be used to start the Task");
    expect(outcome.events).not.toContain("TaskScheduled");
  });

  it.each([
    ["a.execute-api.us-east-1.amazonaws.com", "has nowhere to go: name an endpoint that speaks API Gateway"],
    ["shop.example.com", "is none of API Gateway, as ID.execute-api.us-east-1.amazonaws.com, and not on this machine"],
  ])("cannot reach %s", async (ApiEndpoint, cause) => {
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent/config");
    onTestFinished(() => void vi.unstubAllEnvs());
    expect(await invoke({ ApiEndpoint, Method: "GET" })).toMatchObject({
      error: "States.Runtime",
      cause: expect.stringContaining(cause),
    });
  });
});

describe("bedrock:invokeModel", () => {
  function invoke(parameters: JsonObject, { url }: HttpServer): Promise<Outcome> {
    const state = { Type: "Task", Resource: "arn:aws:states:::bedrock:invokeModel", Parameters: parameters, End: true };
    return run(jsonpath({ T: state }), {}, {}, { endpointUrl: url });
  }
  function model({ method, path }: SeenRequest): ServedAnswer {
    if (method === "GET") return { headers: { "Content-Type": "application/json" }, body: '{"inputText":"from S3"}' };
    if (method === "PUT") return {};
    if (!path.startsWith("/model/")) return { status: 404 };
    return { headers: JSON_TYPE, body: '{"results":[{"outputText":"five names"}]}' };
  }

  it("sends the body as JSON, and gives the answer's JSON with its type alone", async () => {
    const server = await served(model);
    const outcome = await invoke({ ModelId: "amazon.titan", Body: { inputText: "names" } }, server);
    expect(outcome.output).toEqual({
      Body: { results: [{ outputText: "five names" }] },
      ContentType: "application/json",
    });
    expect(server.seen).toMatchObject([
      {
        method: "POST",
        path: "/model/amazon.titan/invoke",
        body: '{"inputText":"names"}',
        headers: { accept: "application/json", "content-type": "application/json" },
      },
    ]);
  });

  it("reads its input from S3 and writes its output there", async () => {
    const server = await served(model);
    const outcome = await invoke(
      { ModelId: "m", Input: { S3Uri: "s3://prompts/in/a.json" }, Output: { S3Uri: "s3://answers/out/a.json" } },
      server,
    );
    expect(outcome.output).toEqual({ Body: "s3://answers/out/a.json", ContentType: "application/json" });
    expect(server.seen.map(({ method, path }) => [method, path.replace(/\?.*/, "")])).toEqual([
      ["GET", "/prompts/in/a.json"],
      ["POST", "/model/m/invoke"],
      ["PUT", "/answers/out/a.json"],
    ]);
    expect(server.seen[1]?.body).toBe('{"inputText":"from S3"}');
    expect(server.seen[2]?.body).toContain('{"results":[{"outputText":"five names"}]}');
  });

  it.each<[JsonObject, string]>([
    [{}, "must have either Body or Input"],
    [{ Body: "x", Input: { S3Uri: "s3://a/b" } }, "must have either Body or Input"],
    [{ Input: { S3Uri: "/a/b" } }, "must have an S3Uri as s3://bucket/key"],
  ])("does not take %j", async (parameters, cause) => {
    const outcome = await invoke({ ModelId: "m", ...parameters }, await served(model));
    expect(outcome).toMatchObject({ error: "States.Runtime", cause: expect.stringContaining(cause) });
  });

  it("fails under Bedrock's names", async () => {
    const server = await served(() => ({
      status: 429,
      headers: { ...JSON_TYPE, "x-amzn-errortype": "ThrottlingException" },
      body: '{"message":"slow down"}',
    }));
    expect(await invoke({ ModelId: "m", Body: {} }, server)).toMatchObject({
      error: "Bedrock.ThrottlingException",
      cause: expect.stringMatching(/^slow down \(Service: BedrockRuntime, Status Code: 429/),
    });
  });
});
