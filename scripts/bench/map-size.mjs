/**
 * Maps over more items than a state machine carries: what they take of the emulator's memory, and whether every output is
 * in its place. Each row is a service and a process of its own. Needs `npm run build`. Options: --row many,million,large
 * --items 100000 --million 1000000 --megabytes 200. Targets: the emulator's memory does not grow with the items; outputs in
 * order; of failing items (1 %) as many are tolerated as `minSuccessRatio` says, and not one more; what comes out is, byte
 * for byte, what went in; the emulator stays below 1 GB.
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const PACKAGE = fileURLToPath(new URL("../..", import.meta.url));
const MB = 1_000_000;

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
async function run(executions) {
  const { serve } = await import(`${PACKAGE}dist/infra/run/serve.js`);
  const root = project();
  const served = await serve({ root, service: "bench", stage: "dev", workflows: ["flows.ts"], port: 0, say: () => {} });
  try {
    for (const { workflow, count } of executions) {
      const memory = sampleMemory();
      const { states } = served.emulator;
      const began = performance.now();
      const { executionArn } = states.startExecution({
        stateMachineArn: served.stateMachines.get(workflow),
        input: JSON.stringify({ count }),
      });
      const { status, output, error, cause } = await states.executionEnd(executionArn);
      const seconds = (performance.now() - began) / 1000;
      const { most, slope } = memory.end();
      const what = status === "SUCCEEDED" ? output : `${status} ${error}: ${String(cause).slice(0, 100)}`;
      console.log(
        `${workflow.padEnd(8)} ${String(count).padStart(8)} items in ${seconds.toFixed(0)} s; emulator at most ${(most / MB).toFixed(0)} MB, ` +
          `${(slope / MB).toFixed(1)} MB more from the first half to the second; ${what}`,
      );
    }
  } finally {
    await served.close();
    rmSync(root, { recursive: true, force: true });
  }
}

/** Of this process's memory the most, and how much more the mean of the second half of the time is than that of the first. */
function sampleMemory() {
  const samples = [process.memoryUsage.rss()];
  const timer = setInterval(() => samples.push(process.memoryUsage.rss()), 250);
  return {
    end() {
      clearInterval(timer);
      samples.push(process.memoryUsage.rss());
      const middle = Math.ceil(samples.length / 2);
      return { most: Math.max(...samples), slope: mean(samples.slice(middle)) - mean(samples.slice(0, middle)) };
    },
  };
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}

function rowsOf({ items, million, megabytes }) {
  return {
    many: ["ordered", "tolerant", "strict"].map((workflow) => ({ workflow, count: items })),
    million: [{ workflow: "million", count: million }],
    large: [{ workflow: "large", count: megabytes * 1000 }],
  };
}

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      row: { type: "string", default: "many,million,large" },
      items: { type: "string", default: "100000" },
      million: { type: "string", default: "1000000" },
      megabytes: { type: "string", default: "200" },
      alone: { type: "boolean", default: false },
    },
  });
  const { items, million, megabytes } = values;
  const rows = rowsOf({ items: Number(items), million: Number(million), megabytes: Number(megabytes) });
  const chosen = values.row.split(",");
  if (values.alone) return run(chosen.flatMap((row) => rows[row] ?? []));
  for (const row of chosen) {
    const own = ["--row", row, "--items", items, "--million", million, "--megabytes", megabytes, "--alone"];
    const program = `import { main } from ${JSON.stringify(import.meta.url)}; await main(process.argv.slice(1));`;
    spawnSync(process.execPath, ["--input-type=module", "-e", program, "--", ...own], { stdio: "inherit" });
  }
}
