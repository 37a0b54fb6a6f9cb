#!/usr/bin/env node
import { negativeValues, UsageError } from "./commands/usage.ts";

/** A command of the program, in a module of its own that is loaded when it is called. */
interface Command {
  readonly USAGE: string;
  /** @returns what the process ends with; undefined: 0, once it has nothing more to do */
  run(args: string[]): Promise<number | void>;
}

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  emulator: () => import("./commands/emulator.ts"),
  check: () => import("./commands/check.ts"),
  cost: () => import("./commands/cost.ts"),
  timeline: () => import("./commands/timeline.ts"),
};

const USAGE = `Usage: lambent emulator [options]    serves the AWS Step Functions API on this machine
       lambent check [workflow...]   measures a service against AWS's limits before it runs
       lambent cost [workflow...]    tells what runs, and replicas between them, cost
       lambent timeline <execution>  draws what ran where, what it loaded and what it waited for

lambent <command> --help tells a command's options.`;

async function main([name, ...args]: string[]): Promise<void> {
  if (name === undefined || name === "--help" || name === "help") {
    console.log(USAGE);
    return;
  }
  const load = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (load === undefined) {
    fail(new UsageError(`Unknown command: ${name}; there are: ${Object.keys(COMMANDS).join(", ")}`), "lambent --help");
    return;
  }
  const command = await load();
  try {
    process.exitCode = (await command.run(negativeValues(args))) ?? process.exitCode ?? 0;
  } catch (error) {
    fail(error, `lambent ${name} --help`);
  }
}

/** @param help the command that tells what there is */
function fail(error: unknown, help: string): void {
  const isWrongUsage =
    error instanceof UsageError ||
    (error instanceof TypeError && "code" in error && String(error.code).startsWith("ERR_PARSE_ARGS"));
  const message = error instanceof Error ? error.message : String(error);
  // What `parseArgs` says goes on with how arguments that begin with a dash are written.
  console.error(isWrongUsage ? `${message.split(/\n|\. To specify /)[0]}\nSee: ${help}` : message);
  process.exitCode = isWrongUsage ? 2 : 1;
}

await main(process.argv.slice(2));
