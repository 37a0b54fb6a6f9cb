import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { serve } from "../../../../infra/run/serve.ts";
import { unzipTo } from "../../../../infra/serverless/deploy/zip.ts";
import { LambdaInstance, lambdaNode } from "../../../support/lambda-runtime.ts";
import { CASES, OUTPUTS, realPackages, realPackagesProject } from "../../../support/real-packages.ts";
import { packagedTemplate } from "../../../support/serverless.ts";
import { unlessInstalled } from "../../../support/tools.ts";

const installed = realPackages ?? "";
const note = unlessInstalled("packages with compiled addons", realPackages);

describe.skipIf(realPackages === undefined)(
  `models' runtimes, native and WebAssembly${note}`,
  { timeout: 240_000 },
  () => {
    const project = realPackagesProject(installed, `nodejs${Number.parseInt(process.versions.node)}.x`);
    afterAll(() => project.remove());

    test("run in this process", () => {
      const output = execFileSync(process.execPath, ["run.js"], { cwd: project.root, encoding: "utf8" });
      expect(JSON.parse(output.trim().split("\n").at(-1) ?? "")).toEqual(OUTPUTS);
    });

    test("run in replicas, from artifacts that lie away from the project", async () => {
      const lines: string[] = [];
      const served = await serve({
        root: project.root,
        service: "packages",
        stage: "dev",
        workflows: ["flows.js"],
        port: 0,
        say: (line) => lines.push(line),
      });
      try {
        const { states } = served.emulator;
        const { executionArn } = states.startExecution({ stateMachineArn: served.stateMachines.get("all") ?? "" });
        const { output, cause } = await states.executionEnd(executionArn);
        expect(cause).toBeUndefined();
        expect(JSON.parse(output ?? "null")).toEqual(OUTPUTS);
      } finally {
        await served.close();
      }
    });

    describe("as packages under AWS's own runtime", () => {
      beforeAll(() => packagedTemplate(project.root), 240_000);

      test.each(Object.keys(CASES))("%s, on this Node.js", async (name) => {
        expect(await invokePackaged(project.root, name, process.execPath)).toEqual(CASES[name]?.output);
      });

      // An addon by Node-API loads on any; better-sqlite3's is made for the Node.js that installed it.
      test.each(Object.keys(CASES).filter((name) => name !== "sqlite"))(
        "%s, on Lambda's newest Node.js",
        async (name) => {
          expect(await invokePackaged(project.root, name, lambdaNode)).toEqual(CASES[name]?.output);
        },
      );

      test("a package has the compiled code for Lambda's platform alone", () => {
        const files = readdirSync(join(project.root, "task", "onnx-node"), { recursive: true, encoding: "utf8" });
        expect(files.filter((file) => file.endsWith(".node"))).toEqual([
          "node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node",
        ]);
      });
    });
  },
);

/** What a packaged function returns, from the directory that its zip is unpacked to. */
async function invokePackaged(root: string, name: string, node: string): Promise<unknown> {
  const directory = join(root, "task", name);
  mkdirSync(directory, { recursive: true });
  await unzipTo(directory, join(root, ".serverless", `${name}.zip`));
  const instance = await LambdaInstance.start(directory, { LAMBENT_STORE: join(root, "store") }, node);
  try {
    const { payload } = await instance.invoke({ task: "load", inputs: {} });
    return typeof payload === "object" && payload !== null && "output" in payload ? payload.output : payload;
  } finally {
    instance.stop();
  }
}
