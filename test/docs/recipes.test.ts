import { execFile, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { parse } from "yaml";
import { codeBlocks } from "../support/documents.ts";
import { startProgram } from "../support/program.ts";
import { packageRoot, projectDirectory } from "../support/project-directory.ts";

// Docker is not needed: what the files of docs/emulator have a container run is run here.

const PAGE = "docs/emulator-recipes.md";

function file(name: string): string {
  return readFileSync(join(packageRoot, "docs/emulator", name), "utf8");
}

/** The instructions of the Dockerfile's last stage, with continued lines joined. */
function instructions(): readonly string[] {
  const lines = file("Dockerfile")
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/ *\\\n */g, " ")
    .split("\n");
  return lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
}

function instruction(name: string): string {
  const found = instructions().find((line) => line.startsWith(`${name} `));
  if (found === undefined) throw new Error(`the Dockerfile has no ${name}`);
  return found.slice(name.length + 1);
}

interface Service {
  readonly command: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
}
interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly jobs: Readonly<
    Record<string, { readonly env: Record<string, string>; readonly steps: readonly { name?: string; run?: string }[] }>
  >;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  // An address that is not a string: the server listens on TCP.
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

test("the image starts the emulator as compose.yaml tells it to, and its health check sees that it answers", async () => {
  const entrypoint: unknown = JSON.parse(instruction("ENTRYPOINT"));
  const [program, script = "", ...options] = entrypoint as string[]; // JSON's list, as Docker's own form has it
  const inPackage = script.replace("/opt/emulator/node_modules/lambent/", "");
  const { bin } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
    readonly bin: { readonly lambent: string };
  };
  expect([program, `./${inPackage}`]).toEqual(["node", bin.lambent]);
  const compose = parse(file("compose.yaml")) as Compose;
  const { command = [], volumes = [] } = compose.services["stepfunctions"] ?? {};
  const project = projectDirectory({});
  onTestFinished(() => project.remove());
  const port = await freePort();
  const [, check = ""] = /CMD (.*)/.exec(instruction("HEALTHCHECK")) ?? [];
  function health(): number | null {
    return spawnSync("sh", ["-c", check], { env: { ...process.env, PORT: String(port) } }).status;
  }
  expect(health()).toBe(1);
  expect(volumes).toEqual(["states:/data"]);
  const given = command.map((word) => (word === "/data" ? join(project.root, "data") : word));
  const running = startProgram(process.execPath, [join(packageRoot, inPackage), ...options, ...given], {
    cwd: project.root,
    env: {
      PORT: String(port),
      LAMBDA_ENDPOINT: compose.services["stepfunctions"]?.environment["LAMBDA_ENDPOINT"] ?? "",
    },
  });
  onTestFinished(() => void running.child.kill());
  await expect.poll(running.output, { timeout: 20_000 }).toContain("Console:");
  expect(running.output()).toContain("http://host.docker.internal:3002");
  expect(health()).toBe(0);
  const named = await promisify(execFile)("curl", [
    "-s",
    "-H",
    "Host: stepfunctions:8083",
    `http://127.0.0.1:${port}/`,
  ]);
  expect(named.stdout).toContain("Console   http://stepfunctions:8083/console/");
  running.child.kill("SIGTERM"); // what `docker stop` sends
  expect(await running.ended).toBe(0);
});

test("the image runs as a user without rights, and what is in it is named by its stage", () => {
  expect(instruction("USER")).toMatch(/^[1-9]\d+:[1-9]\d+$/);
  expect(instruction("COPY")).toMatch(/^--from=install /);
  expect(file("Dockerfile")).toContain("AS install\n");
  for (const [, base = ""] of file("Dockerfile").matchAll(/^FROM (\S+)/gm)) expect(base).toMatch(/:[^:]*\d/);
});

test("compose.yaml publishes to this machine alone, and its client waits until the emulator is healthy", () => {
  const { services, volumes } = parse(file("compose.yaml")) as Compose;
  expect(services["stepfunctions"]?.ports).toEqual([`127.0.0.1:8083:${instruction("EXPOSE")}`]);
  expect(Object.keys(volumes)).toEqual(["states"]);
  expect(services["client"]?.depends_on).toEqual({ stepfunctions: { condition: "service_healthy" } });
  expect(services["client"]?.environment["AWS_ENDPOINT_URL_SFN"]).toBe("http://stepfunctions:8083");
});

test("the step of the workflow leaves an emulator that answers", async () => {
  const { env = {}, steps = [] } = (parse(file("github-action.yaml")) as Workflow).jobs["test"] ?? {};
  const start = steps.find(({ name }) => name === "Start the emulator")?.run ?? "";
  const port = await freePort();
  const url = env["AWS_ENDPOINT_URL_SFN"]?.replace("8083", String(port)) ?? "";
  const project = projectDirectory({});
  onTestFinished(() => project.remove());
  // As npm links the program: the built file is not executable before npm has installed it.
  const program = `#!/bin/sh\nexec node "${join(packageRoot, "dist/scripts/cli.js")}" "$@"\n`;
  mkdirSync(join(project.root, "node_modules/.bin"));
  writeFileSync(join(project.root, "node_modules/.bin/lambent"), program, { mode: 0o755 });
  // As the runner starts a step, and then what is behind it is told to end.
  writeFileSync(join(project.root, "step.sh"), `${start}\nkill $!\nwait $! || true\n`);
  const step = startProgram("bash", ["-e", "step.sh"], {
    cwd: project.root,
    env: { ...env, AWS_ENDPOINT_URL_SFN: url, PORT: String(port) },
  });
  expect(await step.ended).toBe(0);
  expect(step.output()).toContain(`--endpoint-url ${url}`);
  expect(readFileSync(join(project.root, "emulator.log"), "utf8")).toContain(`Step Functions: ${url}`);
}, 60_000);

test("the recipe for Vitest passes", () => {
  const { code } = codeBlocks(PAGE).find((block) => block.code.startsWith("// test/order.test.ts")) ?? { code: "" };
  const project = projectDirectory({ "test/order.test.ts": code });
  onTestFinished(() => project.remove());
  symlinkSync(join(packageRoot, "node_modules/vitest"), join(project.root, "node_modules/vitest"));
  const vitest = join(packageRoot, "node_modules/vitest/vitest.mjs");
  const { stdout, stderr } = spawnSync(process.execPath, [vitest, "run", "--root", project.root], {
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", VITEST: undefined },
  });
  expect(stdout + stderr).toMatch(/Tests +1 passed/);
}, 60_000);

test("files that the recipes name are in the package", () => {
  const { files } = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { readonly files: string[] };
  expect(files).toContain("docs");
  const commands = codeBlocks(PAGE).map(({ code }) => code);
  const named = commands.flatMap((code) => [...code.matchAll(/node_modules\/lambent\/([\w./-]+)/g)]);
  expect(named.length).toBeGreaterThan(3);
  expect(named.map(([, path = ""]) => path).filter((path) => !existsSync(join(packageRoot, path)))).toEqual([]);
});
