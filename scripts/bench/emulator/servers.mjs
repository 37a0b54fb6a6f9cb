// Our server beside MiniStack and moto, by what a client of the API sees: each is started anew in each round, in turn, so
// that all are slowed down alike when the machine is busy. Of the rounds, the least is printed.
import { loadavg } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";
import { apiClient } from "./api-client.mjs";
import { chain, passMap } from "./definitions.mjs";
import { installPeers, SERVERS, startServer } from "./peers.mjs";

const ITEMS = 5_000;
const EXECUTIONS = 1_000;
const STATES = 20;
/** Milliseconds after which something is given up. */
const PATIENCE = 300_000;
/** What has taken longer, in milliseconds, is not run again. */
const SLOW = 2_000;
/** Milliseconds after which a server that has answered is taken to be idle. */
const IDLE = 2_000;
const roleArn = "arn:aws:iam::123456789012:role/bench";
/** What a server is told before it runs executions: moto says of all that they run, and runs none, unless it is told to. */
const SETTINGS = {
  moto: { path: "/moto-api/config", body: { stepfunctions: { execute_state_machine: true } } },
};
/** Does nothing but answer: how near the others are to what Node.js itself takes. */
const FLOOR = "bare Node.js";

/** Waits until `asked` gives something. Asks the less often the longer it takes: answering takes the servers' time. */
async function until(asked) {
  const began = performance.now();
  for (;;) {
    const answer = await asked();
    if (answer !== undefined) return answer;
    const passed = performance.now() - began;
    if (passed > PATIENCE) throw new Error(`not within ${PATIENCE / 1000} s`);
    await sleep(Math.max(2, passed / 30));
  }
}

/** Creates a state machine and says how to run it: with an input, to its end, in milliseconds. */
async function machine({ call }, name, definition) {
  const { stateMachineArn } = await call("CreateStateMachine", {
    name,
    definition: JSON.stringify(definition),
    roleArn,
  });
  return async (input) => {
    const began = performance.now();
    const { executionArn } = await call("StartExecution", { stateMachineArn, input: JSON.stringify(input) });
    const { status, cause } = await until(async () => {
      const described = await call("DescribeExecution", { executionArn });
      return described.status === "RUNNING" ? undefined : described;
    });
    if (status !== "SUCCEEDED") throw new Error(`${name}: ${status} ${cause ?? ""}`);
    return performance.now() - began;
  };
}

/** All are started at once; the time until the last has ended. */
async function manyExecutions(url, prefix) {
  const client = apiClient(url, 50);
  const { stateMachineArn } = await client.call("CreateStateMachine", {
    name: `${prefix}-many`,
    definition: JSON.stringify(chain(STATES)),
    roleArn,
  });
  const began = performance.now();
  const started = Array.from({ length: EXECUTIONS }, () =>
    client.call("StartExecution", { stateMachineArn, input: "{}" }),
  );
  const arns = new Set((await Promise.all(started)).map(({ executionArn }) => executionArn));
  await until(async () => {
    for (const executionArn of arns) {
      const { status } = await client.call("DescribeExecution", { executionArn });
      if (status === "RUNNING") return undefined;
      if (status !== "SUCCEEDED") throw new Error(status);
      arns.delete(executionArn);
    }
    return true;
  });
  const took = performance.now() - began;
  client.close();
  return took;
}

/** The runs of a map: the first and the best of two more, which meet what the first has compiled. */
async function mapRuns(run) {
  const items = Array.from({ length: ITEMS }, (_, index) => index);
  const first = await run(items);
  return { first, warm: first > SLOW ? first : Math.min(await run(items), await run(items)) };
}

/** What `work` gives; NaN if a server cannot do it, which is told. */
async function attempted(name, work) {
  try {
    return await work();
  } catch (error) {
    console.log(`${name}: ${error.message}`);
    return Number.NaN;
  }
}

async function measureServer(name, port) {
  const url = `http://127.0.0.1:${port}`;
  const client = apiClient(url);
  const began = performance.now();
  const server = await startServer(name, port);
  try {
    await until(async () => {
      if (server.hasEnded()) throw new Error(`${name} has ended: is port ${port} taken?`);
      return client.call("ListStateMachines", {}).catch(() => undefined);
    });
    const figures = { start: performance.now() - began };
    await sleep(IDLE);
    figures.memory = server.memory();
    if (name === FLOOR) return figures;
    const { path: setting, body } = SETTINGS[name] ?? {};
    if (setting !== undefined) await fetch(`${url}${setting}`, { method: "POST", body: JSON.stringify(body) });
    figures.map = await attempted(name, async () => {
      const path = await mapRuns(await machine(client, "map", passMap("JSONPath")));
      if (name === "Lambent") {
        const jsonata = await mapRuns(await machine(client, "map-jsonata", passMap("JSONata")));
        figures.jsonata = { first: jsonata.first / path.first, warm: jsonata.warm / path.warm };
      }
      return Math.min(path.first, path.warm);
    });
    figures.many = await attempted(name, () => manyExecutions(url, name));
    return figures;
  } finally {
    client.close();
    await server.stop();
  }
}

const FIGURES = {
  start: ["API answers after", (ms) => `${(ms / 1000).toFixed(2)} s`],
  memory: ["idle memory, resident", (mebibytes) => `${mebibytes.toFixed(0)} MiB`],
  map: [`Map of ${ITEMS} Pass states`, (ms) => `${(ms / 1000).toFixed(2)} s`],
  many: [`${EXECUTIONS} executions of ${STATES} states`, (ms) => `${(ms / 1000).toFixed(2)} s`],
};

/** @param row prints cells beside each other */
export async function measureServers(row, rounds) {
  installPeers();
  const names = Object.keys(SERVERS);
  const measured = new Map(names.map((name) => [name, []]));
  const [load] = loadavg();
  for (let round = 0; round < rounds; round++) {
    for (const [index, name] of names.entries())
      measured.get(name).push(await measureServer(name, 28_100 + index + round * names.length));
  }
  row(`least of ${rounds} rounds, load ${load.toFixed(1)}`, ...names);
  for (const [key, [title, text]] of Object.entries(FIGURES)) {
    // A round in which one could not do it counts if there is no other.
    const least = names.map((name) => {
      const values = measured.get(name).map((figures) => figures[key] ?? Infinity);
      const done = values.filter((value) => !Number.isNaN(value));
      return done.length === 0 ? Number.NaN : Math.min(...done);
    });
    row(title, ...least.map((value) => (Number.isNaN(value) ? "fails" : value === Infinity ? "" : text(value))));
  }
  const ratios = measured.get("Lambent").flatMap(({ jsonata }) => jsonata ?? []);
  for (const kind of ["first", "warm"]) {
    const texts = ratios.map((ratio) => ratio[kind].toFixed(2));
    row(`JSONata : JSONPath, ${kind} run`, `${texts.join("  ")}  by round, target ≤ 1.5`);
  }
}
