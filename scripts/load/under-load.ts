import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { clientOf, type Outcomes, percentile, runExecutions } from "./executions.ts";
import { growthOf, type Growth, type Sample } from "./growth.ts";
import { processesOf, stillRunning } from "./processes.ts";
import { startServer, type Server } from "./server.ts";
import { serviceDirectory } from "./service.ts";

/** How long, and how much at once. */
export interface LoadOptions {
  /** Seconds under load, after the first executions. */
  readonly seconds: number;
  /** Executions at a time. */
  readonly atOnce: number;
  /** Ctrl-C: the server gets it in the middle of what it does. */
  readonly interrupted?: AbortSignal;
}

/** What was seen. */
export interface LoadReport {
  /** Executions that ended. */
  readonly executions: number;
  /** Milliseconds of an execution, of one in two and of 99 in a hundred. */
  readonly p50: number;
  readonly p99: number;
  /** What did not go as it should, in words: none, if all is well. */
  readonly faults: readonly string[];
  /** Memory in use on the emulator's heap; undefined after Ctrl-C, or if there was too little time to tell. */
  readonly heap: Growth | undefined;
  /** Resident memory of the emulator. */
  readonly emulator: Growth | undefined;
  /** Resident memory of all replicas together. */
  readonly replicas: Growth | undefined;
  /** Processes and files of the server that are still there when it has ended. */
  readonly leftBehind: readonly string[];
}

/**
 * Executions before the memory is looked at. Then as many are kept as may be, and what is used is compiled: these grow once.
 */
const WARM_UP_EXECUTIONS = 400;

/**
 * The rises, as parts of the memory, up to which it counts as flat: several times what it goes up and down by itself. The
 * emulator's resident memory has free room of its heap in it, and that is sometimes more and sometimes less.
 */
const FLAT = { heap: 0.02, emulator: 0.05, replicas: 0.01 };

/** Seconds between two looks at the memory. */
const SAMPLE_SECONDS = 1;

/** A service of four actors under load, through the API of `lambent dev`; ended by Ctrl-C while it is busy. */
export async function runUnderLoad({ seconds, atOnce, interrupted }: LoadOptions): Promise<LoadReport> {
  const service = serviceDirectory();
  const temporary = join(service.root, "tmp");
  mkdirSync(temporary);
  try {
    const server = await startServer(service.root, temporary);
    const client = clientOf(server.url);
    const outcomes: Outcomes = { milliseconds: [], faults: [] };
    const stop = new AbortController();
    const running = runExecutions(client, { atOnce, signal: stop.signal, outcomes });
    await warmUp(outcomes, interrupted);
    const memory = watchMemory(server);
    await sleep(1000 * seconds, undefined, interrupted === undefined ? {} : { signal: interrupted }).catch(
      () => undefined,
    ); // Ctrl-C
    const faults = [...outcomes.faults];
    const executions = outcomes.milliseconds.length;
    memory.stop();
    const pids = processesOf(server.pid).map(({ pid }) => pid);
    // From here on it is the server's end that is looked at: requests that it no longer answers are no faults.
    const exitCode = await server.interrupt();
    stop.abort();
    client.destroy();
    await running;
    if (exitCode !== 0) faults.push(`lambent dev ended with ${exitCode}:\n${server.output()}`);
    return {
      executions,
      p50: percentile(outcomes.milliseconds, 0.5),
      p99: percentile(outcomes.milliseconds, 0.99),
      faults,
      heap: memory.growth("heap"),
      emulator: memory.growth("emulator"),
      replicas: memory.growth("replicas"),
      leftBehind: [...(await stillRunning(pids)).map((pid) => `process ${pid}`), ...filesIn(temporary)],
    };
  } finally {
    service.remove();
  }
}

/** Waits until the first executions have ended, or one has a fault, or Ctrl-C has come. */
async function warmUp({ milliseconds, faults }: Outcomes, interrupted: AbortSignal | undefined): Promise<void> {
  if (milliseconds.length >= WARM_UP_EXECUTIONS || faults.length > 0 || interrupted?.aborted === true) return;
  await sleep(100);
  await warmUp({ milliseconds, faults }, interrupted);
}

/** Files in the directory and in those within it. */
function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map(({ parentPath, name }) => join(parentPath, name));
}

interface Memory {
  readonly seconds: number;
  readonly heap: number;
  readonly emulator: number;
  readonly replicas: number;
}

function watchMemory(server: Server): { stop(): void; growth(of: keyof typeof FLAT): Growth | undefined } {
  const began = performance.now();
  const seen: Memory[] = [];
  const timer = setInterval(() => {
    const emulator = server.memory();
    if (emulator === undefined) return;
    const [, ...others] = processesOf(server.pid);
    const replicas = others.reduce((sum, { bytes }) => sum + bytes, 0);
    const seconds = (performance.now() - began) / 1000;
    seen.push({ seconds, heap: emulator.heap, emulator: emulator.resident, replicas });
  }, 1000 * SAMPLE_SECONDS);
  return {
    stop: () => clearInterval(timer),
    growth(of) {
      const samples: Sample[] = seen.map((memory) => ({ seconds: memory.seconds, bytes: memory[of] }));
      return samples.length < 4 ? undefined : growthOf(samples, FLAT[of]);
    },
  };
}
