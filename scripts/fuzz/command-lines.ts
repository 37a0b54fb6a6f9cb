import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { Fault, type OpenSurface, SLOWEST_MS } from "./surface.ts";
import { checkMessage } from "./verdict.ts";

/** Commands that end by themselves; `dev` and `emulator` serve, if nothing is wrong with what they are given. */
const COMMANDS = [
  "start",
  "list",
  "describe",
  "stop",
  "redrive",
  "signal",
  "timeline",
  "logs",
  "graph",
  "replicas",
  "check",
  "cost",
  "init",
  "help",
  "nothing",
  "",
];
const SERVING = [
  "dev --port",
  "emulator --port",
  "emulator --seed",
  "emulator --keep",
  "emulator --mock",
  "emulator --data",
];

/** Nobody listens at port 9 of this machine. */
const WORDS = [
  "",
  " ",
  "scoring",
  "-",
  "--",
  "--json",
  "--wait",
  "--input",
  "{",
  '{"a":1}',
  "@missing.json",
  "--endpoint",
  "http://127.0.0.1:9",
  "nonsense",
  "--stage",
  "--region",
  "eu-west-1",
  "--out",
  "../x.svg",
  "--help",
  "--nope",
  "--limit",
  "-1",
  "NaN",
  "arn:aws:states:us-east-1:000000000000:execution:m:e",
  "\u{1f600}",
  "x".repeat(5000),
];

/** What a user types, each in a process of its own, in an empty directory. */
export function commandLines(): OpenSurface<readonly string[]> {
  const cwd = mkdtempSync(join(tmpdir(), "lambent-fuzz-"));
  const cli = fileURLToPath(new URL("../cli.js", import.meta.url));
  const words = fc.array(fc.constantFrom(...WORDS), { maxLength: 4 });
  const ending = fc
    .tuple(fc.constantFrom(...COMMANDS), words)
    .map(([command, rest]) => [command, ...rest, "--endpoint", "http://127.0.0.1:9"]);
  const serving = fc
    .tuple(fc.constantFrom(...SERVING), fc.constantFrom("", "x", "-1", "1.5", "99999", "/dev/null/x"))
    .map(([command, word]) => [...command.split(" "), word, "--allow-host", " "]); // which no host is called
  return {
    name: "command lines",
    share: 5,
    cases: fc.oneof({ weight: 4, arbitrary: ending }, { weight: 1, arbitrary: serving }),
    attempt: (args) => attempt(cli, args, cwd),
    show: (args) => `lambent ${args.map((word) => JSON.stringify(word)).join(" ")}`,
    close() {
      rmSync(cwd, { recursive: true });
      return Promise.resolve();
    },
  };
}

function attempt(cli: string, args: readonly string[], cwd: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const env = { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: "true", AWS_MAX_ATTEMPTS: "1" };
    const child = execFile(process.execPath, [cli, ...args], { cwd, env, timeout: SLOWEST_MS }, (_, __, printed) => {
      const { exitCode } = child;
      try {
        if (exitCode === null || exitCode > 2)
          throw new Fault(`ended with ${exitCode ?? child.signalCode}: ${printed}`);
        if (/^\s+at .*:\d+:\d+\)?$/m.test(printed)) throw new Fault(`printed a stack: ${printed}`);
        if (exitCode > 0) checkMessage(printed);
        resolve(exitCode === 0);
      } catch (error) {
        reject(error);
      }
    });
  });
}
