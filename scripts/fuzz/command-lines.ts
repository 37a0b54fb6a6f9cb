import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { type Emulator, startEmulator } from "../../infra/emulator/index.ts";
import { edited } from "./odd.ts";
import { Fault, type OpenSurface, SLOWEST_MS } from "./surface.ts";
import { checkMessage } from "./verdict.ts";

/** Command lines that are right in the directory and for the emulator of {@link commandLines}, and end by themselves. */
const RIGHT: readonly string[] = [
  'start doubling --input {"n":2} --wait',
  "start doubling --json",
  "list",
  "list doubling --limit 3 --status SUCCEEDED",
  "describe ended --json",
  "stop waiting --error Enough --cause fuzz",
  "redrive failed",
  "timeline ended --out x.svg",
  "logs ended --json",
  "graph doubling --format mermaid",
  "check doubling --items 10 --input {}",
  "cost doubling --items 10 --runs-per-month 3",
  "init made --template workflow",
  "help start",
];

/** They would serve, if their last words were right. */
const SERVING = [
  "dev --port",
  "emulator --port",
  "emulator --seed",
  "emulator --keep",
  "emulator --mock",
  "emulator --data",
];

/** Nobody listens at port 9 of this machine. */
const WORDS: readonly string[] = [
  "",
  " ",
  "-",
  "--",
  "--json",
  "--wait",
  "--input",
  "{",
  '{"a":1}',
  "@missing.json",
  "http://127.0.0.1:9",
  "nonsense",
  "--stage",
  "--region",
  "eu-west-1",
  "--out",
  "/dev/null/x.svg",
  "--help",
  "--nope",
  "--limit",
  "-1",
  "NaN",
  "arn:aws:states:us-east-1:000000000000:execution:m:e",
  "\u{1f600}",
  "x".repeat(5000),
];

/** Commands that know no server. */
const ALONE = new Set(["init", "check", "help"]);

/** What a user types, each in a process of its own, in the directory of a service, beside an emulator that has run something. */
export async function commandLines(): Promise<OpenSurface<readonly string[]>> {
  const emulator = await startEmulator({ functions: { invoke: () => Promise.reject(new Error("none")) }, port: 0 });
  await prepare(emulator);
  const cli = fileURLToPath(new URL("../cli.js", import.meta.url));
  const ending = edited<unknown>(
    RIGHT.map((line) => line.split(" ")),
    fc.constantFrom(...WORDS),
  ).map((changed) => [changed].flat(Infinity).map(String));
  const serving = fc
    .tuple(fc.constantFrom(...SERVING), fc.constantFrom("", "x", "-1", "1.5", "99999", "/dev/null/x"))
    .map(([command, word]) => [...command.split(" "), word, "--allow-host", " "]); // which no host is called
  return {
    name: "command lines",
    share: 5,
    cases: fc.oneof({ weight: 4, arbitrary: ending }, { weight: 1, arbitrary: serving }),
    async attempt(args) {
      const cwd = madeService(); // anew, since init and timeline write
      try {
        return await attempt(cli, [...args, ...(ALONE.has(args[0] ?? "") ? [] : ["--endpoint", emulator.url])], cwd);
      } finally {
        rmSync(cwd, { recursive: true });
      }
    },
    show: (args) => `lambent ${args.map((word) => JSON.stringify(word)).join(" ")}`,
    close: () => emulator.close(),
  };
}

/** A directory with a service that has the workflow `doubling`. */
function madeService(): string {
  const root = mkdtempSync(join(tmpdir(), "lambent-fuzz-"));
  mkdirSync(join(root, "node_modules"));
  mkdirSync(join(root, "workflows"));
  symlinkSync(fileURLToPath(new URL("../../..", import.meta.url)), join(root, "node_modules/lambent"));
  writeFileSync(join(root, "package.json"), '{ "name": "fuzz", "type": "module" }');
  writeFileSync(
    join(root, "workflows/doubling.js"),
    `import { task, workflow } from "lambent";
const double = task(async function double({ n }) { return 2 * n; });
export const doubling = workflow({ n: 1 }, function doubling({ n }) { return double({ n }); });
`,
  );
  return root;
}

/** A state machine for the workflow, and executions in each state: `ended`, `failed` and `waiting`. */
async function prepare({ states }: Emulator): Promise<void> {
  const { stateMachineArn } = states.createStateMachine({
    name: "fuzz-dev-doubling",
    roleArn: "arn:aws:iam::000000000000:role/r",
    definition: JSON.stringify({
      StartAt: "Which",
      States: {
        Which: {
          Type: "Choice",
          Choices: [
            { Variable: "$.fail", IsPresent: true, Next: "Fail" },
            { Variable: "$.wait", IsPresent: true, Next: "Wait" },
          ],
          Default: "Double",
        },
        Fail: { Type: "Fail", Error: "States.TaskFailed" },
        Wait: { Type: "Wait", Seconds: 86_400, End: true },
        Double: { Type: "Pass", Result: 2, End: true },
      },
    }),
  });
  states.startExecution({ stateMachineArn, name: "waiting", input: '{ "wait": true }' });
  for (const [name, input] of [
    ["ended", "{}"],
    ["failed", '{ "fail": true }'],
  ] as const) {
    const { executionArn } = states.startExecution({ stateMachineArn, name, input });
    await states.executionEnd(executionArn);
  }
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
