import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { runInvocation } from "../../../../sdk/invocation/invocation.ts";
import { replicaCache } from "../../../../sdk/cache/replica-cache.ts";

// One replica: each message is an invocation, and its outcome is the answer.

const actor = { name: "frozen" };
let loads = 0;

/** What a server on this port says; it may never say it. */
const ask = replicaCache(actor, async function askServer(port: number): Promise<string> {
  const load = ++loads;
  const socket = connect(port, "127.0.0.1");
  const answer = await new Promise<string>((resolve, reject) => {
    socket.once("data", (data) => resolve(String(data)));
    socket.once("error", reject);
  });
  socket.destroy();
  return `load ${load}: ${answer}`;
});

const token = replicaCache(actor, function makeToken() { return ++loads; }, { ttl: 1 }); // prettier-ignore

const tasks: Record<string, (port: number) => unknown> = {
  /** Answers without waiting for its load. */
  leaveBehind: (port) => void ask(port).catch(() => {}),
  ask: (port) => Promise.all([ask(port), ask(port)]),
  token: () => token(),
  /** Is stopped while it waits. */
  slowToken: async () => {
    const before = token();
    process.send?.("waiting");
    await sleep(50);
    return [before, token()];
  },
};

process.on("message", async ({ task, port }: { task: string; port: number }) => {
  process.send?.(await runInvocation(() => tasks[task]?.(port)));
});
process.send?.("ready");
