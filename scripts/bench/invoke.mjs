/**
 * Invocations of an empty handler per second by Lambda's Invoke over plain HTTP, ten at a time: Lambent's emulator
 * compared with serverless-offline. Each is a process of its own, and they are measured in turn. Needs `npm run build`.
 * Options: --seconds 3 --rounds 3
 */
import { spawn } from "node:child_process";
import { Agent, request } from "node:http";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("../../", import.meta.url));
const CONCURRENCY = 10;

/** A program that runs the emulator with four replicas of the handler in `directory`, and prints its port. */
function emulatorProgram(directory) {
  return `
import { startEmulator } from ${JSON.stringify(`${root}dist/infra/emulator/index.js`)};
import { lambdaRoutes } from ${JSON.stringify(`${root}dist/infra/emulator/lambda/lambda-api.js`)};
import { createReplicaPool } from ${JSON.stringify(`${root}dist/infra/emulator/replicas/replica-pool.js`)};
const functions = createReplicaPool([{ name: "bench", bundle: ${JSON.stringify(directory)}, handler: "index.handler", replicaCount: 4, whenBusy: "queue", timeout: 60 }]);
await functions.ready();
const { port } = await startEmulator({ port: 0, functions, routes: lambdaRoutes(functions) });
console.log("port " + port);
`;
}

const SERVERLESS = `
service: bench
plugins: [serverless-offline]
provider: { name: aws, runtime: nodejs20.x, region: us-east-1 }
functions:
  bench: { handler: index.handler, name: bench }
`;

/**
 * Start a program, and wait until what it prints matches `ready`, whose first group is the port unless one is given.
 */
async function start(args, cwd, ready, port) {
  const child = spawn(process.execPath, args, { cwd, stdio: ["ignore", "pipe", "pipe"] });
  let printed = "";
  const match = await new Promise((resolve, reject) => {
    function see(data) {
      printed += data;
      const found = ready.exec(printed);
      if (found !== null) resolve(found);
    }
    child.stdout.on("data", see);
    child.stderr.on("data", see);
    child.once("exit", () => reject(new Error(printed)));
  });
  return { child, port: port ?? Number(match[1]) };
}

async function measure(port, path, seconds) {
  const agent = new Agent({ keepAlive: true });
  const options = { agent, host: "127.0.0.1", port, method: "POST", path };
  function invoke() {
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        if (response.statusCode !== 200) reject(new Error(`HTTP ${response.statusCode}`));
        response.resume().on("end", resolve);
      });
      sent.on("error", reject).end("{}");
    });
  }
  const end = performance.now() + seconds * 1000;
  let count = 0;
  async function loop() {
    while (performance.now() < end) {
      await invoke();
      count++;
    }
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, loop));
  agent.destroy();
  return count / seconds;
}

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: { seconds: { type: "string", default: "3" }, rounds: { type: "string", default: "3" } },
  });
  const directory = await mkdtemp(join(tmpdir(), "lambent-bench-"));
  await writeFile(join(directory, "index.mjs"), "export const handler = async () => ({});\n");
  await writeFile(join(directory, "ours.mjs"), emulatorProgram(directory));
  await writeFile(join(directory, "serverless.yml"), SERVERLESS);
  await mkdir(join(directory, "node_modules"));
  for (const name of ["serverless", "serverless-offline"]) {
    await symlink(join(root, "node_modules", name), join(directory, "node_modules", name));
  }
  const lambdaPort = 20_000 + Math.floor(Math.random() * 20_000);
  const ours = await start(["ours.mjs"], directory, /port (\d+)/);
  const offline = ["offline", "--httpPort", String(lambdaPort + 1), "--lambdaPort", String(lambdaPort)];
  const theirs = await start(
    [join(root, "node_modules/serverless/bin/serverless.js"), ...offline],
    directory,
    /listening on/i,
    lambdaPort,
  );
  try {
    const ratios = [];
    for (let round = 1; round <= Number(values.rounds); round++) {
      const mine = await measure(ours.port, "/2015-03-31/functions/bench:live/invocations", Number(values.seconds));
      const other = await measure(theirs.port, "/2015-03-31/functions/bench/invocations", Number(values.seconds));
      ratios.push(mine / other);
      console.log(
        `round ${round}: ${mine.toFixed(0)}/s, serverless-offline ${other.toFixed(0)}/s: ${(mine / other).toFixed(2)} ×`,
      );
    }
    console.log(`median ${ratios.toSorted((one, two) => one - two)[ratios.length >> 1].toFixed(2)} ×`);
  } finally {
    for (const { child } of [ours, theirs]) child.kill("SIGINT");
    await rm(directory, { recursive: true, force: true });
  }
}
