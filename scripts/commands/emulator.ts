import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import {
  type EmulatorOptions,
  exposure,
  httpFunctions,
  type Integration,
  startEmulator,
} from "../../infra/emulator/index.ts";
import { Console, consoleUrl } from "../../infra/run/console/console.ts";
import { endWithNpm } from "../../infra/run/end-with-npm.ts";
import { ExecutionLog, hasColours, LOG_LEVELS, type LogLevel } from "../../infra/run/execution-log.ts";
import { isObject } from "../../sdk/base/json.ts";
import { readPositive, readRegion, UsageError } from "./usage.ts";

export const USAGE: string = `Usage: lambent emulator [options]

Serves the AWS Step Functions API on this machine.

  --port N                 default 8083 (or $PORT)
  --host ADDRESS           where to listen; default 127.0.0.1, which this machine alone can reach. Any other, as 0.0.0.0, asks
                           for --token or --insecure: who reaches it can run state machines and invoke functions
  --allow-host NAME        a further name that clients call it by, as stepfunctions in a network of containers; repeatable
  --token SECRET           what each request has to carry: clients send it with AWS_SESSION_TOKEN=SECRET (or $LAMBENT_TOKEN)
  --insecure               whoever reaches --host may do everything
  --region NAME            of the ARNs; default us-east-1, whatever region clients name
  --lambda-endpoint URL    where functions are invoked: any endpoint with Lambda's Invoke, as serverless-offline's
                           http://127.0.0.1:3002 (or $LAMBDA_ENDPOINT, $AWS_ENDPOINT_URL_LAMBDA)
  --integrations FILE      a module whose default export holds handlers for further Tasks, by what follows
                           arn:aws:states:::, as {"sqs:sendMessage": async (arguments) => result}
  --skip-waits             Wait states and retry delays pass at once, with the timestamps they would have had; while
                           any function runs, or any task token or activity task is open, all waits take their time
  --seed N                 ids, random numbers and times are the same in every run; implies --skip-waits
  --data DIR               what is created and what has ended outlives the process; an execution that was running
                           comes back as TIMED_OUT, a Map Run does not, and none of either can be redriven; one
                           emulator at a time has DIR
  --keep N                 how many executions are kept, Map Runs' children among them, before those that ended
                           longest ago go; default 10000
  --keep-mib N             how much memory they and definitions may take, by an estimate, before those that ended longest
                           ago go; when what runs takes it all, its oldest events lose their data and nothing more is
                           started; default a quarter of the heap, at most 256
  --aws                    Tasks may reach AWS's S3, with the credentials that the AWS SDK finds
  --log LEVEL              what is said of executions: quiet (those that fail), normal (also starts, ends, retries and
                           failures of states) or verbose (also tasks that succeed); default normal
  --help                   this text

S3 is spoken at $AWS_ENDPOINT_URL_S3 (or $AWS_ENDPOINT_URL), with the keys in the environment or dummies; nothing goes to
AWS itself without --aws. For StartSyncExecution and TestState the aws command needs
AWS_DISABLE_HOST_PREFIX_INJECTION=true, and a client of the SDK disableHostPrefix: true.`;

function readPort(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65_535) return value;
  throw new UsageError(`--port: not a port number: ${text}`);
}

function readSeed(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`--seed: not an integer: ${text}`);
}

function readLogLevel(text: string): LogLevel {
  const level = LOG_LEVELS.find((one) => one === text);
  if (level !== undefined) return level;
  throw new UsageError(`--log: not one of ${LOG_LEVELS.join(", ")}: ${text}`);
}

/** The default export of the user's module with further integrations. */
async function importIntegrations(file: string): Promise<Readonly<Record<string, Integration>>> {
  const module: { readonly default?: unknown } = await import(pathToFileURL(resolve(file)).href);
  const integrations = module.default;
  const areFunctions = isObject(integrations) && Object.values(integrations).every((one) => typeof one === "function");
  if (!areFunctions)
    throw new UsageError(`--integrations: the default export of ${file} must be an object of functions`);
  // What a function returns cannot be checked here. A Task fails if it is not JSON.
  return integrations as Readonly<Record<string, Integration>>;
}

/** Serve the Step Functions API until the process is told to end. */
export async function run(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      port: { type: "string", default: process.env.PORT ?? "8083" },
      host: { type: "string", default: "127.0.0.1" },
      "allow-host": { type: "string", multiple: true, default: [] },
      token: { type: "string", default: process.env.LAMBENT_TOKEN },
      insecure: { type: "boolean", default: false },
      aws: { type: "boolean", default: false },
      region: { type: "string", default: "us-east-1" },
      "lambda-endpoint": {
        type: "string",
        default: process.env.LAMBDA_ENDPOINT ?? process.env.AWS_ENDPOINT_URL_LAMBDA ?? "http://127.0.0.1:3002",
      },
      "skip-waits": { type: "boolean", default: false },
      seed: { type: "string" },
      data: { type: "string" },
      keep: { type: "string" },
      "keep-mib": { type: "string" },
      log: { type: "string", default: "normal" },
      integrations: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return;
  }
  const colours = hasColours(process.stdout);
  const log = new ExecutionLog({ level: readLogLevel(values.log), say: (text) => console.log(text), colours });
  const lambda = values["lambda-endpoint"];
  const shown = new Console({
    servedBy: "lambent emulator",
    functions: {
      where: "elsewhere",
      endpoint: lambda,
      why: `functions run at ${lambda} (--lambda-endpoint): of their instances, what these cache and what they print nothing is known here`,
    },
    skipsWaits: values["skip-waits"] || values.seed !== undefined,
  });
  let open: () => void = () => undefined;
  const opening = new Promise<void>((resolve) => {
    open = resolve;
  });
  const options: EmulatorOptions = {
    pages: shown.pages,
    routes: shown.routes,
    opening,
    onProgress(event) {
      shown.see(event);
      log.see(event);
    },
    port: readPort(values.port),
    host: values.host,
    region: readRegion(values.region),
    allowHosts: values["allow-host"],
    insecure: values.insecure,
    aws: values.aws,
    ...(values.token === undefined ? {} : { token: values.token }),
    functions: httpFunctions(lambda),
    skipWaits: values["skip-waits"],
    ...(values.integrations === undefined ? {} : { integrations: await importIntegrations(values.integrations) }),
    ...(values.data === undefined ? {} : { data: values.data }),
    ...(values.seed === undefined ? {} : { seed: readSeed(values.seed) }),
    ...(values.keep === undefined ? {} : { keep: readPositive("--keep", values.keep) }),
    ...(values["keep-mib"] === undefined
      ? {}
      : { keepBytes: readPositive("--keep-mib", values["keep-mib"]) * 2 ** 20 }),
  };
  const running = await startEmulator(options);
  shown.open({ states: running.states });
  open();
  console.log(`Step Functions: ${running.url}`);
  console.log(`Lambda:         ${lambda}`);
  console.log(`Console:        ${consoleUrl(running.url)}`);
  const exposed = exposure(options);
  if (exposed !== undefined) console.log(exposed);
  endWithNpm();
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.once(signal, () => {
      shown.close();
      void running.close();
    });
}
