import type { Command } from "commander";
import type { EmulatorCommandOptions } from "./emulator-options.ts";
import {
  examples,
  readAll,
  readEndpoint,
  readParameter,
  readPort,
  readPositive,
  readRegion,
  UsageError,
} from "./usage.ts";

/** `lambent emulator`: the Step Functions API on this machine. */
export function addEmulator(program: Command): void {
  program
    .command("emulator")
    .summary("serve the AWS Step Functions API on this machine")
    .description(
      "Serves the AWS Step Functions API on this machine, with the state machines of files, which it follows as they change.",
    )
    .argument(
      "[files...]",
      "definitions (.asl.json, .asl.yaml), templates of CloudFormation, SAM and CDK, serverless.yml: paths, globs between quotes, or a folder of definitions; they are there when / answers",
    )
    .option(
      "--parameter <name=value>",
      "of a template; also what else has no value on this machine: a resource (Table, Table.Arn), an export, ${Name} in a definition; repeatable",
      readParameter,
    )
    .option("--port <n>", "default 8083 (or $PORT)", readPort)
    .option(
      "--host <address>",
      "where to listen; default 127.0.0.1, which this machine alone can reach. Any other, as 0.0.0.0, asks for --token or --insecure: who reaches it can run state machines and invoke functions",
    )
    .option(
      "--allow-host <name>",
      "a further name that clients call it by, as stepfunctions in a network of containers; repeatable",
      readAll,
      [],
    )
    .option(
      "--token <secret>",
      "what each request has to carry: clients send it with AWS_SESSION_TOKEN=SECRET (or $LAMBENT_TOKEN)",
    )
    .option("--insecure", "whoever reaches --host may do everything", false)
    .option("--region <name>", "of the ARNs; default us-east-1, whatever region clients name", readRegion)
    .option(
      "--lambda <path>",
      "run functions here, each in processes of its own, and follow their code: a folder, each of whose folders and files with a handler is a function of its name; a template of SAM, CDK or CloudFormation; serverless.yml; repeatable",
      readAll,
      [],
    )
    .option(
      "--lambda-endpoint <url>",
      "where functions are invoked: any endpoint with Lambda's Invoke, as serverless-offline's http://127.0.0.1:3002 (or $LAMBDA_ENDPOINT, $AWS_ENDPOINT_URL_LAMBDA)",
    )
    .option(
      "--endpoint-url <url>",
      "where Tasks find AWS's services, as http://127.0.0.1:4566; for one of them alone SERVICE=URL, as dynamodb=http://127.0.0.1:8000; repeatable (or $AWS_ENDPOINT_URL, $AWS_ENDPOINT_URL_<SERVICE>, endpoint_url in AWS's config file)",
      readEndpoint,
    )
    .option(
      "--integrations <file>",
      'a module whose default export holds handlers for further Tasks, by what follows arn:aws:states:::, as {"sqs:sendMessage": async (arguments) => result}',
    )
    .option(
      "--connections <file>",
      "connections of EventBridge for Tasks with http:invoke: JSON, by their names, of what CreateConnection takes; others are looked up at the endpoints of EventBridge and Secrets Manager",
    )
    .option(
      "--mock <file>",
      "test cases in which Tasks are mocked, as AWS's Step Functions Local reads them: StartExecution of ARN#TESTCASE runs one; read again when it has changed (or $SFN_MOCK_CONFIG)",
    )
    .option(
      "--skip-waits",
      "Wait states and retry delays pass at once, with the timestamps they would have had; while any function runs, or any task token or activity task is open, all waits take their time",
      false,
    )
    .option("--seed <n>", "ids, random numbers and times are the same in every run; implies --skip-waits", readSeed)
    .option(
      "--data <dir>",
      "what is created and what is executed outlives the process: what has ended can be redriven, what was running goes on with the state that it was in; one emulator at a time has DIR",
    )
    .option(
      "--fsync <when>",
      "always: what happens in executions outlives a crash of the machine too, for which each call of a Task waits for the disk; default never",
      readFsync,
    )
    .option(
      "--keep <n>",
      "how many executions are kept, Map Runs' children among them, before those that ended longest ago go; default 10000",
      (text) => readPositive("--keep", text),
    )
    .option(
      "--keep-mib <n>",
      "how much memory they and definitions may take, by an estimate, before those that ended longest ago go; when what runs takes it all, its oldest events lose their data and nothing more is started; default a quarter of the heap, at most 256",
      (text) => readPositive("--keep-mib", text),
    )
    .option("--aws", "Tasks may reach AWS itself, with the credentials that the AWS SDK finds", false)
    .option(
      "--log <level>",
      "what is said of executions: quiet (those that fail), normal (also starts, ends, retries and failures of states) or verbose (also tasks that succeed); default normal",
    )
    .addHelpText(
      "after",
      `
AWS's services are spoken to at --endpoint-url, with the keys in the environment or dummies;
nothing goes to AWS itself without --aws. For StartSyncExecution and TestState the aws command
needs AWS_DISABLE_HOST_PREFIX_INJECTION=true, and a client of the SDK disableHostPrefix: true.
`,
    )
    .addHelpText(
      "after",
      examples(
        ["lambent emulator", "at http://127.0.0.1:8083"],
        ["lambent emulator --port 0 --skip-waits", "on any free port, for tests that do not wait"],
        ["lambent emulator order.asl.json", "with the state machine order"],
        ["lambent emulator template.yaml --parameter Stage=dev", "with those of a template"],
        ["lambent emulator order.asl.json --lambda functions", "and with the functions of a folder"],
        ["lambent emulator --data .states", "state machines and executions outlive it"],
      ),
    )
    .action(async (files: readonly string[], options: EmulatorCommandOptions) => {
      const { serveEmulator } = await import("./serve-emulator.ts");
      await serveEmulator(files, options);
    });
}

function readFsync(text: string): "always" | "never" {
  if (text === "always" || text === "never") return text;
  throw new UsageError(`--fsync: not always or never: ${text}`);
}

function readSeed(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value)) return value;
  throw new UsageError(`--seed: not an integer: ${text}`);
}
