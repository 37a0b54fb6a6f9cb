import { directory } from "../../support/store-directory.ts";
import { readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { S3File, task, workflow } from "lambent";
import { FAULT_KINDS, simulate, SimulationError } from "lambent/testing";
import * as workflows from "./simulated-workflows.ts";

test("a workflow whose tasks have retries gives the same whatever goes wrong", async () => {
  const report = await simulate(workflows.scoring, {}, { plans: 90, mayFail: () => false });
  expect(report).toMatchObject({ plans: 90, failed: [], output: { scores: [1, 4, 3], total: 8 } });
  // Each kind has its turn.
  expect(Object.keys(report.struck).toSorted()).toEqual(FAULT_KINDS.toSorted());
  expect(report.replicas).toBeGreaterThan(60);
  expect(report.loads).toBeGreaterThan(60);
  expect(String(report)).toMatch(/^scoring: 90 plans, \d+ faults, 0 executions failed because of them; \d+ replicas, /);
});

test("what states do between tasks, with lists and schemas, is tried again where replicas end and the store fails", async () => {
  const faults = ["killed", "outOfMemory", "failedInit", "storeUnavailable", "storeTimeout", "storeStale"] as const;
  const report = await simulate(workflows.apart, { factor: "4" }, { plans: 60, faults, mayFail: () => false });
  expect(report).toMatchObject({ plans: 60, failed: [], output: 10 });
});

test("the same seed brings the same faults, and the same end", async () => {
  const [first, second] = [
    await simulate(workflows.scoring, {}, { plans: 10, seed: 77 }),
    await simulate(workflows.scoring, {}, { plans: 10, seed: 77 }),
  ];
  expect(second).toEqual(first);
});

test("a call without retries may fail with the error that its fault brings, and with no other", async () => {
  const report = await simulate(workflows.unretried, {}, { plans: 20, faults: ["killed"], mostFaults: 1 });
  expect(report.failed.length).toBeGreaterThan(0);
  expect(report.failed[0]).toEqual({
    seed: expect.any(Number),
    error: "Runtime.ExitError",
    faults: ["killed at fragile, call 1"],
  });
});

test("what may not fail is shown with the fewest faults, and one line brings it again", async () => {
  const options = { faults: ["recycled", "killed", "spilled"], mayFail: () => false } as const;
  const error = await simulate(workflows.unretried, {}, options).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SimulationError);
  if (!(error instanceof SimulationError)) return;
  expect(error.faults).toEqual([expect.objectContaining({ kind: "killed", at: "fragile", nth: 1 })]);
  expect(error.message).toMatch(
    /^workflow unretried: it failed, which it may not, under 1 fault of the \d of seed \d+:/,
  );
  expect(error.message).toContain("without faults: SUCCEEDED 2");
  expect(error.message).toContain(`simulate(unretried, …, { plan: "${error.plan}" })`);
  const again = await simulate(workflows.unretried, {}, { ...options, plan: error.plan }).catch(
    (thrown: unknown) => thrown,
  );
  expect(again).toEqual(error);
});

test("what depends on what a replica did before is refused before any fault", async () => {
  await expect(simulate(workflows.counting)).rejects.toThrow(
    /^workflow counting does not give the same each time, without any fault:\nfirst: SUCCEEDED \[1,2\]\n(without any cache): SUCCEEDED \[1,1\]/,
  );
});

test("an output that differs without faults may count as the same", async () => {
  await expect(simulate(workflows.timed)).rejects.toThrow("does not give the same each time");
  const report = await simulate(workflows.timed, {}, { plans: 3, same: () => true });
  // The time is the simulation's, and so are chance and ids.
  expect(report.output).toMatchObject({ year: 2026, at: expect.closeTo(Date.UTC(2026, 0, 1), -4) });
});

test("hours pass at once, and a task that takes longer than its function may is ended", async () => {
  const report = await simulate(workflows.long, { hours: 2 }, { plans: 2, faults: ["recycled"] });
  expect(report.output).toBe(2);
  expect(report.seconds).toBeGreaterThan(1400);
  const late = await simulate(workflows.long, { hours: 3 }, { plans: 1, faults: ["recycled"] });
  expect(late.output).toBeUndefined();
  expect(late.failed).toEqual([expect.objectContaining({ error: "Sandbox.Timedout" })]);
});

test("an emulator may end in the middle, and another goes on with its data", async () => {
  const report = await simulate(workflows.scoring, {}, { plans: 8, faults: ["restarted"], mostFaults: 1 });
  expect(report).toMatchObject({ struck: { restarted: 8 }, failed: [] });
});

test("nodes that wait for an answer get it, also twice", async () => {
  const answers = { release: { approved: true } };
  const report = await simulate(workflows.asking, {}, { plans: 3, answers });
  expect(report.output).toMatchObject({ approved: true });
  await expect(simulate(workflows.asking)).rejects.toThrow("release waits for an answer");
});

test("files of the input are read from this machine's store, and modules know where they lie", async () => {
  const path = join(directory, "..", "told.txt");
  writeFileSync(path, "told");
  const file = await S3File.from(path, "txt");
  const report = await simulate(
    workflows.reading,
    { file },
    { plans: 20, faults: ["storeTruncated", "storeUnavailable"] },
  );
  expect(report.output).toBe("told");
  expect((await simulate(workflows.located, {}, { plans: 1 })).output).toBe(true);
});

test("nothing is left of the replicas", async () => {
  await simulate(workflows.scoring, {}, { plans: 3 });
  expect(readdirSync(tmpdir()).filter((name) => name.startsWith("lambent-simulation-"))).toEqual([]);
});

test("a workflow that no module exports, and options that mean nothing, are refused with what helps", async () => {
  const here = task(async function here() {
    return 1;
  });
  const local = workflow({}, function local() {
    return here({});
  });
  await expect(simulate(local)).rejects.toThrow(
    /^workflow local is made in .*simulate\.test\.ts, a test: export it from a module of its own, or name the modules of its tasks in simulate\(…, \{ workflows: \[…\] \}\)$/,
  );
  const { scoring } = workflows;
  await expect(simulate(scoring, {}, { plans: 0 })).rejects.toThrow("plans must be a whole number of 1 or more, not 0");
  await expect(simulate(scoring, {}, { faults: ["crashed" as never] })).rejects.toThrow(
    'there is no fault "crashed": take of recycled, killed,',
  );
  await expect(simulate(scoring, {}, { faults: [] })).rejects.toThrow("faults must be a list of kinds: recycled,");
  await expect(simulate(scoring, {}, { plan: "x" })).rejects.toThrow('as in "4711:0,2", not "x"');
  await expect(simulate(scoring, {}, { plan: "1", plans: 2 })).rejects.toThrow("leave out plans and seed");
  await expect(simulate(scoring, {}, { plan: "1:9" })).rejects.toThrow("seed 1 has faults 0 to");
  await expect(simulate(scoring, {}, { runs: 3 } as never)).rejects.toThrow("simulate(…) has no option runs");
  await expect(simulate({} as never)).rejects.toThrow("simulate(…) takes a workflow");
});
