import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { packageRoot } from "./support/project-directory.ts";
import { startProgram } from "./support/program.ts";

const manifest = JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly peerDependencies: Readonly<Record<string, string>>;
};

// The built package with its dependencies, and without those packages that only some users need.
const root = realpathSync(mkdtempSync(join(tmpdir(), "lambent-peers-")));
const installed = join(root, "node_modules");
mkdirSync(join(installed, "lambent"), { recursive: true });
for (const path of ["package.json", "dist"]) {
  cpSync(join(packageRoot, path), join(installed, "lambent", path), { recursive: true });
}
for (const name of Object.keys(manifest.dependencies)) {
  mkdirSync(dirname(join(installed, name)), { recursive: true });
  symlinkSync(join(packageRoot, "node_modules", name), join(installed, name));
}
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** What ends a script that has imported `name` of a module of the package. */
async function failure(name: string, module: string, call: string, manager: string): Promise<string> {
  const script = `import { ${name} } from "./node_modules/lambent/dist/${module}.js"; await ${call};`;
  const program = startProgram(process.execPath, ["--input-type=module", "--eval", script], {
    cwd: root,
    env: { npm_config_user_agent: `${manager}/9.9.9 node/v20.20.0` },
  });
  expect(await program.ended).toBe(1);
  return program.output();
}

const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:token-AbCdEf";
const PARAMETER = "arn:aws:ssm:eu-west-1:123456789012:parameter/host";

const CASES = [
  {
    peer: "@aws-sdk/client-secrets-manager",
    manager: "npm",
    call: ["checkSecretClients", "infra/project/clients-plugin"],
    argument: { name: "scoring", secrets: { TOKEN: SECRET } },
    told: "secret TOKEN of actor scoring is read by @aws-sdk/client-secrets-manager, which is not installed: npm install --save-dev @aws-sdk/client-secrets-manager",
  },
  {
    peer: "@aws-sdk/client-ssm",
    manager: "pnpm",
    call: ["checkSecretClients", "infra/project/clients-plugin"],
    argument: { name: "scoring", secrets: { HOST: PARAMETER } },
    told: "secret HOST of actor scoring is read by @aws-sdk/client-ssm, which is not installed: pnpm add --save-dev @aws-sdk/client-ssm",
  },
  {
    peer: "@aws-sdk/client-cloudformation",
    manager: "yarn",
    call: ["cloudFormation", "infra/serverless/deploy/cloudformation-client"],
    argument: {},
    told: "the deployed stack is read by @aws-sdk/client-cloudformation, which is not installed: yarn add --dev @aws-sdk/client-cloudformation",
  },
  {
    peer: "@aws-sdk/client-cloudwatch-logs",
    manager: "npm",
    call: ["cloudWatchBeside", "infra/deployed/logs/cloudwatch-logs"],
    argument: { config: {} },
    told: "logs of AWS are read by @aws-sdk/client-cloudwatch-logs, which is not installed: npm install --save-dev @aws-sdk/client-cloudwatch-logs",
  },
] as const;

test.each(CASES)("without $peer what needs it says so, with the command that installs it", async (one) => {
  const [name, module] = one.call;
  const call = `${name}(${JSON.stringify(one.argument)})`;
  expect(await failure(name, module, call, one.manager)).toContain(`LambentError: ${one.told}\n`);
});

test("each package that is an optional peer has its case here", () => {
  expect(CASES.map(({ peer }) => String(peer)).toSorted()).toEqual(Object.keys(manifest.peerDependencies).toSorted());
});
