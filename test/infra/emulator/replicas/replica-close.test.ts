import { spawnSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import type { FunctionConfig } from "../../../../infra/emulator/replicas/replica-pool.ts";
import { startProgram, type Program } from "../../../support/program.ts";
import { call, createFixture, failure, functionConfig, until } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** Whether a process runs. One that has ended may wait for a while until its parent asks how. */
function alive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return /^[^Z]/.test(stdout.trim());
}

/** A bundle that starts a daemon with such options of `spawn`, and answers with its process id. */
function daemon(options: string): string {
  return `
    import { spawn } from "node:child_process";
    const daemon = spawn(process.execPath, ["-e", "setTimeout(() => {}, 600_000)"], ${options});
    export const handler = async ({ exit, kill, spin }) => {
      if (exit) process.exit(1);
      if (kill) process.kill(process.pid, "SIGKILL");
      while (spin);
      return daemon.pid;
    };`;
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

  const daemons = [
    ["that inherits the output", '{ stdio: "inherit", detached: true }'],
    ["that has neither output nor environment", '{ stdio: "ignore", detached: true, env: {} }'],
    ["that holds the runtime's descriptor", '{ stdio: ["ignore", "inherit", "inherit", 3], detached: true }'],
  ] as const;
  test.each(daemons)("close ends a daemon %s", async (_, options) => {
    const pool = await fixture.pool(daemon(options));
    const { payload: pid } = await call<number>(pool);
    expect(alive(pid)).toBe(true);
    await pool.close();
    expect(alive(pid)).toBe(false);
  });

  test("close waits for a daemon that takes a while to give its memory back", async () => {
    const pool = await fixture.pool(`
      import { spawn } from "node:child_process";
      import { once } from "node:events";
      const program = "const large = Buffer.alloc(400_000_000, 1); console.log(1); setTimeout(() => large, 600_000)";
      const options = { stdio: ["ignore", "pipe", "ignore"], detached: true, env: {} };
      const daemon = spawn(process.execPath, ["-e", program], options);
      export const handler = async () => {
        await once(daemon.stdout, "data");
        return daemon.pid;
      };`);
    const { payload: pid } = await call<number>(pool);
    await pool.close();
    expect(alive(pid)).toBe(false);
  });

  test.each([
    ["exits", { exit: true }, "Runtime exited with error: exit status 1"],
    ["is killed", { kill: true }, "Runtime exited with error: signal: killed"],
    ["times out", { spin: true }, "Task timed out after 1.00 seconds"],
  ])("a replica that %s has ended, and its daemons with it, and the next one serves", async (_, input, reason) => {
    const settings = { timeout: 1, environment: { TMPDIR: tmpdir() } };
    const pool = await fixture.pool(daemon('{ stdio: "inherit", detached: true }'), settings);
    const { payload: pid } = await call<number>(pool);
    expect((await failure(pool, input)).payload.errorMessage).toContain(reason);
    expect((await call<number>(pool)).payload).not.toBe(pid);
    expect(alive(pid)).toBe(false);
  });

  test("a replica that is stopped times out", async () => {
    const pool = await fixture.pool(
      `export const handler = async ({ stop }) => { if (stop) process.kill(process.pid, "SIGSTOP"); return process.pid; };`,
      { timeout: 1, environment: { TMPDIR: tmpdir() } },
    );
    const { payload: pid } = await call<number>(pool);
    expect((await failure(pool, { stop: true })).payload.errorType).toBe("Sandbox.Timedout");
    expect((await call<number>(pool)).payload).not.toBe(pid);
    expect(alive(pid)).toBe(false);
  });
});

describe("a process that has a pool", () => {
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), "lambent-test-"));
    const { build } = await import("esbuild");
    const entryPoints = ["pool", "process", "cleanup"].map((name) => replicas(`replica-${name}.ts`));
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

  test.each(["SIGKILL", "SIGHUP", "SIGTERM"] as const)(
    "that ends by %s takes its replicas along, whatever they do, their daemons and their directories",
    async (signal) => {
      const { child, output } = await start(
        `import { spawn } from "node:child_process";
         export const handler = async ({ way }) => {
           const daemon = spawn("sleep", ["600"], { stdio: "ignore", detached: true, env: {} });
           console.log(process.pid, daemon.pid);
           if (way === "stop") process.kill(process.pid, "SIGSTOP");
           while (way === "spin");
           await new Promise(() => setInterval(() => {}, 1000));
         };`,
        `await pool.ready();
         logged = (text) => console.log(text);
         for (const way of ["spin", "stop", "wait"])
           void pool.invoke({ functionName: "fn:live", payload: JSON.stringify({ way }) });
         console.log(pool.describe().map(({ pid }) => pid).join(" "));`,
        { replicaCount: 4, timeout: 900 },
      );
      // One line of all replicas, one of each busy replica with its daemon.
      await until(() => output().split("\n").length > 4);
      const pids = [...new Set(output().trim().split(/\s/).map(Number))];
      expect(pids.map(alive)).toEqual(Array(7).fill(true));
      expect(await directories()).toHaveLength(1);
      child.kill(signal);
      await until(async () => !pids.some(alive) && (await directories()).length === 0);
    },
  );

  test.each([
    ["", ""],
    [" while it closes the pool", "void pool.close();"],
  ])("that ends by process.exit%s takes them along too", async (_, before) => {
    const { ended, output } = await start(
      `import { spawn } from "node:child_process";
       export const handler = async () => {
         console.log(process.pid, spawn("sleep", ["600"], { stdio: "ignore", detached: true, env: {} }).pid);
         for (;;);
       };`,
      `logged = (text) => { console.log(text); ${before} process.exit(7); };
       void pool.invoke({ functionName: "fn:live", payload: "{}" });`,
      { timeout: 900 },
    );
    expect(await ended).toBe(7);
    const pids = output().trim().split(" ").map(Number);
    await until(async () => !pids.some(alive) && (await directories()).length === 0);
  });

  test("that is deleted as soon as it is killed takes its replicas along", async () => {
    const { child, output } = await start(
      `export const handler = async () => { console.log(process.pid); for (;;); };`,
      `logged = (text) => console.log(text);
       void pool.invoke({ functionName: "fn:live", payload: "{}" });`,
      { timeout: 900 },
    );
    await until(() => output().includes("\n"));
    await rename(join(directory, "replica-cleanup.js"), join(directory, "deleted.js"));
    child.kill("SIGKILL");
    await until(() => !alive(Number(output())));
    expect(await directories()).toHaveLength(1);
    await rename(join(directory, "deleted.js"), join(directory, "replica-cleanup.js"));
    await removeDirectories();
  });

  test("whose guard was ended as well leaves directories that the next one removes, and those of living ones stay", async () => {
    const source = `export const handler = async () => { console.log(process.pid); for (;;); };`;
    const work = `logged = (text) => console.log(text);
      void pool.invoke({ functionName: "fn:live", payload: "{}" });`;
    const [living, killed] = [await start(source, work), await start(source, work)];
    await until(() => living.output().includes("\n") && killed.output().includes("\n"));
    const [one, other] = [Number(living.output()), Number(killed.output())];
    expect(await directories()).toHaveLength(2);
    for (const guard of childrenOf(killed.child.pid)) if (guard !== other) process.kill(guard, "SIGKILL");
    killed.child.kill("SIGKILL");
    await killed.ended;
    expect(alive(other)).toBe(true);
    await start(source, "await pool.ready(); await pool.close();");
    await until(async () => !alive(other) && (await directories()).length === 1);
    expect(alive(one)).toBe(true);
    living.child.kill("SIGKILL");
    await until(async () => !alive(one) && (await directories()).length === 0);
  });

  async function directories(): Promise<string[]> {
    return (await readdir(directory)).filter((name) => name.startsWith("lambent-run-"));
  }

  async function removeDirectories(): Promise<void> {
    for (const name of await directories()) await rm(join(directory, name), { recursive: true });
  }

  function childrenOf(parent: number | undefined): number[] {
    const { stdout } = spawnSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
    const rows = stdout
      .trim()
      .split("\n")
      .map((row) => row.trim().split(/\s+/).map(Number));
    return rows.flatMap(([pid = 0, ppid]) => (ppid === parent ? [pid] : []));
  }
});
