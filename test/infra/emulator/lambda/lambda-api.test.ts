import { createServer, request, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  InvokeCommand,
  InvokeWithResponseStreamCommand,
  LambdaClient,
  type InvokeCommandInput,
} from "@aws-sdk/client-lambda";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FunctionServiceError, type Functions } from "../../../../infra/emulator/lambda/functions.ts";
import { httpFunctions } from "../../../../infra/emulator/lambda/http-functions.ts";
import { lambdaRoutes } from "../../../../infra/emulator/lambda/lambda-api.ts";
import { createFixture } from "../../../support/replica-fixture.ts";

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
  ])("%#: %o", async (input, name, status, message) => {
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
