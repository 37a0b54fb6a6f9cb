import { LambentError } from "../../sdk/base/errors.ts";
import { findingsText } from "../../infra/check/print-findings.ts";
import { hasColours } from "../../infra/run/execution-log.ts";
import { type LimitsReport, limitsReport } from "../../infra/serverless/deploy/limits-report.ts";
import { readService } from "../../infra/serverless/read-service.ts";
import type { RunOptions } from "./run-options.ts";
import { chosenWorkflows, runAssumptions } from "./run-assumptions.ts";

export interface CheckOptions extends RunOptions {
  readonly accountConcurrency?: number;
}

/** @returns 1 if something is over a limit, 2 if the service cannot be read */
export async function checkService(names: readonly string[], options: CheckOptions): Promise<number> {
  try {
    const report = await measured(names, options);
    console.log(options.json ? JSON.stringify(report, null, 2) : textOf(report));
    const findings = [...report.service, ...report.workflows.flatMap((workflow) => workflow.findings)];
    return findings.some(({ grade }) => grade === "error") ? 1 : 0;
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
    console.error(error.message);
    return 2;
  }
}

async function measured(names: readonly string[], options: CheckOptions): Promise<LimitsReport> {
  const { stage, region, accountConcurrency } = options;
  const service = await readService({
    root: process.cwd(),
    workflows: options.workflows,
    ...(stage === undefined ? {} : { stage }),
    ...(region === undefined ? {} : { region }),
  });
  const workflows = chosenWorkflows(names, service.description.workflows);
  return limitsReport(
    { ...service, description: { ...service.description, workflows } },
    { ...runAssumptions(options, workflows), ...(accountConcurrency === undefined ? {} : { accountConcurrency }) },
  );
}

function textOf({ service, workflows }: LimitsReport): string {
  const sections = workflows.map(({ workflow, machine, type, findings }) => ({
    title: `workflow ${workflow} (${machine}, ${type})`,
    findings,
  }));
  return findingsText([...sections, { title: "the service", findings: service }], hasColours(process.stdout));
}
