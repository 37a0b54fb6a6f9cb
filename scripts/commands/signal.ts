import type { Command } from "commander";
import type { Signal } from "../../infra/run/remote/executions.ts";
import { serverPlace, type ServerOptions, withServerOptions } from "./server-options.ts";
import { examples, UsageError } from "./usage.ts";

interface SignalOptions extends ServerOptions {
  readonly node?: string;
  readonly token?: string;
  readonly output?: string;
  readonly error?: string;
  readonly cause?: string;
  readonly heartbeat?: boolean;
  readonly json?: boolean;
}

/** `lambent signal`: an answer to a task that waits for its token. */
export function addSignal(program: Command): void {
  withServerOptions(program.command("signal"))
    .summary("answer a task that waits for its token")
    .description(
      "Answers a task that waits for its token: with --output it succeeds, with --error or --cause it fails. The token is given, or " +
        "found in the history of an execution, where it stands in what the task has called.",
    )
    .argument("[execution]", "its ARN, its name, or how that begins; default: --token says which task")
    .option("--node <name>", "which task, if several of the execution wait: approve, or in a map approve[3]")
    .option("--token <token>", "the task's token, in the place of an execution")
    .option("--output <json|@file|->", "the task succeeds and returns this")
    .option("--error <name>", "the task fails of this")
    .option("--cause <text>", "the task fails, and why")
    .option("--heartbeat", "the task is still at work")
    .option("--json", "for programs")
    .addHelpText(
      "after",
      examples(
        [`lambent signal 3e1c9a40 --output '{"isApproved": true}'`, "the only task of the execution that waits"],
        ["lambent signal nightly-7 --node approve --error Refused --cause late", "one of several"],
        ["lambent signal --token AQB8… --output @answer.json", "by the token"],
      ),
    )
    .action(signal);
}

async function signal(execution: string | undefined, options: SignalOptions): Promise<void> {
  const { token, node, json } = options;
  if ((execution === undefined) === (token === undefined))
    throw new UsageError("name an execution, or give --token: one of the two says which task is meant");
  if (token !== undefined && node !== undefined)
    throw new UsageError("--token says which task is meant, so that there is nothing for --node to say");
  const sent = await signalOf(options);
  const { signalTask } = await import("../../infra/run/remote/signal-task.ts");
  const told = await signalTask(
    serverPlace(options),
    token === undefined ? { execution: execution ?? "", node } : { token },
    sent,
  );
  if (json === true) console.log(JSON.stringify({ ...told, sent: sent.kind }, null, 2));
  else console.log(`${told.node ?? "the task"} ${DONE[sent.kind]}`);
}

const DONE: Readonly<Record<Signal["kind"], string>> = {
  success: "has succeeded",
  failure: "has failed",
  heartbeat: "is known to be at work",
};

async function signalOf({ output, error, cause, heartbeat }: SignalOptions): Promise<Signal> {
  const isFailure = error !== undefined || cause !== undefined;
  const kinds = [output !== undefined, isFailure, heartbeat === true].filter(Boolean).length;
  if (kinds !== 1) throw new UsageError("say one thing: --output, or --error and --cause, or --heartbeat");
  if (heartbeat === true) return { kind: "heartbeat" };
  if (isFailure) return { kind: "failure", error, cause };
  const { readJson } = await import("./read-json.ts");
  return { kind: "success", output: await readJson("--output", output ?? "") };
}
