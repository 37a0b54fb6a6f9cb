import { afterEach, describe, expect, test } from "vitest";
import { encodeFrame } from "../../../../infra/emulator/replicas/replica-frames.ts";
import { call, createFixture, failure } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** A frame for the request of a made-up id, as a literal of bytes. */
function forged(requestId: string, body: string): string {
  return JSON.stringify([...encodeFrame({ type: "result", requestId }, body)]);
}

/** A handler that does what the event asks for to the descriptor by which its replica gets requests. */
const source = `
  import { spawnSync } from "node:child_process";
  import { closeSync, openSync, writeSync } from "node:fs";
  import { Socket } from "node:net";
  import { Worker } from "node:worker_threads";
  let count = 0;
  const bytes = (...values) => writeSync(3, Buffer.from(values));
  const length = (value) => { const prefix = Buffer.alloc(4); prefix.writeUInt32LE(value); return [...prefix]; };
  const mark = ${JSON.stringify([...encodeFrame({ type: "ready" }, "").subarray(0, 4)])};
  const ways = {
    text: () => writeSync(3, "progress: 10 %\\n"),
    "one byte": () => bytes(0),
    "a length": () => bytes(...length(1000)),
    "a giant length": () => bytes(...mark, ...length(4_000_000_000), ...length(4_000_000_000)),
    "the beginning of a frame": () => bytes(...mark),
    "a frame that is no JSON": () => bytes(...mark, ...length(2), ...length(2), 1, 2, 3, 4),
    "a frame of another type": () => bytes(...mark, ...length(12), ...length(0), ...Buffer.from('{"type":"x"}')),
    "an error that is none": () => bytes(...mark, ...length(21), ...length(1), ...Buffer.from('{"type":"init-error"}'), 1),
    "another request's answer": () => bytes(...${forged("another", '"forged"')}),
    "caches that nobody has asked for": () => bytes(...${JSON.stringify([...encodeFrame({ type: "caches" }, "[]")])}),
    "megabytes": () => writeSync(3, Buffer.alloc(4_000_000, "x")),
    "by a worker": () => new Promise((resolve) => {
      new Worker("require('fs').writeSync(3, 'from a worker')", { eval: true }).on("exit", resolve);
    }),
    "by a child process": () => spawnSync("sh", ["-c", "echo text >&3"], { stdio: ["ignore", "inherit", "inherit", 3] }),
    "by closing it": () => closeSync(3),
    "by giving its number to a file": () => { closeSync(3); openSync("/dev/null", "w"); },
    "by ending it": () => new Promise((resolve) => new Socket({ fd: 3 }).end(resolve)),
  };
  export const handler = async ({ way }) => {
    await ways[way]?.();
    return ++count;
  };
`;

describe("a function that writes to the runtime's own descriptor ends its replica, and nothing else", () => {
  const ways = [
    "text",
    "one byte",
    "a length",
    "a giant length",
    "the beginning of a frame",
    "a frame that is no JSON",
    "a frame of another type",
    "an error that is none",
    "another request's answer",
    "caches that nobody has asked for",
    "megabytes",
    "by a worker",
    "by a child process",
    "by closing it",
    "by giving its number to a file",
    "by ending it",
  ];
  test.each(ways)("%s", async (way) => {
    const pool = await fixture.pool(source);
    expect((await call(pool)).payload).toBe(1);
    const { requestId, payload } = await failure(pool, { way });
    expect(payload).toEqual({
      errorType: "Runtime.ExitError",
      errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: signal: killed`,
    });
    expect((await call(pool)).payload).toBe(1);
    expect(fixture.logs.map(({ text }) => text).join("\n")).toMatch(/escriptor 3, by which Lambda's runtime/);
  });
});

test("an answer that a function forges is taken for its own, and the runtime's is one too many", async () => {
  const pool = await fixture.pool(`
    import { writeSync } from "node:fs";
    let count = 0;
    export const handler = async ({ forge }, { awsRequestId }) => {
      const frame = Buffer.from(${forged("00000000-0000-0000-0000-000000000000", '"forged"')});
      if (forge) writeSync(3, Buffer.from(frame.toString().replace("00000000-0000-0000-0000-000000000000", awsRequestId)));
      return ++count;
    };`);
  expect((await call(pool)).payload).toBe(1);
  expect((await call(pool, { forge: true })).payload).toBe("forged");
  // The next request was perhaps on its way to the replica that is ended.
  const { payload } = await call(pool);
  expect([1, expect.objectContaining({ errorType: "Runtime.ExitError" })]).toContainEqual(payload);
  expect((await call(pool)).payload).toBe(payload === 1 ? 2 : 1);
});

test("a function has no channel to a parent, and its children inherit no descriptor of the runtime", async () => {
  const pool = await fixture.pool(`
    import { fork, spawnSync } from "node:child_process";
    import { writeFileSync } from "node:fs";
    import { join } from "node:path";
    export const handler = async () => {
      process.send?.("to the parent");
      process.disconnect?.();
      const { status } = spawnSync("sh", ["-c", "echo text >&3"], { stdio: ["inherit", "inherit", "ignore"] });
      const file = join(process.env.TMPDIR, "child.cjs");
      writeFileSync(file, "process.on('message', (text) => { process.send(text + '!'); process.disconnect(); })");
      const child = fork(file);
      child.send("hello");
      const answer = await new Promise((resolve) => child.on("message", resolve));
      return { connected: process.connected, status, answer };
    };`);
  const { payload } = await call<{ status: number }>(pool);
  expect(payload).toEqual({ connected: undefined, status: expect.any(Number), answer: "hello!" });
  expect(payload.status).not.toBe(0);
});
