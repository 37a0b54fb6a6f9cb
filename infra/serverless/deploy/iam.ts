import type { Json } from "../../../sdk/base/json.ts";
import type { Provider, ProviderRole, Resource, Statement } from "./framework.ts";

/**
 * A role that AWS services may assume.
 * @param principal one service, or several
 * @param sources ARNs, as {@link arn} has them, of that for which alone the services may assume it, and in this account
 * alone. Empty for Lambda, which sends neither when it assumes a role, so that with such a condition it could not.
 */
export function role(
  principal: string | readonly string[],
  sources: readonly Json[],
  policy: string,
  statements: readonly Statement[],
  rest: Record<string, Json> = {},
): Resource {
  const condition =
    sources.length === 0
      ? {}
      : {
          Condition: {
            StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } },
            ArnLike: { "aws:SourceArn": sources },
          },
        };
  return {
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: principal }, Action: "sts:AssumeRole", ...condition }],
      },
      Policies: [
        { PolicyName: policy, PolicyDocument: { Version: "2012-10-17", Statement: statements as unknown as Json } },
      ], // a Statement has JSON fields only; an interface is not assignable to Json, since it has no index signature
      ...rest,
    },
  };
}

/**
 * Whether the author brings a role (its ARN, its logical id, or a reference to it), which all functions then have.
 */
export function hasRole({ iam, role }: Provider): boolean {
  return (
    role !== undefined ||
    typeof iam?.role === "string" ||
    Object.keys(iam?.role ?? {}).some((key) => key.includes("::"))
  );
}

/** What `provider.iam.role` says of all functions' roles, or the provider's older fields for the same. */
export function providerRole(provider: Provider): ProviderRole {
  const { iam, iamRoleStatements, iamManagedPolicies, rolePermissionsBoundary } = provider;
  const own: ProviderRole = typeof iam?.role === "object" ? iam.role : {};
  const statements = own.statements ?? iamRoleStatements;
  const managedPolicies = own.managedPolicies ?? iamManagedPolicies;
  const permissionsBoundary = own.permissionsBoundary ?? own.permissionBoundary ?? rolePermissionsBoundary;
  return {
    ...own,
    ...(statements === undefined ? {} : { statements }),
    ...(managedPolicies === undefined ? {} : { managedPolicies }),
    ...(permissionsBoundary === undefined ? {} : { permissionsBoundary }),
  };
}

/**
 * The properties that the provider sets for all roles. In many accounts each role must have a permissions boundary.
 */
export function roleProperties(provider: Provider): Record<string, Json> {
  const { permissionsBoundary, path, tags } = providerRole(provider);
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

/**
 * @param text an ARN, in which `${AWS::Partition}`, `${AWS::Region}` and `${AWS::AccountId}` stand for the stack's own
 */
export function arn(text: string): Json {
  return { "Fn::Sub": text };
}

/** The ARN of something in the stack's own account and region. */
export function own(service: string, resource: string): Json {
  return arn(`arn:\${AWS::Partition}:${service}:\${AWS::Region}:\${AWS::AccountId}:${resource}`);
}

/** AWS supports no resource but `*` for these. */
export const XRAY_SEGMENTS: Statement = allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"]);
