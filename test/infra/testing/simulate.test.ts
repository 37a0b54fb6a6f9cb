import "../../support/store-directory.ts";
import { expect, test } from "vitest";
import { simulate } from "lambent/testing";
import { scoring } from "./models.ts";

test("a workflow gives the same whatever goes wrong", async () => {
  const t = performance.now();
  const report = await simulate(scoring, {}, { plans: 100 });
  console.log(String(report), report.struck, report.failed, performance.now() - t);
  expect(report.plans).toBe(100);
});
