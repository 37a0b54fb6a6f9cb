import { LambentError } from "../../sdk/base/errors.ts";
import type { ServiceFacts } from "../../infra/check/workflow-run.ts";
import { WorkflowRun } from "../../infra/check/workflow-run.ts";
import { replicaCosts, workflowCost } from "../../infra/cost/estimate.ts";
import { executionCost } from "../../infra/cost/execution-cost.ts";
import { pricesOf, type Prices, PRICES_OF } from "../../infra/cost/prices.ts";
import { executionText, priceText, replicasText, totalText, workflowText } from "../../infra/cost/print-cost.ts";
import { keepTimes, readTimes } from "../../infra/cost/measured-times.ts";
import { serviceFacts } from "../../infra/serverless/deploy/service-facts.ts";
import { readService } from "../../infra/serverless/read-service.ts";
import type { RunOptions } from "./run-options.ts";
import { type ServerChoice, serverPlace } from "./server-options.ts";
import { chosenWorkflows, runAssumptions } from "./run-assumptions.ts";

export interface CostOptions extends RunOptions, ServerChoice {
  readonly stage?: string;
  readonly region?: string;
  readonly runsPerMonth?: number;
  readonly execution?: string;
}

/** @returns 2 if the service, the execution or the prices cannot be read */
export async function tellCost(names: readonly string[], options: CostOptions): Promise<number> {
  const root = process.cwd();
  const { stage, region, execution, json } = options;
  try {
    const service = await readService({
      root,
      workflows: options.workflows,
      ...(stage === undefined ? {} : { stage }),
      ...(region === undefined ? {} : { region }),
    });
    const prices = pricesOf(service.region);
    const facts = serviceFacts(service);
    const workflows = chosenWorkflows(names, facts.workflows);
    if (execution !== undefined) {
      await tellExecution(execution, options, facts, prices, root);
      return 0;
    }
    const told = runAssumptions(options, workflows);
    const measured = await readTimes(root);
    // What is told takes precedence over what was measured.
    const assumed =
      measured === undefined || told.itemMs !== undefined
        ? told
        : { ...told, msOf: { ...measured.taskMs, ...told.msOf }, measured: measured.from };
    const costs = workflows.map((graph) =>
      workflowCost(new WorkflowRun(graph, facts, assumed), prices, assumed, options.runsPerMonth),
    );
    const replicas = replicaCosts(facts, prices);
    console.log(
      json
        ? JSON.stringify({ region: prices.region, pricesOf: PRICES_OF, workflows: costs, replicas }, null, 2)
        : [...costs.map(workflowText), replicasText(replicas), totalText(costs, replicas, prices.region)].join("\n\n"),
    );
    return 0;
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function tellExecution(
  named: string,
  { json = false, ...where }: CostOptions,
  facts: ServiceFacts,
  prices: Prices,
  root: string,
): Promise<void> {
  // They load the AWS SDK, which takes as long as an estimate.
  const { readExecution } = await import("../../infra/cost/read-execution.ts");
  const { atExecution } = await import("../../infra/run/remote/at-execution.ts");
  // An ARN says of which region it is.
  const region = named.startsWith("arn:") ? undefined : prices.region;
  const [read, server] = await atExecution(
    { ...serverPlace(where), execution: named, region },
    async ({ client, name }, arn) => [await readExecution(client, arn), name] as const,
  );
  const cost = executionCost(read.measured, facts.functions, prices, read.unread);
  await keepTimes(root, { from: read.arn, taskMs: cost.taskMs });
  if (json) {
    const { arn, machine, status } = read;
    console.log(
      JSON.stringify(
        { region: prices.region, pricesOf: PRICES_OF, execution: arn, machine, status, server, ...cost },
        null,
        2,
      ),
    );
    return;
  }
  const title = `execution ${read.arn.split(":").at(-1)} of ${read.machine}, ${read.status}, at ${server}`;
  console.log(`${executionText(title, cost.lines, cost.usd, cost.left)}\n\n${priceText(prices.region)}`);
}
