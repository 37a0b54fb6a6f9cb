/**
 * Compares handlers with a bare one: the bytes that are loaded before the first request (without the sources below),
 * the time to import them in a new process, and the time of a warm invocation. The others are middy, middy with
 * Powertools' logger, metrics and tracer, and Lambent's. Needs `npm run build`. Options: --imports 21 --invocations
 * 20000 --rounds 7
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";

const here = fileURLToPath(new URL(".", import.meta.url));
const { bundle } = await import(new URL("../../dist/infra/project/bundle.js", import.meta.url).href);

/** Each handler does the same work, one addition. */
const SOURCES = {
  bare: `export const handler = async (event) => ({ output: event.inputs.value + 1 });`,
  middy: `import middy from "@middy/core";
export const handler = middy().handler(async (event) => ({ output: event.inputs.value + 1 }));`,
  "middy + Powertools": `import middy from "@middy/core";
import { Logger } from "@aws-lambda-powertools/logger";
import { injectLambdaContext } from "@aws-lambda-powertools/logger/middleware";
import { Metrics } from "@aws-lambda-powertools/metrics";
import { logMetrics } from "@aws-lambda-powertools/metrics/middleware";
import { Tracer } from "@aws-lambda-powertools/tracer";
import { captureLambdaHandler } from "@aws-lambda-powertools/tracer/middleware";
const serviceName = "bench";
const metrics = new Metrics({ serviceName, namespace: "bench" });
export const handler = middy()
  .use(captureLambdaHandler(new Tracer({ serviceName })))
  .use(injectLambdaContext(new Logger({ serviceName })))
  .use(logMetrics(metrics))
  .handler(async (event) => {
    metrics.addMetric("calls", "Count", 1);
    return { output: event.inputs.value + 1 };
  });`,
  "Lambent, a plain task": `import { task } from "lambent";
import { createHandler } from "lambent/handler";
const add = task(async function add({ value }) { return value + 1; });
export const handler = await createHandler(undefined, [{ add }]);`,
  "Lambent, an actor's cache": `import { ActorEnvironment, workflow } from "lambent";
import { createHandler } from "lambent/handler";
const actor = new ActorEnvironment({ name: "bench" });
const load = actor.cache(async function load({ step }) { return (value) => value + step; });
const add = actor.task(async function add({ value }) { return (await load({ step: 1 }))(value); });
const wf = workflow({ value: 1 }, function wf({ value }) { return add({ value }); });
export const handler = await createHandler("bench", [{ wf }]);`,
};

/** The payload that a state sends. */
const EVENT = {
  task: "add",
  inputs: { value: 1 },
  execution: "arn:aws:states:us-east-1:123456789012:execution:bench:1",
  budget: { bytes: 100_000 },
};

/** The source of Lambda's context object, with the fields that a handler may read. */
const CONTEXT = `{ functionName: "bench", functionVersion: "1", invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:bench:live",
  memoryLimitInMB: "1024", awsRequestId: "00000000-0000-0000-0000-000000000000", logGroupName: "", logStreamName: "",
  callbackWaitsForEmptyEventLoop: false, getRemainingTimeInMillis: () => 60000 }`;

/** A program that imports a bundle, and writes the milliseconds to a file. Arguments: the bundle's URL, the file. */
const IMPORT = `import { writeFileSync } from "node:fs";
const began = performance.now(); await import(process.argv[2]); writeFileSync(process.argv[3], String(performance.now() - began));`;

/**
 * A program that writes the microseconds of an invocation to a file, as the median of blocks of a hundred. Arguments:
 * the bundle's URL, the file, the number of invocations.
 */
const INVOKE = `import { writeFileSync } from "node:fs";
const { handler } = await import(process.argv[2]);
const context = ${CONTEXT};
const event = ${JSON.stringify(EVENT)};
const blocks = [];
for (let block = -50; block < Number(process.argv[4]) / 100; block++) {
  const began = performance.now();
  for (let call = 0; call < 100; call++) await handler(event, context);
  if (block >= 0) blocks.push((performance.now() - began) * 10);
}
blocks.sort((one, other) => one - other);
writeFileSync(process.argv[3], String(blocks[blocks.length >> 1]));`;

const ENVIRONMENT = {
  PATH: process.env.PATH,
  AWS_LAMBDA_FUNCTION_NAME: "bench",
  AWS_REGION: "us-east-1",
  AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/22/[1]0123456789abcdef",
  POWERTOOLS_TRACE_ENABLED: "false",
};

/**
 * Run one of these programs in a process of its own, and read the number that it writes. Its output (metrics of
 * Powertools and of caches) is dropped, so that the terminal is not measured too.
 */
function measure(program, url, ...args) {
  const result = `${program}.result`;
  execFileSync(process.execPath, [program, url, result, ...args], { env: ENVIRONMENT, stdio: "ignore" });
  return Number(readFileSync(result, "utf8"));
}

function median(values) {
  return values.toSorted((one, other) => one - other)[values.length >> 1];
}

/** Bytes of a module and of all modules that are loaded with it. */
export function eagerBytes(entry, seen = new Set()) {
  if (seen.has(entry)) return 0;
  seen.add(entry);
  const text = readFileSync(entry, "utf8");
  const imports = [...text.matchAll(/(?:from|import)\s*"(\.\/[^"]+)"/g)].map(([, path]) => join(dirname(entry), path));
  return statSync(entry).size + imports.reduce((sum, path) => sum + eagerBytes(path, seen), 0);
}

/** Bytes in the bundle of sources with matching paths, without those that are loaded on first use. */
function bytesOf(source, parts) {
  return parts.filter(({ path, isLazy }) => !isLazy && source.test(path)).reduce((sum, { bytes }) => sum + bytes, 0);
}

const CACHE = /\/sdk\/(cache|invocation)\//;

export async function main(args) {
  const options = {
    imports: { type: "string", default: "21" },
    invocations: { type: "string", default: "20000" },
    rounds: { type: "string", default: "7" },
  };
  const { values } = parseArgs({ args, options });
  const directory = mkdtempSync(join(tmpdir(), "lambent-bench-"));
  try {
    function program(name, text) {
      const path = join(directory, name);
      writeFileSync(path, text);
      return path;
    }
    const [importer, invoker] = [program("import.mjs", IMPORT), program("invoke.mjs", INVOKE)];
    const handlers = [];
    for (const [name, source] of Object.entries(SOURCES)) {
      const made = await bundle(source, {
        root: here,
        outDir: join(directory, "bundles"),
        nodeVersion: 20,
        minify: true,
        sourceMap: false,
        sdk: "replica",
      });
      const entry = join(made.directory, "index.mjs");
      const cache = bytesOf(CACHE, made.parts);
      const other = eagerBytes(entry) - cache - bytesOf(/^lambent-entry/, made.parts);
      handlers.push({ name, cache, other, url: pathToFileURL(entry).href, imports: [], invocations: [] });
    }
    // In turns, so that all are slowed down alike when the machine is busy.
    for (let round = 0; round < Number(values.imports); round++) {
      for (const handler of handlers) handler.imports.push(measure(importer, handler.url));
    }
    for (let round = 0; round < Number(values.rounds); round++) {
      for (const handler of handlers) handler.invocations.push(measure(invoker, handler.url, values.invocations));
    }
    const [bare] = handlers;
    const [bareImport, bareInvocation] = [median(bare.imports), median(bare.invocations)];
    console.table(
      Object.fromEntries(
        handlers.map(({ name, cache, other, imports, invocations }) => [
          name,
          {
            "cache KB": Number((cache / 1000).toFixed(1)),
            "other KB": Number((other / 1000).toFixed(1)),
            "import ms": Number(median(imports).toFixed(1)),
            "over bare ms": Number((median(imports) - bareImport).toFixed(1)),
            "warm µs": Number(median(invocations).toFixed(2)),
            "over bare µs": Number((median(invocations) - bareInvocation).toFixed(2)),
          },
        ]),
      ),
    );
    console.log(
      `Node ${process.version}; medians of ${values.imports} imports, and of ${values.rounds} processes of ${values.invocations} invocations each`,
    );
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}
