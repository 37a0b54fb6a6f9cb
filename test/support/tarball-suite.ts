import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PackageManager } from "./package-managers.ts";
import { type Program, startProgram } from "./program.ts";
import { packageRoot } from "./project-directory.ts";
import { readTemplate, resourcesOf } from "./serverless.ts";
import { unlessInstalled } from "./tools.ts";

// What `npm pack` makes, in an empty folder: only what the package itself brings or asks for is there.
const manifest = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
  readonly exports: Readonly<Record<string, unknown>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};
const modules = Object.keys(manifest.exports)
  .filter((path) => path !== "./package.json")
  .map((path) => path.replace(/^\./, "lambent"));

/** All that a user's module may import, its types checked down to the last declaration (`skipLibCheck: false`), by the strictest settings. */
const EXPORTS = [
  ...modules.map((name, index) => `import * as module${index} from "${name}";`),
  `export const all = [${modules.map((_, index) => `module${index}`).join(", ")}];`,
].join("\n");

const SERVICE = {
  "workflows/greeting.ts": `
import { ActorEnvironment, mapTask, partial, workflow } from "lambent";

const actor = new ActorEnvironment({ name: "greeter", replicaCount: 1 });
const greetingIn = actor.cache(async function greetingIn(language: string) {
  return language === "de" ? "Hallo" : "Hello";
});
const greet = actor.task(async function greet({ name, language }: { name: string; language: string }) {
  return \`\${await greetingIn(language)}, \${name}\`;
});
export const greeting = workflow({ names: ["Ada"], language: "en" }, function greeting({ names, language }) {
  return mapTask(partial(greet, { language }))({ name: names });
});
`,
  "every-export.ts": EXPORTS,
  // Its types: what a task returns is known, and a wrong input is refused.
  "typed.ts": `
import { task, workflow } from "lambent";
import { run } from "lambent/local";

const double = task(async function double({ n }: { n: number }) {
  return 2 * n;
});
export const twice = workflow({ n: 1 }, function twice({ n }) {
  return double({ n: double({ n }) });
});
export const result: number = await run(twice, { n: 3 });
// @ts-expect-error: n is a number
export const refused = () => run(twice, { n: "3" });
`,
  "secrets.yml": `
service: greetings
plugins: [lambent/plugin]
lambent: { workflows: with-secret.ts }
provider: { name: aws, runtime: nodejs24.x, region: eu-west-1 }
`,
  "with-secret.ts": `
import { ActorEnvironment } from "lambent";

const secrets = { TOKEN: "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf" };
const actor = new ActorEnvironment({ name: "greeter", replicaCount: 1, secrets });
export const greet = actor.task(async function greet() {
  return process.env["TOKEN"];
});
`,
  "tsconfig.json": JSON.stringify({
    compilerOptions: {
      target: "es2023",
      module: "nodenext",
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      noPropertyAccessFromIndexSignature: true,
      verbatimModuleSyntax: true,
      isolatedModules: true,
      types: ["node"],
      noEmit: true,
      skipLibCheck: false,
    },
  }),
  "serverless.yml": `
service: greetings
plugins: [lambent/plugin]
lambent: { workflows: workflows/*.ts, offline: { port: 0 } }
provider: { name: aws, runtime: nodejs24.x, region: eu-west-1 }
`,
};

/** What those print that serve workflows. */
const SERVED = /(http:\/\/127\.0\.0\.1:\d+)/;

/** Call Step Functions' API, as it is served on this machine. */
async function call(url: string, operation: string, body: object): Promise<Record<string, string>> {
  const headers = { "x-amz-target": `AWSStepFunctions.${operation}` };
  const response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  return (await response.json()) as Record<string, string>;
}

/** Start an execution and wait for its end. */
async function outputOf(url: string, stateMachineArn: string | undefined, input: object): Promise<unknown> {
  const { executionArn } = await call(url, "StartExecution", { stateMachineArn, input: JSON.stringify(input) });
  await expect
    .poll(async () => (await call(url, "DescribeExecution", { executionArn }))["status"], { timeout: 20_000 })
    .toBe("SUCCEEDED");
  return JSON.parse((await call(url, "DescribeExecution", { executionArn }))["output"] ?? "");
}

/** What a package manager makes of the tarball in an empty folder. To be called at the top level of a test file. */
export function testTarball(manager: PackageManager): void {
  const { name, path } = manager;
  describe.skipIf(path === undefined)(
    `installed by ${name}${unlessInstalled(name, path)}`,
    { timeout: 120_000 },
    () => {
      installedBy(manager);
    },
  );
}

function installedBy(manager: PackageManager): void {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), `lambent-by-${manager.name}-`)));
  const project = join(folder, "project");
  const home = join(folder, "home");
  /** A stranger's: no settings of AWS or of a package manager, but for where downloads are kept. */
  const env: Record<string, string> = {
    HOME: home,
    PATH: [dirname(process.execPath), dirname(manager.path ?? ""), process.env["PATH"] ?? ""].join(delimiter),
    ...manager.cache,
  };

  async function shell(script: string): Promise<string> {
    const program = startProgram("bash", ["-e", "-c", script], { cwd: project, env });
    if ((await program.ended) !== 0) throw new Error(`${script}\n${program.output()}`);
    return program.output();
  }

  /** Start a program that serves, and wait for what it says when it does. */
  async function serving(command: string, said: RegExp): Promise<Program & { readonly url: string }> {
    const program = startProgram("bash", ["-c", `exec ${command}`], { cwd: project, env });
    await expect.poll(program.output, { timeout: 60_000 }).toMatch(said);
    const [, url = ""] = said.exec(program.output()) ?? [];
    return { ...program, url };
  }

  async function stop({ child, ended }: Program): Promise<void> {
    child.kill("SIGTERM");
    await ended;
  }

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    mkdirSync(home);
    mkdirSync(project);
    for (const [path, content] of Object.entries(manager.files)) write(path, content);
    await promisify(execFile)("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: packageRoot });
    const tarball = join(folder, readdirSync(folder).find((name) => name.endsWith(".tgz")) ?? "");
    const { serverless, typescript, "@types/node": node } = manifest.devDependencies;
    await shell(`${manager.init}
      ${manager.add} ${tarball}
      ${manager.addDevelopment} serverless@${serverless} typescript@${typescript} @types/node@${node}`);
    const path = join(project, "package.json");
    writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, "utf8")) as object), type: "module" }));
    for (const [name, content] of Object.entries(SERVICE)) write(name, content);
  }, 240_000);

  function write(path: string, content: string): void {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), content);
  }

  test("every export has its types, and nothing they refer to is missing", async () => {
    expect(await shell(`${manager.run} tsc -p .`)).not.toMatch(/error/i);
  });

  test("every export can be imported, and run() runs a workflow", async () => {
    const imports = modules.map((name) => `await import("${name}");`).join(" ");
    await shell(`node --input-type=module -e '${imports}'`);
    write(
      "run.mjs",
      `
import { task, workflow } from "lambent";
import { run } from "lambent/local";
const double = task(async function double({ n }) { return 2 * n; });
const twice = workflow({ n: 1 }, function twice({ n }) { return double({ n: double({ n }) }); });
console.log(await run(twice, { n: 3 }));
`,
    );
    expect(await shell("node run.mjs")).toMatch(/^12$/m);
  });

  test("lambent tells what it can do, and checks the service", async () => {
    expect(await shell(`${manager.run} lambent --help`)).toMatch(/lambent/);
    expect(await shell(`${manager.run} lambent check`)).toMatch(/greeting/);
  });

  test("serverless package makes the zips and the template", async () => {
    await shell(`${manager.run} serverless package`);
    expect(readdirSync(join(project, ".serverless"))).toContain("greeter.zip");
    const machines = resourcesOf(readTemplate(project), "AWS::StepFunctions::StateMachine");
    expect(Object.values(machines).map((one) => one["StateMachineName"])).toEqual(["greetings-dev-greeting"]);
  });

  test("a package that only some users need is asked for by name, where it is needed", async () => {
    const packaging = shell(`${manager.run} serverless package --config secrets.yml`);
    await expect(packaging).rejects.toThrow(
      `secret TOKEN of actor greeter is read by @aws-sdk/client-secrets-manager, which is not installed: ${manager.name}`,
    );
  });

  test("serverless offline serves the workflow", async () => {
    const program = await serving(`${manager.run} serverless offline`, SERVED);
    try {
      await expect.poll(program.output, { timeout: 30_000 }).toMatch(/stateMachine:/);
      const stateMachineArn = "arn:aws:states:eu-west-1:000000000000:stateMachine:greetings-dev-greeting";
      const input = { names: ["Ada", "Alan"], language: "de" };
      expect(await outputOf(program.url, stateMachineArn, input)).toEqual(["Hallo, Ada", "Hallo, Alan"]);
    } finally {
      await stop(program);
    }
  });

  // Below the folder that has the packages, so that nothing is installed once more.
  test.each(manager.templates)(
    "lambent init makes a service of the template %s, which has its types and runs",
    async (template, workflow) => {
      const lambent = join(project, "node_modules/.bin/lambent");
      const made = `cd made-${template}`;
      await shell(`${lambent} init made-${template} --template ${template}`);
      // Its own tests run with Vitest, which is not installed here.
      expect(await shell(`${made}; rm -r test; ${join(project, "node_modules/.bin/tsc")} -p .`)).not.toMatch(/error/i);
      const program = await serving(`bash -c '${made}; exec ${lambent} dev --port 0'`, SERVED);
      try {
        const { url } = program;
        const console = await fetch(`${url}/console/`);
        expect([console.status, console.headers.get("content-type")]).toEqual([
          200,
          expect.stringContaining("text/html"),
        ]);
        expect(await shell(`${made}; ${lambent} start ${workflow} --wait --endpoint ${url}`)).toMatch(/succeeded/i);
      } finally {
        await stop(program);
      }
    },
  );

  test("lambent emulator runs a state machine", async () => {
    const program = await serving(
      `${manager.run} lambent emulator --port 0`,
      /Step Functions: (http:\/\/127\.0\.0\.1:\d+)/,
    );
    try {
      const { stateMachineArn } = await call(program.url, "CreateStateMachine", {
        name: "doubling",
        roleArn: "arn:aws:iam::000000000000:role/any",
        definition: JSON.stringify({
          QueryLanguage: "JSONata",
          StartAt: "Double",
          States: { Double: { Type: "Pass", Output: "{% 2 * $states.input.n %}", End: true } },
        }),
      });
      expect(await outputOf(program.url, stateMachineArn, { n: 4 })).toBe(8);
    } finally {
      await stop(program);
    }
  });
}
