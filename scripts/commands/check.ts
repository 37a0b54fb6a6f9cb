import { parseArgs } from "node:util";
import { LambentError } from "../../sdk/base/errors.ts";
import { findingsText } from "../../infra/check/print-findings.ts";
import { hasColours } from "../../infra/run/execution-log.ts";
import { type LimitsReport, limitsReport } from "../../infra/serverless/deploy/limits-report.ts";
import { readService } from "../../infra/serverless/read-service.ts";
import { chosenWorkflows, RUN_OPTIONS, RUN_OPTIONS_USAGE, runAssumptions } from "./run-options.ts";
import { readPositive, readRegion } from "./usage.ts";

export const USAGE: string = `Usage: lambent check [workflow...] [options]

Measures a service against AWS's limits before it runs: history events, definitions, payloads, transitions, the rate of
requests, calls that find no idle replica, and the account's concurrency. Nothing is deployed and AWS is not asked. It
ends with 1 if something is over a limit, and with 2 if it cannot be found out.

${RUN_OPTIONS_USAGE}
  --account-concurrency N  what the account has in the region; default 1000
  --help                   this text`;

/** @returns 1 if something is over a limit, 2 if the service cannot be read */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { ...RUN_OPTIONS, "account-concurrency": { type: "string" } },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const account = values["account-concurrency"];
  const region = values.region === undefined ? undefined : readRegion(values.region);
  const accountConcurrency = account === undefined ? undefined : readPositive("--account-concurrency", account);
  let report: LimitsReport;
  try {
    const service = await readService({
      root: process.cwd(),
      workflows: values.workflows,
      ...(values.stage === undefined ? {} : { stage: values.stage }),
      ...(region === undefined ? {} : { region }),
    });
    const workflows = chosenWorkflows(positionals, service.description.workflows);
    report = limitsReport(
      { ...service, description: { ...service.description, workflows } },
      {
        ...runAssumptions(values, workflows),
        ...(accountConcurrency === undefined ? {} : { accountConcurrency }),
      },
    );
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
    console.error(error.message);
    return 2;
  }
  console.log(values.json ? JSON.stringify(report, null, 2) : textOf(report));
  const findings = [...report.service, ...report.workflows.flatMap((workflow) => workflow.findings)];
  return findings.some(({ grade }) => grade === "error") ? 1 : 0;
}

function textOf({ service, workflows }: LimitsReport): string {
  const sections = workflows.map(({ workflow, machine, type, findings }) => ({
    title: `workflow ${workflow} (${machine}, ${type})`,
    findings,
  }));
  return findingsText([...sections, { title: "the service", findings: service }], hasColours(process.stdout));
}
