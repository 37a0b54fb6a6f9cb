import { execFileSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { join } from "node:path";
import { LambentError, messageOf } from "../../../sdk/base/errors.ts";
import type { FunctionRuntime } from "../../emulator/replicas/replica-config.ts";

/**
 * What runs a function of this runtime; undefined for Node.js.
 * @param name as Lambda names it: `python3.13`
 * @returns null if nothing here runs it
 * @throws {LambentError} if what would run it is not installed
 */
export function runtimeOf(name: string, directory: string, handler: string): FunctionRuntime | undefined | null {
  if (name.startsWith("nodejs")) return undefined;
  if (name.startsWith("python")) return { name, command: [pythonFor(name), "-m", "awslambdaric", handler] };
  if (name.startsWith("ruby")) return { name, command: [rubyClient(name), handler] };
  if (name.startsWith("provided")) return { name, command: [bootstrapIn(directory)] };
  return null;
}

/** An interpreter that has the client: the one of this version, or whatever `python3` is. */
function pythonFor(runtime: string): string {
  const found = [runtime, "python3", "python"].flatMap((program) => {
    try {
      const script = "import awslambdaric, sys; print(sys.executable)";
      return execFileSync(program, ["-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim();
    } catch {
      return [];
    }
  });
  const [python] = found;
  if (python !== undefined) return python;
  throw new LambentError(
    `its runtime ${runtime} needs Lambda's Runtime Interface Client of Python: run python3 -m pip install awslambdaric, in the environment that is active here`,
  );
}

function rubyClient(runtime: string): string {
  try {
    execFileSync("aws_lambda_ric", ["--help"], { stdio: "ignore" });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) return "aws_lambda_ric";
    throw new LambentError(
      `its runtime ${runtime} needs Lambda's Runtime Interface Client of Ruby: run gem install aws_lambda_ric`,
      { cause: error },
    );
  }
  return "aws_lambda_ric";
}

function bootstrapIn(directory: string): string {
  const path = join(directory, "bootstrap");
  try {
    accessSync(path, constants.X_OK);
    return path;
  } catch (error) {
    throw new LambentError(
      `a custom runtime is a program called bootstrap, and it cannot be run: ${messageOf(error)}`,
      {
        cause: error,
      },
    );
  }
}
