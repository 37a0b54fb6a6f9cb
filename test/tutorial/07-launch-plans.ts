import { launchPlan, required, task, workflow } from "lambent";
import type { Client } from "lambent/client";
import type { Example } from "./example.ts";

// A launch plan is a workflow's inputs by a name, and when EventBridge Scheduler starts the workflow with them. A module
// exports plans beside its workflows; there may be several of one workflow.

export const tally = task(function tally({ shop, since, currency }: { shop: string; since: Date; currency: string }) {
  return `${shop} since ${since.toISOString().slice(0, 10)} in ${currency}`;
});

export const sales = workflow(
  { shop: required<string>(), since: new Date("2026-01-01T00:00:00Z"), currency: "EUR" },
  function sales({ shop, since, currency }) {
    return tally({ shop, since, currency });
  },
);

/** Each night at three in Berlin. A night that finds the last one still at work starts nothing. */
export const nightlySales = launchPlan(sales, {
  inputs: { shop: "Berlin", since: new Date("2026-06-01T00:00:00Z") },
  schedule: "cron(0 3 * * ? *)",
  timezone: "Europe/Berlin",
  maxConcurrent: 1,
});

/** Another plan of the same workflow. It is made, and starts nothing until it is deployed with `enabled: true`. */
export const hourlySales = launchPlan(sales, {
  inputs: { shop: "Hamburg" },
  schedule: "rate(1 hour)",
  enabled: false,
});

/** Without a schedule, somebody starts it: with other inputs than the plan's, but for those that are fixed. */
export const swissSales = launchPlan(sales, {
  name: "swiss",
  inputs: { shop: "Zürich" },
  fixed: { currency: "CHF" },
});

/** The typed client takes a plan wherever it starts a workflow. */
export async function swissReport(client: Client, shop: string): Promise<string> {
  const execution = await client.start(swissSales, { shop });
  return execution.result();
}

export const examples: readonly Example[] = [
  {
    workflow: "sales",
    input: { shop: "Berlin", since: "2026-06-01T00:00:00Z" },
    output: "Berlin since 2026-06-01 in EUR",
  },
  { workflow: "sales", input: {}, error: "InvalidInputs: workflow sales: shop is required" },
];
