import { afterEach, describe, expect, test } from "vitest";
import type { ReplicaControl } from "../../../../infra/emulator/replicas/replica-control.ts";
import type { ReplicaPool } from "../../../../infra/emulator/replicas/replica-pool.ts";
import { call, createFixture, functionConfig, until } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

const source = `
  let ticks = 0;
  setInterval(() => { ticks += 1; }, 1);
  export const handler = async ({ ms = 0 }) => {
    const before = ticks;
    await new Promise((resolve) => setTimeout(resolve, ms));
    return { pid: process.pid, before, after: ticks, type: process.env.AWS_LAMBDA_INITIALIZATION_TYPE };
  };
`;

interface Served {
  readonly pid: number;
  /** How often its timer had run when the request began, and when it ended. */
  readonly before: number;
  readonly after: number;
  readonly type: string;
}

async function served(pool: ReplicaPool, input: unknown = {}): Promise<Served> {
  return (await call<Served>(pool, input)).payload;
}

/** What may be done with the replica of this process. */
function control(pool: ReplicaPool, pid: number): ReplicaControl {
  const { id = "" } = pool.describe().find((one) => one.pid === pid) ?? {};
  const found = pool.control(id);
  if (found === undefined) throw new Error(`no replica has the process ${pid}`);
  return found;
}

function states(pool: ReplicaPool): string[] {
  return pool.describe().map(({ state }) => state);
}

describe("a replica that is frozen", () => {
  test("serves nothing: another does, or one on demand", async () => {
    const pool = await fixture.pool(source, { replicaCount: 2, whenBusy: "spill" });
    await pool.ready();
    const one = await served(pool);
    control(pool, one.pid).freeze();
    const other = await served(pool);
    expect(other.pid).not.toBe(one.pid);
    control(pool, other.pid).freeze();
    expect(await served(pool)).toMatchObject({ type: "on-demand" });
    control(pool, one.pid).thaw();
    expect((await served(pool)).pid).toBe(one.pid);
  });

  test("is throttled as one that is busy, where that is how calls find another", async () => {
    const pool = await fixture.pool(source, { whenBusy: "throttle" });
    await pool.ready();
    const { pid } = await served(pool);
    control(pool, pid).freeze();
    await expect(served(pool)).rejects.toMatchObject({ name: "TooManyRequestsException" });
    control(pool, pid).thaw();
    expect((await served(pool)).pid).toBe(pid);
  });

  test("takes the requests that wait for it when it is thawed, in their order", async () => {
    const pool = await fixture.pool(source);
    await pool.ready();
    const { pid } = await served(pool);
    control(pool, pid).freeze();
    const waiting = [served(pool), served(pool)];
    control(pool, pid).thaw();
    expect((await Promise.all(waiting)).map((one) => one.pid)).toEqual([pid, pid]);
  });

  test("ends with a deployment that changes its function, and the waiting requests go to the new one", async () => {
    const pool = await fixture.pool(source);
    await pool.ready();
    const { pid } = await served(pool);
    control(pool, pid).freeze();
    const waiting = served(pool);
    await pool.replace([functionConfig(await fixture.bundle(`${source}// changed`))]);
    expect((await waiting).pid).not.toBe(pid);
    await until(() => pool.describe().every((one) => one.pid !== pid));
    expect(states(pool)).toEqual(["idle"]);
  });

  test("ends with the pool, and requests that wait fail then", async () => {
    const pool = await fixture.pool(source);
    await pool.ready();
    const { pid } = await served(pool);
    control(pool, pid).freeze();
    const waiting = served(pool);
    await Promise.all([pool.close(), expect(waiting).rejects.toThrow("The replica pool is closed")]);
    expect(states(pool)).toEqual([]);
  });

  test("and one on demand is kept, however long it is idle, and is none that makes room for others", async () => {
    const pool = await fixture.pool(
      source,
      { replicaCount: 0, whenBusy: "spill" },
      { onDemandIdleTime: 1, onDemandLimit: 1 },
    );
    const request = served(pool, { ms: 300 });
    await until(() => states(pool).includes("busy"));
    const [{ pid = 0 } = {}] = pool.describe();
    control(pool, pid).freeze();
    expect((await request).pid).toBe(pid);
    expect(states(pool)).toEqual(["frozen"]);
    await expect(served(pool)).rejects.toMatchObject({ reason: "ConcurrentInvocationLimitExceeded" });
    control(pool, pid).recycle();
    await until(() => states(pool).length === 0);
    expect((await served(pool)).pid).not.toBe(pid);
  });
});

describe("a replica that is recycled", () => {
  test("answers the request that it has, and another takes its place", async () => {
    const pool = await fixture.pool(source);
    await pool.ready();
    const request = served(pool, { ms: 100 });
    const [{ pid = 0 } = {}] = pool.describe();
    control(pool, pid).recycle();
    expect(pool.describe()[0]).toMatchObject({ state: "busy", next: "recycle" });
    const waiting = served(pool);
    expect((await request).pid).toBe(pid);
    expect(await waiting).toMatchObject({ type: "provisioned-concurrency" });
    expect((await waiting).pid).not.toBe(pid);
  });

  test("while it starts ends when it has started, without a request lost", async () => {
    const pool = await fixture.pool(source);
    const waiting = served(pool);
    const [{ id = "" } = {}] = pool.describe();
    pool.control(id)?.recycle();
    expect((await waiting).type).toBe("provisioned-concurrency");
    await until(() => pool.describe().every((one) => one.id !== id)); // its process may still be ending
  });
});

describe("a replica's caches are told", () => {
  test("while nothing of the function goes on", async () => {
    const pool = await fixture.pool(source);
    await pool.ready();
    const { pid, after } = await served(pool, { ms: 20 });
    for (let look = 0; look < 20; look++) expect(await control(pool, pid).contents()).toEqual([]);
    expect((await served(pool)).before - after).toBeLessThanOrEqual(1);
  });

  test("and not of one that ends meanwhile", async () => {
    const pool = await fixture.pool(source);
    await pool.ready();
    const request = served(pool, { ms: 100 });
    await until(() => states(pool).includes("busy"));
    const busy = pool.describe().find(({ state }) => state === "busy");
    const late = control(pool, busy?.pid ?? 0).contents();
    process.kill(busy?.pid ?? 0, "SIGKILL");
    await Promise.all([expect(late).rejects.toThrow("The replica has ended"), request]);
  });
});
