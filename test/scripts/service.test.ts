import { spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, onTestFinished } from "vitest";
import { TEMPLATES } from "../../infra/init/template-list.ts";
import { serversDirectory } from "../../infra/run/servers/server-file.ts";
import { packageRoot } from "../support/project-directory.ts";
import { startProgram, type Program } from "../support/program.ts";

// The built program, as a user has it: `npm test` builds it first.
const PROGRAM = join(packageRoot, "dist/scripts/cli.js");
const folder = realpathSync(mkdtempSync(join(tmpdir(), "lambent-service-")));
/** What `npm install` would bring, for all services in the folder: this package, and what its templates ask for. */
mkdirSync(join(folder, "node_modules"));
symlinkSync(packageRoot, join(folder, "node_modules/lambent"));
for (const name of ["serverless", "serverless-offline", "typescript", "vitest", "@types"])
  symlinkSync(join(packageRoot, "node_modules", name), join(folder, "node_modules", name));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Ended {
  readonly code: unknown;
  readonly stdout: string;
  readonly stderr: string;
}

function lambent(cwd: string, ...args: string[]): Promise<Ended> {
  return run(cwd, [PROGRAM, ...args]);
}

function run(cwd: string, args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const own = { AWS_EC2_METADATA_DISABLED: "true", npm_config_user_agent: "", NO_COLOR: "1" };
  const env = { ...process.env, ...own, ...more };
  const child = spawn(process.execPath, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  const out = { stdout: "", stderr: "" };
  child.stdout.on("data", (data: Buffer) => (out.stdout += String(data)));
  child.stderr.on("data", (data: Buffer) => (out.stderr += String(data)));
  return new Promise((resolve) => child.once("close", (code) => resolve({ code, ...out })));
}

function serve(cwd: string, ...args: string[]): Program {
  const served = startProgram(process.execPath, [PROGRAM, "dev", "--port", "0", ...args], { cwd });
  onTestFinished(() => void served.child.kill("SIGKILL"));
  return served;
}

describe("lambent init", () => {
  it("makes a service of each template that type-checks and whose tests pass", async () => {
    for (const { name } of TEMPLATES) {
      const { code, stdout } = await lambent(folder, "init", name, "--template", name);
      expect(code).toBe(0);
      expect(stdout).toMatch(/ {2}npm install\n {2}npx lambent dev\n {2}npx lambent start \w+ --wait/);
      const typescript = join(folder, "node_modules/typescript/bin/tsc");
      expect(await run(join(folder, name), [typescript])).toMatchObject({ code: 0, stdout: "" });
    }
    const vitest = join(folder, "node_modules/vitest/vitest.mjs");
    const args = [vitest, "run", "--testTimeout=60000"]; // three at once, beside other tests
    const tests = await Promise.all(TEMPLATES.map(({ name }) => run(join(folder, name), args)));
    expect(tests.map(({ code, stdout }) => (code === 0 ? "passed" : stdout))).toEqual(["passed", "passed", "passed"]);
  }, 120_000);

  it("tells pnpm that packages' scripts need not run, where no workspace says what does", async () => {
    const root = mkdtempSync(join(folder, "pnpm-"));
    async function made(place: string, agent: string): Promise<boolean> {
      const args = [PROGRAM, "init", place, "--template", "workflow"];
      expect(await run(root, args, { npm_config_user_agent: agent })).toMatchObject({ code: 0 });
      return existsSync(join(root, place, "pnpm-workspace.yaml"));
    }
    expect(await made("twelve", "pnpm/12.0.0 npm/? node/v24.0.0 linux x64")).toBe(true);
    expect(readFileSync(join(root, "twelve/pnpm-workspace.yaml"), "utf8")).toBe("strictDepBuilds: false\n");
    expect(await made("nine", "pnpm/9.15.0 npm/? node/v24.0.0 linux x64")).toBe(false);
    expect(await made("by-npm", "npm/11.0.0 node/v24.0.0 linux x64")).toBe(false);
    writeFileSync(join(root, "pnpm-workspace.yaml"), "packages: ['*']\n");
    expect(await made("member", "pnpm/12.0.0 npm/? node/v24.0.0 linux x64")).toBe(false);
  }, 60_000);

  it("pins what this package is and is tested with, and puts the service's name where it belongs", () => {
    const manifest = JSON.parse(readFileSync(join(folder, "inference/package.json"), "utf8"));
    const own = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8"));
    expect(manifest).toMatchObject({ name: "inference", private: true, type: "module" });
    expect(manifest.devDependencies).toMatchObject({
      serverless: own.devDependencies.serverless,
      "serverless-offline": own.devDependencies["serverless-offline"],
      typescript: own.devDependencies.typescript,
    });
    expect(readFileSync(join(folder, "inference/serverless.yml"), "utf8")).toMatch(/^service: inference$/m);
    expect(readFileSync(join(folder, "inference/README.md"), "utf8")).toMatch(/^# inference$/m);
    expect(readFileSync(join(folder, "inference/.gitignore"), "utf8")).toContain(".lambent/");
  });

  it("writes to no file that is there, and adds to package.json what it lacks", async () => {
    const place = join(folder, "there");
    mkdirSync(place);
    writeFileSync(join(place, "README.md"), "mine\n");
    const mine = {
      name: "mine",
      type: "commonjs",
      scripts: { test: "mine" },
      dependencies: { lambent: "file:../x.tgz" },
    };
    writeFileSync(join(place, "package.json"), JSON.stringify(mine));
    const { code, stdout } = await lambent(place, "init", "--template", "workflow");
    expect(code).toBe(0);
    expect(stdout).toContain("kept as it was: README.md");
    expect(readFileSync(join(place, "README.md"), "utf8")).toBe("mine\n");
    const now = JSON.parse(readFileSync(join(place, "package.json"), "utf8"));
    expect(now).toMatchObject(mine);
    expect(now.scripts.dev).toBe("lambent dev");
    expect(now.devDependencies.vitest).toMatch(/^\d/);
    const again = await lambent(place, "init", "--template", "workflow");
    expect(again).toMatchObject({ code: 1 });
    expect(again.stderr).toMatch(/has .*serverless\.yml.* already, and nothing is overwritten: name another directory/);
  });

  it.each([
    [["init", "x"], 2, "--template: name one, since nobody can be asked: inference, map-file, workflow"],
    [["init", "x", "--template", "lambda"], 2, "Allowed choices are inference, map-file, workflow"],
    [["init", "node_modules/lambent/package.json", "--template", "workflow"], 1, "is a file: name a directory"],
  ])("refuses %j, and makes nothing", async (args, code, message) => {
    const ended = await lambent(folder, ...args);
    expect(ended).toMatchObject({ code });
    expect(ended.stderr).toContain(message);
    expect(existsSync(join(folder, "x"))).toBe(false);
  });
});

describe("lambent dev", () => {
  it("serves a service that init has made: start, replicas, graph, and hits in the second run's receipts", async () => {
    const place = join(folder, "inference");
    const served = serve(place);
    await expect.poll(served.output, { timeout: 60_000 }).toMatch(/npx lambent start languages --wait/);
    const first = await lambent(place, "start", "languages", "--wait");
    expect(first.code).toBe(0);
    expect(JSON.parse(first.stdout).counts).toEqual({ en: 2, de: 2, fr: 1, es: 1, it: 1, nl: 1 });
    await lambent(place, "start", "languages", "--wait");
    // The model is loaded while the replicas initialise, so that all calls find it.
    await expect.poll(() => served.output().match(/^languages \w+ succeeded/gm)?.length).toBe(2);
    const timelines = readdirSync(join(place, ".lambent/timelines")).filter((name) => name.endsWith(".html"));
    expect(timelines).toHaveLength(2);
    expect(readFileSync(join(place, ".lambent/timelines", timelines[0] ?? ""), "utf8")).toMatch(/"hits":[1-9]/);

    expect((await lambent(place, "replicas")).stdout).toBe("languages  2 of 2 warm, ready\n");
    const warm = await lambent(place, "replicas", "warm", "3", "languages", "--wait", "--json");
    expect(JSON.parse(warm.stdout)).toMatchObject([{ actor: "languages", wanted: 2, requested: 3, available: 3 }]);
    expect((await lambent(place, "replicas", "cool")).stdout).toBe("languages  no replicas, the service says 2\n");
    expect(await lambent(place, "replicas", "warm", "9")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("reserves 4"),
    });
    expect(await lambent(place, "replicas", "warm", "0")).toMatchObject({ code: 2 });

    const [arn = ""] = /arn:\S+stateMachine\S+/.exec(served.output()) ?? [];
    expect((await lambent(place, "graph", arn, "--format", "mermaid")).stdout).toBe(
      'flowchart TD\n  n1[["detect"]]\n  n2["countLanguages"]\n  n1 --> n2\n',
    );
    served.child.kill("SIGINT");
    expect(await served.ended).toBe(0);
    const left = readdirSync(serversDirectory() ?? folder).filter((name) => name.startsWith(`${served.child.pid}-`));
    expect(left).toEqual([]);
  }, 180_000);

  it("needs no serverless.yml: the modules are those of workflows/, and the name is package.json's", async () => {
    const place = join(folder, "workflow");
    rmSync(join(place, "serverless.yml"));
    const served = serve(place, "--region", "eu-west-3");
    await expect
      .poll(served.output, { timeout: 60_000 })
      .toMatch(/checkout: arn:aws:states:eu-west-3:000000000000:stateMachine:workflow-dev-checkout/);
    // A change is served, however soon it comes.
    const module = join(place, "workflows/checkout.ts");
    writeFileSync(module, readFileSync(module, "utf8").replaceAll("checkout", "buying"));
    await expect.poll(served.output, { timeout: 30_000 }).toMatch(/reloaded in \d+ ms: buying/);
    served.child.kill("SIGTERM");
    expect(await served.ended).toBe(0);
  }, 120_000);

  it("says what it looked for where there is no service", async () => {
    const place = join(folder, "empty");
    mkdirSync(place);
    const { code, stderr } = await lambent(place, "dev");
    expect(code).toBe(1);
    expect(stderr).toMatch(/has no serverless\.yml .* and no modules in workflows\/: .* lambent init/);
  });
});

describe("lambent graph", () => {
  it("prints a workflow as its author wrote it, and draws it", async () => {
    const place = join(folder, "map-file");
    const { stdout } = await lambent(place, "graph", "readings");
    expect(stdout).toMatch(/^readings\(file = .*\n {2}readReadings = readReadings \{file: file\}\n/);
    expect((await lambent(place, "graph", "readings", "--out", "graph.svg")).stdout).toBe("graph.svg\n");
    expect(readFileSync(join(place, "graph.svg"), "utf8")).toMatch(/^<svg [\s\S]*convert[\s\S]*summarise/);
    const other = await lambent(place, "graph", "writings");
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("there are: readings") });
    expect(await lambent(place, "graph", "readings", "--out", "graph.png")).toMatchObject({ code: 2 });
  }, 60_000);
});
