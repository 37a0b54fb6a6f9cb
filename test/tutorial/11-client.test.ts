import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CreateStateMachineCommand, DescribeStateMachineCommand, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  Client,
  ExecutionError,
  ExecutionNameTaken,
  InvalidAnswer,
  InvalidInputs,
  StillRunning,
  type StartOptions,
} from "lambent/client";
import type { Workflow } from "lambent";
import type { PendingTokens } from "../../infra/run/console/api.ts";
import { testExamples } from "../support/examples.ts";
import { packageRoot } from "../support/project-directory.ts";
import { servedProject } from "../support/served-project.ts";
import * as schemas from "./10-schemas.ts";
import * as chapter from "./11-client.ts";

testExamples(chapter);

/** What a module of the served project exports beside the chapter's. */
interface Waiting {
  readonly wait: typeof chapter.traced;
  readonly counting: Workflow<{ file: string }, number>;
}

describe("a client of a served project", () => {
  const files = ["10-schemas.ts", "11-client.ts", "example.ts"].map((file) => [
    file,
    readFileSync(join(packageRoot, "test", "tutorial", file), "utf8"),
  ]);
  const waiting = `
import { appendFile } from "node:fs/promises";
import { ActorEnvironment, currentContext, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "pair", replicaCount: 2 });
const counted = actor.task(
  async function counted({ file }) {
    await appendFile(file, currentContext().replica + "\\n");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return file.length;
  },
  { cache: true, cacheVersion: "v1", cacheSerialize: true },
);
export const counting = workflow({ file: "" }, function counting({ file }) { return counted({ file }); });
export const slow = task(async function slow({ ms }) {
  await new Promise((resolve) => setTimeout(resolve, ms));
  return ms;
});
export const wait = workflow({ ms: 60_000 }, function wait({ ms }) { return slow({ ms }); });
`;
  const project = servedProject(
    { "serverless.yml": "service: test\n", "waiting.ts": waiting, ...Object.fromEntries(files) },
    { workflows: ["10-schemas.ts", "11-client.ts", "waiting.ts"] },
  );
  for (const name of ["zod", "valibot", "arktype"]) {
    project.link(join("node_modules", name), join(packageRoot, "node_modules", name));
  }
  let client = new Client();
  beforeAll(() => {
    client = new Client({ endpoint: project.served.url });
  });
  afterAll(() => client.close());

  const orders = [
    { id: 1, amount: 3 },
    { id: 2, amount: 4 },
  ];

  test("start gives a handle, and result what the workflow returns", async () => {
    const execution = await client.start(chapter.bill, { orders });
    const result: { currency: string; total: number } = await execution.result();
    expect(result).toEqual({ currency: "EUR", total: 14 });
    expect(await execution.status()).toBe("SUCCEEDED");
    expect((await execution.history()).at(-1)?.type).toBe("ExecutionSucceeded");
    expect((await execution.receipts()).map(({ task }) => task).toSorted()).toEqual(["price", "price", "receipt"]);
  });

  test("a result has values that JSON has no form for", async () => {
    const execution = await client.start(chapter.due, { order: { id: 3, amount: 1 } });
    expect(await execution.result()).toEqual({ due: new Date("2027-01-03") });
  });

  test("a name makes a start that is repeated find its execution, with equal inputs alone", async () => {
    expect(await chapter.billed(client, { id: 7, amount: 1 })).toBe(2);
    expect(await chapter.billed(client, { id: 7, amount: 1 })).toBe(2);
    const taken = chapter.billed(client, { id: 7, amount: 2 });
    await expect(taken).rejects.toBeInstanceOf(ExecutionNameTaken);
    await expect(taken).rejects.toThrow(/order-7 has been started with other inputs, and is SUCCEEDED: /);
    const again = await client.start(chapter.bill, { orders: [{ amount: 1, id: 7 }] }, { name: "order-7" });
    expect(again.executionArn).toMatch(/:test-dev-bill:order-7$/);
  });

  test("inputs are refused before anything is started, in the words of the state machine", async () => {
    const input = { currency: 3, order: [] };
    const refused = client.start(chapter.bill, input as never, { name: "refused" });
    await expect(refused).rejects.toBeInstanceOf(InvalidInputs);
    const { message, problems } = (await refused.catch((error: unknown) => error)) as InvalidInputs;
    expect(problems).toEqual([
      "orders is required",
      "currency must be of type string, not number",
      "there is no input order, it takes orders, currency",
    ]);
    await expect(client.attach("refused")).rejects.toThrow("no execution is called refused");
    expect(await project.execute("bill", input)).toMatchObject({ error: "InvalidInputs", cause: message });
  });

  test("an error says which node and item failed, and has the task's error with its stack", async () => {
    const execution = await client.start(chapter.bill, { orders: [...orders, { id: 3, amount: -1 }] });
    const error: unknown = await execution.result().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ExecutionError);
    expect(error).toMatchObject({
      error: "RangeError",
      node: "price[2]",
      item: 2,
      executionArn: execution.executionArn,
      cause: { name: "RangeError", message: "order 3 is worth -1" },
    });
    expect(String(error)).toMatch(
      /^ExecutionError: workflow bill failed at price\[2\]: RangeError: order 3 is worth -1/,
    );
    expect(((error as Error).cause as Error).stack).toMatch(/at price .*11-client\.ts:\d+/);
  });

  test("files in a result can be read, as those that run() gives", async () => {
    const { lines } = await (await client.start(chapter.statement, { orders })).result();
    expect(await lines.text()).toBe("6\n8");
  });

  test("an EXPRESS execution has run when it is started", async () => {
    const execution = await client.start(chapter.quote, { order: { id: 1, amount: 5 } });
    expect(await execution.result()).toEqual({ price: 10 });
    await expect(execution.history()).rejects.toThrow("Step Functions keeps no events of it");
    const failed = await client.start(chapter.quote, { order: { id: 1, amount: -5 } });
    await expect(failed.result()).rejects.toMatchObject({ error: "RangeError" });
    expect(await failed.status()).toBe("FAILED");
  });

  test("the trace of the program goes to the tasks", async () => {
    const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    expect(await (await client.start(chapter.traced, {}, { traceparent })).result()).toBe(traceparent);
  });

  test("of two replicas that need one output at once one computes it, and anew if the execution says so", async () => {
    const { counting } = (await import(join(project.root, "waiting.ts"))) as Waiting;
    const file = join(project.root, "counted.txt");
    async function both(options: StartOptions): Promise<number> {
      const executions = await Promise.all([1, 2].map(() => client.start(counting, { file }, options)));
      const results = await Promise.all(executions.map((execution) => execution.result()));
      expect(results).toEqual([file.length, file.length]);
      return readFileSync(file, "utf8").trim().split("\n").length;
    }
    expect(await both({})).toBe(1);
    expect(await both({})).toBe(1);
    expect(await both({ overwriteCache: true })).toBe(2);
  });

  test("signal answers a task that waits for its token", async () => {
    const { definition = "" } = await project.client.send(
      new DescribeStateMachineCommand({ stateMachineArn: project.served.stateMachines.get("traced") }),
    );
    const [, FunctionName = ""] = /"FunctionName":\s*"([^"]+)"/.exec(definition) ?? [];
    const ask = {
      Type: "Task",
      Resource: "arn:aws:states:::lambda:invoke.waitForTaskToken",
      Arguments: { FunctionName, Payload: { task: "traceOf", inputs: { token: "{% $states.context.Task.Token %}" } } },
      End: true,
    };
    const machine = { QueryLanguage: "JSONata", StartAt: "approve", States: { approve: ask } };
    const { stateMachineArn } = await project.client.send(
      new CreateStateMachineCommand({
        name: "approval",
        definition: JSON.stringify(machine),
        roleArn: "arn:aws:iam::000000000000:role/r",
      }),
    );
    const { executionArn = "" } = await project.client.send(new StartExecutionCommand({ stateMachineArn }));
    const execution = await client.attach(executionArn);
    await expect.poll(async () => (await execution.history()).at(-1)?.type).toBe("TaskSubmitted");
    await expect(execution.signal({ node: "refuse", output: 1 })).rejects.toThrow("no task refuse of");
    await execution.signal({ node: "approve", output: { by: "Ada" } });
    expect(await execution.result()).toEqual({ by: "Ada" });
  });

  test("inputs are looked at by their schemas in full before anything is started", async () => {
    const order = { id: "", items: [{ name: "pen", count: 0 }], due: "soon", token: "t" };
    const refused = client.start(schemas.packing, { order, note: "far too long" });
    await expect(refused).rejects.toBeInstanceOf(InvalidInputs);
    const { problems } = (await refused.catch((error: unknown) => error)) as InvalidInputs; // just seen
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "order.id",
      "order.items[0].count",
      "order.due",
      "note",
    ]);
    expect(problems[1]).toMatch(/^order\.items\[0\]\.count: .+ \(expected integer >= 1, received the number 0\)$/);
    await expect(client.start(schemas.naming, { name: " a " })).rejects.toThrow('received the string " a "');
    const execution = await client.start(schemas.naming, { name: " Ada " });
    expect(await execution.result()).toBe("Ada");
  });

  test("an answer is looked at before it is sent, in full where the workflow is known", async () => {
    const execution = await client.start(schemas.choosing);
    await expect.poll(async () => (await execution.history()).at(-1)?.type).toMatch(/^Task(Started|Submitted)$/);
    const long = { colour: "red", note: "longer than that" };
    const refused = execution.signal({ node: "choice", output: long });
    await expect(refused).rejects.toBeInstanceOf(InvalidAnswer);
    await expect(refused).rejects.toThrow(/the answer to choice: it\.note: .+received the string "longer than that"/);
    const unknown = await client.attach(execution.executionArn);
    const green = { colour: "green" };
    const problem = 'the answer to choice: it.colour must be "red" or "blue", not green';
    await expect(unknown.signal({ output: green })).rejects.toThrow(problem);
    await expect(unknown.signal({ output: { colour: { $stored: "x" } } })).rejects.toBeInstanceOf(InvalidAnswer);

    const tokens = (await (await fetch(`${project.served.url}/console/api/tokens`)).json()) as PendingTokens;
    const [waits] = tokens.tokens;
    async function asked(output: unknown): Promise<unknown> {
      const body = JSON.stringify({ taskToken: waits?.taskToken, output: JSON.stringify(output) });
      const headers = { "content-type": "application/json" };
      return (
        await fetch(`${project.served.url}/console/api/answer-problem`, { method: "POST", headers, body })
      ).json();
    }
    expect(await asked(green)).toEqual({ problem });
    expect(await asked({ colour: "blue" })).toEqual({});

    expect(await execution.status()).toBe("RUNNING");
    await unknown.signal({ output: { colour: "blue" } });
    expect(await execution.result()).toBe("blue");
  });

  test("a wait ends by its timeout and by its signal, and the execution by cancel", async () => {
    const { wait } = (await import(join(project.root, "waiting.ts"))) as Waiting;
    const execution = await client.start(wait, {}, { name: "long" });
    await expect(execution.result({ timeoutSeconds: 0.3 })).rejects.toBeInstanceOf(StillRunning);
    const controller = new AbortController();
    const stopped = execution.result({ signal: controller.signal });
    controller.abort(new Error("the page was closed"));
    await expect(stopped).rejects.toThrow("the page was closed");
    const same = await client.attach("long", wait);
    expect(same.executionArn).toBe(execution.executionArn);
    await same.cancel({ error: "Superseded", cause: "it was changed" });
    await expect(execution.result()).rejects.toMatchObject({ error: "Superseded", errorCause: "it was changed" });
    await expect(execution.cancel()).rejects.toThrow("has ended already: it is ABORTED");
  });
});
