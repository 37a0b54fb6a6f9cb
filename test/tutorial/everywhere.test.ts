import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Json } from "../../sdk/base/json.ts";
import { executionInput } from "../../infra/run/execution-input.ts";
import { decodeValue } from "../../sdk/values/crossing.ts";
import { outcomeOf, titleOf } from "../support/examples.ts";
import { lambdaNode, runtimeClient } from "../support/lambda-runtime.ts";
import { packagedService, type PackagedService } from "../support/packaged-service.ts";
import { packageRoot, projectDirectory, type ProjectDirectory } from "../support/project-directory.ts";
import { servedProject } from "../support/served-project.ts";
import { unlessInstalled } from "../support/tools.ts";
import type { Example } from "./example.ts";

// Every chapter's examples once more: as a service that is served, and as its packaged zips under AWS's runtime. That
// run() gives the same is tested beside each chapter.

const here = join(packageRoot, "test", "tutorial");
const files = readdirSync(here).filter((name) => /^\d\d-.*(?<!\.test)\.ts$/.test(name));
const chapters = await Promise.all(
  files.map(async (file) => {
    const { examples } = (await import(join(here, file))) as { readonly examples: readonly Example[] };
    return { file, examples };
  }),
);
const cases = chapters.flatMap(({ file, examples }) =>
  examples.map((example) => [`${file}: ${titleOf(example)}`, { file, example }] as const),
);

function filesOf(chapters: readonly string[]): Record<string, string> {
  return {
    "serverless.yml": `
service: tutorial
plugins: [lambent/plugin]
lambent: { workflows: "[0-9]*.ts" }
provider: { name: aws, runtime: nodejs24.x, region: us-east-1 }
`,
    ...Object.fromEntries(["example.ts", ...chapters].map((file) => [file, readFileSync(join(here, file), "utf8")])),
  };
}

const project = servedProject(filesOf(files), { workflows: ["[0-9]*.ts"] });

/** Installs what a chapter imports beside Lambent. */
function linkLibraries({ link }: ProjectDirectory): void {
  for (const name of ["zod", "valibot", "arktype"])
    link(`node_modules/${name}`, join(packageRoot, "node_modules", name));
}

linkLibraries(project);

/** As a caller writes it. */
function inputOf({ input }: Example): object {
  return Object(executionInput({ workflow: "input", inputs: [] }, input));
}

/** With what is in marks as values. */
function decoded({ output, error }: { readonly output?: unknown; readonly error?: string }): object {
  return output === undefined ? { error } : { output: decodeValue(output as Json) }; // an execution's output is JSON
}

test.each(cases)("served: %s", async (_, { example }) => {
  const answered = project.answering(example.answers ?? {});
  const { output, error, cause } = await project.execute(example.workflow, inputOf(example)).finally(answered);
  const outcome = output === undefined ? { error: `${error}: ${cause}` } : { output: JSON.parse(output) as Json };
  expect(decoded(outcome)).toEqual(outcomeOf(example));
});

const installed = existsSync(runtimeClient) && existsSync(lambdaNode) ? runtimeClient : undefined;
if (installed === undefined && process.env["CI"] !== undefined) {
  throw new Error("aws-lambda-ric is not installed: run scripts/ci-tools.sh first");
}

// All chapters would take more than the 1 MB of one template.
const services = [files.filter((file) => file < "06"), files.filter((file) => file >= "06")];

describe.skipIf(installed === undefined)(`packaged${unlessInstalled("aws-lambda-ric", installed)}`, () => {
  describe.each(services.map((some) => [some[0], some] as const))("from %s on", (_, some) => {
    const packaged = projectDirectory(filesOf(some));
    linkLibraries(packaged);
    let service: PackagedService | undefined;
    beforeAll(async () => {
      service = await packagedService(packaged.root);
    }, 120_000);
    afterAll(() => {
      service?.stop();
      packaged.remove();
    });

    test.each(cases.filter(([, { file }]) => some.includes(file)))("%s", async (_, { example }) => {
      const outcome = await service?.execute(example.workflow, inputOf(example), example.answers);
      expect(decoded(outcome ?? {})).toEqual(outcomeOf(example));
    });
  });
});
