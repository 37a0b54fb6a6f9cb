import { once } from "node:events";
import { connect } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type Emulator, startEmulator } from "../../../../infra/emulator/index.ts";
import { lambdaRoutes } from "../../../../infra/emulator/lambda/lambda-api.ts";
import type { Json } from "../../../../sdk/base/json.ts";
import { jsonata, jsonpath, localFunctions, only, run } from "../../../support/emulator.ts";

const roleArn = "arn:aws:iam::000000000000:role/test";
const definition = JSON.stringify({ StartAt: "P", States: { P: { Type: "Pass", End: true } } });

let emulator: Emulator;
let stateMachineArn: string;
beforeAll(async () => {
  const functions = localFunctions({ echo: (payload) => payload });
  emulator = await startEmulator({ port: 0, functions, routes: lambdaRoutes(functions) });
  ({ stateMachineArn } = emulator.states.createStateMachine({ name: "pass", definition, roleArn }));
});
afterAll(() => emulator.close());

/** What a client sees that writes all of this before it reads. */
async function exchange(head: readonly string[], ...body: readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(emulator.port, "127.0.0.1");
  let answer = "";
  socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
  socket.write(`${[...head, `Host: 127.0.0.1:${emulator.port}`].join("\r\n")}\r\n\r\n`);
  for (const part of body) {
    if (!socket.write(part)) await once(socket, "drain");
  }
  while (!answer.includes("\r\n\r\n")) await once(socket, "data");
  socket.destroy();
  return answer;
}

const START = ["POST / HTTP/1.1", "X-Amz-Target: AWSStepFunctions.StartExecution"];

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

async function start(
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
): Promise<[number, unknown]> {
  const target = { "x-amz-target": "AWSStepFunctions.StartExecution", ...headers };
  const response = await fetch(emulator.url, { method: "POST", body, headers: target });
  const answer = (await response.json()) as { readonly __type?: string; readonly message?: string };
  return [response.status, answer.__type === undefined ? "" : `${answer.__type}: ${answer.message}`];
}

describe("a request's body", () => {
  const tooLong = "x".repeat(17 * 1024 * 1024);

  it.each([
    ["with its length", [`Content-Length: ${tooLong.length}`], [tooLong]],
    ["in chunks", ["Transfer-Encoding: chunked"], [`${tooLong.length.toString(16)}\r\n`, tooLong, "\r\n0\r\n\r\n"]],
    ["when it asks first", [`Content-Length: ${tooLong.length}`, "Expect: 100-continue"], []],
  ])("that is too long is answered to a client that sends it %s", async (_, headers, body) => {
    const answer = await exchange([...START, ...headers], ...body);
    expect(answer).toMatch(/^HTTP\/1.1 413 /);
    expect(answer).toContain("RequestEntityTooLargeException");
  });

  it("is asked for when it is not too long", async () => {
    const body = JSON.stringify({ stateMachineArn });
    const answer = await exchange([...START, `Content-Length: ${body.length}`, "Expect: 100-continue"]);
    expect(answer).toMatch(/^HTTP\/1.1 100 Continue/);
  });

  it("that never comes whole prints nothing", async () => {
    const printed = vi.spyOn(console, "error").mockImplementation(() => {});
    for (let times = 0; times < 5; times++) {
      const socket = connect(emulator.port, "127.0.0.1");
      socket.write(`${START.join("\r\n")}\r\nHost: 127.0.0.1:${emulator.port}\r\nContent-Length: 1000\r\n\r\n{"state`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.destroy();
      await once(socket, "close");
    }
    expect(await start(JSON.stringify({ stateMachineArn }))).toEqual([200, ""]);
    expect(printed).not.toHaveBeenCalled();
    printed.mockRestore();
  });

  it.each([
    [
      "that is no UTF-8",
      Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d]),
      {},
      "SerializationException: The body is not UTF-8",
    ],
    [
      "in gzip",
      gzipSync("{}"),
      { "content-encoding": "gzip" },
      "SerializationException: The body has the Content-Encoding gzip: send it without one",
    ],
    [
      "that is nested too deeply",
      `{"tags":${nested(4500)}}`,
      {},
      "SerializationException: The request cannot be read: Document nesting depth (1001) exceeds the maximum allowed (1000, from `StreamReadConstraints.getMaxNestingDepth()`)",
    ],
  ])("%s is refused", async (_, body, headers, expected) => {
    expect(await start(body, headers)).toEqual([400, expected]);
  });

  it("with a byte order mark is taken, and a name twice counts as its last one does", async () => {
    const body = `\uFEFF{"stateMachineArn":"none","stateMachineArn":${JSON.stringify(stateMachineArn)}}`;
    expect(await start(body)).toEqual([200, ""]);
  });

  it("for Lambda is checked alike", async () => {
    const url = `${emulator.url}/2015-03-31/functions/echo/invocations`;
    const refused = await fetch(url, { method: "POST", body: Buffer.from([0x22, 0xff, 0x22]) });
    expect([refused.status, refused.headers.get("x-amzn-errortype")]).toEqual([400, "InvalidRequestContentException"]);
  });
});

describe("JSON that is nested", () => {
  const deepest = nested(999);

  it("1,000 levels deep is carried everywhere", async () => {
    const { executionArn } = emulator.states.startExecution({ stateMachineArn, input: `{"a":${deepest}}` });
    expect(await emulator.states.executionEnd(executionArn)).toMatchObject({ output: `{"a":${deepest}}` });
    expect(emulator.states.getExecutionHistory({ executionArn }).events).toHaveLength(4);
    expect(emulator.states.listExecutions({ stateMachineArn }).executions.length).toBeGreaterThan(0);
    const echo = only({
      Type: "Task",
      Resource: "arn:aws:lambda:us-east-1:000000000000:function:echo",
      Arguments: "{% $states.input.a %}",
    });
    const input: Json = { a: JSON.parse(deepest) };
    const outcome = await run(echo, input, { echo: (payload) => payload });
    expect(JSON.stringify(outcome.output)).toBe(deepest);
  });

  it("deeper is refused at every door", async () => {
    const deep = nested(4500);
    const { states } = emulator;
    expect(() => states.startExecution({ stateMachineArn, input: deep })).toThrow(
      "Invalid State Machine Execution Input: 'Document nesting depth (1001) exceeds the maximum allowed (1000",
    );
    expect(() => states.createStateMachine({ name: "deep", definition: deep, roleArn })).toThrow(
      "Invalid State Machine Definition: 'INVALID_JSON_DESCRIPTION: Document nesting depth (1001) exceeds",
    );
    await expect(async () =>
      states.testState({ definition: '{"Type":"Pass","End":true}', roleArn, input: deep }),
    ).rejects.toThrow("Invalid JSON in input: Document nesting depth");
    const parse = await run(only({ Type: "Pass", Output: "{% $parse($states.input.text) %}" }), { text: deep });
    expect(parse).toMatchObject({ error: "States.QueryEvaluationError" });
    const intrinsic = { S: { Type: "Pass", Parameters: { "v.$": "States.StringToJson($.text)" }, End: true } };
    expect(await run(jsonpath(intrinsic), { text: deep })).toMatchObject({ error: "States.IntrinsicFailure" });
  });

  it("deeper, as a function's answer, fails the Task, which can catch that", async () => {
    const arn = "arn:aws:lambda:us-east-1:000000000000:function:deep";
    const catching = {
      Work: {
        Type: "Task",
        Resource: arn,
        Catch: [{ ErrorEquals: ["States.ALL"], Next: "Caught", Output: "{% $states.errorOutput.Error %}" }],
        End: true,
      },
      Caught: { Type: "Pass", End: true },
    };
    const outcome = await run(jsonata(catching), {}, { deep: () => JSON.parse(nested(1001)) });
    expect(outcome).toMatchObject({ status: "SUCCEEDED", output: "States.DataLimitExceeded" });
  });

  it("deeper by one level with every turn of a loop ends the execution, which can still be looked at", async () => {
    const loop = {
      Wrap: { Type: "Pass", Parameters: { "a.$": "$" }, Next: "Again" },
      Again: { Type: "Choice", Choices: [{ Variable: "$.end", IsPresent: true, Next: "End" }], Default: "Wrap" },
      End: { Type: "Succeed" },
    };
    const outcome = await run(jsonpath(loop));
    expect(outcome).toMatchObject({
      error: "States.DataLimitExceeded",
      cause: expect.stringContaining("that is nested deeper than 1000 levels."),
    });
    const variable = {
      Wrap: { Type: "Pass", Assign: { v: "{% [[$exists($v) ? $v : 1]] %}" }, Output: 1, Next: "Again" },
      Again: { Type: "Choice", Choices: [{ Condition: "{% $v = 0 %}", Next: "End" }], Default: "Wrap" },
      End: { Type: "Succeed" },
    };
    expect(await run(jsonata(variable))).toMatchObject({
      status: "FAILED",
      cause: expect.stringContaining("nested deeper than 1000 levels"),
    });
  });

  it("in Parallel states is run as deep as a definition may be, and refused beyond", async () => {
    function parallels(count: number): string {
      let inner = '{"StartAt":"P0","States":{"P0":{"Type":"Pass","End":true}}}';
      for (let level = 1; level <= count; level++)
        inner = `{"StartAt":"P${level}","States":{"P${level}":{"Type":"Parallel","End":true,"Branches":[${inner}]}}}`;
      return inner;
    }
    const { states } = emulator;
    const created = states.createStateMachine({ name: "parallels", definition: parallels(200), roleArn });
    const { executionArn } = states.startExecution({ stateMachineArn: created.stateMachineArn });
    expect((await states.executionEnd(executionArn)).status).toBe("SUCCEEDED");
    expect(() => states.createStateMachine({ name: "more", definition: parallels(3000), roleArn })).toThrow(
      "INVALID_JSON_DESCRIPTION: Document nesting depth (1001)",
    );
  });
});

describe("JSON of other odd kinds", () => {
  it.each([
    ['{"__proto__":{"a":1},"constructor":2}'],
    ['{"a":"\\ud800"}'],
    ['{"a":1,"a":2}'],
    ['{"a":12345678901234567890}'],
    ['"\\u0000"'],
  ])("%s is told as it was sent", async (input) => {
    const { executionArn } = emulator.states.startExecution({ stateMachineArn, input });
    const ended = await emulator.states.executionEnd(executionArn);
    expect(ended).toMatchObject({ status: "SUCCEEDED", input, output: JSON.stringify(JSON.parse(input)) });
  });

  it("a number that no double can be is refused", () => {
    expect(() => emulator.states.startExecution({ stateMachineArn, input: "[1e400]" })).toThrow(
      "Invalid State Machine Execution Input: 'Numeric value out of range of double'",
    );
  });
});
