import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { InvokeResponse } from "../../infra/emulator/lambda/functions.ts";
import type { ErrorDocument } from "../../infra/emulator/replicas/replica-frames.ts";
import {
  createReplicaPool,
  type FunctionConfig,
  type LogLine,
  type ReplicaPool,
  type ReplicaPoolOptions,
} from "../../infra/emulator/replicas/replica-pool.ts";

/** Pools and directories of one test file, to be removed after each test. */
export interface Fixture {
  /** Writes a bundle of one module, `index.mjs`, and returns its directory. */
  bundle(source: string): Promise<string>;
  /** A pool of one function, `fn`, with one replica unless told otherwise; its output is collected in `logs`. */
  pool(source: string, config?: Partial<FunctionConfig>, options?: ReplicaPoolOptions): Promise<ReplicaPool>;
  readonly logs: LogLine[];
  cleanUp(): Promise<void>;
}

export function createFixture(): Fixture {
  const pools: ReplicaPool[] = [];
  const directories: string[] = [];
  const logs: LogLine[] = [];
  const fixture: Fixture = {
    logs,
    async bundle(source) {
      const directory = await mkdtemp(join(tmpdir(), "lambent-test-"));
      directories.push(directory);
      await mkdir(directory, { recursive: true });
      await writeFile(join(directory, "index.mjs"), source);
      return directory;
    },
    async pool(source, config = {}, options = {}) {
      const bundle = await fixture.bundle(source);
      const pool = createReplicaPool([functionConfig(bundle, config)], {
        onLog: (line) => logs.push(line),
        ...options,
      });
      pools.push(pool);
      return pool;
    },
    async cleanUp() {
      await Promise.all(pools.splice(0).map((pool) => pool.close()));
      await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true, force: true })));
      logs.length = 0;
    },
  };
  return fixture;
}

/** The function `fn` of a bundle: one replica, a queue, a timeout that no test meets unless it means to. */
export function functionConfig(bundle: string, config: Partial<FunctionConfig> = {}): FunctionConfig {
  return { name: "fn", bundle, handler: "index.handler", replicaCount: 1, whenBusy: "queue", timeout: 60, ...config };
}

type Parsed<T> = Omit<InvokeResponse, "payload"> & { readonly payload: T };

/** Invokes `fn:live` and returns the answer with its payload parsed. */
export async function call<T = unknown>(
  pool: ReplicaPool,
  input: unknown = {},
  functionName = "fn:live",
): Promise<Parsed<T>> {
  const response = await pool.invoke({ functionName, payload: JSON.stringify(input) });
  return { ...response, payload: JSON.parse(response.payload) };
}

/** Invokes `fn:live`, which must answer with a function error. */
export async function failure(
  pool: ReplicaPool,
  input: unknown = {},
  functionName = "fn:live",
): Promise<Parsed<ErrorDocument>> {
  const response = await call<ErrorDocument>(pool, input, functionName);
  if (response.functionError !== "Unhandled") throw new Error(`no function error: ${JSON.stringify(response)}`);
  return response;
}

/** Waits until `condition` holds, and fails after ten seconds. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const end = Date.now() + 10_000;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`never came true: ${condition}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
