import { readFileSync } from "node:fs";
import { join } from "node:path";
import { unzipSync } from "fflate";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Template } from "../../../../infra/serverless/deploy/framework.ts";
import { projectDirectory } from "../../../support/project-directory.ts";
import { packagedTemplate, resourcesOf, serverless } from "../../../support/serverless.ts";

const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret";

/** A service as it grows: an actor in each module, workflows in another, functions and plugins of the team's own. */
const files = {
  "one.ts": `
import { ActorEnvironment } from "lambent";
const actor = new ActorEnvironment({ name: "one", replicaCount: 2, secrets: { FULL: "${SECRET}:full-AbCd12", BARE: "${SECRET}:bare" } });
export const one = actor.task(async function one({ n }: { n: number }) { return [n, "what only one needs"]; });`,
  "two.ts": `
import { ActorEnvironment, task } from "lambent";
const actor = new ActorEnvironment({ name: "two", replicaCount: 2 });
export const two = actor.task(async function two({ n }: { n: number }) { return [n, "what only two needs"]; });
export const plain = task(async function plain({ n }: { n: unknown }) { return n; });`,
  "flows.ts": `
import { workflow } from "lambent";
import { one } from "./one.ts";
import { plain, two } from "./two.ts";
export const both = workflow({ n: 1 }, function both({ n }) { return [one({ n }), two({ n })]; }, { schedule: "rate(1 day)" });
export const odd = workflow({}, function odd() { return plain({ n: { FunctionName: "\${TasksLambentAlias}" } }); });
export const none = workflow({ n: 1 }, function none({ n }) { return { n }; });`,
  "api.js": "export const handler = async () => ({ statusCode: 200 });",
  // What serverless-esbuild does that matters here: it bundles the source of every function that does not say otherwise.
  "node_modules/serverless-esbuild/index.js": `module.exports = class {
  constructor(serverless) {
    serverless.configSchemaHandler.defineFunctionProperties("aws", { properties: { skipEsbuild: { type: "boolean" } } });
    this.hooks = { "before:package:createDeploymentArtifacts": () => {
      for (const [key, fn] of Object.entries(serverless.service.functions))
        if (!fn.skipEsbuild && key !== "api") throw new Error("no source for " + key);
    } };
  }
};`,
  "node_modules/serverless-esbuild/package.json": '{ "type": "commonjs" }',
  "serverless.yml": `
service: around
plugins: [lambent/plugin, serverless-esbuild]
lambent: { workflows: "{one,two,flows}.ts" }
provider:
  name: aws
  runtime: nodejs24.x
  timeout: 60
  region: eu-west-1
  iam: { role: { permissionsBoundary: "arn:aws:iam::123456789012:policy/boundary", path: /team/, tags: { team: a } } }
package: { patterns: ["!node_modules/**"] } # here it is a link to this repository
functions:
  api: { handler: api.handler }
  one: { provisionedConcurrency: 5 }
  tasks:
`,
};

describe("a service among other things", () => {
  const project = projectDirectory(files);
  let template: Template;
  beforeAll(async () => {
    template = await packagedTemplate(project.root);
  }, 120_000);
  afterAll(() => project.remove());

  function properties(id: string): unknown {
    return template.Resources[id]?.Properties;
  }
  function unzipped(name: string): Record<string, Uint8Array> {
    return unzipSync(readFileSync(join(project.root, ".serverless", `${name}.zip`)));
  }
  function code(name: string): string {
    return Object.entries(unzipped(name))
      .filter(([path]) => path.endsWith(".mjs"))
      .map(([, bytes]) => Buffer.from(bytes).toString())
      .join("\n");
  }

  test("an actor's zip has its own tasks' modules alone, though a workflow's module imports those of all", () => {
    function holders(text: string): string[] {
      return ["one", "two", "tasks"].filter((name) => code(name).includes(text));
    }
    expect(holders("what only one needs")).toEqual(["one"]);
    expect(holders("what only two needs")).toEqual(["two"]);
  });

  test("the zip of hand-written functions has nothing that Lambent made", () => {
    const names = Object.keys(unzipped("around"));
    expect(names).toContain("api.js");
    expect(names.filter((name) => name.startsWith(".lambent"))).toEqual([]);
  });

  test("reserved concurrency follows the provisioned one that serverless.yml gives", () => {
    expect(properties("OneLambdaFunction")).toMatchObject({ ReservedConcurrentExecutions: 10 });
    expect(properties("TwoLambdaFunction")).toMatchObject({ ReservedConcurrentExecutions: 4 });
  });

  test("what provider says of all functions is not overruled: its timeout", () => {
    expect(properties("TwoLambdaFunction")).toMatchObject({ Timeout: 60 });
  });

  test("a workflow without tasks has no substitutions, which CloudFormation would refuse if they were empty", () => {
    expect(properties("NoneStateMachine")).not.toHaveProperty("DefinitionSubstitutions");
    expect(properties("BothStateMachine")).toHaveProperty("DefinitionSubstitutions");
  });

  test("what an author writes never becomes a placeholder, though it be spelt as one", () => {
    const { DefinitionString } = template.Resources["OddStateMachine"]?.Properties ?? {};
    expect(String(DefinitionString).split("${TasksLambentAlias}")).toHaveLength(2);
    expect(DefinitionString).toContain(String.raw`"FunctionName":"\u0024{TasksLambentAlias}"`);
  });

  test("all roles have the boundary, the path and the tags that provider.iam.role asks for", () => {
    const roles = resourcesOf(template, "AWS::IAM::Role");
    expect(Object.keys(roles)).toHaveLength(3 + 3 + 1 + 1); // functions, workflows, the schedule, the framework's
    for (const role of Object.values(roles)) {
      expect(role).toMatchObject({
        PermissionsBoundary: "arn:aws:iam::123456789012:policy/boundary",
        Path: "/team/",
        Tags: [{ Key: "team", Value: "a" }],
      });
    }
  });

  test("a secret without its suffix is granted with any, and its key by what it encrypts", () => {
    const text = JSON.stringify(properties("OneLambentRole"));
    const secrets = JSON.stringify([`${SECRET}:full-AbCd12`, `${SECRET}:bare`, `${SECRET}:bare-??????`]);
    expect(text).toContain(`"Action":["secretsmanager:GetSecretValue"],"Resource":${secrets}`);
    expect(text).toContain(`"kms:EncryptionContext:SecretARN":${secrets}`);
    expect(JSON.stringify(properties("TwoLambentRole"))).not.toContain("kms:");
  });

  test("a comment is in an actor's source maps alone: plain tasks, which start cold, have none and keep their zip", async () => {
    const before = readFileSync(join(project.root, ".serverless", "tasks.zip"));
    for (const path of ["one.ts", "two.ts"] as const) project.write(path, `// a comment\n\n${files[path]}`);
    await packagedTemplate(project.root);
    expect(readFileSync(join(project.root, ".serverless", "tasks.zip")).equals(before)).toBe(true);
  }, 60_000);

  test("a command that deploys nothing works while a module does not import, and says what it lacks", async () => {
    project.write("one.ts", "throw new Error('broken for now');");
    const { code: exit, output } = await serverless(project.root, ["print"]);
    expect(output).toMatch(
      /the generated functions are not known to this command: Error: broken for now\n\s+at .*one\.ts:1/,
    );
    expect(output).toContain("service: around");
    expect(exit).toBe(0);
  }, 60_000);

  test("without a lambent block the plugin says that it packages nothing", async () => {
    project.write(
      "serverless.yml",
      files["serverless.yml"].replace(/lambent: .*\n/, "").replace(/ {2}(one|two|tasks):.*\n/g, ""),
    );
    const { code: exit, output } = await serverless(project.root, ["package"]);
    expect(output).toContain("serverless.yml has no `lambent:` block, so no workflow is packaged");
    expect(exit).toBe(0);
  }, 60_000);
});
