/**
 * Maps over more items than a state machine carries: what they take of the emulator's memory, and whether every output is
 * in its place. Each row is a service and a process of its own. Options: --row many,flat,large --many 100000 --megabytes
 * 200 --million (a row more) --million-items 1000000.
 *
 * Targets. Outputs in order; of failing items (1 %) as many are tolerated as `minSuccessRatio` says, and not one more;
 * what comes out is, byte for byte, what went in; the emulator stays below 1 GB. Its memory does not grow with the items
 * but by the histories of executions that it keeps, up to a bound. So what it grows by in the second half of a run is
 * printed beside what it keeps more; and a row has so small a bound that it is reached at once.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const PACKAGE = fileURLToPath(new URL("../../..", import.meta.url));
const MB = 1_000_000;
const MOST_BYTES = 1_000 * MB;

/** Of executions and definitions, in the row in which their share is to be full long before the run's middle. */
const FEW_HISTORIES = 8 * MB;
/** What may be more at the end than in the middle for other reasons than the items: code that is compiled, and the like. */
const FLAT_BYTES = 2 * MB;

export const OPTIONS = {
  row: { type: "string", default: "many,flat,large" },
  many: { type: "string", default: "100000" },
  megabytes: { type: "string", default: "200" },
  million: { type: "boolean", default: false },
  "million-items": { type: "string", default: "1000000" },
};

const FLOWS = `import { createHash } from "node:crypto";
import { ActorEnvironment, mapTask, partial, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "sizes", replicaCount: 2, memorySize: 4096, timeout: 900 });

/** A text of 1 KB, another for each number. */
function text(n: number): string {
  return String(n).padStart(20, "0").repeat(50);
}
const numbers = actor.task(async function numbers({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => index);
});
const half = actor.task(async function half({ n }: { n: number }) {
  return n / 2;
});
const failing = actor.task(async function failing({ n }: { n: number }) {
  if (n % 100 === 99) throw new RangeError("one of a hundred");
  return n / 2;
});
const grow = actor.task(async function grow({ n }: { n: number }) {
  return text(n);
});
const shrink = actor.task(async function shrink({ value }: { value: string }) {
  const n = Number(value.slice(0, 20));
  if (value !== text(n)) throw new Error("not the text that was stored");
  return n;
});
const texts = actor.task(async function texts({ count }: { count: number }) {
  return Array.from({ length: count }, (_, index) => text(index));
});

/** Of a list of numbers how many there are, and how many of them are not what they should be. */
const check = actor.task(async function check({ list, factor }: { list: (number | null)[]; factor: number }) {
  const missing = list.filter((n) => n === null).length;
  const wrong = list.filter((n, index) => n !== null && n !== index * factor).length;
  return { count: list.length, missing, wrong };
});
/** Whether a list is, byte for byte, the one that was made. */
const compare = actor.task(async function compare({ list, count }: { list: string[]; count: number }) {
  const [found, made] = [createHash("sha256"), createHash("sha256")];
  for (const one of list) found.update(JSON.stringify(one) + ",");
  for (let index = 0; index < count; index++) made.update(JSON.stringify(text(index)) + ",");
  return { count: list.length, isSame: found.digest("hex") === made.digest("hex") };
});
const batch = { batch: "auto" } as const;
export const ordered = workflow({ count: 0 }, function ordered({ count }) {
  return check({ list: mapTask(half, batch)({ n: numbers({ count }) }), factor: 0.5 });
});
export const tolerant = workflow({ count: 0 }, function tolerant({ count }) {
  return check({ list: mapTask(failing, { ...batch, minSuccessRatio: 0.99 })({ n: numbers({ count }) }), factor: 0.5 });
});
export const strict = workflow({ count: 0 }, function strict({ count }) {
  return check({ list: mapTask(failing, { ...batch, minSuccessRatio: 0.9901 })({ n: numbers({ count }) }), factor: 0.5 });
});
export const million = workflow({ count: 0 }, function million({ count }) {
  const large = mapTask(grow, batch)({ n: numbers({ count }) });
  return check({ list: mapTask(shrink, batch)({ value: large }), factor: 1 });
});
export const large = workflow({ count: 0 }, function large({ count }) {
  const list = texts({ count });
  return { whole: compare({ list, count }), mapped: check({ list: mapTask(shrink, batch)({ value: list }), factor: 1 }) };
});
`;

function project() {
  const root = mkdtempSync(join(tmpdir(), "lambent-bench-"));
  mkdirSync(join(root, "node_modules"));
  symlinkSync(PACKAGE, join(root, "node_modules/lambent"));
  writeFileSync(join(root, "package.json"), '{ "type": "module" }');
  writeFileSync(join(root, "flows.ts"), FLOWS);
  return root;
}

/** Run workflows, one after the other, in this process as the emulator, and tell of each what it came to. */
async function run(row, executions, { keepBytes } = {}) {
  const { serve } = await import(`${PACKAGE}dist/infra/run/serve.js`);
  const root = project();
  const options = { root, service: "bench", stage: "dev", workflows: ["flows.ts"], port: 0, say: () => {} };
  const served = await serve({ ...options, ...(keepBytes !== undefined && { keepBytes }) });
  try {
    const { states } = served.emulator;
    for (const { workflow, count, expected } of executions) {
      const memory = sampleMemory(states);
      const began = performance.now();
      const { executionArn } = states.startExecution({
        stateMachineArn: served.stateMachines.get(workflow),
        input: JSON.stringify({ count }),
      });
      const { status, output, error, cause } = await states.executionEnd(executionArn);
      const seconds = (performance.now() - began) / 1000;
      const what = status === "SUCCEEDED" ? output : `${status} ${error}: ${String(cause).slice(0, 100)}`;
      console.log(`${row}: ${workflow}, ${count} items in ${seconds.toFixed(0)} s; ${memory.end(count)}`);
      console.log(`  ${what} ${what.startsWith(expected) ? "as expected" : `MISSED, expected ${expected}`}`);
    }
  } finally {
    await served.close();
    rmSync(root, { recursive: true, force: true });
  }
}

function told(isMet, target) {
  return `(target ${target}${isMet ? "" : ": MISSED"})`;
}

/**
 * What this process takes, until the end is asked for. With `--expose-gc` it is what is in use after a collection, else
 * what is resident, garbage included.
 */
function sampleMemory(states) {
  const samples = [];
  let most = 0;
  function sample() {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    most = Math.max(most, rss);
    samples.push({ bytes: globalThis.gc === undefined ? rss : heapUsed + external, kept: states.kept.bytes });
  }
  sample();
  const timer = setInterval(sample, 1000);
  return {
    /** @param count of the items, of which half are in the second half of the time */
    end(count) {
      clearInterval(timer);
      sample();
      const half = samples.slice(Math.floor(samples.length / 2));
      const [grown, kept] = ["bytes", "kept"].map((name) => growth(half.map((one) => one[name])));
      const isInUse = globalThis.gc !== undefined;
      return (
        `emulator at most ${mb(most)} MB ${told(most < MOST_BYTES, "1000")}; in the run's second half ${mb(grown)} MB more ` +
        `${isInUse ? "in use" : "resident"}, ${Math.round((2 * grown) / count)} bytes an item` +
        `${isInUse ? ` ${told(grown < FLAT_BYTES, `${mb(FLAT_BYTES)} MB`)}` : ""}, of it histories ${mb(kept)} MB; ` +
        `kept at the end ${mb(states.kept.bytes)} MB of at most ${mb(states.kept.most)}`
      );
    },
  };
}

function mb(bytes) {
  return (bytes / MB).toFixed(1);
}

/** From the first to the last of evenly spaced values, by the straight line that fits them best. */
function growth(values) {
  const middle = (values.length - 1) / 2;
  const mean = sum(values) / values.length;
  const spread = sum(values.map((_, at) => (at - middle) ** 2));
  return (sum(values.map((value, at) => (at - middle) * (value - mean))) / Math.max(1, spread)) * (values.length - 1);
}

function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}

function rowsOf(values) {
  const [many, million, large] = [values.many, values["million-items"], 1000 * values.megabytes].map(Number);
  const ordered = { workflow: "ordered", count: many, expected: right(many) };
  return {
    many: [
      ordered,
      { workflow: "tolerant", count: many, expected: right(many, Math.floor(many / 100)) },
      { workflow: "strict", count: many, expected: "FAILED TooFewSucceeded" },
    ],
    flat: [ordered],
    large: [
      {
        workflow: "large",
        count: large,
        expected: `{"whole":{"count":${large},"isSame":true},"mapped":${right(large)}}`,
      },
    ],
    million: [{ workflow: "million", count: million, expected: right(million) }],
  };
}

/** What `check` says of outputs in order, of which so many are null. */
function right(count, missing = 0) {
  return JSON.stringify({ count, missing, wrong: 0 });
}

export async function measureSizes(values) {
  const rows = [...values.row.split(","), ...(values.million ? ["million"] : [])];
  console.log(`maps of any size; load average ${loadavg()[0].toFixed(1)}`);
  for (const row of new Set(rows)) {
    const program = `import { measureRow } from ${JSON.stringify(import.meta.url)}; await measureRow(...JSON.parse(process.argv[1]));`;
    const flags = row === "flat" ? ["--expose-gc"] : [];
    const args = [...flags, "--input-type=module", "-e", program, "--", JSON.stringify([row, values])];
    const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
    if (status !== 0) process.exitCode = 1;
  }
}

/** A row, in this process. */
export async function measureRow(row, values) {
  await run(row, rowsOf(values)[row], row === "flat" ? { keepBytes: FEW_HISTORIES } : {});
}
