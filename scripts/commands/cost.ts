import { parseArgs } from "node:util";
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
import { chosenWorkflows, RUN_OPTIONS, RUN_OPTIONS_USAGE, runAssumptions } from "./run-options.ts";
import { readPositive, readRegion, UsageError } from "./usage.ts";

export const USAGE: string = `Usage: lambent cost [workflow...] [options]

Tells what a run of each workflow costs, what its runs cost in a month, and what replicas cost while nothing runs. It goes
by the definitions and by what is assumed of them, or by a run that there was. AWS's prices are in a table of this package,
with its date; AWS is not asked for them.

${RUN_OPTIONS_USAGE}
  --runs-per-month N       of each workflow; default: as often as its schedule rate(...) starts it
  --execution ARN|NAME     by the history and the receipts of an execution: its ARN, its name, or how that begins. What its
                           tasks took is kept, and the next estimate goes by it
  --endpoint URL           where the execution is, as http://127.0.0.1:8083 (or $AWS_ENDPOINT_URL_SFN, $AWS_ENDPOINT_URL);
                           default: an emulator on port 8083 of this machine if one runs, else AWS
  --help                   this text`;

/** @returns 2 if the service, the execution or the prices cannot be read */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...RUN_OPTIONS,
      "runs-per-month": { type: "string" },
      execution: { type: "string" },
      endpoint: { type: "string", default: process.env["AWS_ENDPOINT_URL_SFN"] ?? process.env["AWS_ENDPOINT_URL"] },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const root = process.cwd();
  const region = values.region === undefined ? undefined : readRegion(values.region);
  const perMonth = values["runs-per-month"];
  const runsPerMonth = perMonth === undefined ? undefined : readPositive("--runs-per-month", perMonth);
  const { execution, endpoint } = values;
  if (endpoint !== undefined && !URL.canParse(endpoint)) throw new UsageError(`--endpoint: not a URL: ${endpoint}`);
  try {
    const service = await readService({
      root,
      workflows: values.workflows,
      ...(values.stage === undefined ? {} : { stage: values.stage }),
      ...(region === undefined ? {} : { region }),
    });
    const prices = pricesOf(service.region);
    const facts = serviceFacts(service);
    const workflows = chosenWorkflows(positionals, facts.workflows);
    if (execution !== undefined) {
      await tellExecution(execution, endpoint, facts, prices, { root, json: values.json });
      return 0;
    }
    const told = runAssumptions(values, workflows);
    const measured = await readTimes(root);
    // What is told takes precedence over what was measured.
    const assumed =
      measured === undefined || told.itemMs !== undefined
        ? told
        : { ...told, msOf: { ...measured.taskMs, ...told.msOf }, measured: measured.from };
    const costs = workflows.map((graph) =>
      workflowCost(new WorkflowRun(graph, facts, assumed), prices, assumed, runsPerMonth),
    );
    const replicas = replicaCosts(facts, prices);
    console.log(
      values.json
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
  endpoint: string | undefined,
  facts: ServiceFacts,
  prices: Prices,
  { root, json }: { readonly root: string; readonly json: boolean },
): Promise<void> {
  // They load the AWS SDK, which takes as long as an estimate.
  const { readExecution } = await import("../../infra/cost/read-execution.ts");
  const { atExecution } = await import("../../infra/run/timeline/remote/at-execution.ts");
  // An ARN says of which region it is.
  const region = named.startsWith("arn:") ? undefined : prices.region;
  const [read, server] = await atExecution(
    { execution: named, endpoint, region },
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
