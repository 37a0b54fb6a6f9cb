import { afterEach, describe, expect, test } from "vitest";
import { call, createFixture, failure, until } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** A handler that does what the event asks for, and counts its replica's requests in module scope. */
const source = `
  let count = 0, requests = 0;
  class OrderError extends Error { name = "OrderError" }
  const ways = {
    count: () => ++count,
    throw: () => { throw new OrderError("no stock"); },
    throwString: () => { throw "just text"; },
    exit: ({ status }) => process.exit(status),
    kill: () => process.kill(process.pid, "SIGSEGV"),
    reject: () => { Promise.reject(new TypeError("forgotten")); return new Promise((r) => setTimeout(r, 1000)); },
    timer: () => new Promise((r) => { setTimeout(() => { throw new RangeError("late"); }, 1); setTimeout(r, 10000); }),
    heap: () => { const all = []; for (;;) all.push(new Array(10000).fill({})); },
    native: async () => { const all = []; for (;;) { all.push(Buffer.alloc(8e6, 1)); await new Promise((r) => setTimeout(r, 5)); } },
    sleep: ({ ms }) => new Promise((r) => setTimeout(r, ms)),
    spin: () => { for (;;); },
    exitInNextRequest: ({ status }) => {
      const mine = requests;
      setInterval(() => requests > mine && process.exit(status), 1);
    },
    spinAtExit: () => {
      process.on("exit", () => { for (;;); });
      return new Promise(() => setTimeout(() => { throw new RangeError("late"); }, 1));
    },
    bigError: ({ bytes }) => { throw new Error("x".repeat(bytes)); },
    removeListeners: () => {
      process.removeAllListeners("uncaughtException");
      return new Promise(() => setTimeout(() => { throw new RangeError("late"); }, 1));
    },
    never: () => new Promise(() => {}),
    big: ({ bytes }) => "x".repeat(bytes - 2),
    throwNothing: () => { throw Object.create(null); },
    throwNumber: () => { throw Object.assign(new Error("m"), { name: 404 }); },
    throwStack: () => { throw Object.assign(new Error("m"), { stack: ["m"] }); },
    rejectNothing: () => { Promise.reject(Object.create(null)); return new Promise((r) => setTimeout(r, 1000)); },
    circular: () => { const a = {}; a.a = a; return a; },
  };
  export const handler = async (event) => {
    requests++;
    return ways[event.do](event);
  };
`;

describe("an error of the handler is its answer", () => {
  test("with the error's own name, its message and its stack, and the replica lives on", async () => {
    const pool = await fixture.pool(source);
    await call(pool, { do: "count" });
    const { statusCode, functionError, executedVersion, payload } = await failure(pool, { do: "throw" });
    expect({ statusCode, functionError, executedVersion }).toEqual({
      statusCode: 200,
      functionError: "Unhandled",
      executedVersion: "1",
    });
    expect(payload).toMatchObject({ errorType: "OrderError", errorMessage: "no stock" });
    expect(payload.trace?.[0]).toBe("OrderError: no stock");
    expect(payload.trace?.[1]).toContain("index.mjs:6:");
    expect((await call(pool, { do: "count" })).payload).toBe(2);
  });

  test("a thrown value that is no Error is named after its type", async () => {
    const pool = await fixture.pool(source);
    expect((await failure(pool, { do: "throwString" })).payload).toEqual({
      errorType: "string",
      errorMessage: "just text",
      trace: [],
    });
  });

  test.each(["throwNothing", "throwNumber", "throwStack"])(
    "an error without a readable name, message or stack is told as such: %s",
    async (way) => {
      const pool = await fixture.pool(source);
      expect((await failure(pool, { do: way })).payload).toMatchObject({ errorType: "handled" });
      expect((await call(pool, { do: "count" })).payload).toBe(1);
    },
  );

  test("a promise that nothing can settle is Runtime.NodeJsExit", async () => {
    const pool = await fixture.pool(source);
    expect((await failure(pool, { do: "never" })).payload.errorType).toBe("Runtime.NodeJsExit");
  });

  test("a result that JSON cannot carry is Runtime.JSONStringifyError", async () => {
    const pool = await fixture.pool(source);
    expect((await failure(pool, { do: "circular" })).payload.errorType).toBe("Runtime.JSONStringifyError");
  });

  test("an error above 6 MB is Function.ResponseSizeTooLarge", async () => {
    const pool = await fixture.pool(source);
    const { payload } = await failure(pool, { do: "bigError", bytes: 8_000_000 });
    expect(payload.errorType).toBe("Function.ResponseSizeTooLarge");
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("a response above 6 MB is Function.ResponseSizeTooLarge; one of just 6 MB passes", async () => {
    const pool = await fixture.pool(source);
    expect((await call(pool, { do: "big", bytes: 6_291_556 })).payload).toHaveLength(6_291_554);
    const { payload } = await failure(pool, { do: "big", bytes: 6_291_557 });
    expect(payload).toEqual({
      errorType: "Function.ResponseSizeTooLarge",
      errorMessage: "Response payload size exceeded maximum allowed payload size (6291556 bytes).",
    });
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });
});

describe("what ends a replica ends it alone, by AWS's name, and the next request gets a fresh one", () => {
  const ends = [
    ["process.exit(1)", { do: "exit", status: 1 }, "Runtime.ExitError", "Runtime exited with error: exit status 1"],
    ["process.exit(0)", { do: "exit", status: 0 }, "Runtime.ExitError", "Runtime exited without providing a reason"],
    ["a signal", { do: "kill" }, "Runtime.ExitError", "Runtime exited with error: signal: segmentation fault"],
  ] as const;
  test.each(ends)("%s", async (_name, input, errorType, reason) => {
    const pool = await fixture.pool(source);
    await call(pool, { do: "count" });
    const { requestId, payload } = await failure(pool, input);
    expect(payload).toEqual({ errorType, errorMessage: `RequestId: ${requestId} Error: ${reason}` });
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("an unhandled rejection", async () => {
    const pool = await fixture.pool(source);
    const { payload } = await failure(pool, { do: "reject" });
    expect(payload).toMatchObject({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: "TypeError: forgotten",
    });
    expect(payload.trace?.[1]).toContain("index.mjs:10:");
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("an unhandled rejection with what has no text", async () => {
    const pool = await fixture.pool(source);
    expect((await failure(pool, { do: "rejectNothing" })).payload).toMatchObject({
      errorType: "Runtime.UnhandledPromiseRejection",
      errorMessage: "[Object: null prototype] {}",
    });
  });

  test("an exception thrown in a timer", async () => {
    const pool = await fixture.pool(source);
    expect((await failure(pool, { do: "timer" })).payload).toMatchObject({
      errorType: "RangeError",
      errorMessage: "late",
    });
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("an exit in a timer that was set before the answer ends the next request", async () => {
    const pool = await fixture.pool(source);
    expect((await call(pool, { do: "exitInNextRequest", status: 5 })).payload).toBeNull();
    const { payload } = await failure(pool, { do: "sleep", ms: 60_000 });
    expect(payload.errorMessage).toContain("Runtime exited with error: exit status 5");
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("an exception, even if what listens to the exit never ends", async () => {
    const pool = await fixture.pool(source);
    expect((await failure(pool, { do: "spinAtExit" })).payload.errorType).toBe("RangeError");
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("an exception whose listeners the function has removed", async () => {
    const pool = await fixture.pool(source);
    const { payload } = await failure(pool, { do: "removeListeners" });
    expect(payload.errorMessage).toContain("Runtime exited with error: exit status 1");
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("a timeout, when the handler ends too late and the pool is too busy to notice", async () => {
    const pool = await fixture.pool(source, { timeout: 0.3 });
    await pool.ready();
    const failed = failure(pool, { do: "sleep", ms: 400 });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const end = Date.now() + 600;
    while (Date.now() < end);
    expect((await failed).payload.errorMessage).toContain("Task timed out after 0.30 seconds");
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test.each(["heap", "native"])("memory above its size, on the %s side", async (side) => {
    const pool = await fixture.pool(source, { memorySize: 128 });
    const { requestId, payload } = await failure(pool, { do: side });
    expect(payload).toEqual({
      errorType: "Runtime.OutOfMemory",
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test.each(["sleep", "spin"])("a timeout, when the handler would %s", async (way) => {
    const pool = await fixture.pool(source, { timeout: 0.5 });
    const { requestId, payload } = await failure(pool, { do: way, ms: 60_000 });
    expect(payload).toEqual({
      errorType: "Sandbox.Timedout",
      errorMessage: `RequestId: ${requestId} Error: Task timed out after 0.50 seconds`,
    });
    expect((await call(pool, { do: "count" })).payload).toBe(1);
  });

  test("the other replicas go on", async () => {
    const pool = await fixture.pool(source, { replicaCount: 2 });
    await pool.ready();
    const sleeping = call(pool, { do: "sleep", ms: 300 });
    await failure(pool, { do: "exit", status: 1 });
    expect((await sleeping).functionError).toBeUndefined();
    await until(() => pool.describe().filter(({ state }) => state === "idle").length === 2);
  });
});
