import { readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import {
  createReplicaPool,
  ReplicaInitError,
  type FunctionConfig,
  type PoolEvent,
  type ReplicaPool,
} from "../../../../infra/emulator/replicas/replica-pool.ts";
import { call, createFixture, failure, functionConfig, until } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** Sleeps as asked and tells which replica served, how it began, and how many requests it had. */
const source = `
  import { appendFileSync } from "node:fs";
  let count = 0;
  export const handler = async ({ ms = 0, file, fail, exit }) => {
    count += 1;
    if (file !== undefined) appendFileSync(file, "x");
    if (fail) throw new Error("as asked");
    if (exit) process.exit(1);
    await new Promise((resolve) => setTimeout(resolve, ms));
    const { env } = process;
    return { pid: process.pid, count, type: env.AWS_LAMBDA_INITIALIZATION_TYPE, version: env.AWS_LAMBDA_FUNCTION_VERSION };
  };
`;

interface Served {
  readonly pid: number;
  readonly count: number;
  readonly type: string;
  readonly version: string;
}

function served(pool: ReplicaPool, input: unknown = {}, functionName = "fn:live"): Promise<Served> {
  return call<Served>(pool, input, functionName).then(({ payload }) => payload);
}

/** JSON text of so many bytes. */
function jsonOf(bytes: number): string {
  return JSON.stringify("x".repeat(bytes - 2));
}

/** A bundle that answers `text`, after `ms`. */
function answering(text: string): string {
  return `export const handler = async ({ ms = 0 }) => { await new Promise((r) => setTimeout(r, ms)); return "${text}"; };`;
}

/** A file to which each run of `source` appends. */
async function counter(): Promise<{ file: string; runs: () => Promise<number> }> {
  const file = join(await fixture.bundle(""), "runs");
  await writeFile(file, "");
  return { file, runs: async () => (await readFile(file, "utf8")).length };
}

function refused(config: Partial<FunctionConfig>): () => ReplicaPool {
  return () => createReplicaPool([functionConfig(".", config)]);
}

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("one request at a time per replica", () => {
  test("a busy queue pool serves in order of arrival", async () => {
    const pool = await fixture.pool(source);
    const answers = await Promise.all([1, 2, 3, 4].map(() => served(pool, { ms: 10 })));
    expect(answers.map(({ count }) => count)).toEqual([1, 2, 3, 4]);
    expect(new Set(answers.map(({ pid }) => pid)).size).toBe(1);
  });

  test("concurrent requests spread over the replicas; one alone goes to the one used last", async () => {
    const pool = await fixture.pool(source, { replicaCount: 2 });
    await pool.ready();
    const [one, two] = await Promise.all([served(pool, { ms: 50 }), served(pool, { ms: 200 })]);
    expect(one.pid).not.toBe(two.pid);
    for (const count of [2, 3, 4]) expect(await served(pool)).toMatchObject({ pid: two.pid, count });
  });

  test("a full queue throttles", async () => {
    const pool = await fixture.pool(source, {}, { queueLimit: 1 });
    await pool.ready();
    const running = [served(pool, { ms: 100 }), served(pool)];
    await expect(served(pool)).rejects.toMatchObject({
      name: "TooManyRequestsException",
      statusCode: 429,
      message: "Rate Exceeded.",
      reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
      explanation: "all replicas were busy: more `replicaCount`, or fewer calls at a time",
    });
    expect(await Promise.all(running)).toHaveLength(2);
  });

  test("requests before the replicas are ready wait for them", async () => {
    const pool = await fixture.pool(source, { whenBusy: "spill", replicaCount: 2 });
    const types = (await Promise.all([served(pool), served(pool)])).map(({ type }) => type);
    expect(types).toEqual(["provisioned-concurrency", "provisioned-concurrency"]);
  });
});

test("a busy pool that throttles refuses what comes, at once, and serves again when it is idle", async () => {
  const pool = await fixture.pool(source, { whenBusy: "throttle" });
  const first = served(pool, { ms: 1000 });
  await until(() => pool.describe().some(({ state }) => state === "busy"));
  await expect(served(pool)).rejects.toMatchObject({
    name: "TooManyRequestsException",
    reason: "ReservedFunctionConcurrentInvocationLimitExceeded",
    explanation: "this replica was busy: the next attempt asks the next one of the call's key",
  });
  expect(await first).toMatchObject({ count: 1 });
  expect(await served(pool)).toMatchObject({ count: 2, type: "provisioned-concurrency" });
});

describe("a busy spill pool starts instances on demand", () => {
  test("which say so, and are used again", async () => {
    const pool = await fixture.pool(source, { whenBusy: "spill" });
    await pool.ready();
    const [provisioned, spilled] = await Promise.all([served(pool, { ms: 400 }), served(pool, { ms: 400 })]);
    expect(provisioned).toMatchObject({ type: "provisioned-concurrency", version: "1" });
    expect(spilled).toMatchObject({ type: "on-demand", version: "1" });
    const again = await Promise.all([served(pool, { ms: 50 }), served(pool, { ms: 50 })]);
    expect(again.map(({ pid }) => pid).sort()).toEqual([provisioned.pid, spilled.pid].sort());
  });

  test("up to the reserved concurrency", async () => {
    const pool = await fixture.pool(source, { whenBusy: "spill", reservedConcurrency: 2 });
    await pool.ready();
    const running = [served(pool, { ms: 300 }), served(pool, { ms: 300 })];
    await expect(served(pool)).rejects.toMatchObject({ reason: "ReservedFunctionConcurrentInvocationLimitExceeded" });
    expect(await Promise.all(running)).toHaveLength(2);
  });

  test("up to the limit of the machine, counting neither provisioned nor reserved ones", async () => {
    const pool = await fixture.pool(source, { whenBusy: "spill" }, { onDemandLimit: 1 });
    await pool.ready();
    const running = [served(pool, { ms: 300 }), served(pool, { ms: 300 })];
    await expect(served(pool)).rejects.toMatchObject({ reason: "ConcurrentInvocationLimitExceeded" });
    expect(await Promise.all(running)).toHaveLength(2);
  });

  test("which end after some idle time", async () => {
    const pool = await fixture.pool(source, { replicaCount: 0 }, { onDemandIdleTime: 50 });
    const { pid } = await served(pool);
    await until(() => !alive(pid));
    await expect.poll(() => pool.describe()).toEqual([]);
  });

  test("an idle one gives way to another function's", async () => {
    const bundle = await fixture.bundle(source);
    const functions = ["one", "two"].map((name) => functionConfig(bundle, { name, replicaCount: 0 }));
    const pool = createReplicaPool(functions, { onDemandLimit: 1 });
    const { pid } = await served(pool, {}, "one:live");
    expect(await served(pool, {}, "two:live")).toMatchObject({ type: "on-demand" });
    await until(() => !alive(pid));
    await pool.close();
  });

  test("without provisioned ones, a queue pool waits at the limit, also for another function's instance", async () => {
    const bundle = await fixture.bundle(source);
    const functions = ["one", "two"].map((name) => functionConfig(bundle, { name, replicaCount: 0 }));
    const pool = createReplicaPool(functions, { onDemandLimit: 1 });
    const calls = ["one:live", "two:live", "one:live"].map((name) => served(pool, { ms: 20 }, name));
    expect((await Promise.all(calls)).map(({ type }) => type)).toEqual(["on-demand", "on-demand", "on-demand"]);
    await pool.close();
  });

  test("without provisioned ones, an init error is the request's answer and the next request tries again", async () => {
    const pool = await fixture.pool("throw new RangeError('no');", { replicaCount: 0 });
    expect((await failure(pool)).payload).toMatchObject({ errorType: "RangeError", errorMessage: "no" });
    expect((await failure(pool)).payload.errorType).toBe("RangeError");
  });
});

describe("an initialisation on demand that takes too long", () => {
  const slow =
    "await new Promise((resolve) => setTimeout(resolve, 300)); export const handler = async () => 'made it';";

  test("is run again in the request's time", async () => {
    const pool = await fixture.pool(slow, { replicaCount: 0 }, { onDemandInitTimeout: 150 });
    expect((await call(pool)).payload).toBe("made it");
  });

  test("and then ends with the request's timeout", async () => {
    const pool = await fixture.pool(slow, { replicaCount: 0, timeout: 0.2 }, { onDemandInitTimeout: 150 });
    const { requestId, payload } = await failure(pool);
    expect(payload).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.20 seconds`,
    });
  });
});

test("a bundle that is not there is named", async () => {
  const pool = createReplicaPool([functionConfig("/nowhere/at/all")]);
  await expect(pool.ready()).rejects.toThrow("no such file or directory, access '/nowhere/at/all'");
  await pool.close();
});

test("a caller that aborts leaves its replica to others, also when the pool is replaced meanwhile", async () => {
  const pool = await fixture.pool(source);
  await pool.ready();
  const running = served(pool, { ms: 500 });
  const controller = new AbortController();
  const waiting = pool.invoke({ functionName: "fn:live", payload: "{}", signal: controller.signal });
  const replaced = pool.replace([functionConfig(await fixture.bundle(`${source}// changed`))]);
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  await replaced;
  await running;
  expect(await served(pool)).toMatchObject({ count: 1 });
});

describe("a function is named as Lambda allows", () => {
  test("by alias it is provisioned; unqualified, $LATEST or by version it is not", async () => {
    const pool = await fixture.pool(source, { version: "3" });
    await pool.ready();
    expect(await served(pool, {}, "fn:live")).toMatchObject({ type: "provisioned-concurrency", version: "3" });
    expect(await served(pool, {}, "fn")).toMatchObject({ type: "on-demand", version: "$LATEST" });
    expect(await served(pool, {}, "fn:$LATEST")).toMatchObject({ type: "on-demand", version: "$LATEST", count: 2 });
    expect(await served(pool, {}, "fn:3")).toMatchObject({ type: "on-demand", version: "3" });
  });

  test.each([
    "arn:aws:lambda:us-east-1:123456789012:function:fn:live",
    "arn:aws:lambda:eu-west-1:111111111111:function:fn:live",
    "123456789012:function:fn:live",
    "function:fn:live",
  ])("%s", async (functionName) => {
    const pool = await fixture.pool(source);
    expect(await served(pool, {}, functionName)).toMatchObject({ type: "provisioned-concurrency" });
  });

  test("a qualifier of its own must agree with the name's", async () => {
    const pool = await fixture.pool(source);
    function invoke(qualifier: string) {
      return pool.invoke({ functionName: "fn:live", qualifier, payload: "{}" });
    }
    expect((await invoke("live")).statusCode).toBe(200);
    await expect(invoke("1")).rejects.toMatchObject({ name: "InvalidParameterValueException", statusCode: 400 });
  });

  test.each([
    [
      "absent",
      "ResourceNotFoundException",
      404,
      "Function not found: arn:aws:lambda:us-east-1:123456789012:function:absent",
    ],
    [
      "fn:9",
      "ResourceNotFoundException",
      404,
      "Function not found: arn:aws:lambda:us-east-1:123456789012:function:fn:9",
    ],
    ["no spaces", "ValidationException", 400, "1 validation error detected: Value 'no spaces' at 'functionName'"],
  ])("%s is refused", async (functionName, name, statusCode, message) => {
    const pool = await fixture.pool(source);
    await expect(pool.invoke({ functionName, payload: "{}" })).rejects.toMatchObject({
      name,
      statusCode,
      message: expect.stringContaining(message),
    });
  });
});

describe("requests that Lambda refuses", () => {
  test("a payload that is no JSON", async () => {
    const pool = await fixture.pool(source);
    function invoke(invocationType: "RequestResponse" | "Event" | "DryRun") {
      return pool.invoke({ functionName: "fn:live", payload: "{not json", invocationType });
    }
    for (const type of ["RequestResponse", "Event", "DryRun"] as const) {
      await expect(invoke(type)).rejects.toMatchObject({ name: "InvalidRequestContentException", statusCode: 400 });
    }
    expect(await served(pool)).toMatchObject({ count: 1 });
  });

  test("a payload above 6 MB, or 1 MB for an Event", async () => {
    const pool = await fixture.pool("export const handler = async (event) => event.length;");
    const request = { functionName: "fn:live" };
    expect((await pool.invoke({ ...request, payload: jsonOf(6_291_456) })).payload).toBe("6291454");
    await expect(pool.invoke({ ...request, payload: jsonOf(6_291_457) })).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      statusCode: 413,
      message: "Request must be smaller than 6291456 bytes for the InvokeFunction operation",
    });
    await expect(
      pool.invoke({ ...request, payload: jsonOf(1_048_577), invocationType: "Event" }),
    ).rejects.toMatchObject({
      name: "RequestEntityTooLargeException",
      statusCode: 413,
    });
  });

  test("a client context that is no base64 JSON", async () => {
    const pool = await fixture.pool(source);
    const invoked = pool.invoke({ functionName: "fn:live", payload: "{}", clientContext: "%%%" });
    await expect(invoked).rejects.toMatchObject({ name: "InvalidRequestContentException", statusCode: 400 });
  });
});

describe("other invocation types", () => {
  test("DryRun checks and runs nothing", async () => {
    const { file, runs } = await counter();
    const pool = await fixture.pool(source);
    const response = await pool.invoke({
      functionName: "fn:live",
      payload: JSON.stringify({ file }),
      invocationType: "DryRun",
    });
    expect(response).toMatchObject({ statusCode: 204, payload: "" });
    await served(pool);
    expect(await runs()).toBe(0);
  });

  test.each([
    ["succeeds: once", {}, 1],
    ["fails: three times", { fail: true }, 3],
    ["crashes: three times", { exit: true }, 3],
  ])("an Event that %s", async (_name, input, expected) => {
    const { file, runs } = await counter();
    const pool = await fixture.pool(source, {}, { eventRetryDelays: [10, 20] });
    const warned: string[] = [];
    function listen(warning: Error) {
      return warned.push(warning.message);
    }
    process.on("warning", listen);
    const payload = JSON.stringify({ file, ...input });
    const response = await pool.invoke({ functionName: "fn:live", payload, invocationType: "Event" });
    expect(response).toMatchObject({ statusCode: 202, payload: "" });
    await until(async () => (await runs()) >= expected && (expected === 1 || warned.length === 1));
    await served(pool);
    process.off("warning", listen);
    expect(await runs()).toBe(expected);
  });
});

test("a caller that aborts stops waiting; a running invocation goes on, a waiting one is forgotten", async () => {
  const pool = await fixture.pool(source);
  await pool.ready();
  const controller = new AbortController();
  function invoke() {
    return pool.invoke({ functionName: "fn:live", payload: '{"ms":200}', signal: controller.signal });
  }
  const calls = [invoke(), invoke()];
  controller.abort(new Error("enough"));
  for (const one of calls) await expect(one).rejects.toThrow("enough");
  await expect(invoke()).rejects.toThrow("enough");
  expect(await served(pool)).toMatchObject({ count: 2 });
});

describe("what the pool tells", () => {
  test("events, in order", async () => {
    const bundle = await fixture.bundle(source);
    // Relative to this process's directory.
    const pool = createReplicaPool([functionConfig(relative(".", bundle))], { onLog: () => {} });
    const events: PoolEvent[] = [];
    pool.subscribe((event) => events.push(event));
    await pool.ready();
    const { requestId } = await call(pool);
    await call(pool, { exit: true });
    await until(() => events.filter(({ type }) => type === "replica-initialised").length === 2);
    await pool.close();
    expect(events.map(({ type }) => type)).toEqual([
      "replica-initialised",
      "invocation-started",
      "invocation-ended",
      "invocation-started",
      "invocation-ended",
      "replica-ended",
      "replica-starting",
      "replica-initialised",
      "replica-ended",
    ]);
    expect(events[1]).toMatchObject({ functionName: "fn", requestId });
    expect(events[5]).toMatchObject({
      errorType: "Runtime.ExitError",
      reason: "Runtime exited with error: exit status 1",
    });
  });

  test("a description of each replica", async () => {
    const pool = await fixture.pool(source);
    await pool.ready();
    const running = call(pool, { ms: 100 });
    await until(() => pool.describe()[0]?.state === "busy");
    const [busy] = pool.describe();
    const { requestId } = await running;
    expect(busy).toMatchObject({
      functionName: "fn",
      version: "1",
      requestId,
      invocations: 1,
      pid: expect.any(Number),
    });
    expect(pool.describe()[0]).toMatchObject({ state: "idle", requestId: undefined });
  });
});

describe("replace", () => {
  test("lets running requests finish on the old bundle and sends waiting ones to the new", async () => {
    const pool = await fixture.pool(answering("old"));
    await pool.ready();
    const running = [call(pool, { ms: 600 }), call(pool, {})];
    const next = functionConfig(await fixture.bundle(answering("new")));
    await pool.replace([next]);
    expect((await call(pool)).payload).toBe("new");
    expect((await Promise.all(running)).map(({ payload }) => payload)).toEqual(["old", "new"]);
    await until(() => pool.describe().length === 1);
  });

  test("with a bundle that fails to initialise says where, and the last good one goes on", async () => {
    const pool = await fixture.pool(answering("old"));
    await pool.ready();
    const broken = functionConfig(await fixture.bundle("\nthrow new Error('typo');"));
    const replaced = pool.replace([broken]);
    await expect(replaced).rejects.toBeInstanceOf(ReplicaInitError);
    await expect(replaced).rejects.toMatchObject({ line: 2, file: expect.stringMatching(/index\.mjs$/) });
    expect((await call(pool)).payload).toBe("old");
    await until(() => pool.describe().length === 1);
  });

  test("keeps the replicas of an unchanged function, adds new functions and drops others", async () => {
    const [same = "", gone = "", added = ""] = await Promise.all(
      ["same", "gone", "added"].map((text) => fixture.bundle(answering(text))),
    );
    const pool = createReplicaPool([functionConfig(same, { name: "same" }), functionConfig(gone, { name: "gone" })]);
    await pool.ready();
    const before = pool.describe().find(({ functionName }) => functionName === "same");
    await pool.replace([functionConfig(same, { name: "same" }), functionConfig(added, { name: "added" })]);
    expect(pool.describe().find(({ functionName }) => functionName === "same")?.pid).toBe(before?.pid);
    expect((await call(pool, {}, "added:live")).payload).toBe("added");
    await expect(call(pool, {}, "gone:live")).rejects.toMatchObject({ name: "ResourceNotFoundException" });
    await pool.close();
  });

  test("keeps what is pinned for who has pinned it, with its replicas at hand for the latest alone", async () => {
    const pool = await fixture.pool(answering("0"));
    await pool.ready();
    const pins = [pool.pin()];
    for (const text of ["1", "2", "3"]) {
      await pool.replace([functionConfig(await fixture.bundle(answering(text)))]);
      pins.push(pool.pin());
    }
    await until(() => pool.describe().length === 2);
    function answers(): Promise<string[]> {
      return Promise.all(
        pins.map(async (pin) => (await pin.invoke({ functionName: "fn:live", payload: '{"ms":50}' })).payload),
      );
    }
    expect(await answers()).toEqual(['"0"', '"1"', '"2"', '"3"']);
    await until(() => pool.describe().length === 2);
    const several = await Promise.all([answers(), answers()]);
    expect(several.flat()).toEqual(['"0"', '"1"', '"2"', '"3"', '"0"', '"1"', '"2"', '"3"']);
    for (const pin of pins) pin.release();
    await until(() => pool.describe().length === 1);

    // What was released can be had again, by one who has pinned it and by another who was given it.
    const [first, second] = pins;
    first?.renew();
    const other = first?.pin?.();
    first?.release();
    expect((await other?.invoke({ functionName: "fn", qualifier: "live", payload: "{}" }))?.payload).toBe('"0"');
    expect((await second?.invoke({ functionName: "fn:live", payload: "{}" }))?.payload).toBe('"3"');
    other?.release();
    await until(() => pool.describe().length === 1);
  });

  test("notices a bundle that changed in place", async () => {
    const pool = await fixture.pool(answering("old"));
    await pool.ready();
    const bundle = await fixture.bundle(answering("first"));
    await pool.replace([functionConfig(bundle)]);
    await writeFile(join(bundle, "index.mjs"), answering("second"));
    await pool.replace([functionConfig(bundle)]);
    expect((await call(pool)).payload).toBe("second");
  });
});

test("a configuration that Lambda would refuse is refused by name", () => {
  expect(refused({ replicaCount: 1.5 })).toThrow('Function "fn": replicaCount is 1.5; write a whole number, 0 or more');
  expect(refused({ timeout: 901 })).toThrow('Function "fn": timeout is 901 s; Lambda allows up to 900 s');
  expect(refused({ memorySize: 64 })).toThrow('Function "fn": memorySize is 64 MiB; Lambda allows 128 to 10240 MiB');
  expect(refused({ reservedConcurrency: 0 })).toThrow("reservedConcurrency (0) is less than replicaCount (1)");
  const twice = [functionConfig("."), functionConfig(".")];
  expect(() => createReplicaPool(twice)).toThrow('Two functions are named "fn"');
});
