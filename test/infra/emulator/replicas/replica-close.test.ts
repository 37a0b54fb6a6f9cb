import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { FunctionConfig } from "../../../../infra/emulator/replicas/replica-pool.ts";
import { startProgram, type Program } from "../../../support/program.ts";
import { call, createFixture, functionConfig, until } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

describe("no process outlives its pool", () => {
  test("close ends busy, idle and starting replicas, and what they started", async () => {
    const pool = await fixture.pool(
      `import { spawn } from "node:child_process";
       const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { stdio: "inherit" });
       export const handler = async ({ spin }) => { while (spin); return [process.pid, child.pid]; };`,
      { replicaCount: 2, whenBusy: "spill" },
    );
    const { payload: pids } = await call<number[]>(pool);
    const running = call(pool, { spin: true });
    await until(() => pool.describe().some(({ state }) => state === "busy"));
    const all = [...pids, ...pool.describe().map(({ pid }) => pid ?? 0)];
    await pool.close();
    expect((await running).functionError).toBe("Unhandled");
    await until(() => !all.some(alive));
    await expect(call(pool)).rejects.toMatchObject({ name: "ServiceException" });
  });

  test("close does not wait for a process that a function has made a daemon", async () => {
    const pool = await fixture.pool(
      `import { spawn } from "node:child_process";
       const options = { stdio: "inherit", detached: true };
       const daemon = spawn(process.execPath, ["-e", "setTimeout(() => {}, 600_000)"], options);
       export const handler = async () => daemon.pid;`,
    );
    const { payload: daemon } = await call<number>(pool);
    await pool.close();
    expect(alive(daemon)).toBe(true);
    process.kill(daemon, "SIGKILL");
  });
});

describe("a process that has a pool", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lambent-test-"));
    const { build } = await import("esbuild");
    const entryPoints = [replicas("replica-pool.ts"), replicas("replica-process.ts")];
    const options = { bundle: true, platform: "node", format: "esm", outdir: directory } as const;
    await build({ entryPoints, external: ["esbuild"], ...options });
    await writeFile(join(directory, "package.json"), '{ "type": "module" }');
  });
  afterAll(() => rm(directory, { recursive: true, force: true }));

  function replicas(file: string): string {
    return fileURLToPath(new URL(`../../../../infra/emulator/replicas/${file}`, import.meta.url));
  }

  /** A program that does `work` with `pool`, whose function is of the bundle of `source`, `functions` and `log`. */
  async function start(source: string, work: string, settings: Partial<FunctionConfig> = {}): Promise<Program> {
    const functions = [functionConfig(await fixture.bundle(source), settings)];
    const program = join(directory, `${randomUUID()}.js`);
    await writeFile(
      program,
      `import { once } from "node:events";
       import { createReplicaPool } from "./replica-pool.js";
       const functions = ${JSON.stringify(functions)};
       const options = { eventRetryDelays: [600_000], onDemandInitTimeout: 200, onLog: ({ text }) => logged(text) };
       let logged = () => {};
       const nextLog = () => new Promise((resolve) => (logged = resolve));
       const pool = createReplicaPool(functions, options);
       ${work}`,
    );
    const started = startProgram(process.execPath, [program], { cwd: directory, env: { TMPDIR: directory } });
    onTestFinished(() => void started.child.kill("SIGKILL"));
    return started;
  }

  const failing = `export const handler = async () => {
    console.log("begun");
    await new Promise((resolve) => setTimeout(resolve, 100));
    throw new Error("as asked");
  };`;

  test.each([
    [
      "an Event invocation waits to be tried again",
      failing,
      `const ended = new Promise((resolve) => pool.subscribe(({ type }) => type === "invocation-ended" && resolve()));
       await pool.invoke({ functionName: "fn:live", payload: "{}", invocationType: "Event" });
       await ended;
       await new Promise(setImmediate);
       await pool.close();`,
    ],
    [
      "an Event invocation runs, whose failure would be tried again",
      failing,
      `const begun = nextLog();
       await pool.invoke({ functionName: "fn:live", payload: "{}", invocationType: "Event" });
       await begun;
       await pool.close();`,
    ],
    [
      "its functions are being replaced",
      `export const handler = async () => "ok";`,
      `await pool.ready();
       const replaced = pool.replace([{ ...functions[0], memorySize: 512 }]).catch(({ message }) => console.log(message));
       await pool.close();
       await replaced;`,
    ],
    [
      "it starts an instance a second time, since its first initialisation took too long",
      `await new Promise((resolve) => setTimeout(resolve, 600_000));
       export const handler = async () => "never";`,
      `const invoked = pool.invoke({ functionName: "fn:$LATEST", payload: "{}" });
       invoked.catch(({ message }) => console.log(message));
       const isLate = () => pool.describe().some(({ version, state }) => version === "$LATEST" && state === "ended");
       while (!isLate()) await new Promise(setImmediate);
       await pool.close();`,
    ],
  ])("ends once it has closed the pool while %s", async (_, source, work) => {
    const { ended } = await start(source, work, { timeout: 900 });
    expect(await ended).toBe(0);
  });

  test("that is killed takes idle and busy replicas along, and their directories", async () => {
    const { child, output } = await start(
      `export const handler = async () => { console.log("waiting"); await new Promise(() => setInterval(() => {}, 1000)); };`,
      `await pool.ready();
       logged = () => console.log(JSON.stringify(pool.describe().map(({ pid }) => pid)));
       void pool.invoke({ functionName: "fn:live", payload: "{}" });`,
      { replicaCount: 2, timeout: 900 },
    );
    async function own() {
      return (await readdir(directory)).filter((name) => name.startsWith("lambent-replica-"));
    }
    await until(() => output().includes("]"));
    const pids = JSON.parse(output()) as number[];
    expect(pids.map(alive)).toEqual([true, true]);
    expect(await own()).toHaveLength(2);
    child.kill("SIGKILL");
    await until(async () => !pids.some(alive) && (await own()).length === 0);
  });
});
