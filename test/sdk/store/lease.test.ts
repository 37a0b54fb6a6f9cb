import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, expect, test, vi } from "vitest";
import { DirectoryStore } from "../../../sdk/store/directory-store.ts";
import { Lease, type LeasePlace, LeaseWatch } from "../../../sdk/store/lease.ts";
import { packageRoot } from "../../support/project-directory.ts";

const root = mkdtempSync(join(tmpdir(), "lambent-lease-"));
afterAll(() => rmSync(root, { recursive: true, force: true }));

function place(key: string, leaseMs = 60_000): LeasePlace {
  return { store: new DirectoryStore(root), bucket: "local", key, leaseMs };
}

/** Look until the lease is free. @returns from which version it may be taken */
async function whenFree(where: LeasePlace): Promise<string | undefined> {
  const watch = new LeaseWatch(where);
  for (;;) {
    const { isFree, from } = await watch.look();
    if (isFree) return from;
    await sleep(20);
  }
}

test("one of many takes a lease, and another when it was given back", async () => {
  const where = place("race");
  const taken = await Promise.all(Array.from({ length: 8 }, () => Lease.take(where, undefined)));
  const [lease, ...others] = taken.filter((one) => one !== undefined);
  expect(others).toEqual([]);
  expect(await new LeaseWatch(where).look()).toMatchObject({ isFree: false });
  await lease?.end();
  const next = await Lease.take(where, await whenFree(where));
  expect(next).toBeDefined();
  await next?.end();
});

test("a lease that is renewed stays, however long it is held", async () => {
  const where = place("renewed", 1000);
  const lease = await Lease.take(where, undefined);
  const watch = new LeaseWatch(where);
  for (let look = 0; look < 30; look++) {
    expect(await watch.look()).toMatchObject({ isFree: false });
    await sleep(50);
  }
  await lease?.end();
});

test("the lease of a process that was killed runs out", async () => {
  const where = place("one.lease", 500);
  const program = `
    import { DirectoryStore } from "./dist/sdk/store/directory-store.js";
    import { Lease } from "./dist/sdk/store/lease.js";
    const store = new DirectoryStore(${JSON.stringify(root)});
    const lease = await Lease.take({ store, bucket: "local", key: "one.lease", leaseMs: 500 }, undefined);
    console.log(lease === undefined ? "refused" : "held"); // its timer keeps the process`;
  const holder = spawn(process.execPath, ["--input-type=module", "-e", program], {
    cwd: packageRoot,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [said] = (await once(holder.stdout, "data")) as [Buffer];
  expect(said.toString()).toBe("held\n");
  expect(await Lease.take(where, undefined)).toBeUndefined();
  holder.kill("SIGKILL");
  await once(holder, "exit");
  const next = await Lease.take(where, await whenFree(where));
  expect(next).toBeDefined();
  await next?.end();
});

test("clocks that differ change nothing: a lease runs out by the clock of whoever looks", async () => {
  const where = place("skewed");
  const lease = await Lease.take(where, undefined);
  const watch = new LeaseWatch(where);
  await watch.look();
  vi.spyOn(Date, "now").mockReturnValue(Date.now() + 3_600_000);
  expect(await watch.look()).toMatchObject({ isFree: false });
  vi.restoreAllMocks();
  await lease?.end();
});
