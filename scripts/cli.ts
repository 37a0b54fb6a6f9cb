#!/usr/bin/env node
import { existsSync, readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addCheck } from "./commands/check.ts";
import { addCompletion } from "./commands/completion.ts";
import { addCost } from "./commands/cost.ts";
import { addDescribe } from "./commands/describe.ts";
import { addDev } from "./commands/dev.ts";
import { addDoctor } from "./commands/doctor.ts";
import { addEmulator } from "./commands/emulator.ts";
import { addGraph } from "./commands/graph.ts";
import { addInit } from "./commands/init.ts";
import { addList } from "./commands/list.ts";
import { addLogs } from "./commands/logs.ts";
import { addRedrive } from "./commands/redrive.ts";
import { addReplicas } from "./commands/replicas.ts";
import { addSignal } from "./commands/signal.ts";
import { addStart } from "./commands/start.ts";
import { addStop } from "./commands/stop.ts";
import { addTimeline } from "./commands/timeline.ts";
import { refuseSwallowedOptions, UsageError } from "./commands/usage.ts";

/** Each adds a command to the program. What a command does is loaded when it is called, so that `--help` is quick. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  addInit,
  addDev,
  addStart,
  addList,
  addDescribe,
  addStop,
  addRedrive,
  addSignal,
  addTimeline,
  addLogs,
  addGraph,
  addReplicas,
  addCheck,
  addCost,
  addDoctor,
  addEmulator,
  addCompletion,
];

/** Exit codes: 0 done, 1 failed, 2 wrong usage. */
async function main(args: readonly string[]): Promise<void> {
  const program = lambent();
  const { command, path } = called(program, args);
  try {
    refuseSwallowedOptions(command, args);
    await program.parseAsync(args.length === 0 ? ["--help"] : args, { from: "user" });
  } catch (error) {
    fail(error, `${path} --help`);
  }
}

function lambent(): Command {
  const program = new Command("lambent")
    .description("TypeScript workflows on warm AWS Lambda instances: run them here, look at them, talk to them on AWS.")
    .version(version(), "--version", "the version of lambent")
    .helpOption("--help", "this text")
    .helpCommand("help [command]", "a command's options, with examples")
    // Options say their defaults themselves.
    .configureHelp({ subcommandTerm: (command) => command.name(), optionDescription: (option) => option.description })
    .configureOutput({ outputError: () => undefined }) // `fail` tells errors, those of commands with them
    .enablePositionalOptions() // an option after `replicas warm` is one of `warm`
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
}

/** Of the package, which is above `scripts` or above `dist/scripts`. */
function version(): string {
  const manifest = ["../package.json", "../../package.json"]
    .map((path) => new URL(path, import.meta.url))
    .find((url) => existsSync(url));
  if (manifest === undefined) return "of no version";
  return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly version: string }).version; // its own
}

/** The command that is called, as far as there is one of that name. */
function called(command: Command, [name, ...others]: readonly string[], path = "lambent"): Called {
  const inner = command.commands.find((one) => one.name() === name);
  return inner === undefined ? { command, path } : called(inner, others, `${path} ${inner.name()}`);
}

interface Called {
  readonly command: Command;
  /** `lambent`, `lambent start`. */
  readonly path: string;
}

/** @param help the command that tells what there is */
function fail(error: unknown, help: string): void {
  if (error instanceof CommanderError && error.exitCode === 0) return;
  const isWrongUsage = error instanceof UsageError || error instanceof CommanderError;
  const message = (error instanceof Error ? error.message : String(error)).replace(/^error: (.)/, capitalised);
  console.error(isWrongUsage ? `${message}\nSee: ${help}` : message);
  process.exitCode = isWrongUsage ? 2 : 1;
}

function capitalised(_: string, first: string): string {
  return first.toUpperCase();
}

// `lambent list | head` reads no further: that is no failure.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});
await main(process.argv.slice(2));
