// How long a hit takes, as a multiple of `Map.get(int)` with 16 entries resident: npm run bench -- cache [library…]
// Each library has a process of its own: V8 compiles code for the types that it has seen, so one would slow down the
// next. Rounds of the library and of `Map.get` alternate, and the median of the rounds' ratios is printed, since
// absolute times mean little on a shared machine. The arguments of a hit equal those of the load, but are other
// objects.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const self = fileURLToPath(import.meta.url);
const sdk = fileURLToPath(new URL("../../dist/sdk/", import.meta.url));
const rounds = 25;
const resident = 16;
const copies = 4;

class Point {
  constructor(x, y) {
    this.x = x;
    this.y = y;
  }
  equals(other) {
    return this.x === other.x && this.y === other.y;
  }
  hashCode() {
    return (this.x * 31 + this.y) | 0;
  }
}

/** By kind of argument, a function that makes the argument list number `i`, of new objects each time. */
const keys = {
  "one number": (i) => [i],
  "one string": (i) => [`model-${i}`],
  "two primitives": (i) => [i, `model-${i % 4}`],
  "{state, name}": (i) => [{ state: i, name: `model-${i % 4}` }],
  "S3File-like record": (i) => [
    { bucket: "models", key: `weights/${i}.bin`, versionId: `v${i % 3}`, size: 1_048_576, format: "bin" },
  ],
  "nested, ten fields": (i) => [
    {
      model: "resnet",
      version: i,
      seed: 42,
      tokenizer: { kind: "bpe", lower: true },
      optimizer: { name: "adam", lr: 0.001, schedule: { warmup: 100, decay: 0.1 } },
      layers: [64, 32],
    },
  ],
  "equals/hashCode": (i) => [new Point(i, i + 1)],
  "two shapes in turn": (i) => [
    i % 2 === 0 ? { model: `m${i}`, name: "a" } : { model: `m${i}`, name: "a", revision: 2 },
  ],
  "two orders of keys": (i) => [(turns++ & 1) === 0 ? { state: i, name: "a" } : { name: "a", state: i }],
};
let turns = 0;

const value = Object.freeze({ loaded: true });

async function library(name) {
  switch (name) {
    case "lambent": {
      const { replicaCache } = await import(`${sdk}cache/replica-cache.js`);
      return (fn, max) => replicaCache({ name: "bench" }, fn, max === undefined ? {} : { maxEntries: max });
    }
    case "lru-cache memo + JSON": {
      const { LRUCache } = await import("lru-cache");
      return (fn, max = 20_000) => {
        const cache = new LRUCache({ max, memoMethod: (_key, _old, { context }) => fn(...context) });
        return (...args) => cache.memo(JSON.stringify(args), { context: args });
      };
    }
    case "lru-cache fetch + JSON": {
      const { LRUCache } = await import("lru-cache");
      return (fn, max = 20_000) => {
        const cache = new LRUCache({ max, fetchMethod: async (_key, _old, { context }) => fn(...context) });
        return (...args) => cache.fetch(JSON.stringify(args), { context: args });
      };
    }
    case "quick-lru + JSON": {
      const { default: QuickLRU } = await import("quick-lru");
      return (fn, max = 20_000) => {
        const cache = new QuickLRU({ maxSize: max });
        return (...args) => {
          const key = JSON.stringify(args);
          let hit = cache.get(key);
          if (hit === undefined) cache.set(key, (hit = fn(...args)));
          return hit;
        };
      };
    }
    case "Map + JSON": {
      return (fn) => {
        const cache = new Map();
        return (...args) => {
          const key = JSON.stringify(args);
          let hit = cache.get(key);
          if (hit === undefined) cache.set(key, (hit = fn(...args)));
          return hit;
        };
      };
    }
    case "p-memoize + JSON": {
      const { default: pMemoize } = await import("p-memoize");
      return (fn) => pMemoize(async (...args) => fn(...args), { cacheKey: JSON.stringify });
    }
    case "memoizee": {
      const { default: memoizee } = await import("memoizee");
      return (fn, max) =>
        memoizee(fn, { length: false, normalizer: JSON.stringify, ...(max !== undefined && { max }) });
    }
    case "micro-memoize deep": {
      const { memoize } = await import("micro-memoize");
      return (fn, max = 20_000) => memoize(fn, { isKeyItemEqual: "deep", maxSize: max });
    }
    case "moize deep": {
      const { default: moize } = await import("moize");
      return (fn, max = 20_000) => moize(fn, { isDeepEqual: true, maxSize: max });
    }
    case "fast-memoize": {
      const { default: fastMemoize } = await import("fast-memoize");
      return (fn) => fastMemoize(fn);
    }
    case "lodash.memoize + JSON": {
      const { default: memoize } = await import("lodash.memoize");
      return (fn) => memoize(fn, (...args) => JSON.stringify(args));
    }
    case "immutable Map": {
      const { default: Immutable } = await import("immutable");
      return (fn) => {
        let cache = Immutable.Map();
        return (...args) => {
          const key = Immutable.fromJS(args);
          let hit = cache.get(key);
          if (hit === undefined) cache = cache.set(key, (hit = fn(...args)));
          return hit;
        };
      };
    }
    default:
      throw new Error(`no library ${name}; there are ${libraries.join(", ")}`);
  }
}

const libraries = [
  "lambent",
  "Map + JSON",
  "lru-cache memo + JSON",
  "lru-cache fetch + JSON",
  "quick-lru + JSON",
  "p-memoize + JSON",
  "memoizee",
  "micro-memoize deep",
  "moize deep",
  "fast-memoize",
  "lodash.memoize + JSON",
  "immutable Map",
];
/** Those whose hits take longer the more entries there are: not measured with 10,000. */
const linear = new Set(["micro-memoize deep", "moize deep", "immutable Map"]);
/** Those with a limit, whose inserts and memory are measured. */
const measuredFully = new Set(["lambent", "lru-cache memo + JSON"]);

/** The same loop for all, so that V8 does not inline the cached function into it, as it would not in a program. */
function run(f, lists, times) {
  const mask = lists.length - 1;
  let found = 0;
  for (let i = 0; i < times; i++) {
    const args = lists[i & mask];
    const result = args.length === 1 ? f(args[0]) : f(args[0], args[1]);
    if (result !== undefined) found++;
  }
  return found;
}

function ns(start) {
  return Number(process.hrtime.bigint() - start);
}
function median(list) {
  return list.toSorted((a, b) => a - b)[list.length >> 1];
}

/** The median of the ratios of the times of `subject` and `base`. Both are called with a number of repetitions. */
function paired(subject, base, times) {
  function time(run, n) {
    const start = process.hrtime.bigint();
    run(n);
    return ns(start) / n;
  }
  for (let i = 0; i < 3; i++) [subject, base].map((run) => time(run, times));
  const ratios = [];
  for (let round = 0; round < rounds; round++) {
    const first = round % 2 === 0;
    const a = first ? time(subject, times) : undefined;
    const b = time(base, times);
    ratios.push((a ?? time(subject, times)) / b);
  }
  return median(ratios);
}

function mapGet(make = (i) => i) {
  const map = new Map(Array.from({ length: resident }, (_, i) => [make(i), value]));
  const lists = Array.from({ length: resident * copies }, (_, i) => [make(i % resident)]);
  function get(key) {
    return map.get(key);
  }
  return (times) => run(get, lists, times);
}

/**
 * Loads `many` entries and asks for up to 1,024 of them, so that with many a hit also misses the processor's caches.
 */
function hits(memoize, make, many) {
  const cached = memoize(make(0).length === 1 ? (_a) => value : (_a, _b) => value);
  for (let i = 0; i < many; i++) cached(...make(i));
  const asked = Math.min(many, 1024);
  const step = Math.floor(many / asked);
  const lists = Array.from({ length: asked * (many > resident ? 1 : copies) }, (_, i) => make((i % asked) * step));
  return (times) => run(cached, lists, times);
}

async function awaited(memoize) {
  const cached = memoize(async (_key) => value);
  const resolved = Promise.resolve(value);
  for (let i = 0; i < resident; i++) await cached(i);
  async function time(fn, times) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < times; i++) await fn(i & (resident - 1));
    return ns(start) / times;
  }
  function plain() {
    return resolved;
  }
  const ratios = [];
  for (let round = 0; round < rounds + 3; round++) {
    const a = await time(cached, 20_000);
    const b = await time(plain, 20_000);
    if (round >= 3) ratios.push(a / b);
  }
  return median(ratios);
}

/** Nanoseconds of an insert that evicts another entry. */
function inserts(memoize) {
  const cached = memoize((_key) => value, 10_000);
  let next = 0;
  function insert(times) {
    for (let i = 0; i < times; i++) cached({ state: next, name: `model-${next++ & 3}` });
  }
  insert(30_000);
  const times = [];
  for (let round = 0; round < rounds; round++) {
    const start = process.hrtime.bigint();
    insert(5_000);
    times.push(ns(start) / 5_000);
  }
  return median(times);
}

function bytesPerKey(memoize) {
  const cached = memoize((_key) => value);
  function fill(from, to) {
    for (let i = from; i < to; i++) cached({ state: i, name: `model-${i & 3}` });
  }
  const names = 50_000;
  fill(0, 1000);
  global.gc();
  const before = process.memoryUsage().heapUsed;
  fill(1000, 1000 + names);
  global.gc();
  const after = process.memoryUsage().heapUsed;
  cached({ state: 0, name: "model-0" });
  return (after - before) / names;
}

/** Milliseconds to import the SDK's cache less those to import a module with one function, each in a new process. */
function importOverBare(directory) {
  function time(file) {
    const code = `const t = performance.now(); await import(${JSON.stringify(file)}); console.log(performance.now() - t);`;
    return Number(execFileSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" }));
  }
  const bare = join(directory, "bare.mjs");
  writeFileSync(bare, "export const handler = async () => 1;\n");
  return median(Array.from({ length: rounds }, () => time(join(directory, "cache.mjs")) - time(bare)));
}

/** Nanoseconds of an invocation with one hit less those of calling a plain function in the same way. */
async function callOverBare(file) {
  const { replicaCache, runInvocation } = await import(file);
  const cached = replicaCache({ name: "bench" }, (n) => ({ n }));
  function plain(n) {
    return { n };
  }
  async function bare(fn) {
    return fn();
  }
  async function time(run, fn) {
    const start = process.hrtime.bigint();
    for (let i = 0; i < 20_000; i++) await run(() => fn(i & 15));
    return ns(start) / 20_000;
  }
  const over = [];
  for (let round = 0; round < rounds + 3; round++) {
    const difference = (await time(runInvocation, cached)) - (await time(bare, plain));
    if (round >= 3) over.push(difference);
  }
  return median(over);
}

/** Bytes of a bundle's entry and of all that is loaded with it. */
function eagerBytes({ outputs }) {
  const [entry] = Object.entries(outputs).find(([, { entryPoint }]) => entryPoint !== undefined);
  const seen = new Set();
  function visit(file) {
    if (seen.has(file) || outputs[file] === undefined) return;
    seen.add(file);
    for (const { path, kind } of outputs[file].imports) if (kind === "import-statement") visit(path);
  }
  visit(entry);
  return [...seen].reduce((sum, file) => sum + outputs[file].bytes, 0);
}

async function footprint() {
  const { build } = await import("esbuild");
  const directory = mkdtempSync(join(tmpdir(), "lambent-bench-"));
  async function bundle(contents, name) {
    const options = { bundle: true, minify: true, splitting: true, format: "esm", platform: "node", target: "node20" };
    const output = { outdir: directory, outExtension: { ".js": ".mjs" }, entryNames: name, metafile: true };
    const stdin = { contents, resolveDir: sdk };
    const { metafile } = await build({ ...options, ...output, stdin, external: ["@aws-sdk/*"] });
    return eagerBytes(metafile);
  }
  const cache = `export { replicaCache } from "./cache/replica-cache.js";
    export { runInvocation } from "./invocation/invocation.js";
    export { runPreloads } from "./cache/preload.js";`;
  const handler = 'export { createHandler } from "../handlers/replica.js";';
  const figures = {
    "bundle of the cache, bytes": await bundle(cache, "cache"),
    "the same in gzip": gzipSync(readFileSync(join(directory, "cache.mjs"))).length,
    "handler and cache, bytes": await bundle(`${cache}${handler}`, "handler"),
    "of it, middy": await bundle('export { default } from "@middy/core";', "middy"),
    "import over bare, ms": importOverBare(directory),
    "invocation with a hit over bare, ns": await callOverBare(join(directory, "cache.mjs")),
  };
  rmSync(directory, { recursive: true });
  return figures;
}

async function child(name) {
  if (name === "footprint") return console.log(JSON.stringify(await footprint()));
  const memoize = await library(name);
  const base = mapGet();
  const figures = {};
  for (const [key, make] of Object.entries(keys)) figures[key] = paired(hits(memoize, make, resident), base, 20_000);
  if (!linear.has(name)) {
    for (const [key, make] of Object.entries(keys)) {
      figures[`${key}, 10,000 resident`] = paired(hits(memoize, make, 10_000), base, 20_000);
    }
    figures["awaited hit, × a resolved promise"] = await awaited(memoize);
  }
  if (name === "lambent")
    figures["Map.get(string) alone"] = paired(
      mapGet((i) => `model-${i}`),
      base,
      20_000,
    );
  if (measuredFully.has(name)) {
    figures["insert at capacity, ns"] = inserts(memoize);
    figures["bytes per resident key"] = bytesPerKey(memoize);
  }
  console.log(JSON.stringify(figures));
}

function table(columns) {
  const rows = [...new Set(Object.values(columns).flatMap((figures) => Object.keys(figures)))];
  function number(figure) {
    return figure === undefined ? "" : figure.toFixed(Math.abs(figure) < 100 ? 2 : 0);
  }
  const head = ["", ...Object.keys(columns)];
  const body = rows.map((row) => [row, ...Object.values(columns).map((figures) => number(figures[row]))]);
  const widths = head.map((_, i) => Math.max(...[head, ...body].map((line) => line[i].length)));
  function line(cells) {
    return cells.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join("  ");
  }
  return [head, ...body].map(line).join("\n");
}

export async function main(args) {
  const chosen = args.length > 0 ? args : [...libraries, "footprint"];
  const columns = {};
  for (const name of chosen) {
    const options = { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] };
    columns[name] = JSON.parse(execFileSync(process.execPath, ["--expose-gc", self, name], options));
    if (chosen.length > 1) console.log(`${name}: done`);
  }
  console.log(`\nhits: multiples of Map.get(int) with ${resident} resident, medians of ${rounds} paired rounds\n`);
  console.log(table(columns));
}

if (process.argv[1] === self) await child(process.argv[2]);
