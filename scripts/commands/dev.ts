import { type Command, Option } from "commander";
import { examples, readAll, readEndpoint, readPort, readPositive, readRegion } from "./usage.ts";

/** As `LOG_LEVELS` of the execution log, which is loaded when it is needed. */
const LOG_LEVELS = ["quiet", "normal", "verbose"];

export interface DevCommandOptions {
  readonly port?: number;
  readonly host?: string;
  readonly allowHost: readonly string[];
  readonly token?: string;
  readonly insecure?: boolean;
  readonly endpointUrl?: Readonly<Record<string, string>>;
  readonly aws?: boolean;
  readonly schedules?: boolean;
  readonly log?: "quiet" | "normal" | "verbose";
  readonly keep?: number;
  readonly keepMib?: number;
  readonly stage?: string;
  readonly region?: string;
}

/** `lambent dev`: the service of this directory, on this machine. */
export function addDev(program: Command): void {
  program
    .command("dev")
    .summary("serve this directory's service on this machine, and again after each change")
    .description(
      "Serves the workflows of this directory on this machine, behind the Step Functions API, with their replicas, and again " +
        "after each change. serverless.yml is read if there is one, and options take precedence; without one, the modules are " +
        "those of package.json's lambent.workflows, or else those in workflows/ or src/workflows/. Functions that are not " +
        "Lambent's are served by npx serverless offline.",
    )
    .argument("[modules...]", "modules with workflows, as globs, paths or a directory, in the place of all that")
    .option("--port <n>", "default 8083", readPort)
    .option("--host <address>", "where to listen; default 127.0.0.1. Any other asks for --token or --insecure")
    .option("--allow-host <name>", "a further name that clients call it by; repeatable", readAll, [])
    .option("--token <secret>", "what each request has to carry: AWS_SESSION_TOKEN=SECRET (or $LAMBENT_TOKEN)")
    .option("--insecure", "whoever reaches --host may do everything")
    .option(
      "--endpoint-url <url>",
      "where Tasks find AWS's services, or one of them, as dynamodb=http://127.0.0.1:8000; repeatable",
      readEndpoint,
    )
    .option("--aws", "Tasks may reach AWS itself, with the credentials that the AWS SDK finds")
    .option("--no-schedules", "the schedules of workflows and launch plans start nothing")
    .addOption(new Option("--log <level>", "what is said of executions; default normal").choices(LOG_LEVELS))
    .option(
      "--keep <n>",
      "how many executions are kept, before those that ended longest ago go; default 10000",
      (text) => readPositive("--keep", text),
    )
    .option(
      "--keep-mib <n>",
      "how much memory they may take, by an estimate; default a quarter of the heap, at most 256",
      (text) => readPositive("--keep-mib", text),
    )
    .option("--stage <name>", "default: that of serverless.yml, or dev")
    .option("--region <name>", "of the ARNs; default: that of serverless.yml, or us-east-1", readRegion)
    .addHelpText(
      "after",
      examples(
        ["lambent dev", "the service of this directory, at http://127.0.0.1:8083"],
        ["lambent dev 'src/**/*.flow.ts' --port 9000", "these modules, at another port"],
        ["lambent start scoring --wait", "in another terminal: runs a workflow of it"],
      ),
    )
    .action(async (modules: string[], options: DevCommandOptions) => {
      const { dev } = await import("../../infra/serverless/dev.ts");
      const { stage, region, allowHost, token = process.env["LAMBENT_TOKEN"], schedules, ...offline } = options;
      await dev({
        root: process.cwd(),
        workflows: modules,
        ...(stage === undefined ? {} : { stage }),
        ...(region === undefined ? {} : { region }),
        offline: {
          ...offline,
          ...(schedules === false ? { schedules } : {}),
          ...(allowHost.length === 0 ? {} : { allowHosts: allowHost }),
          ...(token === undefined ? {} : { token }),
        },
        say: (line) => console.log(line),
      });
    });
}
