import "../../support/store-directory.ts";
import { join } from "node:path";
import { expect, test } from "vitest";
import { simulateInProcesses } from "../../../scripts/simulate/in-processes.ts";
import { simulateFamily } from "../../../scripts/simulate/simulate-family.ts";
import { packageRoot } from "../../support/project-directory.ts";

test("2,000 plans of faults change nothing in workflows that are made up", async () => {
  const plans: number[] = [];
  const failure = await simulateFamily(2000, 1, (report) => plans.push(report.plans));
  expect(failure).toBeUndefined();
  expect(plans.reduce((sum, count) => sum + count, 0)).toBe(2000);
}, 600_000);

test("several processes share the workflows out among them, and tell what comes of them", async () => {
  const program = join(packageRoot, "dist/scripts/simulate.js");
  const plans: number[] = [];
  const failing = await simulateInProcesses(program, { plans: 50, seed: 1, processes: 2 }, (report) => {
    plans.push(report.plans);
  });
  expect(failing).toBeUndefined();
  expect(plans).toEqual([10, 10, 10, 10, 10]);
});
