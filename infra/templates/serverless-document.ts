import { isJsonObject, type Json, type JsonObject } from "../../sdk/base/json.ts";
import { withVariables, type VariableSources } from "./serverless-variables.ts";
import type { Surroundings, TemplateDocument } from "./template.ts";
import type { Path } from "./template-values.ts";

const DEFAULT_STAGE = "dev";

/** Whether a document is a service of the Serverless Framework. */
export function isServerless(document: JsonObject): boolean {
  return "service" in document && !("Resources" in document) && ("provider" in document || "stepFunctions" in document);
}

/**
 * The template that a serverless.yml would be made into, as far as its functions and state machines go: `functions`,
 * `resources`, and `stepFunctions` of the plugin serverless-step-functions.
 * @param read called with the path of each further file
 * @throws {LambentError} for a variable that has no value here
 */
export function serverlessDocument(
  file: string,
  document: JsonObject,
  { region, accountId, parameters }: Surroundings,
  read: (path: string) => void,
): TemplateDocument {
  const sources = { file, document, options: parameters, region, accountId, read };
  const stage = stageOf({ ...sources, stage: DEFAULT_STAGE });
  const all: VariableSources = { ...sources, stage };
  function part(name: string): Json {
    return withVariables(document[name] ?? null, [name], all);
  }
  const service = textIn(part("service"), "name") ?? "service";
  const prefix = `${service}-${stage}`;
  const defaults = fieldsOf(part("provider"));
  const functions = Object.entries(merged(part("functions")));
  const { stateMachines, activities } = fieldsOf(part("stepFunctions"));
  const own = merged(part("resources"));
  const aliases = new Map(functions.map(([key]) => [key, `${normalised(key)}LambdaFunction`]));
  const paths = new Map<string, Path>();
  const resources: Record<string, Json> = { ...fieldsOf(own["Resources"]) };
  for (const id of Object.keys(resources)) paths.set(id, ["resources", "Resources", id, "Properties"]);
  for (const [key, written] of functions) {
    const id = aliases.get(key) ?? key;
    paths.set(id, ["functions", key]);
    resources[id] = functionResource(fieldsOf(written), defaults, `${prefix}-${key}`);
  }
  for (const [key, written] of Object.entries(merged(stateMachines ?? null))) {
    const machine = fieldsOf(written);
    const id = typeof machine["id"] === "string" ? machine["id"] : `${normalised(key)}StepFunctionsStateMachine`;
    paths.set(id, ["stepFunctions", "stateMachines", key]);
    aliases.set(key, id);
    resources[id] = machineResource(machine, `${prefix}-${key}`);
  }
  for (const [index, name] of listOf(activities).entries()) {
    const id = `Activity${index}`;
    paths.set(id, ["stepFunctions", "activities", index]);
    resources[id] = { Type: "AWS::StepFunctions::Activity", Properties: { Name: name } };
  }
  return {
    sections: { ...own, Resources: resources },
    paths,
    aliases,
    stackName: prefix,
  };
}

function stageOf(sources: VariableSources): string {
  const provider = fieldsOf(sources.document["provider"]);
  const written = withVariables(provider["stage"] ?? null, ["provider", "stage"], sources);
  return sources.options.get("stage") ?? (typeof written === "string" ? written : DEFAULT_STAGE);
}

function functionResource(written: JsonObject, provider: JsonObject, name: string): JsonObject {
  const { handler, image, runtime, timeout, memorySize, environment, layers } = written;
  const { reservedConcurrency, provisionedConcurrency, architecture } = written;
  const variables = { ...fieldsOf(provider["environment"]), ...fieldsOf(environment) };
  const timeoutSeconds = timeout ?? provider["timeout"] ?? 6;
  const memory = memorySize ?? provider["memorySize"] ?? 1024;
  const properties: Readonly<Record<string, Json | undefined>> = {
    FunctionName: written["name"] ?? name,
    Handler: handler,
    Image: image,
    Runtime: runtime ?? provider["runtime"],
    Timeout: timeoutSeconds,
    MemorySize: memory,
    Environment: { Variables: variables },
    Layers: layers,
    Architectures: architecture === undefined ? undefined : [architecture],
    ReservedConcurrentExecutions: reservedConcurrency,
    ProvisionedConcurrency: provisionedConcurrency,
  };
  return { Type: "AWS::Lambda::Function", Properties: withoutAbsent(properties) };
}

/** As the plugin serverless-step-functions makes a resource of it. */
function machineResource(written: JsonObject, name: string): JsonObject {
  const { definition, type, role, tags, loggingConfig, tracingConfig, encryptionConfig } = written;
  const log = fieldsOf(loggingConfig);
  const properties: Readonly<Record<string, Json | undefined>> = {
    StateMachineName: written["name"] ?? name,
    StateMachineType: type,
    RoleArn: role,
    ...(typeof definition === "string"
      ? { DefinitionString: { "Fn::Sub": definition } }
      : { Definition: pseudoParameters(definition ?? null) }),
    Tags: Object.entries(fieldsOf(tags)).map(([key, value]) => ({ Key: key, Value: value })),
    LoggingConfiguration:
      loggingConfig === undefined
        ? undefined
        : withoutAbsent({
            Level: log["level"],
            IncludeExecutionData: log["includeExecutionData"],
            Destinations: listOf(log["destinations"]).map((arn) => ({ CloudWatchLogsLogGroup: { LogGroupArn: arn } })),
          }),
    TracingConfiguration:
      tracingConfig === undefined ? undefined : withoutAbsent({ Enabled: fieldsOf(tracingConfig)["enabled"] }),
    EncryptionConfiguration: encryptionConfig,
  };
  return { Type: "AWS::StepFunctions::StateMachine", Properties: withoutAbsent(properties) };
}

/** `${AWS::Region}` and `#{AWS::Region}` in the texts of a definition, which the plugin puts into a Fn::Sub. */
function pseudoParameters(value: Json): Json {
  if (typeof value === "string") {
    const text = value.replaceAll(/#\{(AWS::\w+)\}/g, "${$1}");
    return /\$\{AWS::\w+\}/.test(text) ? { "Fn::Sub": text.replaceAll(/\$\{(?!AWS::\w+\})/g, "${!") } : text;
  }
  if (Array.isArray(value)) return value.map(pseudoParameters);
  if (!isJsonObject(value)) return value;
  const [[name, argument] = ["", null], ...others] = Object.entries(value);
  if (others.length === 0 && name.startsWith("Fn::")) return { [name]: argument };
  return Object.fromEntries(Object.entries(value).map(([key, field]) => [key, pseudoParameters(field)]));
}

function withoutAbsent(fields: Readonly<Record<string, Json | undefined>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, value]): [string, Json][] => (value === undefined ? [] : [[name, value]])),
  );
}

/** A section may be a list of objects, which the framework merges: sections within it too. */
function merged(written: Json): JsonObject {
  if (!Array.isArray(written)) return fieldsOf(written);
  const parts = written.map(fieldsOf);
  const names = new Set(parts.flatMap((part) => Object.keys(part)));
  return Object.fromEntries(
    [...names].map((name): [string, Json] => {
      const values = parts.flatMap((part) => part[name] ?? []);
      const last = values.at(-1) ?? null;
      return [name, values.every(isJsonObject) ? Object.assign({}, ...values) : last];
    }),
  );
}

/** The framework's logical ids: `my-hello_1` is `MyDashhelloUnderscore1`. */
function normalised(key: string): string {
  const words = key.replaceAll("-", "Dash").replaceAll("_", "Underscore");
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

function fieldsOf(value: Json | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

function textIn(value: Json, field: string): string | undefined {
  const text = isJsonObject(value) ? value[field] : value;
  return typeof text === "string" ? text : undefined;
}
