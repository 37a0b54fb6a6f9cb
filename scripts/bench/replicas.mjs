/**
 * Invocations of an empty handler per second: by a call of the pool, as the interpreter makes it, and by Lambda's
 * Invoke over plain HTTP. Needs `npm run build`. Options: --replicas 4 --concurrency 4 --seconds 2 --rounds 3
 */
import { createServer, Agent, request } from "node:http";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

function built(file) {
  return new URL(`../../dist/infra/emulator/${file}`, import.meta.url).href;
}

/** Runs `concurrency` loops of `invoke` for some time. */
async function measure(invoke, concurrency, seconds) {
  const latencies = [];
  const began = performance.now();
  const cpu = process.cpuUsage();
  const end = began + seconds * 1000;
  async function loop() {
    for (let now = performance.now(); now < end;) {
      await invoke();
      const after = performance.now();
      latencies.push(after - now);
      now = after;
    }
  }
  await Promise.all(Array.from({ length: concurrency }, loop));
  const elapsed = performance.now() - began;
  const { user, system } = process.cpuUsage(cpu);
  latencies.sort((one, other) => one - other);
  function percentile(share) {
    return latencies[Math.floor(latencies.length * share)];
  }
  return {
    perSecond: Math.round((latencies.length / elapsed) * 1000),
    p50Ms: Number(percentile(0.5).toFixed(3)),
    p99Ms: Number(percentile(0.99).toFixed(3)),
    ownCpuMicroseconds: Number(((user + system) / latencies.length).toFixed(1)),
  };
}

async function overHttp(pool, concurrency, seconds) {
  const { lambdaRoutes } = await import(built("lambda/lambda-api.js"));
  const routes = lambdaRoutes(pool);
  const server = createServer((incoming, outgoing) => void routes(incoming, outgoing));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const agent = new Agent({ keepAlive: true });
  const options = {
    agent,
    host: "127.0.0.1",
    port: server.address().port,
    method: "POST",
    path: "/2015-03-31/functions/bench:live/invocations",
  };
  function invoke() {
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => response.resume().on("end", resolve));
      sent.on("error", reject).end("{}");
    });
  }
  try {
    return await measure(invoke, concurrency, seconds);
  } finally {
    agent.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      replicas: { type: "string", default: "4" },
      concurrency: { type: "string", default: "4" },
      seconds: { type: "string", default: "2" },
      rounds: { type: "string", default: "3" },
    },
  });
  const [replicaCount, concurrency, seconds, rounds] = [
    values.replicas,
    values.concurrency,
    values.seconds,
    values.rounds,
  ].map(Number);
  const { createReplicaPool } = await import(built("replicas/replica-pool.js"));
  const bundle = await mkdtemp(join(tmpdir(), "lambent-bench-"));
  await writeFile(join(bundle, "index.mjs"), "export const handler = async () => ({});\n");
  const pool = createReplicaPool([
    { name: "bench", bundle, handler: "index.handler", replicaCount, whenBusy: "queue", timeout: 60 },
  ]);
  const results = [];
  try {
    const began = performance.now();
    await pool.ready();
    const readyMs = Math.round(performance.now() - began);
    console.log(`${replicaCount} replicas ready in ${readyMs} ms`);
    function invoke() {
      return pool.invoke({ functionName: "bench:live", payload: "{}" });
    }
    for (let round = 1; round <= rounds; round += 1) {
      const direct = await measure(invoke, concurrency, seconds);
      const http = await overHttp(pool, 10, seconds);
      results.push({ direct, http });
      console.log(`round ${round}: pool`, direct, "Invoke over HTTP at 10", http);
    }
  } finally {
    await pool.close();
    await rm(bundle, { recursive: true, force: true });
  }
  return results;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));
