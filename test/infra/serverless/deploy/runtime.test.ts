import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { unzipTo } from "../../../../infra/serverless/deploy/zip.ts";
import { LambdaInstance, lambdaNode, runtimeClient } from "../../../support/lambda-runtime.ts";
import { createFixture } from "../../../support/replica-fixture.ts";
import { projectDirectory } from "../../../support/project-directory.ts";
import { motoServer, startMoto } from "../../../support/moto.ts";
import { examplesProject } from "../../../support/projects.ts";
import { packagedTemplate } from "../../../support/serverless.ts";
import { unlessInstalled } from "../../../support/tools.ts";

const installed = existsSync(runtimeClient) && existsSync(lambdaNode) ? runtimeClient : undefined;
if (installed === undefined && process.env["CI"] !== undefined) {
  throw new Error("aws-lambda-ric is not installed: run scripts/ci-tools.sh first");
}

describe.skipIf(installed === undefined)(
  `the packaged zips, under AWS's own runtime on Node 24${unlessInstalled("aws-lambda-ric", installed)}`,
  { timeout: 60_000 },
  () => {
    const project = examplesProject();
    const instances: LambdaInstance[] = [];
    beforeAll(() => packagedTemplate(project.root), 120_000);
    const fixture = createFixture();
    afterEach(() => fixture.cleanUp());
    afterEach(() => {
      for (const instance of instances.splice(0)) instance.stop();
    });
    afterAll(() => project.remove());

    /** An instance of a packaged function, in the directory that its zip is unpacked to. */
    async function start(
      name: string,
      environment: Record<string, string> = {},
      root = project.root,
    ): Promise<LambdaInstance> {
      const directory = join(root, "var-task", name);
      mkdirSync(directory, { recursive: true });
      await unzipTo(directory, join(root, ".serverless", `${name}.zip`));
      const instance = await LambdaInstance.start(directory, {
        AWS_LAMBDA_FUNCTION_NAME: `examples-dev-${name}`,
        LAMBENT_STORE: join(project.root, "store"),
        ...environment,
      });
      instances.push(instance);
      return instance;
    }

    function receipt(start: "cold" | "warm", rest: object): object {
      return {
        replica: "0123456789abcdef",
        start,
        initializationType: "provisioned-concurrency",
        ...rest,
      };
    }

    test("JSON logs of a replica here are those of AWS's runtime", async () => {
      const source = `
        class OwnError extends Error { code = 7; }
        export const handler = async () => {
          const circle = {}; circle.self = circle;
          console.debug("below the level");
          console.log(); console.log("text"); console.info(1, { a: [1] }); console.warn("%s of %d\\n", "one", 2, [3]);
          console.log(undefined); console.log(null); console.log({ a: 1, nested: { error: new OwnError("in") } });
          console.error(new OwnError("alone")); console.error("with", new TypeError("other"), new OwnError("second"));
          console.log(circle); console.log(1n); console.log(new Map([[1, 2]])); console.log(Symbol("s"), () => 1);
          console.error({ error: 1 }, { second: 2 }); console.log(new OwnError("first"), "then");
        };`;
      const logging = { AWS_LAMBDA_LOG_FORMAT: "JSON", AWS_LAMBDA_LOG_LEVEL: "INFO" };
      const directory = join(project.root, "var-task", "logging");
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, "index.mjs"), source);
      const instance = await LambdaInstance.start(directory, logging);
      instances.push(instance);
      await instance.invoke({});
      const pool = await fixture.pool(source, { environment: logging });
      await pool.invoke({ functionName: "fn", payload: "{}" });
      /** Without what differs from run to run: the time, the request's id, where a function's file is. */
      function comparable(text: string): unknown {
        return text
          .split("\n")
          .filter((line) => line.startsWith("{"))
          .map((line) => line.replaceAll(/ {4}at .*?(?=\\n|"|$)/g, "at"))
          .map((line) => ({ ...(JSON.parse(line) as object), timestamp: "", requestId: "", stackTrace: "" }))
          .map((line) =>
            JSON.stringify(line)
              .replaceAll(/"stackTrace":\[[^\]]*\]/g, "")
              .replaceAll(/(\\nat)+/g, ""),
          );
      }
      const here = fixture.logs.map(({ text }) => text).join("\n");
      expect(comparable(here)).toHaveLength(15);
      expect(comparable(here)).toEqual(comparable(instance.output));
    });

    test("caching: the first request loads the model, the next finds it", async () => {
      const instance = await start("caching");
      const event = { task: "evaluate", inputs: { value: 1, state: 3 } };
      expect(await instance.invoke(event)).toMatchObject({
        failed: false,
        payload: { output: 4, receipt: receipt("cold", { task: "evaluate" }) },
      });
      expect(await instance.invoke(event)).toMatchObject({
        payload: { output: 4, receipt: receipt("warm", { caches: [{ cache: "loadModel", hits: 1, misses: 0 }] }) },
      });
    });

    test("custom-objects: equal objects share an entry", async () => {
      const instance = await start("custom-objects");
      const event = { task: "constructAndGetValue", inputs: { state: 2 } };
      expect(await instance.invoke(event)).toMatchObject({ payload: { output: 2, receipt: receipt("cold", {}) } });
      expect(await instance.invoke(event)).toMatchObject({
        payload: { output: 2, receipt: receipt("warm", { caches: [{ hits: 1 }] }) },
      });
    });

    test("entities: a language model of megabytes is in the bundle, and loads when it is first asked for", async () => {
      const instance = await start("entities");
      const event = { task: "extractEntities", inputs: { paragraph: "On the 4th of July two men met at 5 pm." } };
      expect(await instance.invoke(event)).toMatchObject({
        failed: false,
        payload: { output: { TIME: 1 }, receipt: receipt("cold", {}) },
      });
      expect(await instance.invoke(event)).toMatchObject({
        payload: { receipt: receipt("warm", { caches: [{ hits: 1 }] }) },
      });
    });

    test("embeddings: a model from the bucket, on a runtime beside the bundle, is loaded before the first request", async () => {
      // As a deployment stores it: the key names the content.
      const model = readFileSync(join(project.root, "handlers/examples/models/minilm-static.onnx"));
      const directory = `examples-dev/assets/${createHash("sha256").update(model).digest("hex")}`;
      mkdirSync(join(project.root, "store/local", directory), { recursive: true });
      writeFileSync(join(project.root, "store/local", directory, "minilm-static.onnx"), model);
      const TMPDIR = join(project.root, "tmp"); // of its own, so that no earlier download is found
      mkdirSync(TMPDIR);
      const instance = await start("embeddings", { TMPDIR });
      const event = { task: "embed", inputs: { text: "the colours of thin plates" } };
      const { failed, payload } = await instance.invoke(event);
      expect({ failed, payload }).toMatchObject({
        failed: false,
        payload: {
          receipt: receipt("cold", {
            caches: [{ cache: "loadModel", preloads: 1, misses: 0, hits: 1 }],
            downloads: { files: 1, bytes: model.length },
          }),
        },
      });
      const { output } = payload as { output: number[] };
      expect(Math.hypot(...output) / 250).toBeCloseTo(1, 2);
    });

    test("map-task: a file and a value that the plain tasks' function stored are read by the actor's", async () => {
      const plain = await start("tasks");
      const made = await plain.invoke({ task: "createModelState", inputs: {} });
      expect(made).toMatchObject({ failed: false, payload: { receipt: receipt("cold", { output: "computed" }) } });
      expect(await plain.invoke({ task: "createModelState", inputs: {} })).toMatchObject({
        payload: { receipt: receipt("warm", { output: "stored" }) },
      });
      const { output: file } = made.payload as { output: unknown };
      expect(file).toMatchObject({ $s3File: { uri: expect.stringContaining("/examples-dev-tasks/files/") } });
      const instance = await start("map-task");
      expect(await instance.invoke({ task: "inference", inputs: { value: 3, file } })).toMatchObject({
        failed: false,
        payload: { output: 12, receipt: receipt("cold", {}) },
      });
      // Without any budget, what the one returns is stored, and the other fetches it.
      const stored = await plain.invoke({ task: "createModelState", inputs: {}, budget: { bytes: 0 } });
      expect(stored.payload).toMatchObject({
        output: { $stored: expect.stringMatching(/^examples-dev-tasks\/values\/[0-9a-f]{64}\.json$/) },
      });
      const { output: mark } = stored.payload as { output: unknown };
      expect(await instance.invoke({ task: "inference", inputs: { value: 3, file: mark } })).toMatchObject({
        payload: { output: 12, receipt: receipt("warm", {}) },
      });
    });

    test.skipIf(motoServer === undefined)(
      `secrets are read before the author's modules load, each by its ARN${unlessInstalled("moto_server", motoServer)}`,
      async () => {
        const moto = await startMoto();
        const [token, host] = [
          await moto.putSecret("token", "hunter2"),
          await moto.putParameter("/db/host", "db.internal"),
        ];
        const secret = projectDirectory({
          "flows.ts": `
import { ActorEnvironment, workflow } from "lambent";
const atLoad = process.env.TOKEN + "@" + process.env.HOST;
const actor = new ActorEnvironment({ name: "secret", secrets: { TOKEN: "${token}", HOST: "${host}" } });
const read = actor.task(async function read() { return atLoad; });
export const wf = workflow({}, function wf() { return read({}); });`,
          "serverless.yml": `
service: secrets
plugins: [lambent/plugin]
lambent: { workflows: flows.ts }
provider: { name: aws, runtime: nodejs24.x, region: eu-west-1 }`,
        });
        try {
          const { Resources } = await packagedTemplate(secret.root);
          const role = JSON.stringify(Resources["SecretLambentRole"]);
          expect(role).toContain(`"Action":["secretsmanager:GetSecretValue"],"Resource":["${token}"`);
          expect(role).toContain(`"Action":["ssm:GetParameter"],"Resource":["${host}"]`);
          expect(JSON.stringify(Resources["SecretLambdaFunction"])).not.toContain("TOKEN");
          const instance = await start("secret", { AWS_ENDPOINT_URL: moto.url }, secret.root);
          expect(await instance.invoke({ task: "read", inputs: {} })).toMatchObject({
            failed: false,
            payload: { output: "hunter2@db.internal" },
          });
          const elsewhere = await start("secret", { AWS_ENDPOINT_URL: moto.url, AWS_REGION: "eu-west-2" }, secret.root);
          expect(await elsewhere.invoke({ task: "read", inputs: {} })).toMatchObject({
            failed: true,
            payload: {
              errorType: "LambentError",
              errorMessage: expect.stringMatching(/^secret (TOKEN|HOST): arn:.* cannot be read: /),
            },
          });
        } finally {
          secret.remove();
          await moto.stop();
        }
      },
    );

    test("an unknown task is an error that says which there are, with source files and lines in its trace", async () => {
      const instance = await start("caching", { NODE_OPTIONS: "--enable-source-maps" });
      expect(await instance.invoke({ task: "evaluates", inputs: {} })).toMatchObject({
        failed: true,
        payload: {
          errorType: "LambentError",
          errorMessage: expect.stringContaining("there is no task evaluates on this function; it has: evaluate"),
          trace: expect.arrayContaining([
            expect.stringMatching(/invalidInvocation .*handlers\/invalid-invocation\.[jt]s:\d+/),
          ]),
        },
      });
    });
  },
);
