import { createServer, type AddressInfo } from "node:net";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, it, onTestFinished, vi } from "vitest";
import type { FunctionFacts } from "../../../infra/check/function-facts.ts";
import { examineAccount } from "../../../infra/doctor/account.ts";
import { examine } from "../../../infra/doctor/examine.ts";
import { examineLimits } from "../../../infra/doctor/machine.ts";
import { examinePorts } from "../../../infra/doctor/ports.ts";
import { examineNode, examineTools } from "../../../infra/doctor/tools.ts";
import { fakeAws } from "../../support/fake-aws.ts";
import { packageRoot } from "../../support/project-directory.ts";

afterEach(() => vi.unstubAllEnvs());

function directory(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "lambent-doctor-"));
  onTestFinished(() => rmSync(root, { recursive: true }));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

function someFunction(replicas: number): FunctionFacts {
  return {
    key: "scoring",
    actor: "scoring",
    name: "shop-dev-scoring",
    replicas,
    whenBusy: "queue",
    reserved: 2 * replicas,
    memoryMiB: 1024,
    architecture: "x86_64",
    timeout: 60,
    ttlSeconds: undefined,
  };
}

it.each([
  ["20.19.0", "ok"],
  ["20.18.9", "failed"],
  ["18.20.0", "failed"],
  ["23.1.0", "warning"],
  ["24.0.0", "ok"],
])("Node.js %s is %s", (version, grade) => {
  expect(examineNode(version)).toMatchObject({ grade });
});

it("the framework of Serverless, Inc. is refused by its name, with what to install", async () => {
  const root = directory({ "node_modules/serverless/package.json": '{ "name": "serverless", "version": "4.9.0" }' });
  expect(await examineTools(root)).toContainEqual({
    grade: "failed",
    subject: "serverless",
    says: "4.9.0 of serverless, which Lambent does not run with",
    remedy: "npm uninstall serverless && npm install --save-dev serverless@npm:osls@4.3.1",
  });
  expect(await examineTools(packageRoot)).toContainEqual({ grade: "ok", subject: "serverless", says: "osls 4.3.1" });
});

it("a port that is taken is told with the process that has it, and how to choose another", async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const needed = { port, host: "127.0.0.1", what: "Step Functions", setting: "--port" };
  const [told] = await examinePorts([needed], [], "/here");
  expect(told).toMatchObject({ grade: "warning", remedy: "end it, or choose another with --port" });
  expect(told?.says).toContain(`(process ${process.pid}) has it`);
  const own = { url: `http://127.0.0.1:${port}`, pid: 7, directory: "/here", region: "us-east-1", accountId: "0" };
  expect(await examinePorts([needed], [own], "/here")).toMatchObject([{ grade: "ok" }]);
  expect(await examinePorts([needed], [own], "/there")).toMatchObject([
    { grade: "warning", says: expect.stringContaining("the emulator of /here (process 7) has it") },
  ]);
});

it("replicas that have no room in memory fail, with the remedy", async () => {
  expect(await examineLimits({ count: 2, memoryMiB: 2048 })).toContainEqual(
    expect.objectContaining({ subject: "memory", says: expect.stringContaining("2 replicas take 300 MiB at least") }),
  );
  const [memory] = await examineLimits({ count: 10_000_000, memoryMiB: 2048 });
  expect(memory).toMatchObject({ grade: "failed", remedy: expect.stringContaining("replicaCount") });
});

it.each([
  [{ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 1000 }, 4, "ok", "900 can still be"],
  [{ ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 104 }, 4, "warning", "4 can still be"],
  [{ ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 }, 4, "failed", "10 in eu-west-1"],
])("AWS is asked who this is and what is left: %j", async (AccountLimit, replicas, grade, says) => {
  const url = await fakeAws(({ what }) =>
    what === "GetCallerIdentity"
      ? {
          body: `<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult><Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>U</UserId><Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`,
        }
      : { body: { AccountLimit } },
  );
  vi.stubEnv("AWS_ENDPOINT_URL", url);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDTEST");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "SECRETTEST");
  const told = await examineAccount(packageRoot, "eu-west-1", [someFunction(replicas)]);
  expect(told).toMatchObject([
    { grade: "ok", says: "account 123456789012, as user/me, region eu-west-1" },
    { grade, says: expect.stringContaining(says) },
  ]);
  expect(JSON.stringify(told)).not.toMatch(/AKIDTEST|SECRETTEST/);
});

it("keys that AWS does not take fail; a right that is missing is told", async () => {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "a");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "b");
  const error = `<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>The security token is invalid</Message></Error></ErrorResponse>`;
  vi.stubEnv("AWS_ENDPOINT_URL", await fakeAws(() => ({ status: 403, body: error })));
  expect(await examineAccount(packageRoot, "eu-west-1", [])).toMatchObject([
    { grade: "failed", subject: "AWS credentials" },
  ]);
  const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>1</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
  const url = await fakeAws(({ what }) =>
    what === "GetCallerIdentity" ? { body: identity } : { status: 403, error: "AccessDeniedException", body: {} },
  );
  vi.stubEnv("AWS_ENDPOINT_URL", url);
  expect(await examineAccount(packageRoot, "eu-west-1", [])).toMatchObject([
    { grade: "ok" },
    { grade: "warning", remedy: "to have it checked, allow lambda:GetAccountSettings" },
  ]);
});

it("without credentials it says so and goes on; with offline AWS is not asked", async () => {
  for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"])
    vi.stubEnv(name, "");
  vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
  vi.stubEnv("AWS_CONFIG_FILE", "/nowhere");
  vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere");
  expect(await examineAccount(packageRoot, "eu-west-1", [])).toMatchObject([
    { grade: "warning", subject: "AWS credentials" },
  ]);
  const root = directory({ "workflows/broken.ts": "export const a = ;" });
  const told = await examine({ root, offline: true });
  expect(told).toContainEqual(
    expect.objectContaining({ grade: "failed", subject: "service", says: expect.stringContaining("broken.ts") }),
  );
  expect(told.at(-1)).toMatchObject({ grade: "ok", subject: "AWS" });
});
