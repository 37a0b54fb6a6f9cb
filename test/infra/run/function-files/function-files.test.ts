import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { FunctionFiles } from "../../../../infra/run/function-files/function-files.ts";
import { findTool, unlessInstalled } from "../../../support/tools.ts";

const ARN = "arn:aws:lambda:us-east-1:000000000000:function:";

interface Run {
  readonly functions: FunctionFiles;
  readonly said: string[];
  readonly printed: string[];
  readonly write: (name: string, text: string) => void;
  /** What a function answers, and whether it failed. */
  readonly invoke: (
    functionName: string,
    event?: unknown,
  ) => Promise<readonly [answer: unknown, error: string | undefined]>;
}

/** Run the functions of `path`, in a directory with these files. */
async function run(written: Readonly<Record<string, string>>, path: string): Promise<Run> {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), "lambent-")));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  function write(name: string, text: string): void {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
    if (text.startsWith("#!")) chmodSync(join(directory, name), 0o755);
  }
  for (const [name, text] of Object.entries(written)) write(name, text);
  const said: string[] = [];
  const printed: string[] = [];
  const functions = await FunctionFiles.start({
    paths: [path],
    parameters: new Map(),
    directory,
    region: "us-east-1",
    accountId: "000000000000",
    environment: Promise.resolve({ AWS_ENDPOINT_URL_SFN: "http://127.0.0.1:8083" }),
    onLog: ({ text }) => printed.push(text),
    say: (line) => said.push(line),
  });
  onTestFinished(() => functions.close());
  async function invoke(functionName: string, event: unknown = {}) {
    const answer = await functions.pool.invoke({ functionName, payload: JSON.stringify(event) });
    return [JSON.parse(answer.payload), answer.functionError] as const;
  }
  return { functions, said, printed, write, invoke };
}

/** A custom runtime: the Runtime API by hand. */
const BOOTSTRAP = `#!${process.execPath}
const api = "http://" + process.env.AWS_LAMBDA_RUNTIME_API + "/2018-06-01/runtime/";
async function main() {
  if (require("node:fs").existsSync("fails")) {
    await fetch(api + "init/error", { method: "POST", body: '{"errorType": "No.Start", "errorMessage": "why"}' });
    return;
  }
  for (;;) {
    const next = await fetch(api + "invocation/next");
    const id = next.headers.get("lambda-runtime-aws-request-id");
    const event = await next.json();
    if (event.exit !== undefined) process.exit(event.exit);
    const about = [process.env._HANDLER, process.env.AWS_EXECUTION_ENV, next.headers.get("lambda-runtime-invoked-function-arn")];
    const body = event.fail ? { errorType: "Bad", errorMessage: "no" } : { event, about };
    await fetch(api + "invocation/" + id + (event.fail ? "/error" : "/response"), { method: "POST", body: JSON.stringify(body) });
  }
}
main();
`;

test("the functions of a folder: its files and folders with a handler, in JavaScript, TypeScript and with a runtime of their own", async () => {
  const { functions, invoke, printed, said, write } = await run(
    {
      "functions/hello/index.mjs": `
        import { name } from "./name.mjs";
        export const handler = async (event) => {
          if (event.fail) throw new TypeError("no");
          console.log("hello", event.to);
          return [name, process.env.AWS_ENDPOINT_URL_SFN];
        };`,
      "functions/hello/name.mjs": 'export const name = "first";',
      "functions/typed.ts": `
        import { twice } from "./lib/twice.ts";
        export async function handler({ n }: { n: number }): Promise<number> {
          if (n < 0) throw new RangeError("negative");
          return twice(n);
        }`,
      "functions/lib/twice.ts": "export const twice = (n: number): number => 2 * n;",
      "functions/old/app.js":
        "exports.lambdaHandler = (event, context, callback) => callback(null, context.functionName);",
      "functions/old/package.json": '{ "type": "commonjs" }',
      "functions/own/bootstrap": BOOTSTRAP,
      "functions/dead/bootstrap": BOOTSTRAP,
      "functions/dead/fails": "",
      "functions/typed.test.ts": "export const handler = 1;",
    },
    "functions",
  );
  expect(functions.lines).toEqual([
    `functions/dead: ${ARN}dead`,
    `functions/hello: ${ARN}hello`,
    `functions/old: ${ARN}old`,
    `functions/own: ${ARN}own`,
    `functions/typed.ts: ${ARN}typed`,
  ]);
  expect(await invoke("hello", { to: "all" })).toEqual([["first", "http://127.0.0.1:8083"], undefined]);
  expect(printed).toContain("hello all");
  expect(await invoke("hello", { fail: true })).toMatchObject([
    { errorType: "TypeError", errorMessage: "no" },
    "Unhandled",
  ]);
  expect(await invoke("typed", { n: 4 })).toEqual([8, undefined]);
  const [error] = await invoke("typed", { n: -1 });
  expect(error).toMatchObject({
    errorType: "RangeError",
    trace: expect.arrayContaining([expect.stringMatching(/functions\/typed\.ts:4/)]),
  });
  expect(await invoke("old")).toEqual(["old", undefined]);

  const about = ["bootstrap", "AWS_Lambda_provided.al2023", `${ARN}own`];
  expect(await invoke("own", { a: 1 })).toEqual([{ event: { a: 1 }, about }, undefined]);
  expect(await invoke("own", { fail: true })).toEqual([{ errorType: "Bad", errorMessage: "no" }, "Unhandled"]);
  expect(await invoke("own", { exit: 3 })).toMatchObject([
    { errorType: "Runtime.ExitError", errorMessage: expect.stringContaining("exit status 3") },
    "Unhandled",
  ]);
  expect(await invoke("own", { again: 1 })).toMatchObject([{ event: { again: 1 } }, undefined]);
  expect(await invoke("dead")).toMatchObject([{ errorType: "No.Start", errorMessage: "why" }, "Unhandled"]);
  await expect(invoke("none")).rejects.toThrow(`Function not found: ${ARN}none`);

  await functions.watch();
  write("functions/hello/name.mjs", 'export const name = "second";');
  await expect.poll(() => said, { timeout: 20_000 }).toContain("reloaded the function hello");
  expect(await invoke("hello")).toMatchObject([["second", expect.anything()], undefined]);
  write("functions/lib/twice.ts", "export const twice = (n: number): number => 3 * ;");
  await expect
    .poll(() => said.at(-1), { timeout: 20_000 })
    .toMatch(/^functions not reloaded, the last good version keeps running: functions\/typed\.ts: .*lib\/twice\.ts:1:/);
  expect(await invoke("typed", { n: 4 })).toEqual([8, undefined]);
  write("functions/lib/twice.ts", "export const twice = (n: number): number => 3 * n;");
  write("functions/more.mjs", "export const handler = async () => 1;");
  await expect.poll(() => said, { timeout: 20_000 }).toContain("added the function more");
  expect(await invoke("typed", { n: 4 })).toEqual([12, undefined]);
});

test("a template that has been deployed from: code that lies in S3 is left out, and an alias leads to what is here", async () => {
  const Alias = {
    Type: "AWS::Lambda::Alias",
    Properties: { FunctionName: { Ref: "A" }, FunctionVersion: { "Fn::GetAtt": ["V", "Version"] }, Name: "live" },
  };
  const inline = { Code: { ZipFile: "exports.handler = async (e) => e" }, Handler: "index.handler" };
  const packed = { Code: { S3Bucket: { Ref: "Bucket" }, S3Key: "serverless/shop/dev/1/shop.zip" } };
  const Resources = {
    Alias,
    A: { Type: "AWS::Lambda::Function", Properties: inline },
    V: { Type: "Custom::Version" },
    Packed: { Type: "AWS::Lambda::Function", Properties: packed },
    Bucket: { Type: "AWS::S3::Bucket" },
  };
  const { functions, invoke } = await run({ "t.json": JSON.stringify({ Resources }) }, "t.json");
  expect(functions.lines).toEqual([
    `A of t.json: ${ARN}A`,
    'Packed of t.json is not run here: Resources.Packed.Properties.Code: {"S3Bucket":"bucket","S3Key":"serverless/shop/dev/1/shop.zip"} is no directory on this machine: name the one that it was made of, or the template or serverless.yml that does',
  ]);
  expect(await invoke("A:live", { a: 1 })).toEqual([{ a: 1 }, undefined]);
});

test("the functions of a SAM template, with their settings, and what is not run here", async () => {
  const template = `
Globals: { Function: { Timeout: 1, Runtime: nodejs22.x, Environment: { Variables: { STAGE: dev } } } }
Resources:
  Hello:
    Type: AWS::Serverless::Function
    Properties:
      FunctionName: !Sub "\${AWS::StackName}-hello"
      CodeUri: hello/
      Handler: app.lambdaHandler
      MemorySize: 256
      Environment: { Variables: { TABLE: !Ref Orders } }
      AutoPublishAlias: live
      ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 1 }
      Layers: [!Ref Shared]
  Bare: { Type: AWS::Serverless::Function, Properties: { CodeUri: hello, Handler: gone.handler } }
  Named: { Type: AWS::Serverless::Function, Properties: { CodeUri: hello, Handler: app.other } }
  Inline: { Type: AWS::Lambda::Function, Properties: { Code: { ZipFile: "exports.handler = async (e) => e" }, Handler: index.handler } }
  Java: { Type: AWS::Serverless::Function, Properties: { CodeUri: hello, Runtime: java21 } }
  Image: { Type: AWS::Serverless::Function, Properties: { PackageType: Image } }
  Shared: { Type: AWS::Serverless::LayerVersion }
  Orders: { Type: AWS::DynamoDB::Table }
`;
  const app = `
    export const lambdaHandler = async (event: { ms?: number }) => {
      await new Promise((pass) => setTimeout(pass, event.ms ?? 0));
      const { STAGE, TABLE, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, AWS_LAMBDA_INITIALIZATION_TYPE } = process.env;
      return [STAGE, TABLE, AWS_LAMBDA_FUNCTION_MEMORY_SIZE, AWS_LAMBDA_INITIALIZATION_TYPE];
    };`;
  const { functions, invoke } = await run({ "template.yaml": template, "hello/app.ts": app }, "template.yaml");
  expect(functions.lines.slice(4)).toEqual([
    "Image of template.yaml is not run here: Resources.Image.Properties.PackageType: images are not run here",
    "Hello of template.yaml runs without its layers: have what is in them in its own directory",
    "Java of template.yaml is not run here: nothing here runs java21; an endpoint that does is named by --lambda-endpoint",
  ]);
  await functions.pool.ready();
  expect(await invoke("local-hello:live")).toEqual([["dev", "Orders", "256", "provisioned-concurrency"], undefined]);
  expect(await invoke("local-hello", { ms: 60_000 })).toMatchObject([
    { errorType: "Sandbox.Timedout", errorMessage: expect.stringContaining("Task timed out after 1.00 seconds") },
    "Unhandled",
  ]);
  expect(await invoke("Bare")).toMatchObject([{ errorType: "Runtime.ImportModuleError" }, "Unhandled"]);
  expect(await invoke("Named")).toMatchObject([
    { errorType: "Runtime.HandlerNotFound", errorMessage: expect.stringContaining("is undefined or not exported") },
    "Unhandled",
  ]);
  expect(await invoke("Inline", { a: 1 })).toEqual([{ a: 1 }, undefined]);
});

const python = findTool(join("..", "lambda-python", "bin", "python3"));
test.skipIf(python === undefined)(`a function of Python${unlessInstalled("awslambdaric", python)}`, async () => {
  const path = process.env["PATH"];
  process.env["PATH"] = [dirname(python ?? ""), path].join(delimiter);
  onTestFinished(() => void (process.env["PATH"] = path));
  const source = `
class Bad(Exception):
    pass

def lambda_handler(event, context):
    print("python", context.function_name)
    if event.get("fail"):
        raise Bad("no")
    return {"n": event["n"] + 1}
`;
  const { invoke, printed } = await run({ "functions/count/app.py": source }, "functions");
  expect(await invoke("count", { n: 1 })).toEqual([{ n: 2 }, undefined]);
  // What a runtime of its own prints comes by another way than its answer.
  await expect.poll(() => printed, { timeout: 20_000 }).toContain("python count");
  expect(await invoke("count", { fail: 1 })).toMatchObject([
    { errorType: "Bad", errorMessage: "no", stackTrace: [expect.stringContaining("raise Bad")] },
    "Unhandled",
  ]);
});

test.each([
  ["functions", { "functions/a.txt": "" }, "--lambda functions: no function is in it: export a handler from its files"],
  ["none", {}, "--lambda none: there is no such folder or file"],
  [
    "t.yaml",
    { "t.yaml": "Resources: { A: { Type: AWS::Lambda::Function, Properties: { Code: none } } }" },
    "t.yaml: Resources.A.Properties.Code: there is no directory",
  ],
  [
    "t.yaml",
    { "t.yaml": "Resources: { A: { Type: AWS::Lambda::Function, Properties: { Code: ., Timeout: x } } }" },
    "t.yaml: Resources.A.Properties.Timeout: x is no number",
  ],
  [
    "functions",
    { "functions/a.mjs": "export const handler = 1", "functions/a/index.mjs": "export const handler = 1" },
    "functions/a.mjs: functions/a is called a too: give each a name of its own",
  ],
  [
    "functions",
    { "functions/a/bootstrap": "" },
    "functions/a: a custom runtime is a program called bootstrap, and it cannot be run",
  ],
])("%s with %j is refused", async (path, written, message) => {
  await expect(run(written, path)).rejects.toThrow(message);
});
