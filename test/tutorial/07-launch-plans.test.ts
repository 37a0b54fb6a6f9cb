import { expect, test } from "vitest";
import { run } from "lambent/local";
import { describeService } from "../../sdk/authoring/service.ts";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./07-launch-plans.ts";

testExamples(chapter);

test("a plan runs with its inputs, or with those that it is given", async () => {
  expect(await run(chapter.nightlySales)).toBe("Berlin since 2026-06-01 in EUR");
  expect(await run(chapter.swissSales, { shop: "Bern" })).toBe("Bern since 2026-01-01 in CHF");
  await expect(run(chapter.swissSales, { currency: "EUR" } as never)).rejects.toThrow(
    "run(…): the launch plan of workflow sales fixes currency: leave it out, or start the workflow itself",
  );
});

test("plans are found as workflows are, by the names of their exports", () => {
  const { workflows } = describeService([chapter]);
  expect(workflows.map(({ workflow, plans }) => ({ workflow, plans }))).toEqual([
    {
      workflow: "sales",
      plans: [
        { name: "hourlySales", input: { shop: "Hamburg" }, expression: "rate(1 hour)", enabled: false },
        {
          name: "nightlySales",
          input: { shop: "Berlin", since: { $value: { Date: "2026-06-01T00:00:00.000Z" } } },
          expression: "cron(0 3 * * ? *)",
          timezone: "Europe/Berlin",
          maxConcurrent: 1,
        },
        { name: "swiss", input: { shop: "Zürich", currency: "CHF" } },
      ],
    },
  ]);
});

test("a plan leads to its workflow and the tasks of that, which need not be exported", () => {
  const { workflows, functions } = describeService([{ nightly: chapter.nightlySales }]);
  expect(workflows.map(({ workflow }) => workflow)).toEqual(["sales"]);
  expect(functions.map(({ tasks }) => tasks)).toEqual([["tally"]]);
});

test("plans of one name, and exports whose name is none for a plan, are refused", () => {
  expect(() => describeService([{ default: chapter.nightlySales }])).toThrow(
    'launchPlan(sales): the launch plan\'s name "default" must be a letter, then letters, digits and "_"',
  );
  expect(() => describeService([{ swiss: chapter.nightlySales, other: chapter.swissSales }])).toThrow(
    "two launch plans are named swiss: give one of them another { name }",
  );
  expect(describeService([{ one: chapter.nightlySales }, { two: chapter.nightlySales }]).workflows).toMatchObject([
    { plans: [{ name: "one" }] },
  ]);
});
