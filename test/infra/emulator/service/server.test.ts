import {
  CreateStateMachineCommand,
  DescribeExecutionCommand,
  DescribeStateMachineCommand,
  GetExecutionHistoryCommand,
  SFNClient,
  StartExecutionCommand,
  StateMachineDoesNotExist,
  ValidateStateMachineDefinitionCommand,
} from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Emulator, startEmulator } from "../../../../infra/emulator/index.ts";
import { localFunctions } from "../../../support/emulator.ts";

const definition = JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });
const roleArn = "arn:aws:iam::000000000000:role/test";

let emulator: Emulator;
let client: SFNClient;
beforeAll(async () => {
  emulator = await startEmulator({ port: 0, functions: localFunctions() });
  client = new SFNClient({
    endpoint: emulator.url,
    region: "us-east-1",
    credentials: { accessKeyId: "a", secretAccessKey: "b" },
  });
});
afterAll(async () => {
  client.destroy();
  await emulator.close();
});

function post(target: string, body: string): Promise<Response> {
  return fetch(emulator.url, { method: "POST", body, headers: { "x-amz-target": `AWSStepFunctions.${target}` } });
}

describe("the server", () => {
  it("answers the SDK's client", async () => {
    const { stateMachineArn } = await client.send(new CreateStateMachineCommand({ name: "sdk", definition, roleArn }));
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input: '{"a":1}' }));
    await emulator.states.executionEnd(executionArn ?? "");
    const described = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(described).toMatchObject({ status: "SUCCEEDED", output: '{"a":1}' });
    expect(described.startDate).toBeInstanceOf(Date);
    const { events } = await client.send(new GetExecutionHistoryCommand({ executionArn }));
    expect(events?.map(({ id, previousEventId, type }) => [id, previousEventId, type])).toEqual([
      [1, 0, "ExecutionStarted"],
      [2, 1, "PassStateEntered"],
      [3, 2, "PassStateExited"],
      [4, 3, "ExecutionSucceeded"],
    ]);
  });

  it("throws the SDK's own error classes", async () => {
    const stateMachineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:none";
    await expect(client.send(new StartExecutionCommand({ stateMachineArn }))).rejects.toBeInstanceOf(
      StateMachineDoesNotExist,
    );
  });

  it("pages the history forwards and backwards", async () => {
    const { stateMachineArn } = emulator.states.createStateMachine({ name: "paged", definition, roleArn });
    const { executionArn } = emulator.states.startExecution({ stateMachineArn });
    await emulator.states.executionEnd(executionArn);
    const first = emulator.states.getExecutionHistory({ executionArn, maxResults: 3 });
    const second = emulator.states.getExecutionHistory({ executionArn, maxResults: 3, nextToken: first.nextToken });
    expect([...first.events, ...second.events].map(({ id }) => id)).toEqual([1, 2, 3, 4]);
    expect(second.nextToken).toBeUndefined();
    const reverse = emulator.states.getExecutionHistory({ executionArn, reverseOrder: true });
    expect(reverse.events.map(({ id }) => id)).toEqual([4, 3, 2, 1]);
  });

  it.each([
    ["CreateStateMachine", "{", "SerializationException"],
    ["CreateStateMachine", "[]", "SerializationException"],
    ["CreateStateMachine", '{"name":1}', "SerializationException"],
    ["CreateStateMachine", '{"name":"x"}', "ValidationException"],
    ["CreateStateMachine", JSON.stringify({ name: "x", definition: "nope", roleArn }), "InvalidDefinition"],
    ["CreateStateMachine", JSON.stringify({ name: "a b", definition, roleArn }), "InvalidName"],
    ["CreateStateMachine", JSON.stringify({ name: "x", definition, roleArn: "bad" }), "InvalidArn"],
    [
      "CreateStateMachine",
      JSON.stringify({ name: "x", definition, roleArn, versionDescription: "first" }),
      "ValidationException",
    ],
    ["StopExecution", JSON.stringify({ executionArn: "x", error: "e".repeat(257) }), "ValidationException"],
    ["SendTaskFailure", JSON.stringify({ taskToken: "x", cause: "c".repeat(32_769) }), "ValidationException"],
    ["ValidateStateMachineDefinition", JSON.stringify({ definition, maxResults: 101 }), "ValidationException"],
    ["DescribeExecution", '{"executionArn":"x"}', "InvalidArn"],
    ["ListStateMachines", '{"nextToken":"x"}', "InvalidToken"],
    ["DescribeStateMachine", JSON.stringify({ stateMachineArn: "x", includedData: "SOME" }), "ValidationException"],
    ["Fly", "{}", "UnknownOperationException"],
    ["__proto__", "{}", "UnknownOperationException"],
  ])("refuses %s %s with %s", async (target, body, error) => {
    const response = await post(target, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ __type: error });
  });

  const machineArn = "arn:aws:states:us-east-1:000000000000:stateMachine:m";
  const runArn = "arn:aws:states:us-east-1:000000000000:mapRun:m/l:1";
  const made = { name: "limited", definition, roleArn };
  const alias = { name: "live", routingConfiguration: [{ stateMachineVersionArn: `${machineArn}:1`, weight: 100 }] };
  const pass = '{"Type":"Pass","End":true}';
  it.each<[string, object, string]>([
    ["CreateStateMachineAlias", { ...alias, name: "5" }, "satisfy regular expression pattern"],
    ["CreateStateMachineAlias", { ...alias, name: "a".repeat(81) }, "have length less than or equal to 80"],
    ["CreateStateMachineAlias", { ...alias, description: "d".repeat(257) }, "have length less than or equal to 256"],
    [
      "CreateStateMachineAlias",
      { ...alias, routingConfiguration: [{ stateMachineVersionArn: `${machineArn}:1`, weight: 101 }] },
      "have value less than or equal to 100",
    ],
    [
      "UpdateStateMachineAlias",
      {
        stateMachineAliasArn: `${machineArn}:live`,
        routingConfiguration: [{ stateMachineVersionArn: "v", weight: -1 }],
      },
      "have value greater than or equal to 0",
    ],
    ["UpdateMapRun", { mapRunArn: runArn, maxConcurrency: -1 }, "have value greater than or equal to 0"],
    ["UpdateMapRun", { mapRunArn: runArn, toleratedFailureCount: -1 }, "have value greater than or equal to 0"],
    ["UpdateMapRun", { mapRunArn: runArn, toleratedFailurePercentage: 100.5 }, "have value less than or equal to 100"],
    ["UpdateMapRun", { mapRunArn: "r".repeat(2001) }, "have length less than or equal to 2000"],
    ["ListStateMachines", { maxResults: -1 }, "have value greater than or equal to 0"],
    ["ListStateMachineVersions", { stateMachineArn: machineArn, maxResults: 1001 }, "less than or equal to 1000"],
    ["ListActivities", { nextToken: "" }, "have length greater than or equal to 1"],
    ["ListMapRuns", { executionArn: "x", nextToken: "t".repeat(1025) }, "have length less than or equal to 1024"],
    ["ListExecutions", { stateMachineArn: "x", nextToken: "t".repeat(3097) }, "have length less than or equal to 3096"],
    [
      "CreateStateMachine",
      { ...made, loggingConfiguration: { level: "NOPE" } },
      "enum value set: [ALL, ERROR, FATAL, OFF]",
    ],
    [
      "UpdateStateMachine",
      { stateMachineArn: machineArn, loggingConfiguration: { level: "all" } },
      "enum value set: [ALL,",
    ],
    ["CreateStateMachine", { ...made, encryptionConfiguration: { type: "NONE" } }, "enum value set: [AWS_OWNED_KEY,"],
    [
      "CreateStateMachine",
      { ...made, encryptionConfiguration: { type: "AWS_OWNED_KEY", kmsDataKeyReusePeriodSeconds: 59 } },
      "have value greater than or equal to 60",
    ],
    ["CreateStateMachine", { ...made, tags: [{ key: "aws:x", value: "" }] }, "that begin with 'aws:'"],
    ["CreateActivity", { name: "a", tags: [{ key: "", value: "" }] }, "have length greater than or equal to 1"],
    [
      "TagResource",
      { resourceArn: machineArn, tags: [{ key: "k", value: "v".repeat(257) }] },
      "less than or equal to 256",
    ],
    [
      "TagResource",
      { resourceArn: machineArn, tags: [{ key: "k#", value: "" }] },
      "satisfy regular expression pattern",
    ],
    ["UntagResource", { resourceArn: machineArn, tagKeys: ["k".repeat(129)] }, "less than or equal to 128"],
    ["CreateStateMachine", { ...made, roleArn: `${roleArn}${"r".repeat(256)}` }, "less than or equal to 256"],
    ["DescribeExecution", { executionArn: "" }, "have length greater than or equal to 1"],
    ["StartExecution", { stateMachineArn: machineArn, traceHeader: "ä" }, "satisfy regular expression pattern"],
    ["GetActivityTask", { activityArn: "a", workerName: "w".repeat(81) }, "have length less than or equal to 80"],
    ["SendTaskHeartbeat", { taskToken: "t".repeat(2049) }, "have length less than or equal to 2048"],
    ["SendTaskSuccess", { taskToken: "t", output: `"${"o".repeat(262_143)}"` }, "less than or equal to 262144"],
    ["TestState", { definition: pass, stateName: "" }, "have length greater than or equal to 1"],
    ["TestState", { definition: pass, variables: "v".repeat(262_145) }, "less than or equal to 262144"],
    ["TestState", { definition: pass, stateConfiguration: { retrierRetryCount: -1 } }, "greater than or equal to 0"],
    ["ValidateStateMachineDefinition", { definition: "" }, "have length greater than or equal to 1"],
  ])("refuses what is out of its range: %s, case %#", async (target, request, constraint) => {
    const response = await post(target, JSON.stringify(request));
    const { __type, message } = (await response.json()) as { readonly __type: string; readonly message: string };
    expect([response.status, __type]).toEqual([400, "ValidationException"]);
    expect(message).toContain(constraint);
  });

  it("tells the encryption again that a state machine was given", async () => {
    const encryptionConfiguration = { type: "AWS_OWNED_KEY" } as const;
    const { stateMachineArn } = await client.send(
      new CreateStateMachineCommand({ name: "sealed", definition, roleArn, encryptionConfiguration }),
    );
    const described = await client.send(new DescribeStateMachineCommand({ stateMachineArn }));
    expect(described.encryptionConfiguration).toEqual(encryptionConfiguration);
  });

  it("tells of at most maxResults diagnostics, and that there are more", async () => {
    const broken = JSON.stringify({ StartAt: "A", States: { A: { Type: "Pass" }, B: { Type: "Pass" } } });
    async function validate(maxResults: number): Promise<[number | undefined, boolean | undefined]> {
      const command = new ValidateStateMachineDefinitionCommand({ definition: broken, maxResults });
      const { diagnostics, truncated } = await client.send(command);
      return [diagnostics?.length, truncated];
    }
    expect(await validate(1)).toEqual([1, true]);
    expect(await validate(0)).toEqual([3, false]);
  });

  it("answers what it did not foresee without telling its stack, which it logs", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    const unforeseen = new Error("unforeseen");
    const other = await startEmulator({
      port: 0,
      functions: localFunctions(),
      routes() {
        throw unforeseen;
      },
    });
    const response = await fetch(`${other.url}/other`);
    expect(response.status).toBe(500);
    expect(await response.json()).toEqual({ __type: "InternalFailure", message: "unforeseen" });
    expect(logged).toHaveBeenCalledWith(unforeseen);
    logged.mockRestore();
    await other.close();
  });

  it("names the port and the remedy when the port is taken", async () => {
    const again = startEmulator({ port: emulator.port, functions: localFunctions() });
    await expect(again).rejects.toThrow(
      `Port ${emulator.port} on 127.0.0.1 is in use: stop what listens there, or choose another`,
    );
  });

  it("hands other requests to the routes it was given", async () => {
    const other = await startEmulator({
      port: 0,
      functions: localFunctions(),
      routes(request, response) {
        if (request.url !== "/other") return false;
        response.end("here");
        return true;
      },
    });
    expect(await (await fetch(`${other.url}/other`)).text()).toBe("here");
    expect((await fetch(`${other.url}/nothing`)).status).toBe(404);
    await other.close();
  });

  it("says at / what it is, as text or as HTML, and no console where there is none", async () => {
    const { host } = new URL(emulator.url);
    const front = await fetch(`${emulator.url}/?from=curl`);
    expect([front.status, front.headers.get("content-type")]).toEqual([200, "text/plain; charset=utf-8"]);
    expect(await front.text()).toBe(`Lambent's emulator: the API of AWS Step Functions, on this machine.

AWS CLI   aws stepfunctions list-state-machines --endpoint-url http://${host}
AWS SDKs  AWS_ENDPOINT_URL_SFN=http://${host}
Token     AWS_SESSION_TOKEN, if the server was started with one
`);
    const page = await fetch(emulator.url, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(page.headers.get("content-security-policy")).toContain("default-src 'none'");
    const html = await page.text();
    expect(html).toContain(`<code>AWS_ENDPOINT_URL_SFN=http://${host}</code>`);
    expect(html).not.toContain("onsole");
    const head = await fetch(emulator.url, { method: "HEAD" });
    expect([head.status, await head.text()]).toEqual([200, ""]);
  });

  it("keeps the rest of / for the API", async () => {
    const headers = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };
    expect((await fetch(emulator.url, { headers })).status).toBe(405);
    expect((await fetch(emulator.url, { method: "POST" })).status).toBe(404);
    expect((await fetch(`${emulator.url}//`)).status).toBe(404);
  });

  it("answers / without the token, to its own names alone, and when it is ready", async () => {
    let open: () => void = () => undefined;
    const opening = new Promise<void>((resolve) => {
      open = resolve;
    });
    const other = await startEmulator({ port: 0, functions: localFunctions(), token: "s3cret", opening });
    const early = fetch(other.url).then((answer) => answer.text());
    expect(await Promise.race([early, fetch(other.url, { headers: { origin: "http://evil" } })])).toMatchObject({
      status: 403,
    });
    open();
    expect(await early).toContain("Lambent's emulator");
    expect(await early).not.toContain("s3cret");
    expect((await fetch(`${other.url}/other`)).status).toBe(403);
    await other.close();
  });
});
