import { spawn } from "node:child_process";
import { createServer, type AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { findTool } from "./tools.ts";

/** Moto's server of AWS's APIs, on this machine. */
export interface Moto {
  readonly url: string;
  /** The names of all IAM roles, and of all log groups. */
  roles(): Promise<string[]>;
  logGroups(): Promise<string[]>;
  /** The body of a dashboard of CloudWatch. */
  dashboard(name: string): Promise<string>;
  /** Store a secret in Secrets Manager, and a SecureString parameter in SSM; their ARNs. */
  putSecret(name: string, text: string): Promise<string>;
  putParameter(name: string, text: string): Promise<string>;
  stop(): Promise<void>;
}

export const motoServer: string | undefined = findTool("moto_server");

export async function startMoto(): Promise<Moto> {
  const port = await freePort();
  const child = spawn(motoServer ?? "moto_server", ["-H", "127.0.0.1", "-p", String(port)], { stdio: "ignore" });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  for (let attempt = 0; !(await answers(`${url}/moto-api/`)); attempt++) {
    if (attempt === 300 || child.exitCode !== null) throw new Error("moto_server does not answer");
    await sleep(200);
  }
  return {
    url,
    async roles() {
      const answer = await call(
        url,
        "iam",
        { "content-type": "application/x-www-form-urlencoded" },
        "Action=ListRoles&Version=2010-05-08",
      );
      return [...answer.matchAll(/<RoleName>([^<]+)/g)].map(([, name = ""]) => name);
    },
    async logGroups() {
      const headers = {
        "content-type": "application/x-amz-json-1.1",
        "x-amz-target": "Logs_20140328.DescribeLogGroups",
      };
      return [...(await call(url, "logs", headers, "{}")).matchAll(/"logGroupName": ?"([^"]+)/g)].map(
        ([, name = ""]) => name,
      );
    },
    async dashboard(name) {
      const answer = await call(
        url,
        "monitoring",
        { "content-type": "application/x-www-form-urlencoded" },
        `Action=GetDashboard&Version=2010-08-01&DashboardName=${name}`,
      );
      const [, body = ""] = /<DashboardBody>(.*)<\/DashboardBody>/s.exec(answer) ?? [];
      return body.replaceAll("&quot;", '"').replaceAll("&#34;", '"').replaceAll("&amp;", "&");
    },
    async putSecret(Name, SecretString) {
      const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "secretsmanager.CreateSecret" };
      const answer = await call(url, "secretsmanager", headers, JSON.stringify({ Name, SecretString }));
      return /"ARN": ?"([^"]+)/.exec(answer)?.[1] ?? "";
    },
    async putParameter(Name, Value) {
      const headers = { "content-type": "application/x-amz-json-1.1", "x-amz-target": "AmazonSSM.PutParameter" };
      await call(url, "ssm", headers, JSON.stringify({ Name, Value, Type: "SecureString" }));
      return `arn:aws:ssm:eu-west-1:123456789012:parameter${Name}`;
    },
    stop() {
      child.kill();
      return ended;
    },
  };
}

/** For services whose client is no dependency of this package. Moto reads region and service from the signature alone. */
async function call(
  url: string,
  service: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=test/20260101/eu-west-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
  const response = await fetch(url, { method: "POST", headers: { ...headers, authorization }, body });
  const text = await response.text();
  if (!response.ok) throw new Error(`${service} answers ${response.status}: ${text}`);
  return text;
}

async function answers(url: string): Promise<boolean> {
  return fetch(url).then(
    ({ ok }) => ok,
    () => false,
  );
}

export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo; // it listens on TCP
      server.close(() => resolve(port));
    });
  });
}
