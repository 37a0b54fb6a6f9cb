import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ACCOUNT_CONCURRENCY, UNRESERVED_CONCURRENCY } from "../../sdk/base/aws-limits.ts";
import { isObject } from "../../sdk/base/json.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import type { FunctionFacts } from "../check/function-facts.ts";
import { type Examination, failed, ok, warning } from "./examination.ts";

/** Milliseconds in which AWS answers. */
const ANSWERS_WITHIN = 10_000;

/** AWS's own endpoint of Lambda quotas, where more is asked for. */
const ASK_FOR_MORE = "have fewer replicas, or ask AWS for more under Service Quotas, Lambda, Concurrent executions";

/** Who this is to AWS, and whether the account has room for the service's functions in its region. */
export async function examineAccount(
  root: string,
  region: string,
  functions: readonly FunctionFacts[],
): Promise<Examination[]> {
  const { LambdaClient, GetAccountSettingsCommand } = await import("@aws-sdk/client-lambda");
  const client = new LambdaClient({ region, maxAttempts: 2 });
  try {
    const credentials = await credentialsOf(() => client.config.credentials());
    if ("grade" in credentials) return [credentials];
    const caller = await examineCaller(root, region, credentials);
    if (caller.grade === "failed") return [caller];
    const abortSignal = AbortSignal.timeout(ANSWERS_WITHIN);
    const settings = client.send(new GetAccountSettingsCommand({}), { abortSignal });
    return [
      caller,
      await settings.then(
        ({ AccountLimit }) => concurrency(region, functions, AccountLimit ?? {}),
        (error: unknown) => notAsked("Lambda's concurrency", error, "lambda:GetAccountSettings"),
      ),
    ];
  } finally {
    client.destroy();
  }
}

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

async function credentialsOf(resolve: () => Promise<Credentials>): Promise<Credentials | Examination> {
  try {
    return await resolve();
  } catch (error) {
    const [why = ""] = messageOf(error).split("\n");
    return warning(
      "AWS credentials",
      `none that the AWS SDK finds (${why}): AWS is not asked for anything`,
      "to deploy, set AWS_PROFILE, or run aws configure or aws sso login",
    );
  }
}

/** Of AWS's client of STS, as far as it is called. */
interface Sts {
  readonly STSClient: new (config: object) => {
    send(command: object, options: object): Promise<{ readonly Account?: string; readonly Arn?: string }>;
    destroy(): void;
  };
  readonly GetCallerIdentityCommand: new (input: object) => object;
}

/** It asks by the client that osls brings along. */
async function examineCaller(root: string, region: string, credentials: Credentials): Promise<Examination> {
  const subject = "AWS credentials";
  const sts = await stsOf(root);
  if (sts === undefined)
    return warning(
      subject,
      "there are some; whose they are is not asked",
      "npm install --save-dev @aws-sdk/client-sts",
    );
  const client = new sts.STSClient({ region, credentials, maxAttempts: 2 });
  try {
    const options = { abortSignal: AbortSignal.timeout(ANSWERS_WITHIN) };
    const { Account, Arn = "" } = await client.send(new sts.GetCallerIdentityCommand({}), options);
    return ok(subject, `account ${Account}, as ${Arn.split(":").slice(5).join(":")}, region ${region}`);
  } catch (error) {
    return failed(
      subject,
      `AWS does not take them: ${why(error)}`,
      "renew them, as with aws sso login, or see that AWS can be reached",
    );
  } finally {
    client.destroy();
  }
}

async function stsOf(root: string): Promise<Sts | undefined> {
  const from = createRequire(join(root, "package.json"));
  for (const find of [
    () => from.resolve("@aws-sdk/client-sts"),
    () => createRequire(from.resolve("serverless/package.json")).resolve("@aws-sdk/client-sts"),
  ]) {
    try {
      const module: unknown = await import(pathToFileURL(find()).href);
      if (isObject(module) && "STSClient" in module) return module as Sts; // AWS's own
    } catch {
      // It is not installed there.
    }
  }
  return undefined;
}

interface AccountLimit {
  readonly ConcurrentExecutions?: number | undefined;
  readonly UnreservedConcurrentExecutions?: number | undefined;
}

function concurrency(region: string, functions: readonly FunctionFacts[], limit: AccountLimit): Examination {
  const subject = "Lambda's concurrency";
  const { ConcurrentExecutions: all = ACCOUNT_CONCURRENCY, UnreservedConcurrentExecutions: unreserved = all } = limit;
  const taken = functions.reduce((sum, { reserved, replicas }) => sum + Math.max(reserved ?? 0, replicas), 0);
  const replicas = functions.reduce((sum, one) => sum + one.replicas, 0);
  const left = Math.max(0, unreserved - UNRESERVED_CONCURRENCY);
  const says = `${number(all)} in ${region}, of which ${number(left)} can still be reserved or provisioned; this service takes ${number(taken)}, of which ${number(replicas)} are replicas`;
  if (taken > all - UNRESERVED_CONCURRENCY) return failed(subject, says, ASK_FOR_MORE);
  if (taken <= left) return ok(subject, says);
  return warning(subject, says, `if it is not deployed there yet, ${ASK_FOR_MORE}`);
}

/** A right that is missing keeps nobody from working. */
function notAsked(subject: string, error: unknown, action: string): Examination {
  const isDenied = error instanceof Error && /AccessDenied|UnauthorizedOperation/.test(error.name);
  if (isDenied) return warning(subject, "these credentials may not ask", `to have it checked, allow ${action}`);
  return warning(subject, `AWS does not answer: ${why(error)}`, "see that AWS can be reached from here");
}

function why(error: unknown): string {
  const [first = ""] = messageOf(error).split("\n");
  return error instanceof Error && !first.includes(error.name) ? `${error.name}: ${first}` : first;
}

function number(count: number): string {
  return count.toLocaleString("en");
}
