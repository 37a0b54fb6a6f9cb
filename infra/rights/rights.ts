import type { Json } from "../../sdk/base/json.ts";
import type { AwsCallNode, Expression } from "../../sdk/graph/graph.ts";
import { allowedAction, prefixOf } from "./actions.ts";
import { resourcesOf } from "./resources.ts";

/** What a state machine's role must be allowed for a call. */
export interface CallRights {
  readonly statements: readonly { readonly actions: readonly string[]; readonly resources: readonly string[] }[];
  /** Whether it may act on all resources, since neither its arguments nor its author name one. */
  readonly isOnAll: boolean;
  /** The pattern whose further rights are not known here, such as `.sync`. */
  readonly unknown?: string;
}

/**
 * The rights of an `awsCall`. In the ARNs `${AWS::Partition}`, `${AWS::Region}` and `${AWS::AccountId}` stand for the
 * stack's own.
 */
export function rightsOf({ action, arguments: given, rights }: AwsCallNode): CallRights {
  const [service = "", rest = ""] = action.replace("aws-sdk:", "").split(":");
  const [name = "", ...patterns] = rest.split(".");
  const own = allowedAction(service, name);
  if (rights !== undefined) {
    const statements = rights.map(({ actions = own, resources }) => ({ actions, resources }));
    return { statements: statements.filter(({ actions }) => actions.length > 0), isOnAll: false };
  }
  if (own.length === 0) return { statements: [], isOnAll: false };
  const found = resourcesOf(prefixOf(service), name, literalsOf(given));
  const resources = found.length === 0 ? ["*"] : found;
  const pattern = patterns.join(".");
  const further = pattern.startsWith("sync") ? SYNCHRONOUS[`${service}:${name}`] : [];
  return {
    statements: [{ actions: own, resources }, ...(further ?? []).map((one) => ofJob(one, resources))],
    isOnAll: found.length === 0,
    ...(further === undefined ? { unknown: `.${pattern}` } : {}),
  };
}

interface Further {
  readonly actions: readonly string[];
  /** Absent: those of the call itself. */
  readonly resources?: readonly string[];
  /** Replaces a part of the call's own resources. */
  readonly replaced?: readonly [string, string];
}

function ofJob({ actions, resources, replaced }: Further, own: readonly string[]) {
  if (resources !== undefined) return { actions, resources };
  const [from, to] = replaced ?? ["", ""];
  return {
    actions,
    resources: own.map((one) => (one === "*" ? one : `${one.replace(from, to)}${from === "" ? "" : ":*"}`)),
  };
}

function rule(name: string): Further {
  return {
    actions: ["events:PutTargets", "events:PutRule", "events:DescribeRule"],
    resources: [`arn:\${AWS::Partition}:events:\${AWS::Region}:\${AWS::AccountId}:rule/${name}`],
  };
}

/** What Step Functions needs to wait for the end of a job: https://docs.aws.amazon.com/step-functions/latest/dg/service-integration-iam-templates.html */
const SYNCHRONOUS: Readonly<Record<string, readonly Further[]>> = {
  "states:startExecution": [
    { actions: ["states:DescribeExecution", "states:StopExecution"], replaced: [":stateMachine:", ":execution:"] },
    rule("StepFunctionsGetEventsForStepFunctionsExecutionRule"),
  ],
  "batch:submitJob": [
    { actions: ["batch:DescribeJobs", "batch:TerminateJob"], resources: ["*"] },
    rule("StepFunctionsGetEventsForBatchJobsRule"),
  ],
  "codebuild:startBuild": [
    { actions: ["codebuild:StopBuild", "codebuild:BatchGetBuilds"] },
    rule("StepFunctionsGetEventForCodeBuildStartBuildRule"),
  ],
  "glue:startJobRun": [{ actions: ["glue:GetJobRun", "glue:GetJobRuns", "glue:BatchStopJobRun"] }],
};

/** What of the arguments is known when the service is deployed; the rest is left out. */
function literalsOf(fields: Readonly<Record<string, Expression>>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) => {
      const known = literalOf(field);
      return known === undefined ? [] : [[name, known]];
    }),
  );
}

function literalOf(expression: Expression): Json | undefined {
  switch (expression.kind) {
    case "literal":
      return expression.value;
    case "ref":
      return undefined;
    case "object":
      return literalsOf(expression.fields);
    case "list":
      return expression.items.map((item) => literalOf(item) ?? null);
  }
}
