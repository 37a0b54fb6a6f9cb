import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { createReplicaPool, ReplicaInitError } from "../../../../infra/emulator/replicas/replica-pool.ts";
import { call, createFixture, failure, functionConfig, until } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

describe("a handler is called as Lambda's Node runtimes call it", () => {
  const kinds: [string, string, unknown][] = [
    ["an async function's promise", "async (event) => ({ got: event })", { got: { a: 1 } }],
    ["a plain function's value", "(event) => event.a + 1", 2],
    ["a callback", "(event, context, callback) => { setTimeout(callback, 1, null, event.a); }", 1],
    ["context.done", "(event, context) => { setTimeout(() => context.done(null, 'done'), 1); }", "done"],
    ["undefined is null", "async () => {}", null],
    ["no callback before the event loop is empty", "(event, context, callback) => {}", null],
    ["a Date is its JSON", "async () => new Date(0)", "1970-01-01T00:00:00.000Z"],
    ["fields that JSON drops", "async () => ({ a: undefined, b: () => 1, c: NaN })", { c: null }],
  ];
  test.each(kinds)("%s", async (_name, handler, expected) => {
    const pool = await fixture.pool(`export const handler = ${handler};`);
    expect((await call(pool, { a: 1 })).payload).toEqual(expected);
  });

  test("a callback waits for the event loop to be empty, unless the context says otherwise", async () => {
    const pool = await fixture.pool(`
      const tail = (event) => new Promise((resolve) => setTimeout(resolve, 150)).then(() => { event.late = true; });
      export const handler = (event, context, callback) => {
        context.callbackWaitsForEmptyEventLoop = event.wait;
        tail(event);
        callback(null, event);
      };
    `);
    expect((await call(pool, { wait: true })).payload).toEqual({ wait: true, late: true });
    expect((await call(pool, { wait: false })).payload).toEqual({ wait: false });
  });

  test("a second answer, after the first, changes nothing", async () => {
    const pool = await fixture.pool(`
      let earlier;
      export const handler = (event, context, callback) => {
        context.callbackWaitsForEmptyEventLoop = false;
        earlier?.(null, "too late");
        earlier = callback;
        setTimeout(callback, 1, null, event.n);
      };
    `);
    for (const n of [1, 2, 3]) expect((await call(pool, { n })).payload).toBe(n);
  });

  test("an error given to the callback is the answer", async () => {
    const pool = await fixture.pool("export const handler = (event, context, done) => done(new TypeError('no'));");
    expect((await failure(pool)).payload).toMatchObject({ errorType: "TypeError", errorMessage: "no" });
  });

  test("a CommonJS bundle, a nested folder and a nested export are found", async () => {
    const bundle = await fixture.bundle("");
    await writeFile(join(bundle, "old.cjs"), "exports.api = { handler: async () => 'commonjs' };");
    const pool = await fixture.pool("", { bundle, handler: "old.api.handler" });
    expect((await call(pool)).payload).toBe("commonjs");
  });
});

test("the context has Lambda's fields", async () => {
  const pool = await fixture.pool(
    `export const handler = async (event, context) => ({ ...context, remaining: context.getRemainingTimeInMillis() });`,
    { memorySize: 256, timeout: 30, version: "7" },
  );
  const response = await pool.invoke({
    functionName: "fn:live",
    payload: "{}",
    clientContext: Buffer.from('{"custom":{"a":1}}').toString("base64"),
  });
  const { remaining, ...context } = JSON.parse(response.payload);
  expect(context).toEqual({
    functionName: "fn",
    functionVersion: "7",
    invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:fn:live",
    memoryLimitInMB: "256",
    awsRequestId: response.requestId,
    logGroupName: "/aws/lambda/fn",
    logStreamName: expect.stringMatching(/^\d{4}\/\d\d\/\d\d\/\[7\][0-9a-f]{32}$/),
    clientContext: { custom: { a: 1 } },
    callbackWaitsForEmptyEventLoop: true,
  });
  expect(remaining).toBeGreaterThan(25_000);
  expect(remaining).toBeLessThanOrEqual(30_000);
  expect(response.executedVersion).toBe("7");
});

test("a caller's X-Ray trace goes on in the function, which is a segment of its own in it", async () => {
  const pool = await fixture.pool("export const handler = async () => process.env._X_AMZN_TRACE_ID;");
  const root = "Root=1-5759e988-bd862e3fe1be46a994272793";
  async function traceOf(traceHeader: string): Promise<unknown> {
    const { payload } = await pool.invoke({ functionName: "fn", payload: "{}", traceHeader });
    return JSON.parse(payload) as unknown;
  }
  expect(await traceOf(`${root};Parent=53995c3f42cd8ad8;Sampled=1`)).toMatch(
    new RegExp(`^${root};Parent=(?!53995c3f42cd8ad8)[0-9a-f]{16};Sampled=1$`),
  );
  expect(await traceOf(root)).toMatch(new RegExp(`^${root};Parent=[0-9a-f]{16};Sampled=0$`));
});

test("the trace is a variable like others, however it is read, and can be changed as they can", async () => {
  const pool = await fixture.pool(`
    import { execFileSync } from "node:child_process";
    import { env } from "node:process";
    import { inspect } from "node:util";
    const NAME = "_X_AMZN_TRACE_ID";
    const early = process.env;
    export const handler = async ({ changes }) => {
      const inherited = execFileSync("sh", ["-c", 'printf %s "$' + NAME + '"'], { encoding: "utf8" });
      const printed = inspect(process.env).split("'").find((text) => text.startsWith("Root="));
      const traces = [env[NAME], early[NAME], { ...process.env }[NAME], JSON.parse(JSON.stringify(process.env))[NAME], inherited, printed];
      const here = [NAME in process.env, Object.hasOwn(process.env, NAME), Object.keys(process.env).filter((key) => key === NAME).length];
      if (!changes) return { traces, here };
      process.env[NAME] = 7;
      process.env.OTHER = 8;
      process.env.TZ = "America/New_York";
      const set = [process.env[NAME], process.env.OTHER, new Date(0).getHours()];
      delete process.env[NAME];
      delete process.env.OTHER;
      return { traces, here, set, deleted: [NAME in process.env, "OTHER" in process.env] };
    };`);
  async function answerOf(id: string, changes: boolean): Promise<object> {
    const traceHeader = `Root=1-5759e988-${id};Sampled=1`;
    const { payload } = await pool.invoke({ functionName: "fn", payload: JSON.stringify({ changes }), traceHeader });
    return JSON.parse(payload) as object;
  }
  const [one, other] = ["bd862e3fe1be46a994272793", "cd862e3fe1be46a994272794"];
  function expected(id: string): object {
    const trace: unknown = expect.stringMatching(new RegExp(`^Root=1-5759e988-${id};Parent=.{16};Sampled=1$`));
    return { traces: Array.from({ length: 6 }, () => trace), here: [true, true, 1] };
  }
  const changed = { set: ["7", "8", 19], deleted: [false, false] };
  expect(await answerOf(one, true)).toEqual({ ...expected(one), ...changed });
  expect(await answerOf(other, false)).toEqual(expected(other));
});

test("where logs are JSON, console writes what Lambda's runtime does, from the function's level on", async () => {
  const pool = await fixture.pool(
    `export const handler = async () => {
       console.debug("too little");
       console.log({ a: 1 });
       console.warn("two\\nlines of %s", "two");
       console.error("failed", new TypeError("no"));
     };`,
    { environment: { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "INFO" } },
  );
  const { requestId, logResult } = await pool.invoke({ functionName: "fn", payload: "{}", logType: "Tail" });
  const lines = Buffer.from(logResult ?? "", "base64")
    .toString()
    .split("\n");
  const written = lines.filter((line) => line.startsWith("{")).map((line): unknown => JSON.parse(line));
  const common = { timestamp: expect.any(String), requestId };
  expect(written).toMatchObject([
    { ...common, level: "INFO", message: { a: 1 } },
    { ...common, level: "WARN", message: "two\nlines of two" },
    { ...common, level: "ERROR", message: expect.stringMatching(/^failed TypeError: no/), errorType: "TypeError" },
  ]);
});

test("the environment is Lambda's and the function's, and nothing of the host's", async () => {
  process.env["LEAKED_FROM_HOST"] = "yes";
  const pool = await fixture.pool(
    "const atInit = { ...process.env }; export const handler = async () => ({ atInit, now: process.env._X_AMZN_TRACE_ID, zone: new Date().getTimezoneOffset(), cwd: process.cwd(), argv: process.execArgv });",
    {
      memorySize: 512,
      environment: { TABLE: "t", AWS_ACCESS_KEY_ID: "own" },
    },
  );
  const { payload } = await call<{
    atInit: Record<string, string>;
    now: string;
    zone: number;
    cwd: string;
    argv: string[];
  }>(pool);
  const { TMPDIR, LAMBDA_TASK_ROOT, PATH: _path, LAMBDA_RUNTIME_DIR: _runtime, ...rest } = payload.atInit;
  expect(rest).toEqual({
    LANG: "en_US.UTF-8",
    TZ: ":UTC",
    TABLE: "t",
    AWS_ACCESS_KEY_ID: "own",
    AWS_SECRET_ACCESS_KEY: "local",
    AWS_SESSION_TOKEN: "local",
    AWS_XRAY_CONTEXT_MISSING: "LOG_ERROR",
    AWS_XRAY_DAEMON_ADDRESS: "127.0.0.1:2000",
    AWS_REGION: "us-east-1",
    AWS_DEFAULT_REGION: "us-east-1",
    AWS_EXECUTION_ENV: `AWS_Lambda_nodejs${process.versions.node.split(".")[0]}.x`,
    AWS_LAMBDA_FUNCTION_NAME: "fn",
    AWS_LAMBDA_FUNCTION_VERSION: "1",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "512",
    AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency",
    AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/fn",
    AWS_LAMBDA_LOG_STREAM_NAME: expect.stringContaining("[1]"),
    _HANDLER: "index.handler",
  });
  expect(payload.now).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24};Parent=[0-9a-f]{16};Sampled=0$/);
  expect(payload.zone).toBe(0);
  expect(payload.cwd).toBe(LAMBDA_TASK_ROOT);
  expect(payload.argv).toContain("--max-old-space-size=448");
  expect(existsSync(String(TMPDIR))).toBe(true);
  await pool.close();
  expect(existsSync(String(TMPDIR))).toBe(false);
});

describe("initialisation", () => {
  test("is done before the first request, top-level await included, in as many replicas as provisioned", async () => {
    const pool = await fixture.pool(
      `await new Promise((resolve) => setTimeout(resolve, 50)); const loadedAt = Date.now(); export const handler = async () => loadedAt;`,
      { replicaCount: 3 },
    );
    await pool.ready();
    const before = Date.now();
    expect(pool.describe()).toHaveLength(3);
    expect(
      pool
        .describe()
        .every(({ state, initializationType }) => state === "idle" && initializationType === "provisioned-concurrency"),
    ).toBe(true);
    expect((await call(pool)).payload).toBeLessThanOrEqual(before);
  });

  const failures: [string, string, string, string][] = [
    ["throws", "await null;\nthrow new TypeError('bad setup');", "index.handler", "TypeError: bad setup"],
    [
      "does not parse",
      "export const handler = ;",
      "index.handler",
      "Runtime.UserCodeSyntaxError: SyntaxError: Unexpected token ';'",
    ],
    [
      "has no such export",
      "export const other = 1;",
      "index.handler",
      "Runtime.HandlerNotFound: index.handler is undefined or not exported",
    ],
    [
      "exports no function",
      "export const handler = 1;",
      "index.handler",
      "Runtime.HandlerNotFound: index.handler is not a function",
    ],
    ["is missing", "", "absent.handler", "Runtime.ImportModuleError: Error: Cannot find module './absent'"],
    [
      "imports a missing package",
      "import 'not-installed';",
      "index.handler",
      "Error: Cannot find package 'not-installed'",
    ],
    ["has a malformed handler", "", "index", "Runtime.MalformedHandlerName: Bad handler"],
    ["exits", "process.exit(3)", "index.handler", "Runtime.ExitError: RequestId: "],
    ["waits for what never comes", "await new Promise(() => {});", "index.handler", "Runtime.ExitError: RequestId: "],
  ];
  test.each(failures)(
    "of a module that %s fails ready(), and each request, by AWS's name",
    async (_name, source, handler, text) => {
      const pool = await fixture.pool(source, { handler });
      const error = await pool.ready().then(
        () => undefined,
        (reason: unknown) => reason,
      );
      expect(error).toBeInstanceOf(ReplicaInitError);
      expect(String(error)).toContain(text);
      const { payload } = await failure(pool);
      expect(`${payload.errorType}: ${payload.errorMessage}`).toContain(text);
    },
  );

  test("an error names the place in the author's file", async () => {
    const pool = await fixture.pool("const a = 1;\n\nthrow new Error('here');");
    await expect(pool.ready()).rejects.toMatchObject({
      functionName: "fn",
      file: expect.stringMatching(/index\.mjs$/),
      line: 3,
    });
  });
});

test("what is printed reaches onLog with its replica, request and stream, in order and whole", async () => {
  const pool = await fixture.pool(`
    console.log("at init");
    export const handler = async () => {
      console.log("one", { a: 1 });
      console.warn("two\\nlines");
      process.stdout.write("par");
      process.stdout.write("tial");
    };
  `);
  await pool.ready();
  const { requestId } = await call(pool);
  const [{ id: replica } = { id: "" }] = pool.describe();
  const common = { functionName: "fn", replica };
  expect(fixture.logs).toEqual([
    { ...common, requestId: undefined, stream: "stdout", level: "INFO", text: "at init" },
    { ...common, requestId, stream: "stdout", level: "INFO", text: "one { a: 1 }" },
    { ...common, requestId, stream: "stderr", level: "WARN", text: "two\nlines" },
    { ...common, requestId, stream: "stdout", text: "partial" },
  ]);
});

test("of a progress display the last state is printed, whoever writes it", async () => {
  const pool = await fixture.pool(`
    import { execFileSync } from "node:child_process";
    import { writeSync } from "node:fs";
    export const handler = async () => {
      for (let n = 1; n <= 100_000; n += 1) process.stdout.write(\`\\r\${n} of 100000\`);
      process.stdout.write("\\n");
      process.stderr.write("no end");
      execFileSync("sh", ["-c", "printf '1 %%\\\\r2 %%\\\\r3 %%\\\\n'"], { stdio: "inherit" });
      const turtle = Buffer.from("🐢\\n");
      writeSync(2, turtle.subarray(0, 2));
      await new Promise((resolve) => setTimeout(resolve, 50));
      writeSync(2, turtle.subarray(2));
    };`);
  await call(pool);
  await until(() => fixture.logs.some(({ text }) => text === "🐢"));
  const printed = fixture.logs.map(({ stream, text }) => `${stream}: ${text}`);
  // If it takes longer than a second, states in between are printed too.
  expect(printed).toEqual(
    expect.arrayContaining(["stdout: 100000 of 100000", "stderr: no end", "stdout: 3 %", "stderr: 🐢"]),
  );
  expect(printed.length).toBeLessThan(20);
});

test("megabytes without a line break are printed in lines of a bounded length", async () => {
  const pool = await fixture.pool(`
    import { execFileSync } from "node:child_process";
    export const handler = async () => {
      process.stderr.write("a".repeat(10_000_000));
      execFileSync("sh", ["-c", "head -c 10000000 /dev/zero | tr '\\\\0' b >&2"], { stdio: "inherit" });
      console.log("c".repeat(10_000_000));
    };`);
  await call(pool);
  await pool.close();
  const lengths = fixture.logs.map(({ text }) => text.length);
  expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(30_000_000);
  expect(Math.max(...lengths)).toBe(262_144);
});

test("a child's line without an end is printed after a while", async () => {
  const pool = await fixture.pool(`
    import { execFileSync } from "node:child_process";
    export const handler = async () => void execFileSync("sh", ["-c", "printf waiting"], { stdio: "inherit" });`);
  await call(pool);
  await until(() => fixture.logs.some(({ text }) => text === "waiting"));
  expect(fixture.logs).toHaveLength(1);
});

test("stacks point to the author's TypeScript", async () => {
  const { build } = await import("esbuild");
  const bundle = await fixture.bundle("");
  const source = join(bundle, "task.ts");
  await writeFile(
    source,
    "interface Wide {\n  a: number;\n}\n\nexport const handler = async (event: Wide): Promise<never> => {\n  throw new Error(`got ${event.a}`);\n};\n",
  );
  await build({
    entryPoints: [source],
    outfile: join(bundle, "index.mjs"),
    format: "esm",
    minify: true,
    sourcemap: true,
  });
  const pool = createReplicaPool([functionConfig(bundle)]);
  const { payload } = await failure(pool, { a: 1 });
  await pool.close();
  expect(payload.trace?.join("\n")).toContain("task.ts:6:9");
});

describe("between two requests a replica is frozen", () => {
  test("no timer of the function runs", async () => {
    const pool = await fixture.pool(`
      let ticks = 0;
      setInterval(() => { ticks += 1; }, 5);
      export const handler = async () => ticks;
    `);
    const { payload: before } = await call<number>(pool);
    await new Promise((resolve) => setTimeout(resolve, 500));
    const { payload: after } = await call<number>(pool);
    expect(after - before).toBeLessThanOrEqual(3);
  });

  test("a rejection that nobody handles ends the next request's replica, not the answer that was given", async () => {
    const pool = await fixture.pool(`
      export const handler = async ({ fail }) => {
        if (fail) setTimeout(() => Promise.reject(new Error("left behind")), 20);
        else await new Promise((resolve) => setTimeout(resolve, 100));
        return "fine";
      };
    `);
    expect((await call(pool, { fail: true })).payload).toBe("fine");
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await failure(pool, {})).payload.errorType).toBe("Runtime.UnhandledPromiseRejection");
  });
});
