import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";

// The program as it is installed: `npm test` builds it first.
const program = fileURLToPath(new URL("../../dist/scripts/cli.js", import.meta.url));
const roleArn = "arn:aws:iam::000000000000:role/test";

let data: string;
beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), "lambent-data-"));
  onTestFinished(() => rmSync(data, { recursive: true }));
});

interface Running {
  readonly child: ChildProcess;
  readonly output: () => string;
  call(operation: string, request: object): Promise<{ readonly [member: string]: unknown }>;
}

/** Starts the emulator; a limit of the size of files stands for a disk that is full. */
async function emulator(
  options: { nodeOptions?: string; fileBlocks?: number; args?: readonly string[] } = {},
): Promise<Running> {
  const { nodeOptions = "", fileBlocks, args = ["--data", data] } = options;
  const limit = fileBlocks === undefined ? "" : `trap '' XFSZ; ulimit -f ${fileBlocks}; `;
  const command = [process.execPath, program, "emulator", "--port", "0", ...args];
  const child = spawn("/bin/sh", ["-c", `${limit}exec "$@"`, "sh", ...command], {
    env: { ...process.env, NODE_OPTIONS: nodeOptions },
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += String(chunk)));
  const ended = once(child, "exit");
  await expect.poll(() => output.includes("Lambda: ") || child.exitCode !== null, { timeout: 15_000 }).toBe(true);
  if (child.exitCode !== null) await ended;
  const [url = ""] = /http:\/\/127\.0\.0\.1:\d+/.exec(output) ?? [];
  return {
    child,
    output: () => output,
    async call(operation, request) {
      const headers = { "x-amz-target": `AWSStepFunctions.${operation}` };
      const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(request) });
      return (await response.json()) as { readonly [member: string]: unknown };
    },
  };
}

function machine(name: string, state: object = { Type: "Pass" }, comment = ""): object {
  const definition = { Comment: comment, StartAt: "S", States: { S: { ...state, End: true } } };
  return { name, roleArn, definition: JSON.stringify(definition) };
}

async function kill({ child }: Running): Promise<void> {
  child.kill("SIGKILL");
  await once(child, "exit");
}

const FULL =
  /^The request was not carried out\. The data directory cannot be used: .*\.(json|jsonl): EFBIG.*Free space there/;

describe("a data directory on a full disk", () => {
  it("refuses what cannot be written, of which nothing has happened, and goes on when there is room", async () => {
    const first = await emulator({ fileBlocks: 64 });
    const { stateMachineArn } = await first.call("CreateStateMachine", machine("small"));
    expect(await first.call("CreateStateMachine", machine("large", { Type: "Pass" }, "x".repeat(100_000)))).toEqual({
      __type: "ServiceUnavailable",
      message: expect.stringMatching(FULL),
    });
    expect((await first.call("ListStateMachines", {}))["stateMachines"]).toHaveLength(1);
    const { stateMachineArn: waiting } = await first.call(
      "CreateStateMachine",
      machine("wait", { Type: "Wait", Seconds: 600 }),
    );
    const { executionArn } = await first.call("StartExecution", { stateMachineArn: waiting });
    const started: string[] = [];
    let refused: unknown;
    for (let index = 0; index < 100 && refused === undefined; index++) {
      const input = JSON.stringify("y".repeat(1000));
      const answer = await first.call("StartExecution", { stateMachineArn, name: `e${index}`, input });
      if (answer["__type"] === undefined) started.push(String(answer["executionArn"]));
      else refused = answer;
    }
    expect(refused).toEqual({ __type: "ServiceUnavailable", message: expect.stringMatching(FULL) });
    const listed = (await first.call("ListExecutions", { stateMachineArn }))["executions"];
    expect(listed).toHaveLength(started.length);
    expect(await first.call("StopExecution", { executionArn, cause: "c".repeat(30_000) })).toMatchObject({
      __type: "ServiceUnavailable",
    });
    expect(await first.call("DescribeExecution", { executionArn })).toMatchObject({ status: "RUNNING" });
    const { definition } = machine("large", { Type: "Pass" }, "x".repeat(100_000)) as { definition: string };
    expect(await first.call("UpdateStateMachine", { stateMachineArn, definition })).toMatchObject({
      __type: "ServiceUnavailable",
    });
    expect(String((await first.call("DescribeStateMachine", { stateMachineArn }))["definition"]).length).toBeLessThan(
      999,
    );
    await kill(first);
    const second = await emulator();
    const again = (await second.call("ListExecutions", { stateMachineArn }))["executions"] as {
      executionArn: string;
    }[];
    expect(again.map(({ executionArn }) => executionArn).toSorted()).toEqual(started.toSorted());
    expect(second.output()).not.toContain("cannot be read");
  });

  it("that cannot even be begun is told with the file and the remedy", async () => {
    const { output, child } = await emulator({ fileBlocks: 0 });
    expect(output()).toMatch(/^The data directory cannot be used: .*lock: EFBIG.*\. Free space there/);
    expect(child.exitCode).toBe(1);
  });
});

describe("a data directory that another emulator has", () => {
  it("is refused with that process's number; one of a process that was killed is taken over", async () => {
    const first = await emulator();
    await first.call("CreateStateMachine", machine("kept"));
    const second = await emulator();
    expect(second.output()).toContain(`${data} is in use by the process ${first.child.pid}: end that emulator`);
    expect(second.child.exitCode).toBe(1);
    expect((await first.call("ListStateMachines", {}))["stateMachines"]).toHaveLength(1);
    await kill(first);
    const third = await emulator();
    expect((await third.call("ListStateMachines", {}))["stateMachines"]).toHaveLength(1);
    third.child.kill("SIGTERM");
    await once(third.child, "exit");
    expect(readdirSync(data).filter((name) => name.startsWith("lock"))).toEqual([]);
  });
});

describe("a data directory with files that cannot be read", () => {
  it("tells file and line, moves them aside, and keeps the rest", async () => {
    const first = await emulator();
    const { stateMachineArn } = await first.call("CreateStateMachine", machine("m"));
    for (const name of ["a", "b", "c"]) await first.call("StartExecution", { stateMachineArn, name });
    await kill(first);
    const executions = join(data, "executions.jsonl");
    const lines = readFileSync(executions, "utf8").trim().split("\n");
    writeFileSync(executions, ["{oops", ...lines, '{"plan":{}}', lines[0]?.slice(0, 50)].join("\n"));
    const second = await emulator();
    expect((await second.call("ListExecutions", { stateMachineArn }))["executions"]).toHaveLength(3);
    for (const line of [1, lines.length + 2, lines.length + 3])
      expect(second.output()).toContain(`${executions}:${line} cannot be read: `);
    expect(readFileSync(`${executions}.unread`, "utf8")).toBe(`{oops\n{"plan":{}}\n${lines[0]?.slice(0, 50)}\n`);
    await kill(second);

    const service = join(data, "service.json");
    const whole = readFileSync(service, "utf8");
    writeFileSync(service, whole.slice(0, -20));
    const third = await emulator();
    expect(third.output()).toMatch(
      /service\.json cannot be read in whole: Unexpected end-of-input[^]*line: \d+, column: \d+/,
    );
    expect((await third.call("ListStateMachines", {}))["stateMachines"]).toEqual([]);
    const executionArn = String(stateMachineArn).replace(":stateMachine:", ":execution:") + ":a";
    expect(await third.call("DescribeExecution", { executionArn })).toMatchObject({ name: "a", status: "SUCCEEDED" });
    await kill(third);
    const aside = readdirSync(data).find((name) => /^service\.json\.\d/.test(name)) ?? "";
    expect(readFileSync(join(data, aside), "utf8")).toBe(whole.slice(0, -20));

    writeFileSync(service, whole.replace("Pass", "Pasta"));
    const fourth = await emulator();
    expect(fourth.output()).toContain(
      "service.json cannot be read in whole: the state machine 'm': Invalid State Machine",
    );
    await kill(fourth);

    const [lineOfA = ""] = lines;
    const odd = ['"inputText":5', '"startDate":"x"', '"status":"LOST"'];
    writeFileSync(
      executions,
      [
        lineOfA,
        ...odd.map((field) =>
          lineOfA.replace(/"inputText":"[^"]*"|"startDate":\d+|"status":"\w+"/g, (part) =>
            part.split(":")[0] === field.split(":")[0] ? field : part,
          ),
        ),
      ].join("\n"),
    );
    const saved = JSON.parse(whole);
    const [m] = saved.stateMachines;
    const machines = [5, null, { name: 1 }, m, { ...m, name: "n", creationDate: "x" }, m, { ...m, name: "o" }];
    writeFileSync(service, JSON.stringify({ ...saved, stateMachines: machines, activities: [{}], tags: { a: 1 } }));
    const fifth = await emulator();
    for (const fault of [
      'tags["a"] is 1, and must be an object',
      "stateMachines[0] is 5, and must be an object",
      "stateMachines[1] is null, and must be an object",
      "stateMachines[2].name is 1, and must be a text",
      'stateMachines[4].creationDate is "x", and must be a time in milliseconds since 1970',
      "stateMachines[5]: another one before it is named 'm' too",
      "activities[0].name is missing, and must be a text",
      ":2 cannot be read: the execution.plan.inputText is 5, and must be a text",
      ':3 cannot be read: the execution.startDate is "x", and must be a time',
      ':4 cannot be read: the execution.status is "LOST", and must be one of RUNNING',
    ])
      expect(fifth.output()).toContain(fault);
    expect((await fifth.call("ListStateMachines", {}))["stateMachines"]).toMatchObject([{ name: "m" }, { name: "o" }]);
    expect(await fifth.call("DescribeExecution", { executionArn })).toMatchObject({ name: "a" });
    await kill(fifth);

    rmSync(join(data, "lock"));
    mkdirSync(join(data, "lock"));
    const sixth = await emulator();
    expect(sixth.output()).toContain(
      `${join(data, "lock")} is a directory, where the emulator keeps a file. Move it away`,
    );
  });
});

/** Lambda: a call of what is in `held` is answered when it is no longer in it. */
async function lambda(): Promise<{ readonly url: string; readonly calls: string[]; readonly held: Set<string> }> {
  const calls: string[] = [];
  const held = new Set<string>();
  const server = createServer((request, response) => {
    let body = "";
    request.on("data", (chunk: Buffer) => (body += String(chunk)));
    request.on("end", () => {
      calls.push(body);
      const timer = setInterval(() => {
        if (held.has(body)) return;
        clearInterval(timer);
        response.end(body);
      }, 5);
      response.on("close", () => clearInterval(timer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, calls, held };
}

describe("executions that run when the process is killed", () => {
  const task = { Type: "Task", Resource: "arn:aws:lambda:us-east-1:000000000000:function:work" };
  function work(payload: unknown, more: object = { End: true }): object {
    return { ...task, Arguments: payload, ...more };
  }
  function steps(...payloads: readonly unknown[]): object {
    const states = payloads.map((payload, index) => {
      const more = index + 1 === payloads.length ? { End: true } : { Next: `${String(payloads[index + 1])}` };
      return [String(payload), work(payload, more)];
    });
    return { StartAt: String(payloads[0]), States: Object.fromEntries(states) };
  }
  function definition(state: object): string {
    return JSON.stringify({ QueryLanguage: "JSONata", StartAt: "S", States: { S: { ...state, End: true } } });
  }
  const item = { StartAt: "I", States: { I: work("{% $states.input %}") } };

  it("go on from the last state that was left, and again when that process is killed too", async () => {
    const { url, calls, held } = await lambda();
    const args = ["--data", data, "--lambda-endpoint", url, "--log", "quiet"];
    const first = await emulator({ args });
    const { activityArn } = await first.call("CreateActivity", { name: "paint" });
    const waits = "arn:aws:states:::lambda:invoke.waitForTaskToken";
    const payload = "{% {'token': $states.context.Task.Token} %}";
    const runs: Record<string, string> = {};
    async function start(running: Running, name: string, state: object | string): Promise<void> {
      const text = typeof state === "string" ? state : definition(state);
      const { stateMachineArn } = await running.call("CreateStateMachine", { name, roleArn, definition: text });
      runs[name] = String((await running.call("StartExecution", { stateMachineArn }))["executionArn"]);
    }
    for (const one of ["inFlight", "p2", "m2", "d2", "child"]) held.add(JSON.stringify(one));
    await start(first, "wait", { Type: "Wait", Seconds: 5 });
    await start(
      first,
      "task",
      JSON.stringify({
        QueryLanguage: "JSONata",
        StartAt: "before",
        States: {
          before: work("before", { Assign: { x: 5 }, Next: "inFlight" }),
          inFlight: work("inFlight", { Output: "{% $x %}", End: true }),
        },
      }),
    );
    await start(first, "parallel", { Type: "Parallel", Branches: [steps("p1"), steps("p0", "p2", "p3")] });
    const inline = { Type: "Map", Items: ["m1", "m2", "m3"], MaxConcurrency: 1, ItemProcessor: item };
    await start(first, "map", inline);
    for (const [name, ExecutionType] of Object.entries({ standard: "STANDARD", express: "EXPRESS" })) {
      const processor = { ...item, ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType } };
      await start(first, name, { ...inline, Items: ["d1", "d2", "d3"], ItemProcessor: processor });
    }
    await start(first, "token", {
      ...work(undefined),
      Resource: waits,
      Arguments: { FunctionName: "work", Payload: payload },
    });
    await start(first, "activity", { Type: "Task", Resource: activityArn, Arguments: "paint it" });
    await start(first, "child", work("child"));
    const childMachine = runs["child"]?.replace(":execution:", ":stateMachine:").replace(/:[^:]*$/, "");
    const sync = "arn:aws:states:::states:startExecution.sync:2";
    await start(first, "parent", {
      Type: "Task",
      Resource: sync,
      Arguments: { StateMachineArn: childMachine },
      Output: "{% $states.result.Output %}",
    });
    const taken = await first.call("GetActivityTask", { activityArn });
    const waiting = ["inFlight", "p2", "m2", "d2", "d2", "child", "child"].map((one) => JSON.stringify(one)).toSorted();
    function inFlight(): string[] {
      return calls.filter((one) => held.has(one)).toSorted();
    }
    await expect.poll(inFlight, { timeout: 10_000 }).toEqual(waiting);
    await expect.poll(() => calls.some((one) => one.includes("token"))).toBe(true);
    await kill(first);
    appendFileSync(join(data, "progress.jsonl"), '{"arn":"half a li');

    calls.push("");
    const done = calls.splice(0);
    const second = await emulator({ args });
    expect(second.output()).not.toContain("cannot be read");
    await expect.poll(inFlight, { timeout: 10_000 }).toEqual(waiting);
    await kill(second);

    const again = calls.splice(0);
    expect(again.toSorted()).toEqual(waiting);
    held.clear();
    const third = await emulator({ args });
    const token = String(JSON.parse(done.find((one) => one.includes("token")) ?? "{}").token);
    expect(await third.call("SendTaskSuccess", { taskToken: token, output: '"told"' })).toEqual({});
    expect(await third.call("SendTaskSuccess", { taskToken: taken["taskToken"], output: '"painted"' })).toEqual({});
    async function ends(): Promise<Record<string, unknown>> {
      const found: Record<string, unknown> = {};
      for (const [name, executionArn] of Object.entries(runs)) {
        const { status, output } = await third.call("DescribeExecution", { executionArn });
        found[name] = output === undefined ? status : JSON.parse(String(output));
      }
      return found;
    }
    await expect.poll(ends, { timeout: 30_000, interval: 200 }).toEqual({
      wait: {},
      task: 5,
      parallel: ["p1", "p3"],
      map: ["m1", "m2", "m3"],
      standard: ["d1", "d2", "d3"],
      express: ["d1", "d2", "d3"],
      token: "told",
      activity: "painted",
      child: "child",
      parent: "child",
    });
    // What was in flight was called once more, and nothing that had been answered.
    const rest = ["p3", "m3", "d3", "d3"].map((one) => JSON.stringify(one));
    expect(calls.toSorted()).toEqual([...waiting, ...rest].toSorted());
  }, 90_000);
});

describe("a small heap", () => {
  it("outlives far more executions than it can hold, ended and running", async () => {
    const { call, child } = await emulator({ nodeOptions: "--max-old-space-size=96", args: [] });
    const input = JSON.stringify("z".repeat(250_000));
    const { stateMachineArn: pass } = await call("CreateStateMachine", machine("pass"));
    const { stateMachineArn: wait } = await call("CreateStateMachine", machine("wait", { Type: "Wait", Seconds: 600 }));
    for (let index = 0; index < 600; index++) await call("StartExecution", { stateMachineArn: pass, input });
    let refused: unknown;
    for (let index = 0; index < 600 && refused === undefined; index++) {
      const answer = await call("StartExecution", { stateMachineArn: wait, input });
      if (answer["__type"] !== undefined) refused = answer;
    }
    expect(refused).toMatchObject({ __type: "ExecutionLimitExceeded", message: expect.stringContaining("--keep-mib") });
    expect(child.exitCode).toBeNull();
  }, 60_000);
});
