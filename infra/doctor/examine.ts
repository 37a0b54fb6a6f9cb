import { existsSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { isObject } from "../../sdk/base/json.ts";
import { counted } from "../check/finding.ts";
import type { FunctionFacts } from "../check/function-facts.ts";
import { runningServers } from "../run/servers/running-servers.ts";
import { serviceFacts } from "../serverless/deploy/service-facts.ts";
import { readService } from "../serverless/read-service.ts";
import { DEFAULT_REGION, serviceConfiguration, type ServicePlace } from "../serverless/service-configuration.ts";
import { examineAccount } from "./account.ts";
import { type Examination, failed, ok, warning } from "./examination.ts";
import { examineDirectories, examineLimits } from "./machine.ts";
import { examinePorts, type NeededPort } from "./ports.ts";
import { examineNode, examineTools } from "./tools.ts";

export interface DoctorOptions extends ServicePlace {
  /** Nothing outside of this machine is asked. */
  readonly offline: boolean;
}

/** Look at all that a service needs, on this machine and on AWS. */
export async function examine(options: DoctorOptions): Promise<Examination[]> {
  const { root, offline } = options;
  const { examination, functions, region } = await examineService(options);
  const replicas = functions.reduce((sum, one) => sum + one.replicas, 0);
  const memoryMiB = functions.reduce((sum, one) => sum + one.replicas * one.memoryMiB, 0);
  return [
    examineNode(),
    ...(await examineTools(root)),
    examination,
    ...(await examineDirectories(root)),
    ...(await examinePorts(await neededPorts(options), await runningServers(), realpathSync(root))),
    ...(await examineLimits({ count: replicas, memoryMiB })),
    ...(offline
      ? [ok("AWS", "not asked, since --offline says so")]
      : await examineAccount(root, region ?? process.env["AWS_REGION"] ?? DEFAULT_REGION, functions)),
  ];
}

interface ExaminedService {
  readonly examination: Examination;
  /** Empty if there is no service that can be read. */
  readonly functions: readonly FunctionFacts[];
  readonly region: string | undefined;
}

async function examineService(place: ServicePlace): Promise<ExaminedService> {
  const subject = "service";
  try {
    const { lambent } = await serviceConfiguration(place);
    if (lambent === undefined) {
      const isThere = existsSync(join(place.root, "serverless.yml"));
      const says = isThere
        ? "serverless.yml has no lambent block"
        : "none in this directory: what it needs is not counted";
      const remedy = isThere
        ? "write lambent: { workflows: workflows/*.ts }"
        : "go to a service's, or make one with lambent init";
      return { examination: warning(subject, says, remedy), functions: [], region: place.region };
    }
    const service = await readService(place);
    const { functions } = serviceFacts(service);
    const { workflows } = service.description;
    const says = `${service.service} (${service.stage}): ${counted(workflows.length, "workflow")}, ${counted(functions.length, "function")}`;
    const region = service.isRegionKnown ? service.region : undefined;
    return { examination: ok(subject, says), functions, region };
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
    return {
      examination: failed(subject, error.message, "mend it: neither dev nor deploy can read it"),
      functions: [],
      region: place.region,
    };
  }
}

/** Those of the emulator, and of serverless-offline if the service has it and functions of its own. */
async function neededPorts(place: ServicePlace): Promise<NeededPort[]> {
  const configuration = await serviceConfiguration(place).catch(() => ({}));
  const { lambent, custom, plugins, functions } = configuration as Readonly<Record<string, unknown>>;
  const settings = fieldsOf(fieldsOf(lambent)["offline"]);
  const offline = fieldsOf(fieldsOf(custom)["serverless-offline"]);
  const emulator: NeededPort = {
    port: Number(settings["port"] ?? 8083),
    host: String(settings["host"] ?? "127.0.0.1"),
    what: "Step Functions",
    setting: "lambent.offline.port in serverless.yml, or lambent dev --port",
  };
  const hasOffline = Array.isArray(plugins) && plugins.some((name) => /(^|\/)serverless-offline$/.test(String(name)));
  const hasOwn = Object.values(fieldsOf(functions)).some((entry) => fieldsOf(entry)["handler"] !== undefined);
  if (!hasOffline || !hasOwn) return [emulator];
  const host = String(offline["host"] ?? "localhost");
  const lambda: NeededPort = {
    port: Number(offline["lambdaPort"] ?? 3002),
    host,
    what: "serverless-offline",
    setting: "custom.serverless-offline.lambdaPort in serverless.yml",
  };
  return [emulator, lambda];
}

function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  return isObject(value) ? { ...value } : {};
}
