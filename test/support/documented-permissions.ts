import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import type { Statement, Template } from "../../infra/serverless/deploy/framework.ts";
import { packageRoot } from "./project-directory.ts";
import { resourcesOf } from "./serverless.ts";

/** What one row of docs/security.md says that a kind of role may do. */
interface Row {
  readonly role: string;
  readonly actions: readonly string[];
  /** With names such as `<function>` in it. */
  readonly resource: RegExp;
  readonly text: string;
}

/** A row for each resource that a row of the document lists. */
function rows(): Row[] {
  const document = readFileSync(join(packageRoot, "docs/security.md"), "utf8");
  return [...document.matchAll(/^\| (a function|a state machine|a schedule) \| (.*?) \| (.*?) \| .* \|$/gm)].flatMap(
    ([, role = "", actions = "", resources = ""]) =>
      quoted(resources).map((resource) => ({
        role,
        actions: quoted(actions),
        resource: patternOf(resource),
        text: `${role}: ${actions} on ${resource}`,
      })),
  );
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inside = ""]) => inside);
}

/** What the names in the document stand for in a template. */
const NAMES: Readonly<Record<string, string>> = {
  bucket: "\\$\\{LambentBucket\\.Arn\\}",
  granted: "arn:\\$\\{AWS::Partition\\}:s3:::[a-z0-9.-]+",
  secret: "arn:aws:secretsmanager:[^*]+",
  parameter: "arn:aws:ssm:[^*]+",
  alias: "\\w+Alias",
  "state machine": "\\w+StateMachine",
  part: "\\w+StateMachinePart\\d+",
  "schedules' role": '\\{"Fn::GetAtt":\\["LambentCoolingScheduleRole","Arn"\\]\\}',
};

function patternOf(resource: string): RegExp {
  const parts = resource.split(/(<[^>]+>)/).map((part) => {
    const name = /^<(.+)>$/.exec(part)?.[1];
    if (name === undefined) return part.replaceAll(/[$*.+?^(){}|[\]\\]/g, "\\$&");
    return NAMES[name] ?? "[\\w.-]+";
  });
  const isOwn = /^(log-group|key|schedule\/|stateMachine|execution|mapRun|rule\/)/.test(resource);
  return new RegExp(
    `^${isOwn ? "arn:\\$\\{AWS::Partition\\}:(logs|kms|scheduler|states|events):(\\$\\{AWS::Region\\}|\\*):\\$\\{AWS::AccountId\\}:" : ""}${parts.join("")}$`,
  );
}

/** What a template's roles may do that the document does not say, and the rows of the document that this template has. */
export function comparePermissions(template: Template): { undocumented: string[]; seen: string[] } {
  const known = rows();
  const undocumented: string[] = [];
  const seen = new Set<string>();
  for (const [id, { AssumeRolePolicyDocument, Policies }] of Object.entries(resourcesOf(template, "AWS::IAM::Role"))) {
    const role = kindOf(AssumeRolePolicyDocument);
    const policies = Policies as { PolicyDocument: { Statement: Statement[] } }[];
    for (const { Action, Resource } of policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)) {
      for (const resource of [Resource].flat().map(spelled)) {
        const actions = [Action].flat();
        const matching = known.filter(
          (one) =>
            one.role === role &&
            isDeepStrictEqual(one.actions.toSorted(), actions.toSorted()) &&
            one.resource.test(resource),
        );
        if (matching.length === 0) undocumented.push(`${id}: ${actions.join(", ")} on ${resource}`);
        // A function's files are its companions' and any function's.
        for (const { text } of matching) seen.add(text);
      }
    }
  }
  return { undocumented, seen: [...seen] };
}

/** All rows of the document. */
export function documentedPermissions(): string[] {
  return [...new Set(rows().map(({ text }) => text))];
}

function kindOf(trust: unknown): string {
  const { Statement } = trust as { Statement: [{ Principal: { Service: string | string[] } }] };
  switch ([Statement[0].Principal.Service].flat()[0]) {
    case "lambda.amazonaws.com":
      return "a function";
    case "states.amazonaws.com":
      return "a state machine";
    default:
      return "a schedule";
  }
}

function spelled(resource: unknown): string {
  if (typeof resource === "string") return resource;
  const { Ref, "Fn::Sub": text } = resource as { Ref?: string; "Fn::Sub"?: string };
  return Ref ?? text ?? JSON.stringify(resource);
}
