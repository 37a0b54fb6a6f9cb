import { spawn, type ChildProcess } from "node:child_process";

/** A program that runs beside the test. */
export interface Program {
  readonly child: ChildProcess;
  /** All it has printed. */
  readonly output: () => string;
  /** Its exit code or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

export function startProgram(
  command: string,
  args: readonly string[],
  options: { cwd: string; env?: Readonly<Record<string, string>> },
): Program {
  const child = spawn(command, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => (output += data.toString()));
  const ended = new Promise<number | NodeJS.Signals | null>((resolve) =>
    child.once("exit", (code, signal) => resolve(code ?? signal)),
  );
  return { child, output: () => output, ended };
}
