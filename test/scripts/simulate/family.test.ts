import "../../support/store-directory.ts";
import { expect, test } from "vitest";
import { simulateFamily } from "../../../scripts/simulate/simulate-family.ts";

test("2,000 plans of faults change nothing in workflows that are made up", async () => {
  const plans: number[] = [];
  const failure = await simulateFamily(2000, 1, (report) => plans.push(report.plans));
  expect(failure).toBeUndefined();
  expect(plans.reduce((sum, count) => sum + count, 0)).toBe(2000);
}, 600_000);
