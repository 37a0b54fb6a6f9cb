import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { answering, type Answers } from "../../infra/run/answers.ts";
import { startEmulator, type Functions } from "../../infra/emulator/index.ts";
import type { Template } from "../../infra/serverless/deploy/framework.ts";
import { unzipTo } from "../../infra/serverless/deploy/zip.ts";
import type { Json } from "../../sdk/base/json.ts";
import { LambdaInstance } from "./lambda-runtime.ts";
import { definitionOf, packagedTemplate, resourcesOf } from "./serverless.ts";

/** What `serverless package` has made, run: the template's state machines, and the zips under AWS's own runtime. */
export interface PackagedService {
  /** @returns the execution's output, or its error and cause as one text */
  execute(
    workflow: string,
    input: object,
    answers?: Answers,
  ): Promise<{ readonly output?: unknown; readonly error?: string }>;
  stop(): void;
}

/** Package the service in `root`. One instance of each function runs, from its first invocation on. */
export async function packagedService(root: string): Promise<PackagedService> {
  const template = await packagedTemplate(root);
  const functions = new PackagedFunctions(root, template);
  const { states, url, close } = await startEmulator({ functions, skipWaits: true, port: 0 });
  functions.stepFunctions = url;
  const machines = resourcesOf(template, "AWS::StepFunctions::StateMachine");
  const arns = new Map(
    Object.values(machines).map((properties) => {
      const name = String(properties["StateMachineName"]);
      const type = properties["StateMachineType"] === "EXPRESS" ? "EXPRESS" : "STANDARD";
      const definition = definitionOf(root, properties).replaceAll(/\$\{(\w+)\}/g, (_, id: string) =>
        functions.arnOf(id),
      );
      const roleArn = "arn:aws:iam::123456789012:role/test";
      return [name, states.createStateMachine({ name, type, definition, roleArn }).stateMachineArn];
    }),
  );
  return {
    async execute(workflow, input, answers = {}) {
      const [, stateMachineArn] =
        [...arns].find(([name]) => [`-${workflow}`, `-${workflow}-express`].some((end) => name.endsWith(end))) ?? [];
      if (stateMachineArn === undefined) throw new Error(`there are ${[...arns.keys()].join(", ")}`);
      const { executionArn } = states.startExecution({ stateMachineArn, input: JSON.stringify(input) });
      const unanswered = answering(states.taskTokens, answers);
      const { output, error, cause } = await Promise.race([states.executionEnd(executionArn), unanswered]);
      return output === undefined ? { error: `${error}: ${cause}` } : { output: JSON.parse(output) };
    },
    stop() {
      void close();
      functions.stop();
    },
  };
}

const ARN = "arn:aws:lambda:us-east-1:123456789012:function:";

/** The zips of a service, by the logical ids of their functions. */
class PackagedFunctions implements Functions {
  readonly #root: string;
  readonly #template: Template;
  /** The address of Step Functions, to which tasks send heartbeats. */
  stepFunctions = "";
  readonly #instances = new Map<string, Promise<LambdaInstance>>();

  constructor(root: string, template: Template) {
    this.#root = root;
    this.#template = template;
  }

  /** What a placeholder of a definition stands for: that of an alias is its function's, that of a state machine its ARN. */
  arnOf(id: string): string {
    const resource = this.#template.Resources[id];
    if (resource?.Type === "AWS::StepFunctions::StateMachine")
      return `arn:aws:states:us-east-1:000000000000:stateMachine:${String(resource.Properties["StateMachineName"])}`;
    if (resource?.Type !== "AWS::Lambda::Alias") return `${ARN}${id}`;
    const { Ref } = resource.Properties["FunctionName"] as { Ref: string }; // as the framework writes an alias
    return `${ARN}${Ref}`;
  }

  async invoke({ functionName, payload }: Parameters<Functions["invoke"]>[0]): ReturnType<Functions["invoke"]> {
    const id = functionName.slice(ARN.length);
    const starting = this.#instances.get(id) ?? this.#start(id);
    this.#instances.set(id, starting);
    const invoked = await (await starting).invoke(JSON.parse(payload) as object);
    return {
      statusCode: 200,
      payload: JSON.stringify(invoked.payload),
      executedVersion: "1",
      requestId: "11111111-2222-4333-8444-555555555555",
      ...(invoked.failed ? { functionError: "Unhandled" as const } : {}),
    };
  }

  async #start(id: string): Promise<LambdaInstance> {
    const { Code, Environment } = (this.#template.Resources[id]?.Properties ?? {}) as {
      Code?: { S3Key?: string };
      Environment?: { Variables?: Record<string, Json> };
    };
    const zip = Code?.S3Key?.split("/").at(-1) ?? "";
    const directory = join(this.#root, "var-task", id);
    mkdirSync(directory, { recursive: true });
    await unzipTo(directory, join(this.#root, ".serverless", zip));
    const texts = Object.entries(Environment?.Variables ?? {}).filter(
      (variable): variable is [string, string] => typeof variable[1] === "string",
    );
    return LambdaInstance.start(directory, {
      ...Object.fromEntries(texts),
      LAMBENT_STORE: join(this.#root, "store"),
      AWS_ENDPOINT_URL_SFN: this.stepFunctions,
    });
  }

  stop(): void {
    for (const instance of this.#instances.values()) void instance.then((one) => one.stop());
  }
}
