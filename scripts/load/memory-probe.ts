/**
 * What the server under load is started with: each second its garbage is collected, and what is left is written to
 * descriptor 3, as a line of JSON. In processes and threads that the server starts with its own flags, it does nothing.
 */
import { writeSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import { garbageCollector } from "./garbage.ts";
import type { ServerMemory } from "./server.ts";

const INTERVAL_MS = 1000;
const DESCRIPTOR = 3;

if (isMainThread && process.argv[2] === "dev") {
  const collectGarbage = garbageCollector();
  setInterval(() => {
    collectGarbage();
    const { heapUsed, rss } = process.memoryUsage();
    const memory: ServerMemory = { heap: heapUsed, resident: rss };
    writeSync(DESCRIPTOR, `${JSON.stringify(memory)}\n`);
  }, INTERVAL_MS).unref();
}
