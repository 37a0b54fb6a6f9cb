import { LambentError } from "../../../sdk/base/errors.ts";
import { functionKey, type FunctionDescription, replicaFunctions } from "../../../sdk/authoring/service.ts";
import type { GraphData } from "../../../sdk/graph/graph.ts";
import type { Fields } from "../../asl/states.ts";
import { checkService } from "../../check/check-service.ts";
import { checkWorkflow } from "../../check/check-workflow.ts";
import type { Finding, Grade } from "../../check/finding.ts";
import type { RunAssumptions } from "../../check/run-assumptions.ts";
import { functionFacts } from "../../check/function-facts.ts";
import { type ServiceFacts, WorkflowRun } from "../../check/workflow-run.ts";
import { checkDefinition, checkExpress, checkFunction, checkNames, checkReachable } from "./checks.ts";
import { checkCoolingNames } from "./cooling.ts";
import { serviceFacts, type DeployedService } from "./service-facts.ts";
import { settingsOf } from "./written-settings.ts";

/** All that is known of a service's limits before it runs. */
export interface LimitsReport {
  readonly service: readonly Finding[];
  readonly workflows: readonly WorkflowReport[];
}

export interface WorkflowReport {
  readonly workflow: string;
  /** What its state machine is called. */
  readonly machine: string;
  readonly type: "STANDARD" | "EXPRESS";
  readonly findings: readonly Finding[];
}

/** What a report goes by, beside the service. */
export interface LimitsOptions extends RunAssumptions {
  /** Of the account in the region. Default: AWS's. */
  readonly accountConcurrency?: number;
}

/** Measure a service against AWS's limits, and ask of it all that is refused when it is packaged. */
export function limitsReport(service: DeployedService, options: LimitsOptions = {}): LimitsReport {
  const { facts, refused } = factsOf(service);
  // Nothing is known of a service whose settings cannot be told apart.
  if (facts === undefined) return { service: refused, workflows: [] };
  const runs: WorkflowRun[] = [];
  const workflows = facts.workflows.map((graph): WorkflowReport => {
    const findings = refusal(() => void runs.push(new WorkflowRun(graph, facts, options)));
    const run = findings.length === 0 ? runs.at(-1) : undefined;
    return {
      workflow: graph.workflow,
      machine: facts.machineName(graph),
      type: graph.options?.type ?? "STANDARD",
      findings: run === undefined ? findings : sorted([...refusals(graph, run), ...checkWorkflow(run)]),
    };
  });
  const named = refusal(() => checkNames(service, service.description));
  const cooled = refusal(() => checkCoolingNames(service, service.description));
  const set = service.description.functions.flatMap(replicaFunctions).flatMap((fn) => settingRefusals(service, fn));
  return {
    service: sorted([...named, ...cooled, ...set, ...checkService(facts.functions, runs, options.accountConcurrency)]),
    workflows,
  };
}

function factsOf(service: DeployedService): { readonly facts?: ServiceFacts; readonly refused: readonly Finding[] } {
  let facts: ServiceFacts | undefined;
  const refused = refusal(() => (facts = serviceFacts(service)));
  return { ...(facts === undefined ? {} : { facts }), refused };
}

/** What is refused of a function's settings, as they are with those that it has of its actor. */
function settingRefusals(service: DeployedService, fn: FunctionDescription): Finding[] {
  const { actor } = fn;
  const written = settingsOf(service.functions, fn);
  const { replicas, reserved } = functionFacts(fn, "", written, service.provider);
  const entry = {
    ...written,
    ...(actor === undefined || actor.ttlSeconds !== undefined ? {} : { provisionedConcurrency: replicas }),
    ...(reserved === undefined ? {} : { reservedConcurrency: reserved }),
  };
  return refusal(() => checkFunction(functionKey(fn), entry, actor));
}

function refusals(graph: GraphData, { definitions }: WorkflowRun): Finding[] {
  return definitions
    .flatMap((definition) => [
      () => checkExpress(graph, definition),
      () => checkReachable(graph.workflow, definition as unknown as Fields),
      () => checkDefinition(graph, definition),
    ])
    .flatMap(refusal);
}

/** What a check throws, as a finding. */
function refusal(check: () => unknown): Finding[] {
  try {
    check();
    return [];
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
    return [{ grade: "error", subject: "refused", number: 1, says: error.message }];
  }
}

const GRADES: readonly Grade[] = ["error", "warning", "fact"];

function sorted(findings: readonly Finding[]): Finding[] {
  return GRADES.flatMap((grade) => findings.filter((finding) => finding.grade === grade));
}

/** Of how many findings of one workflow a warning tells, when a service is packaged. */
const TOLD = 3;

/**
 * What a package is refused for, and what its author is warned of: a line for each workflow.
 * @throws {LambentError} if something is over a limit
 */
export function packageWarnings(report: LimitsReport): string[] {
  const places = [
    { place: "the service", findings: report.service },
    ...report.workflows.map(({ workflow, findings }) => ({ place: `workflow ${workflow}`, findings })),
  ];
  const errors = places.flatMap(({ place, findings }) =>
    findings.filter(({ grade }) => grade === "error").map((finding) => `${place}${sentence(finding)}`),
  );
  if (errors.length > 0) throw new LambentError(errors.join("\n"));
  return places.flatMap(({ place, findings }) => {
    const warnings = findings.filter(({ grade }) => grade === "warning");
    if (warnings.length === 0) return [];
    const told = warnings
      .slice(0, TOLD)
      .map(({ subject, node, says }) => `${node === undefined ? "" : `${node}: `}${subject}: ${says}`);
    const more = warnings.length > TOLD ? `; and ${warnings.length - TOLD} more` : "";
    return [`${place}: ${told.join("; ")}${more} (npx lambent check tells the remedies)`];
  });
}

function sentence({ node, subject, says, remedy }: Finding): string {
  return `${node === undefined ? "" : `, ${node}`}: ${subject}: ${says}${remedy === undefined ? "" : `: ${remedy}`}`;
}
