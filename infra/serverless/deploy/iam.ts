import type { Json } from "../../../sdk/base/json.ts";
import type { Provider, Resource, Statement } from "./framework.ts";

/** A role that one AWS service may take on, for this account alone. */
export function role(
  principal: string,
  policy: string,
  statements: readonly Statement[],
  rest: Record<string, Json> = {},
): Resource {
  // Lambda takes on a role as itself, on behalf of no one, so a condition on the source would lock it out.
  const condition =
    principal === "lambda.amazonaws.com"
      ? {}
      : { Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } } };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: principal }, Action: "sts:AssumeRole", ...condition }],
      },
      Policies: [
        { PolicyName: policy, PolicyDocument: { Version: "2012-10-17", Statement: statements as unknown as Json } },
      ], // statements are JSON
      ...rest,
    },
  };
}

/** What `provider.iam.role` asks of every role: accounts often let none be made without a boundary. */
export function roleProperties({ iam }: Provider): Record<string, Json> {
  const { permissionsBoundary, path, tags } = typeof iam?.role === "object" ? iam.role : {};
  return {
    ...(permissionsBoundary === undefined ? {} : { PermissionsBoundary: permissionsBoundary }),
    ...(path === undefined ? {} : { Path: path }),
    ...(tags === undefined ? {} : { Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) }),
  };
}

export function allow(actions: readonly string[], resources: readonly Json[], condition?: Json): Statement {
  return {
    Effect: "Allow",
    Action: actions,
    Resource: resources,
    ...(condition === undefined ? {} : { Condition: condition }),
  };
}

/** An ARN in this stack's partition, region and account. */
export function arn(text: string): Json {
  return { "Fn::Sub": text };
}

export const XRAY_SEGMENTS: Statement = allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]);
