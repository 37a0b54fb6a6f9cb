import type { Command } from "commander";
import type { ServerPlace, ServiceHere } from "../../infra/run/remote/server.ts";
import { messageOf } from "../../sdk/base/errors.ts";
import { readRegion, UsageError } from "./usage.ts";

/** Which server a command talks to, as its options say it. */
export interface ServerChoice {
  readonly endpoint?: string;
  readonly aws: boolean;
}

export interface ServerOptions extends ServerChoice {
  readonly stage?: string;
  readonly region?: string;
}

/** Options of every command that talks to Step Functions or to Lambda. */
export function withServerOptions(command: Command): Command {
  return withServer(command)
    .option("--stage <name>", "of the service; default: that of serverless.yml, or dev")
    .option("--region <name>", "of AWS; default: that of an ARN, or the one that the AWS SDK finds", readRegion);
}

/** The same for commands that have --stage and --region already. */
export function withServer(command: Command): Command {
  return command
    .option(
      "--endpoint <url>",
      "the server, as http://127.0.0.1:8083 (or $AWS_ENDPOINT_URL_SFN, $AWS_ENDPOINT_URL); default: the emulator that serves this directory, or the only one that runs on this machine, else AWS",
      readUrl,
    )
    .option("--aws", "AWS, though an emulator runs", false);
}

/** @throws {UsageError} if it is no URL */
function readUrl(text: string): string {
  if (/^https?:/.test(text) && URL.canParse(text)) return text;
  throw new UsageError(`--endpoint: not a URL: ${text}`);
}

/** The server that the options mean, from where the command is called. It is told on stderr, so that stdout is data. */
export function serverPlace({ endpoint, aws, stage, region }: ServerOptions): ServerPlace {
  return {
    endpoint,
    aws,
    stage,
    region,
    directory: process.cwd(),
    tell: (line) => console.error(line),
    readService: () => serviceHere(stage, region),
  };
}

/** The service of this directory. One that cannot be read is told, and its workflows are found by their names' ends. */
async function serviceHere(stage: string | undefined, region: string | undefined): Promise<ServiceHere | undefined> {
  const { readServiceNames } = await import("../../infra/serverless/read-service.ts");
  try {
    return await readServiceNames({
      root: process.cwd(),
      ...(stage === undefined ? {} : { stage }),
      ...(region === undefined ? {} : { region }),
    });
  } catch (error) {
    console.error(`without this directory's service: ${messageOf(error)}`);
    return undefined;
  }
}
