import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, it, onTestFinished } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import { FunctionServiceError, httpFunctions, StepFunctions } from "../../../../infra/emulator/index.ts";
import { type Definition, jsonata, jsonpath, localFunctions, only, run } from "../../../support/emulator.ts";

function call(action: string, input: Definition, more: Definition = {}): Definition {
  return {
    Type: "Task",
    Resource: `arn:aws:states:::aws-sdk:${action}`,
    Arguments: input,
    ...more,
  };
}

describe("aws-sdk:sfn", () => {
  it("performs every operation of the API, with the casing of the SDK", async () => {
    const outcome = await run(
      jsonata({
        List: call("sfn:listStateMachines", { MaxResults: 1 }, { Next: "Describe" }),
        Describe: call(
          "sfn:describeStateMachine",
          { StateMachineArn: "{% $states.input.StateMachines[0].StateMachineArn %}" },
          { Output: "{% [$states.result.Name, $states.result.CreationDate] %}", End: true },
        ),
      }),
    );
    expect(outcome.output).toEqual(["machine", expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/)]);
  });

  it("names what does not exist as AWS does", async () => {
    const missing = "arn:aws:states:us-east-1:000000000000:stateMachine:none";
    expect(await run(only(call("sfn:describeStateMachine", { StateMachineArn: missing })))).toMatchObject({
      error: "Sfn.StateMachineDoesNotExistException",
    });
    const optimised = {
      Type: "Task",
      Resource: "arn:aws:states:::states:startExecution",
      Arguments: { StateMachineArn: missing },
    };
    expect(await run(only(optimised))).toMatchObject({
      error: "StepFunctions.StateMachineDoesNotExistException",
      cause: expect.stringContaining(
        `State Machine Does Not Exist: '${missing}' (Service: AWSStepFunctions; Status Code: 400;`,
      ),
    });
  });
});

it("is told in the history with the region of the server, where the resource names none", async () => {
  const states = new StepFunctions({ functions: localFunctions(), region: "eu-west-1" });
  const { stateMachineArn } = states.createStateMachine({
    name: "machine",
    roleArn: "arn:aws:iam::000000000000:role/any",
    definition: JSON.stringify(jsonata({ List: call("sfn:listStateMachines", {}, { End: true }) })),
  });
  const { executionArn } = states.startExecution({ stateMachineArn });
  await states.executionEnd(executionArn);
  const { events } = states.getExecutionHistory({ executionArn });
  const scheduled = events.find(({ type }) => type === "TaskScheduled");
  expect(scheduled).toMatchObject({ taskScheduledEventDetails: { region: "eu-west-1", resourceType: "aws-sdk:sfn" } });
});

describe("an unknown function", () => {
  const id = "[0-9a-f-]{36}";
  const former = `\\(Service: AWSLambda; Status Code: 404; Error Code: ResourceNotFoundException; Request ID: ${id}; Proxy: null\\)`;
  const latter = `\\(Service: Lambda, Status Code: 404, Request ID: ${id}\\)`;

  it.each<[string, Definition, string]>([
    ["lambda:invoke", { Parameters: { FunctionName: "f" } }, former],
    ["lambda:invoke", { QueryLanguage: "JSONata", Arguments: { FunctionName: "f" } }, latter],
    ["aws-sdk:lambda:invoke", { Parameters: { FunctionName: "f" } }, latter],
  ])("is told as AWS does of %s with %j", async (action, fields, about) => {
    const task = { Type: "Task", Resource: `arn:aws:states:::${action}`, End: true, ...fields };
    expect(await run(jsonpath({ T: task }))).toMatchObject({
      error: "Lambda.ResourceNotFoundException",
      cause: expect.stringMatching(new RegExp(`^Function not found: f ${about}$`)),
    });
  });
});

describe("aws-sdk:lambda:invoke", () => {
  it("leaves the payload as text", async () => {
    const task = call(
      "lambda:invoke",
      { FunctionName: "f", Payload: { a: 1 } },
      { Output: "{% $states.result.Payload %}" },
    );
    expect(await run(only(task), {}, { f: (payload) => payload })).toMatchObject({ output: '{"a":1}' });
  });
});

describe("aws-sdk:scheduler", () => {
  function schedule(expression: string, target: Definition): Definition {
    return call("scheduler:createSchedule", {
      Name: "later",
      ScheduleExpression: expression,
      FlexibleTimeWindow: { Mode: "OFF" },
      ActionAfterCompletion: "DELETE",
      Target: { RoleArn: "r", ...target },
    });
  }

  it("invokes a function at its time", async () => {
    const calls: Json[] = [];
    const target = { Arn: "arn:aws:lambda:us-east-1:000000000000:function:f", Input: '{"from":"schedule"}' };
    const outcome = await run(
      jsonata({
        Plan: { ...schedule("at(2026-01-01T00:01:00)", target), Next: "Wait" },
        Wait: { Type: "Wait", Seconds: 120, Next: "Gone" },
        Gone: call("scheduler:getSchedule", { Name: "later" }, { End: true }),
      }),
      {},
      { f: (payload) => (calls.push(payload), null) },
      { seed: 1 },
    );
    expect(calls).toEqual([{ from: "schedule" }]);
    expect(outcome).toMatchObject({ error: "Scheduler.ResourceNotFoundException" });
  });

  it("starts an execution again and again at a rate", async () => {
    const states = new StepFunctions({ functions: localFunctions(), seed: 1 });
    onTestFinished(() => states.close());
    function create(name: string, definition: Definition): string {
      return states.createStateMachine({ name, definition: JSON.stringify(definition), roleArn: "r" }).stateMachineArn;
    }
    const Arn = create("target", only({ Type: "Pass" }));
    const plan = jsonata({
      Plan: { ...schedule("rate(1 hour)", { Arn }), Next: "Wait" },
      Wait: { Type: "Wait", Seconds: 9000, Next: "Stop" },
      Stop: call("scheduler:deleteSchedule", { Name: "later" }, { End: true }),
    });
    await states.executionEnd(states.startExecution({ stateMachineArn: create("plan", plan) }).executionArn);
    expect(states.listExecutions({ stateMachineArn: Arn }).executions).toHaveLength(2);
  });

  it("lists schedules of a group by the beginning of their names, page by page", async () => {
    function create(Name: string, GroupName: string, Next: string): Definition {
      const { Arguments, ...state } = schedule("at(2030-01-01T00:00:00)", { Arn: "a" }) as { Arguments: Definition };
      return { ...state, Arguments: { ...Arguments, Name, GroupName }, Next };
    }
    const list = { GroupName: "mine", NamePrefix: "a.", MaxResults: 2 };
    const Names = "{% [$states.result.Schedules.Name] %}";
    const outcome = await run(
      jsonata({
        One: create("a.1", "mine", "Two"),
        Two: create("a.2", "mine", "Three"),
        Three: create("a.3", "mine", "Other"),
        Other: create("a.4", "yours", "Prefix"),
        Prefix: create("ab", "mine", "First"),
        First: call("scheduler:listSchedules", list, {
          Assign: { first: Names, token: "{% $states.result.NextToken %}" },
          Next: "Second",
        }),
        Second: call(
          "scheduler:listSchedules",
          { ...list, NextToken: "{% $token %}" },
          {
            Output: { first: "{% $first %}", second: Names, more: "{% $exists($states.result.NextToken) %}" },
            End: true,
          },
        ),
      }),
    );
    expect(outcome.output).toEqual({ first: ["a.1", "a.2"], second: ["a.3"], more: false });
  });

  it("refuses a name that no schedule may have", async () => {
    const { Arguments, ...state } = schedule("rate(1 day)", { Arn: "a" }) as { Arguments: Definition };
    const named = { ...state, Arguments: { ...Arguments, Name: "x".repeat(65) } };
    expect(await run(only(named))).toMatchObject({ error: "Scheduler.ValidationException" });
  });

  it("says what is wrong with an expression", async () => {
    for (const [expression, cause] of [
      ["cron(0 12 * * *)", "Invalid Schedule Expression cron(0 12 * * *): it needs six fields"],
      ["cron(0 12 * * MON *)", "one of both days must be ?"],
      ["every(1 day)", "Invalid Schedule Expression every(1 day)."],
      ["at(tomorrow)", "Invalid Schedule Expression at(tomorrow)."],
      ["rate(0 minutes)", "Invalid Schedule Expression rate(0 minutes)."],
    ] as const) {
      expect(await run(only(schedule(expression, { Arn: "a" })))).toMatchObject({
        error: "Scheduler.ValidationException",
        cause: expect.stringContaining(cause),
      });
    }
  });
});

describe("a handler of one's own", () => {
  it("is called with the arguments, and may fail by any name", async () => {
    const integrations = {
      "sqs:sendMessage": async ({ MessageBody }: { readonly [name: string]: Json }) => ({ sent: MessageBody ?? null }),
    };
    function send(body: string): Definition {
      return only({
        Type: "Task",
        Resource: "arn:aws:states:::sqs:sendMessage",
        Arguments: { QueueUrl: "q", MessageBody: body },
      });
    }
    expect(await run(send("hello"), {}, {}, { integrations })).toMatchObject({ output: { sent: "hello" } });
  });
});

describe("functions behind an endpoint", () => {
  async function endpoint(
    answer: (url: string, body: string) => { status?: number; headers?: Record<string, string>; body: string },
  ) {
    const server = createServer((request, response) => {
      let body = "";
      request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
      request.on("end", () => {
        const { status = 200, headers = {}, body: text } = answer(request.url ?? "", body);
        response.writeHead(status, headers).end(text);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    return httpFunctions(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }

  it("are invoked by Lambda's REST API", async () => {
    const functions = await endpoint((url, body) => ({ body: JSON.stringify([url, body]) }));
    const { payload, statusCode } = await functions.invoke({
      functionName: "f:live",
      qualifier: "2",
      payload: '{"a":1}',
    });
    expect(statusCode).toBe(200);
    expect(JSON.parse(payload)).toEqual(["/2015-03-31/functions/f%3Alive/invocations?Qualifier=2", '{"a":1}']);
  });

  it("tell a function's error from the service's", async () => {
    const failing = await endpoint(() => ({
      headers: { "x-amz-function-error": "Unhandled" },
      body: '{"errorType":"E"}',
    }));
    expect(await failing.invoke({ functionName: "f", payload: "" })).toMatchObject({ functionError: "Unhandled" });
    const throttling = await endpoint(() => ({
      status: 429,
      headers: { "x-amzn-errortype": "TooManyRequestsException" },
      body: '{"Reason":"ConcurrentInvocationLimitExceeded","message":"Rate Exceeded."}',
    }));
    const refused = throttling.invoke({ functionName: "f", payload: "" });
    await expect(refused).rejects.toBeInstanceOf(FunctionServiceError);
    await expect(refused).rejects.toMatchObject({ name: "TooManyRequestsException", message: "Rate Exceeded." });
  });

  it("that are not there fail a task with Lambda.SdkClientException", async () => {
    const task = { Type: "Task", Resource: "arn:aws:states:::lambda:invoke", Arguments: { FunctionName: "f" } };
    const outcome = await run(only(task), {}, {}, { functions: httpFunctions("http://127.0.0.1:9") });
    expect(outcome).toMatchObject({
      error: "Lambda.SdkClientException",
      cause: expect.stringContaining("ECONNREFUSED"),
    });
  });
});
