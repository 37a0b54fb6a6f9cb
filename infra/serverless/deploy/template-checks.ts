import {
  LOGICAL_ID_CHARACTERS,
  ROLE_POLICIES_CHARACTERS,
  TEMPLATE_BYTES,
  TEMPLATE_MAPPINGS,
  TEMPLATE_OUTPUTS,
  TEMPLATE_PARAMETERS,
  TEMPLATE_RESOURCES,
} from "../../../sdk/base/aws-limits.ts";
import { LambentError } from "../../../sdk/base/errors.ts";
import { isObject } from "../../../sdk/base/json.ts";
import { fields, list, type Fields } from "../../asl/states.ts";
import type { Resource, Template } from "./framework.ts";
import { checkResource } from "./resource-checks.ts";

/**
 * Check the finished template: what Lambent, the framework, other plugins and the author's `resources` have put into it.
 * What a reference will be replaced by nobody knows here, so it counts as nothing.
 * @throws {LambentError} if CloudFormation would refuse the template, or a service one of its resources
 */
export function checkTemplate(template: Template): void {
  checkCounts(template);
  for (const [id, resource] of Object.entries(template.Resources)) {
    if (resource.Type === "AWS::IAM::Role") checkPolicies(id, resource);
    checkResource(id, resource);
  }
  checkBytes(template);
}

/** The environment variables whose names have one character, as `function.NAME`. */
export function shortVariables({ Resources }: Template): string[] {
  return Object.values(Resources).flatMap(({ Type, Properties }) => {
    if (Type !== "AWS::Lambda::Function") return [];
    const names = Object.keys(fields(fields(Properties["Environment"])["Variables"]));
    return names.filter((name) => name.length === 1).map((name) => `${String(Properties["FunctionName"])}.${name}`);
  });
}

const SPLIT = "split the service, each part with its own lambent.workflows";

function checkCounts(template: Template): void {
  const { Resources, Outputs, Parameters, Mappings } = template as Template & Readonly<Record<string, object>>;
  for (const [section, entries, most] of [
    ["resources", Resources, TEMPLATE_RESOURCES],
    ["outputs", Outputs, TEMPLATE_OUTPUTS],
    ["parameters", Parameters, TEMPLATE_PARAMETERS],
    ["mappings", Mappings, TEMPLATE_MAPPINGS],
  ] as const) {
    const ids = Object.keys(entries ?? {});
    if (ids.length > most) {
      throw new LambentError(
        `the stack has ${ids.length} ${section}, CloudFormation takes ${most}: ${SPLIT}${kindsOf(section, template)}`,
      );
    }
    const long = ids.find((id) => id.length > LOGICAL_ID_CHARACTERS);
    if (long === undefined) continue;
    throw new LambentError(
      `an id among the stack's ${section} has ${long.length} characters, CloudFormation takes ${LOGICAL_ID_CHARACTERS}: shorten ${long}`,
    );
  }
}

/** What there are most of, since half of a stack's resources are the framework's. */
function kindsOf(section: string, { Resources }: Template): string {
  if (section === "outputs") return "; each function and each workflow has one";
  if (section !== "resources") return "";
  const counts = new Map<string, number>();
  for (const { Type } of Object.values(Resources)) counts.set(Type, (counts.get(Type) ?? 0) + 1);
  const most = [...counts].toSorted(([, left], [, right]) => right - left).slice(0, 3);
  return `; the most are ${most.map(([type, count]) => `${count} ${type}`).join(", ")}`;
}

function checkPolicies(id: string, { Properties }: Resource): void {
  const size = minCharacters(Properties["Policies"]);
  if (size <= ROLE_POLICIES_CHARACTERS) return;
  throw new LambentError(
    `role ${id}: its policies have at least ${size} characters, IAM takes ${ROLE_POLICIES_CHARACTERS}: have fewer actors ` +
      "work together in one workflow, such as by splitting it into workflows that call one another",
  );
}

function checkBytes(template: Template): void {
  const bytes = Buffer.byteLength(JSON.stringify(template));
  if (bytes <= TEMPLATE_BYTES) return;
  const definitions = Object.values(template.Resources)
    .filter(({ Type }) => Type === "AWS::StepFunctions::StateMachine")
    .map(({ Properties }) => ({
      name: String(Properties["StateMachineName"]),
      bytes: JSON.stringify(Properties["DefinitionString"] ?? "").length,
    }))
    .toSorted((left, right) => right.bytes - left.bytes);
  const largest = definitions.slice(0, 3).map(({ name, bytes }) => `${name} (${bytes} bytes)`);
  throw new LambentError(
    `the stack's template has ${bytes} bytes, CloudFormation takes ${TEMPLATE_BYTES}; the largest state machines are ${largest.join(", ")}: ` +
      'move large literals into tasks or files, say `mode: "inline"` of maps that are short, or split the service',
  );
}

/** The characters of policies as IAM counts them, but without what CloudFormation inserts for references. */
function minCharacters(policies: Fields[string]): number {
  const documents = list(policies).map((policy) => (policy as Fields)["PolicyDocument"] ?? null); // each is an object
  if (documents.length === 0) return 0;
  const text = JSON.stringify(documents, (_, value: Fields | null) => {
    const [name, content] = isObject(value) ? (Object.entries(value)[0] ?? []) : [];
    if (name === "Fn::Sub" && typeof content === "string") return content.replaceAll(/\$\{[^}]*\}/g, "");
    return name === "Ref" || name?.startsWith("Fn::") === true ? "" : value;
  });
  return text.replaceAll(/\s/g, "").length - 2; // the brackets of the list
}
