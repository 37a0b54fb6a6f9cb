import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  DeleteProvisionedConcurrencyConfigCommand,
  GetProvisionedConcurrencyConfigCommand,
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  ListProvisionedConcurrencyConfigsCommand,
  PutProvisionedConcurrencyConfigCommand,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FunctionServiceError, type Functions } from "../../../../infra/emulator/lambda/functions.ts";
import { httpFunctions } from "../../../../infra/emulator/lambda/http-functions.ts";
import { lambdaRoutes } from "../../../../infra/emulator/lambda/lambda-api.ts";
import { createFixture, functionConfig, until } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
const servers: Server[] = [];
let client: LambdaClient;
let endpoint: string;

const source = `
  export const handler = async (event, context) => {
    console.log("saw", event);
    if (event.fail) throw new TypeError("as asked");
    if (event.print) console.log("x".repeat(event.print));
    return { event, arn: context.invokedFunctionArn, client: context.clientContext ?? null };
  };
`;

beforeEach(async () => {
  const pool = await fixture.pool(source, { version: "5" });
  await pool.ready();
  await serve(pool);
});

afterEach(async () => {
  client.destroy();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await fixture.cleanUp();
});

async function serve(functions: Functions): Promise<void> {
  const routes = lambdaRoutes(functions);
  const server = createServer(async (incoming, outgoing) => {
    if (!(await routes(incoming, outgoing))) outgoing.writeHead(404).end("not Lambda's");
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // A listening TCP server has an address with a port.
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: "local", secretAccessKey: "local" };
  client = new LambdaClient({ endpoint, region: "us-east-1", credentials, maxAttempts: 1 });
}

function invoke(input: Partial<InvokeCommandInput>) {
  return client.send(new InvokeCommand({ FunctionName: "fn:live", ...input }));
}

describe("Invoke, by the AWS SDK", () => {
  test("answers with payload, version and request id", async () => {
    const { Payload, StatusCode, ExecutedVersion, FunctionError, LogResult, $metadata } = await invoke({
      Payload: '{"a":"ü"}',
    });
    expect(JSON.parse(String(Payload?.transformToString()))).toEqual({
      event: { a: "ü" },
      arn: "arn:aws:lambda:us-east-1:123456789012:function:fn:live",
      client: null,
    });
    expect({ StatusCode, ExecutedVersion, FunctionError, LogResult }).toEqual({
      StatusCode: 200,
      ExecutedVersion: "5",
    });
    expect($metadata.requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("without a payload the event is {}", async () => {
    const { Payload } = await invoke({});
    expect(JSON.parse(String(Payload?.transformToString()))).toMatchObject({ event: {} });
  });

  test.each([
    [{ FunctionName: "fn:live" }, "5", ":live"],
    [{ FunctionName: "fn", Qualifier: "live" }, "5", ":live"],
    [{ FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:fn:live" }, "5", ":live"],
    [{ FunctionName: "arn:aws:lambda:us-east-1:123456789012:function:fn", Qualifier: "5" }, "5", ":5"],
    [{ FunctionName: "123456789012:function:fn" }, "$LATEST", ""],
    [{ FunctionName: "fn", Qualifier: "$LATEST" }, "$LATEST", ":$LATEST"],
  ])("%j runs version %s", async (input, version, suffix) => {
    const { ExecutedVersion, Payload } = await invoke(input);
    expect(ExecutedVersion).toBe(version);
    const { arn } = JSON.parse(String(Payload?.transformToString()));
    expect(arn).toBe(`arn:aws:lambda:us-east-1:123456789012:function:fn${suffix}`);
  });

  test("a function error is a 200 with FunctionError", async () => {
    const { StatusCode, FunctionError, Payload } = await invoke({ Payload: '{"fail":true}' });
    expect({ StatusCode, FunctionError }).toEqual({ StatusCode: 200, FunctionError: "Unhandled" });
    const document = JSON.parse(String(Payload?.transformToString()));
    expect(document).toMatchObject({ errorType: "TypeError", errorMessage: "as asked" });
  });

  test("an Event is 202 and a DryRun 204", async () => {
    const event = await invoke({ InvocationType: "Event", Payload: "{}" });
    expect(event).toMatchObject({ StatusCode: 202, $metadata: { httpStatusCode: 202 } });
    expect(await invoke({ InvocationType: "DryRun", Payload: "{}" })).toMatchObject({ StatusCode: 204 });
  });

  test("the client context reaches the handler", async () => {
    const ClientContext = Buffer.from('{"custom":{"who":"me"}}').toString("base64");
    const { Payload } = await invoke({ ClientContext });
    expect(JSON.parse(String(Payload?.transformToString()))).toMatchObject({ client: { custom: { who: "me" } } });
  });

  test("LogType Tail brings the invocation's log", async () => {
    const { LogResult, $metadata } = await invoke({ LogType: "Tail", Payload: '{"a":1}' });
    const log = Buffer.from(String(LogResult), "base64").toString("utf8");
    const id = $metadata.requestId;
    expect(log.split("\n")).toEqual([
      `START RequestId: ${id} Version: 5`,
      expect.stringMatching(new RegExp(`^\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\t${id}\\tINFO\\tsaw { a: 1 }$`)),
      `END RequestId: ${id}`,
      expect.stringMatching(
        new RegExp(
          `^REPORT RequestId: ${id}\\tDuration: [\\d.]+ ms\\tBilled Duration: \\d+ ms\\tMemory Size: 1024 MB\\t`,
        ),
      ),
      "",
    ]);
  });

  test("so does httpFunctions, if its caller asks for it", async () => {
    const request = { functionName: "fn:live", payload: '{"a":1}' };
    const { logResult } = await httpFunctions(endpoint).invoke({ ...request, logType: "Tail" });
    expect(Buffer.from(String(logResult), "base64").toString("utf8")).toContain("INFO\tsaw { a: 1 }");
    expect(await httpFunctions(endpoint).invoke(request)).not.toHaveProperty("logResult");
  });

  test("a long log is cut to its last 4 KB", async () => {
    const { LogResult } = await invoke({ LogType: "Tail", Payload: '{"print":10000}' });
    const log = Buffer.from(String(LogResult), "base64");
    expect(log).toHaveLength(4096);
    expect(log.toString("utf8")).toContain("REPORT RequestId: ");
  });
});

describe("errors are AWS's, by name and status", () => {
  test.each([
    [
      { FunctionName: "absent" },
      "ResourceNotFoundException",
      404,
      "Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent",
    ],
    [
      { FunctionName: "fn:9" },
      "ResourceNotFoundException",
      404,
      "Function not found: arn:aws:lambda:us-east-1:123456789012:function:fn:9",
    ],
    [{ Payload: "{oops" }, "InvalidRequestContentException", 400, "Could not parse request body into json"],
    [
      { Qualifier: "5" },
      "InvalidParameterValueException",
      400,
      "The derived qualifier from the function name does not match",
    ],
    [
      { Payload: " ".repeat(6_291_457) },
      "RequestEntityTooLargeException",
      413,
      "Request must be smaller than 6291456 bytes",
    ],
  ])("%#: $1 with status $2", async (input, name, status, message) => {
    await expect(invoke(input)).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: status, requestId: expect.any(String) },
    });
  });

  test("a throttled request says why", async () => {
    const busy: Functions = {
      invoke: () =>
        Promise.reject(
          new FunctionServiceError(
            "TooManyRequestsException",
            429,
            "Rate Exceeded.",
            "ConcurrentInvocationLimitExceeded",
          ),
        ),
    };
    await serve(busy);
    await expect(invoke({})).rejects.toMatchObject({
      name: "TooManyRequestsException",
      message: "Rate Exceeded.",
      Reason: "ConcurrentInvocationLimitExceeded",
      Type: "User",
      $metadata: { httpStatusCode: 429 },
    });
  });

  test("an invocation type that Lambda does not know", async () => {
    const response = await fetch(`${endpoint}/2015-03-31/functions/fn/invocations`, {
      method: "POST",
      headers: { "X-Amz-Invocation-Type": "Later" },
      body: "{}",
    });
    expect(response.status).toBe(400);
    expect(response.headers.get("x-amzn-errortype")).toBe("ValidationException");
    expect(await response.text()).toContain("Value 'Later' at 'invocationType'");
  });

  test("a name that is not URL-encoded text", async () => {
    const response = await fetch(`${endpoint}/2015-03-31/functions/%ff/invocations`, { method: "POST" });
    expect([response.status, response.headers.get("x-amzn-errortype")]).toEqual([400, "ValidationException"]);
  });

  test("InvokeWithResponseStream is refused by name", async () => {
    const streamed = client.send(new InvokeWithResponseStreamCommand({ FunctionName: "fn" }));
    await expect(streamed).rejects.toMatchObject({
      name: "UnsupportedOperationException",
      $metadata: { httpStatusCode: 501 },
    });
  });
});

test.each([
  ["GET", "/2015-03-31/functions/fn/invocations"],
  ["POST", "/2015-03-31/functions"],
  ["POST", "/"],
])("%s %s is left to other routes", async (method, path) => {
  expect(await (await fetch(endpoint + path, { method })).text()).toBe("not Lambda's");
});

test("a caller that hangs up is forgotten, and the next one is served", async () => {
  const hungUp = request(`${endpoint}/2015-03-31/functions/fn:live/invocations`, { method: "POST" });
  hungUp.on("error", () => {});
  hungUp.write('{"half":');
  await new Promise((resolve) => setTimeout(resolve, 50));
  hungUp.destroy();
  expect(await invoke({})).toMatchObject({ StatusCode: 200 });
});

describe("provisioned concurrency, by the AWS SDK", () => {
  const alias = { FunctionName: "fn", Qualifier: "live" };

  function get(target = alias) {
    return client.send(new GetProvisionedConcurrencyConfigCommand(target));
  }

  async function serveWithout(reservedConcurrency?: number) {
    const initialised = `export const handler = async () => process.env.AWS_LAMBDA_INITIALIZATION_TYPE;`;
    const reserved = reservedConcurrency === undefined ? {} : { reservedConcurrency };
    const pool = await fixture.pool(initialised, { version: "5", replicaCount: 0, ...reserved });
    await serve(pool);
    return pool;
  }

  async function typeOfReplica(): Promise<string> {
    const { Payload } = await invoke({});
    return JSON.parse(String(Payload?.transformToString()));
  }

  test("is put, becomes ready, is listed and deleted, and the replicas follow", async () => {
    const pool = await serveWithout();
    const put = await client.send(
      new PutProvisionedConcurrencyConfigCommand({ ...alias, ProvisionedConcurrentExecutions: 2 }),
    );
    expect(put).toMatchObject({
      $metadata: { httpStatusCode: 202 },
      RequestedProvisionedConcurrentExecutions: 2,
      AvailableProvisionedConcurrentExecutions: 0,
      AllocatedProvisionedConcurrentExecutions: 0,
      Status: "IN_PROGRESS",
      LastModified: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/),
    });
    await until(async () => (await get()).Status === "READY");
    expect(await get()).toMatchObject({
      $metadata: { httpStatusCode: 200 },
      AvailableProvisionedConcurrentExecutions: 2,
      AllocatedProvisionedConcurrentExecutions: 2,
    });
    expect(pool.describe()).toHaveLength(2);
    expect(await typeOfReplica()).toBe("provisioned-concurrency");
    const list = new ListProvisionedConcurrencyConfigsCommand({ FunctionName: "fn" });
    expect((await client.send(list)).ProvisionedConcurrencyConfigs).toMatchObject([
      { FunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:fn:live", Status: "READY" },
    ]);
    const gone = await client.send(new DeleteProvisionedConcurrencyConfigCommand(alias));
    expect(gone.$metadata.httpStatusCode).toBe(204);
    await until(() => pool.describe().length === 0);
    await expect(get()).rejects.toMatchObject({
      name: "ProvisionedConcurrencyConfigNotFoundException",
      $metadata: { httpStatusCode: 404 },
    });
    expect((await client.send(list)).ProvisionedConcurrencyConfigs).toEqual([]);
    expect(await typeOfReplica()).toBe("on-demand");
  });

  test("is put again with another number, and surplus replicas end", async () => {
    const pool = await serveWithout();
    const target = { functionName: "fn", qualifier: "live" };
    await pool.provisioned.put(target, 3);
    await until(() => pool.describe().filter(({ state }) => state === "idle").length === 3);
    await pool.provisioned.put(target, 1);
    await until(() => pool.describe().length === 1);
    expect(await get()).toMatchObject({ RequestedProvisionedConcurrentExecutions: 1, Status: "READY" });
  });

  test("that is taken back while it comes up is no failure", async () => {
    const pool = await serveWithout();
    const target = { functionName: "fn", qualifier: "live" };
    await pool.provisioned.put(target, 3);
    expect(await pool.provisioned.put(target, 1)).toMatchObject({ Status: "IN_PROGRESS" });
    await until(() => pool.describe().length === 1);
    expect(await get()).toMatchObject({ Status: expect.stringMatching(/^(IN_PROGRESS|READY)$/) });
    await until(async () => (await get()).Status === "READY");
  });

  test("until it is ready requests run on demand, and then on it first", async () => {
    const pool = await serveWithout();
    await pool.provisioned.put({ functionName: "fn", qualifier: "live" }, 2);
    expect(await typeOfReplica()).toBe("on-demand");
    await until(async () => (await get()).Status === "READY");
    expect(await typeOfReplica()).toBe("provisioned-concurrency");
    expect(pool.describe()).toHaveLength(3);
  });

  test("a busy replica that is too many ends after its request", async () => {
    const pool = await fixture.pool(
      `export const handler = () => new Promise((resolve) => setTimeout(resolve, 500, 1));`,
    );
    await pool.ready();
    const answer = pool.invoke({ functionName: "fn:live", payload: "{}" });
    await until(() => pool.describe()[0]?.state === "busy");
    await pool.provisioned.delete({ functionName: "fn", qualifier: "live" });
    expect((await answer).payload).toBe("1");
    await until(() => pool.describe().length === 0);
  });

  test("that cannot be initialised fails with its reason, and may be put again", async () => {
    const pool = await fixture.pool(`throw new Error("no weights");`, { replicaCount: 0 });
    await serve(pool);
    const put = new PutProvisionedConcurrencyConfigCommand({ ...alias, ProvisionedConcurrentExecutions: 1 });
    await client.send(put);
    await until(async () => (await get()).Status === "FAILED");
    expect(await get()).toMatchObject({ StatusReason: expect.stringContaining("no weights") });
    expect(await client.send(put)).toMatchObject({ Status: "IN_PROGRESS" });
  });

  test("is refused as Lambda does", async () => {
    await serveWithout(2);
    function put(input: object) {
      const command = new PutProvisionedConcurrencyConfigCommand({
        ...alias,
        ProvisionedConcurrentExecutions: 1,
        ...input,
      });
      return client.send(command).catch(({ name, $metadata }) => `${name} ${$metadata.httpStatusCode}`);
    }
    expect(await put({ FunctionName: "other" })).toBe("ResourceNotFoundException 404");
    expect(await put({ Qualifier: "green" })).toBe("ResourceNotFoundException 404");
    expect(await put({ Qualifier: "$LATEST" })).toBe("InvalidParameterValueException 400");
    expect(await put({ ProvisionedConcurrentExecutions: 0 })).toBe("ValidationException 400");
    expect(await put({ ProvisionedConcurrentExecutions: 3 })).toBe("InvalidParameterValueException 400");
    expect(await put({ ProvisionedConcurrentExecutions: 2 })).toMatchObject({ Status: "IN_PROGRESS" });
  });

  test("outlives a deployment, as on an alias that is moved, unless that says another number", async () => {
    const pool = await serveWithout();
    await pool.provisioned.put({ functionName: "fn", qualifier: "live" }, 1);
    const bundle = await fixture.bundle("export const handler = async () => 2;");
    await pool.replace([functionConfig(bundle, { replicaCount: 0 })]);
    expect(await get()).toMatchObject({ RequestedProvisionedConcurrentExecutions: 1, Status: "READY" });
    await pool.replace([functionConfig(bundle, { replicaCount: 2 })]);
    expect(await get()).toMatchObject({ RequestedProvisionedConcurrentExecutions: 2, Status: "READY" });
  });

  test("is there through an endpoint too", async () => {
    await serveWithout();
    const { provisioned } = httpFunctions(endpoint);
    const target = { functionName: "fn", qualifier: "live" };
    await expect(provisioned?.get(target)).rejects.toMatchObject({
      name: "ProvisionedConcurrencyConfigNotFoundException",
      statusCode: 404,
    });
    expect(await provisioned?.put(target, 1)).toMatchObject({ Status: "IN_PROGRESS" });
    expect(await provisioned?.list("fn")).toHaveLength(1);
    await provisioned?.delete(target);
    expect(await provisioned?.list("fn")).toEqual([]);
  });
});
