/**
 * How long a service takes to start, to reload and to be packaged, as its author sees it; each compared with what the
 * framework takes by itself in the same run. Needs `npm run build`. Options: --actors 60 --reloads 5 --idle 30 (seconds
 * before the memory is read). Targets on a machine that is calm: start 1.3 × serverless-offline alone for a few actors and
 * 10 s for 60, reload 1 s, package 10 s for 60.
 */
import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const LINKED = [
  "serverless",
  "serverless-offline",
  "zod",
  "wink-nlp",
  "wink-eng-lite-web-model",
  "@aws-sdk",
  "@smithy",
];

/** Heavy packages, by what a task's module imports and uses of them. */
const HEAVY = {
  imports: `import { z } from "zod";
import { SFNClient } from "@aws-sdk/client-sfn";
import winkNLP from "wink-nlp";
import model from "wink-eng-lite-web-model";`,
  use: "z.object({ n: z.number() }).parse({ n }); void SFNClient; void winkNLP; void model;",
};
const LIGHT = { imports: "", use: "" };

function flow(index, { imports, use }) {
  return `import { ActorEnvironment, workflow } from "lambent";
${imports}
const actor = new ActorEnvironment({ name: "actor${index}", replicaCount: 1 });
const load = actor.cache(async function load${index}(n: number) { return 2 * n; });
const work = actor.task(async function work${index}({ n }: { n: number }) { ${use} return load(n); });
export const flow${index} = workflow({ n: 1 }, function flow${index}({ n }) { return work({ n }); });
`;
}

/** A project of so many actors, one module each; of none, one that serverless-offline serves alone. */
function project(actors, weight = LIGHT) {
  const root = mkdtempSync(join(tmpdir(), "lambent-bench-"));
  function write(path, text) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  mkdirSync(join(root, "node_modules"));
  symlinkSync(PACKAGE, join(root, "node_modules/lambent"));
  for (const name of LINKED) symlinkSync(join(PACKAGE, "node_modules", name), join(root, "node_modules", name));
  write("package.json", '{ "type": "module" }');
  write("hello.js", 'export const handler = async () => ({ statusCode: 200, body: "hello" });');
  for (let index = 0; index < actors; index++) write(`flows/flow${index}.ts`, flow(index, weight));
  /** The plain function is for serverless-offline: it would be zipped with all of `node_modules`. */
  const settings = `service: bench
plugins: [${actors === 0 ? "" : "lambent/plugin, "}serverless-offline]
${actors === 0 ? "" : "lambent: { workflows: flows/*.ts, offline: { port: 0 } }"}
provider: { name: aws, runtime: nodejs20.x, region: us-east-1 }
`;
  const plain = 'functions: { hello: { handler: hello.handler, events: [{ httpApi: "GET /hello" }] } }';
  write("serverless.yml", settings + plain);
  return {
    root,
    write,
    withoutPlain: () => write("serverless.yml", settings),
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function framework(root, command) {
  const ports = ["--httpPort", "0", "--lambdaPort", "0"];
  const args = command === "offline" ? [command, ...ports] : [command];
  const child = spawn(process.execPath, [join(PACKAGE, "node_modules/serverless/bin/serverless.js"), ...args], {
    cwd: root,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const ended = new Promise((resolve) => child.once("close", resolve));
  async function printed(text, from = 0) {
    while (!output.includes(text, from)) {
      if (child.exitCode !== null) throw new Error(output);
      await sleep(5);
    }
  }
  return { child, printed, ended, length: () => output.length, since: (from) => output.slice(from) };
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** MB that a process and all that it has started hold. */
function residentOf(pid) {
  const rows = execFileSync("ps", ["-eo", "pid=,ppid=,rss="], { encoding: "utf8" })
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number));
  function sum(of) {
    return rows.reduce((total, [one, parent, kb]) => total + (one === of ? kb : 0) + (parent === of ? sum(one) : 0), 0);
  }
  return Math.round(sum(pid) / 1024);
}

/** Starts a service, saves a module several times, and looks at its memory at the end. */
async function offline({ root, write }, { reloads = 0, idle = 0 } = {}) {
  const program = framework(root, "offline");
  try {
    const start = await timed(() => program.printed("Server ready"));
    const times = [];
    for (let count = 0; count < reloads; count++) {
      await sleep(500);
      const from = program.length();
      const text = readFileSync(join(root, "flows/flow0.ts"), "utf8");
      write("flows/flow0.ts", `${text}\nexport const saved${count} = ${Date.now()};\n`);
      await program.printed("reloaded in", from);
      times.push(Number(/reloaded in (\d+) ms/.exec(program.since(from))[1]));
    }
    await sleep(idle * 1000);
    return { start, reloads: times, memory: residentOf(program.child.pid) };
  } finally {
    program.child.kill("SIGINT");
    await program.ended;
  }
}

function print(name, milliseconds, base) {
  const ratio = base === undefined ? "" : `${(milliseconds / base).toFixed(2).padStart(6)} × serverless-offline alone`;
  console.log(`${name.padEnd(52)} ${String(Math.round(milliseconds)).padStart(7)} ms ${ratio}`);
}

export async function main(args) {
  function number(value) {
    return { type: "string", default: String(value) };
  }
  const { values } = parseArgs({ args, options: { actors: number(60), reloads: number(5), idle: number(30) } });
  const [actors, reloads, idle] = [values.actors, values.reloads, values.idle].map(Number);
  const projects = { none: project(0), few: project(4), heavy: project(4, HEAVY), many: project(actors) };
  try {
    const { start: alone } = await offline(projects.none);
    print("serverless-offline alone, start", alone, alone);
    for (const [name, one] of [
      ["4 actors", projects.few],
      ["4 actors with zod, an AWS client and wink-nlp", projects.heavy],
    ]) {
      const { start, reloads: times, memory } = await offline(one, { reloads, idle });
      print(`${name}, start`, start, alone);
      print(`${name}, reload, median of ${reloads}`, times.toSorted((a, b) => a - b)[Math.floor(reloads / 2)], alone);
      console.log(`${`${name}, ${idle} s later`.padEnd(52)} ${String(memory).padStart(7)} MB in all processes`);
    }
    print(`${actors} actors, start`, (await offline(projects.many)).start, alone);
    projects.many.withoutPlain();
    const packaged = await timed(() => framework(projects.many.root, "package").ended);
    print(`${actors} actors, serverless package`, packaged, alone);
  } finally {
    for (const one of Object.values(projects)) one.remove();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
