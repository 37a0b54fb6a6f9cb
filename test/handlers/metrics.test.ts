import { afterEach, expect, test, vi } from "vitest";
import type { Batch } from "../../handlers/payload.ts";
import type { Json } from "../../sdk/base/json.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

interface Call {
  readonly task: string;
  readonly inputs: Json;
  readonly batch?: Batch;
}

/** The lines of metrics that a new replica writes for each of these invocations. */
async function linesOf(calls: readonly Call[], initializationType: string = "on-demand"): Promise<unknown[][]> {
  vi.resetModules(); // the environment is read when a replica starts
  const [{ ActorEnvironment }, { tasksOf }, { invoke }] = await Promise.all([
    import("lambent"),
    import("../../handlers/handler.ts"),
    import("../../handlers/invocation.ts"),
  ]);
  const actor = new ActorEnvironment({ name: "model" });
  const load = actor.cache(
    async function load(name: string) {
      if (name === "broken") throw new Error("no such model");
      return name.length;
    },
    { maxEntries: 1 },
  );
  const score = actor.task(async function score({ model }: { model: string }) {
    return load(model);
  });
  const plain = actor.task(async function plain() {
    return 1;
  });
  const tasks = tasksOf("model", [{ score, plain }]);
  const written = vi.spyOn(process.stdout, "write").mockImplementation(() => true);
  const lines: unknown[][] = [];
  for (const call of calls) {
    written.mockClear();
    await invoke(tasks, call, { id: "r", initializationType }, () => 60_000).catch(() => {});
    lines.push(written.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown));
  }
  written.mockRestore();
  return lines;
}

const score = { task: "score", inputs: { model: "a" } };
const plain = { task: "plain", inputs: {} };

test("an invocation that used a cache, and a replica's first, write a line each; others write none", async () => {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "my-model");
  vi.stubEnv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "100000");
  const [first, second, third] = await linesOf([plain, score, plain]);
  expect(first).toEqual([
    expect.objectContaining({ function: "my-model", initialization: "on-demand", ColdStarts: 1 }),
  ]);
  expect(first?.[0]).not.toHaveProperty("CacheHits");
  const [{ MemoryUtilization } = { MemoryUtilization: 0 }] = first as { MemoryUtilization: number }[];
  expect(MemoryUtilization).toBeGreaterThan(0);
  expect(MemoryUtilization).toBeLessThan(100);
  expect(second).toMatchObject([{ CacheMisses: 1, CacheHits: 0, CacheEntries: 1, caches: [{ cache: "load" }] }]);
  expect(second?.[0]).not.toHaveProperty("ColdStarts");
  expect(third).toEqual([]);
});

test("a batch writes one line with the sums of its items, and the next line has its own alone", async () => {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "my-model");
  const batch = { indices: [0, 1, 2], lists: { model: ["a", "a", "bb"] } };
  const [items, again] = await linesOf([
    { task: "score", inputs: {}, batch },
    { ...score, inputs: { model: "bb" } },
  ]);
  expect(items).toMatchObject([{ CacheHits: 1, CacheMisses: 2, CacheEvictions: 1, CacheEntries: 1 }]);
  expect(again).toMatchObject([{ CacheHits: 1, CacheMisses: 0, CacheEvictions: 0, CacheLoadTime: 0 }]);
});

test("a load that fails is a metric, though its invocation fails", async () => {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "my-model");
  const [failed] = await linesOf([{ task: "score", inputs: { model: "broken" } }]);
  expect(failed).toMatchObject([{ CacheLoadFailures: 1, CacheMisses: 1, CacheEntries: 0 }]);
});

test("a start on demand is a spill where the function has provisioned replicas, and only there", async () => {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "my-model");
  const [[unprovisioned] = []] = await linesOf([plain]);
  vi.stubEnv("LAMBENT_PROVISIONED", "true");
  const [[spilled] = []] = await linesOf([plain]);
  const [[provisioned] = []] = await linesOf([plain], "provisioned-concurrency");
  expect(unprovisioned).not.toHaveProperty("Spills");
  expect(spilled).toMatchObject({ Spills: 1 });
  expect(provisioned).not.toHaveProperty("Spills");
  expect(provisioned).toMatchObject({ initialization: "provisioned-concurrency" });
});

test("replicas of an actor with affinity count under the name that they have in common", async () => {
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "service-dev-model-3");
  vi.stubEnv("LAMBENT_KEY_PREFIX", "service-dev-model");
  expect(await linesOf([score])).toMatchObject([[{ function: "service-dev-model" }]]);
});

test("nothing is written outside of Lambda, or where it is off", async () => {
  expect(await linesOf([score])).toEqual([[]]);
  vi.stubEnv("AWS_LAMBDA_FUNCTION_NAME", "my-model");
  vi.stubEnv("LAMBENT_METRICS", "off");
  expect(await linesOf([score])).toEqual([[]]);
});
