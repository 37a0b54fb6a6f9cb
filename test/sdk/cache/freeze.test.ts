import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, type Server, type Socket, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { bundle } from "./replicas/bundle.ts";

// Lambda stops an instance between two invocations, and sometimes for hours: SIGSTOP and SIGCONT do the same.

let program: string;
let replica: ChildProcess;
let server: Server;
let sockets: Socket[];

beforeAll(async () => {
  program = await bundle("frozen");
});

beforeEach(async () => {
  replica = fork(program, { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  await answer();
  sockets = [];
  server = createServer((socket) => {
    socket.on("error", () => {});
    sockets.push(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
});

afterEach(() => {
  replica.kill("SIGKILL");
  for (const socket of sockets) socket.destroy();
  server.close();
});

async function answer(): Promise<unknown> {
  const [message] = await once(replica, "message");
  return message;
}

function invoke(task: string): Promise<unknown> {
  const { port } = server.address() as AddressInfo;
  replica.send({ task, port });
  return answer();
}

async function freeze(ms: number): Promise<void> {
  replica.kill("SIGSTOP");
  await sleep(ms);
  replica.kill("SIGCONT");
}

test("a load that was cut off by a freeze is started anew by the next invocation, once", async () => {
  expect(await invoke("leaveBehind")).toMatchObject({ caches: [{ cache: "askServer", misses: 1 }] });
  if (sockets.length === 0) await once(server, "connection");
  await freeze(100);
  const outcome = invoke("ask");
  await once(server, "connection");
  sockets[1]?.write("alive");
  expect(await outcome).toMatchObject({
    result: ["load 2: alive", "load 2: alive"],
    caches: [{ misses: 1, joined: 1, hits: 0 }],
  });
  // The first load wakes up late, and changes nothing.
  sockets[0]?.write("late");
  await sleep(50);
  expect(await invoke("ask")).toMatchObject({ result: ["load 2: alive", "load 2: alive"], caches: [{ hits: 2 }] });
});

test("the time frozen counts for expiry", async () => {
  expect(await invoke("token")).toMatchObject({ result: 1 });
  expect(await invoke("token")).toMatchObject({ result: 1 });
  await freeze(1100);
  expect(await invoke("token")).toMatchObject({ result: 2 });
});

test("the time frozen within an invocation counts too", async () => {
  const { port } = server.address() as AddressInfo;
  replica.send({ task: "slowToken", port });
  expect(await answer()).toBe("waiting");
  await freeze(1200);
  expect(await answer()).toMatchObject({ result: [1, 2] });
});
