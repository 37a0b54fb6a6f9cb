import { createServer, type RequestListener, type ServerResponse } from "node:http";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import type { JsonObject } from "../../../../sdk/base/json.ts";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { listen, shut } from "../../../../infra/emulator/service/server.ts";
import { jsonpath, localFunctions, type Outcome, run } from "../../../support/emulator.ts";

const PUT = { Resource: "arn:aws:states:::aws-sdk:dynamodb:putItem", Parameters: { TableName: "t", Item: {} } };
const PUBLISH = { Resource: "arn:aws:states:::aws-sdk:sns:publish", Parameters: { TopicArn: "arn", Message: "m" } };

async function served(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  const port = await listen(server, "127.0.0.1", 0);
  onTestFinished(() => shut(server));
  return `http://127.0.0.1:${port}`;
}

function task(state: JsonObject, endpointUrl: string, more: JsonObject = {}): Promise<Outcome> {
  const machine = jsonpath({ T: { Type: "Task", End: true, ...state, ...more } });
  return run(machine, {}, {}, { endpointUrl, skipWaits: false });
}

function answering(status: number, body: string, headers: Readonly<Record<string, string>> = {}): RequestListener {
  return (_request, response: ServerResponse) => response.writeHead(status, headers).end(body);
}

function brokenOff(_request: unknown, response: ServerResponse): void {
  response.writeHead(200, { "content-length": "1000" });
  response.write("<half", () => response.destroy());
}

const PAGE = "<html><body>Bad gateway</body></html>";

describe.each([
  ["DynamoDb", PUT],
  ["Sns", PUBLISH],
  ["S3", { Resource: "arn:aws:states:::aws-sdk:s3:listBuckets", Parameters: {} }],
])("an endpoint of %s that does not answer as the service", (name, state) => {
  it.each<[string, RequestListener, string, RegExp]>([
    ["a page", answering(200, PAGE), "SdkClientException", /has answered 200 with .*Bad gateway/],
    ["a page and a status of 502", answering(502, PAGE), `${name}Exception`, /answered with: .*Bad gateway.* 502,/],
    ["nothing and a status of 500", answering(500, ""), `${name}Exception`, /answered with: nothing .* 500,/],
    [
      "half of a document",
      answering(200, '{"Attributes":'),
      "SdkClientException",
      /has answered 200 with .*"Attributes":/,
    ],
    ["text", answering(400, "what?"), `${name}Exception`, /answered with: what\? .* 400,/],
    ["another address", answering(307, "", { location: "http://127.0.0.1:1/" }), `${name}Exception`, / 307,/],
    ["the end of the connection", (request) => request.socket.destroy(), "SdkClientException", /127\.0\.0\.1:\d+\)$/],
    ["half of its answer", brokenOff, "SdkClientException", /127\.0\.0\.1:\d+\)$/],
  ])("with %s fails the Task by a name, and says what has come", async (_, answer, error, cause) => {
    const outcome = await task(state, await served(answer));
    expect(outcome).toMatchObject({ error: `${name}.${error}`, cause: expect.stringMatching(cause) });
  });

  it("since nothing listens there", async () => {
    expect(await task(state, "http://127.0.0.1:1")).toMatchObject({
      error: `${name}.SdkClientException`,
      cause: expect.stringMatching(/^Unable to execute HTTP request: .*ECONNREFUSED 127\.0\.0\.1:1/),
    });
  });

  it("at all fails the Task when its time is over, and the request is called off", async () => {
    let isCalledOff: () => void;
    const calledOff = new Promise<void>((resolve) => {
      isCalledOff = resolve;
    });
    const url = await served((_request, response) => response.on("close", () => isCalledOff()));
    const caught = { TimeoutSeconds: 1, Catch: [{ ErrorEquals: ["States.Timeout"], Next: "Late" }] };
    const machine = { T: { Type: "Task", ...state, ...caught, End: true }, Late: { Type: "Succeed" } };
    expect(await run(jsonpath(machine), {}, {}, { endpointUrl: url })).toMatchObject({ status: "SUCCEEDED" });
    await calledOff;
  });

  it("at all does not keep an execution that is stopped", async () => {
    let arrived: (response: ServerResponse) => void;
    const arrival = new Promise<ServerResponse>((resolve) => {
      arrived = resolve;
    });
    const url = await served((_request, response) => arrived(response));
    const states = new StepFunctions({ functions: localFunctions(), endpointUrl: url });
    const { stateMachineArn } = states.createStateMachine({
      name: "machine",
      definition: JSON.stringify(jsonpath({ T: { Type: "Task", End: true, ...state } })),
      roleArn: "arn:aws:iam::000000000000:role/test",
    });
    const { executionArn } = states.startExecution({ stateMachineArn, input: "{}" });
    const response = await arrival;
    const closed = new Promise((resolve) => response.on("close", resolve));
    states.stopExecution({ executionArn });
    expect(await states.executionEnd(executionArn)).toMatchObject({ status: "ABORTED" });
    await closed;
  });
});

it.each([
  ["DynamoDb", PUT],
  ["Sns", PUBLISH],
])("%s at AWS itself without any credentials fails the Task, and nothing is sent", async (name, state) => {
  for (const variable of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_ENDPOINT_URL"])
    vi.stubEnv(variable, "");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  for (const variable of ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"]) vi.stubEnv(variable, "/none");
  onTestFinished(() => void vi.unstubAllEnvs());
  const machine = jsonpath({ T: { Type: "Task", End: true, ...state } });
  expect(await run(machine, {}, {}, { aws: true })).toMatchObject({
    error: `${name}.SdkClientException`,
    cause: expect.stringContaining("Unable to load credentials: "),
  });
});

it("a body of any kind that has a status of failure is told", async () => {
  const state = { Resource: "arn:aws:states:::aws-sdk:s3:getObject", Parameters: { Bucket: "b", Key: "k" } };
  expect(await task(state, await served(answering(502, PAGE)))).toMatchObject({
    error: "S3.S3Exception",
    cause: expect.stringContaining(`answered with: ${PAGE}`),
  });
});

describe("a Task is refused when it is created", () => {
  it.each([
    [
      "sqs:sendMessage",
      "name an endpoint that speaks SQS (--endpoint-url URL, offline.endpointUrl in the lambent block",
    ],
    ["aws-sdk:cloudwatchlogs:createLogGroup", "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS or AWS_ENDPOINT_URL"],
    ["aws-sdk:dynamodb:getItem", "or allow requests to AWS itself with your own credentials (--aws, offline.aws)"],
    ["aws-sdk:dynamodb:getItem", 'or register a handler as integrations["aws-sdk:dynamodb:getItem"]'],
  ])("that has nowhere to go: %s", async (resource, message) => {
    for (const name of Object.keys(process.env)) if (name.startsWith("AWS_")) vi.stubEnv(name, undefined);
    vi.stubEnv("AWS_CONFIG_FILE", "/nonexistent/config");
    onTestFinished(() => void vi.unstubAllEnvs());
    const Parameters = { QueueUrl: "q", MessageBody: "b" };
    const machine = jsonpath({ T: { Type: "Task", Resource: `arn:aws:states:::${resource}`, Parameters, End: true } });
    await expect(run(machine)).rejects.toThrow(message);
  });

  it.each([
    ["aws-sdk:polly:describeVoices", "npm install --save-dev @aws-sdk/client-polly"],
    ["aws-sdk:poly:describeVoices", "there is no service poly that this emulator knows"],
  ])("for which something lacks: %s", async (resource, message) => {
    const state = { Resource: `arn:aws:states:::${resource}`, Parameters: {} };
    await expect(task(state, "http://127.0.0.1:9")).rejects.toThrow(message);
  });
});

it("what is signed names the service and the region, and a token only where one is set", async () => {
  let seen: JsonObject = {};
  const url = await served((request, response) => {
    seen = { ...request.headers } as JsonObject; // what Node.js has read of a request is text and lists of text
    response.end("{}");
  });
  await run(jsonpath({ T: { Type: "Task", End: true, ...PUT } }), {}, {}, { endpointUrl: url, region: "eu-west-1" });
  expect(seen).toMatchObject({
    authorization: expect.stringMatching(
      /^AWS4-HMAC-SHA256 Credential=[^/]+\/\d{8}\/eu-west-1\/dynamodb\/aws4_request, /,
    ),
    "x-amz-target": "DynamoDB_20120810.PutItem",
    "content-type": "application/x-amz-json-1.0",
  });
});

it("entries that EventBridge refuses fail the Task", async () => {
  const answer = { FailedEntryCount: 1, Entries: [{ ErrorCode: "InvalidArgument", ErrorMessage: "no" }] };
  let asked = "";
  const url = await served((request, response) => {
    request.on("data", (part: Buffer) => (asked += part.toString()));
    request.on("end", () => response.end(JSON.stringify(answer)));
  });
  const put = { Entries: [{ Source: "s", DetailType: "d", Detail: { a: 1 }, Resources: ["r"] }] };
  const outcome = await task({ Resource: "arn:aws:states:::events:putEvents", Parameters: put }, url);
  expect(outcome).toMatchObject({ error: "EventBridge.FailedEntry", cause: JSON.stringify(answer) });
  expect(JSON.parse(asked)).toEqual({
    Entries: [
      {
        Source: "s",
        DetailType: "d",
        Detail: '{"a":1}',
        Resources: ["r", expect.stringMatching(/:stateMachine:machine$/), expect.stringMatching(/:execution:machine:/)],
      },
    ],
  });
  // The SDK's integration hands the answer on.
  const sdk = await task({ Resource: "arn:aws:states:::aws-sdk:eventbridge:putEvents", Parameters: put }, url);
  expect(sdk.output).toEqual(answer);
});

it("a token is sent to whoever is to report, and what is reported is the Task's result", async () => {
  const bodies: string[] = [];
  const states = new StepFunctions({
    functions: localFunctions(),
    endpointUrl: await served((request, response) => {
      request.on("data", (part: Buffer) => bodies.push(part.toString()));
      request.on("end", () => response.end('{"MessageId":"1"}'));
    }),
  });
  const { stateMachineArn } = states.createStateMachine({
    name: "machine",
    definition: JSON.stringify(
      jsonpath({
        T: {
          Type: "Task",
          Resource: "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
          Parameters: { QueueUrl: "http://q", MessageBody: { "token.$": "$$.Task.Token" } },
          End: true,
        },
      }),
    ),
    roleArn: "arn:aws:iam::000000000000:role/test",
  });
  const { executionArn } = states.startExecution({ stateMachineArn, input: "{}" });
  await expect.poll(() => bodies.length).toBe(1);
  const { MessageBody } = JSON.parse(bodies[0] ?? "") as { MessageBody: string };
  const { token } = JSON.parse(MessageBody) as { token: string };
  states.taskTokens.succeed({ taskToken: token, output: '{"done":true}' });
  expect(await states.executionEnd(executionArn)).toMatchObject({ status: "SUCCEEDED", output: '{"done":true}' });
});
