import "../../support/store-directory.ts";
import asl from "asl-validator";
import fc from "fast-check";
import { beforeEach, describe, expect, test } from "vitest";
import { ActorEnvironment, after, mapTask, partial, warmAll, workflow } from "lambent";
import type { MapOptions, Workflow } from "lambent";
import { compile } from "../../../infra/compile/compile.ts";
import { validateDefinition } from "../../../infra/validate/validate.ts";
import { lanesOf } from "../../../sdk/values/lanes.ts";
import { keyText, rankReplicas } from "../../../sdk/values/replica-ranking.ts";
import { target } from "../../support/definitions.ts";
import { runSkippingWaits, type Surroundings, type WorkflowRun } from "../../support/workflow-run.ts";

const REPLICAS = 3;
const actor = new ActorEnvironment({ name: "near", replicaCount: REPLICAS, affinity: true });

/** How often each item is still to fail. */
const failures = new Map<number, number>();
beforeEach(() => failures.clear());

const loadModel = actor.cache(async function loadModel(model: unknown) {
  return JSON.stringify(model);
});
const score = actor.task(
  async function score({ model, id, end = "" }: { model: unknown; id: number; end?: string }) {
    const left = failures.get(id) ?? 0;
    failures.set(id, left - 1);
    if (left > 0) throw new RangeError(`item ${id} fails`);
    return [model, `${id}${end}`];
  },
  { affinityKey: (inputs) => inputs.model, retries: 2 },
);
const nested = actor.task(
  async function nested({ model, id }: { model: { name: string; version?: number }; id: number }) {
    return `${model.name}${id}`;
  },
  { affinityKey: (inputs) => [inputs.model.name, inputs.model.version!] },
);
const tasks = { score, nested };

type Mapped = Workflow<{ models?: unknown[]; ids?: number[] }, unknown>;

function mapped(name: string, options?: MapOptions & { minSuccessRatio?: number }): Mapped {
  const { minSuccessRatio, ...others } = options ?? {};
  const map = minSuccessRatio === undefined ? mapTask(score, others) : mapTask(score, { ...others, minSuccessRatio });
  const lists = { models: [] as unknown[], ids: [] as number[] };
  return workflow(lists, ({ models, ids }) => map({ model: models, id: ids }), { name });
}

const FORMS = {
  plain: mapped("plain"),
  one: mapped("one", { batch: 1 }),
  two: mapped("two", { batch: 2 }),
  auto: mapped("auto", { batch: "auto", concurrentItems: 2 }),
  by: mapped("by", { batchBy: "id" }),
  tolerant: mapped("tolerant", { minSuccessRatio: 0.5, concurrency: 2 }),
  pieces: mapped("pieces", { mode: "distributed" }),
  piecesOfTwo: mapped("piecesOfTwo", { mode: "distributed", batch: 2, batchBy: "id", concurrency: 2 }),
};

function runOver(form: Mapped, models: readonly unknown[], surroundings?: Surroundings): Promise<WorkflowRun> {
  return runSkippingWaits(form, { models: [...models], ids: models.map((_, id) => id) }, tasks, surroundings);
}

/** `replica: items` of each invocation. */
function sent({ invocations, replicas }: WorkflowRun): string[] {
  return invocations.map(({ batch }, index) => `${replicas[index]}: ${batch?.indices.join()}`).toSorted();
}

test.each(Object.entries(FORMS))("%s: both validators accept the definition", (_, { graph }) => {
  const definition = compile(graph, target);
  expect(asl(definition).errorsText("\n")).toBe("");
  expect(validateDefinition(JSON.stringify(definition), "STANDARD")).toEqual([]);
});

test("work on lists of child executions is spread over the replicas", async () => {
  const ids = Array.from({ length: 31 }, (_, id) => id);
  const form = mapped("spread", { mode: "distributed", batch: 1 });
  const { invocations, replicas, output } = await runOver(form, ids);
  expect(output).toEqual(ids.map((id) => [id, `${id}`]));
  function replicasOf(kind: string): (string | number | undefined)[] {
    return invocations.flatMap(({ list }, index) => (list?.kind === kind ? [replicas[index]] : []));
  }
  expect(new Set(replicasOf("keys")).size).toBe(REPLICAS);
  expect(new Set(replicasOf("collect")).size).toBe(REPLICAS);
  expect(new Set(replicasOf("join").slice(0, 2)).size).toBe(2); // the two lists
});

const model = fc.oneof(
  fc.constantFrom<unknown>("a", "b", "c", "d", 1, null, [], [[]], [1, [2]], { a: 1 }, {}),
  fc.jsonValue({ maxDepth: 2 }),
);
const item = fc.record({ model, fails: fc.nat({ max: 2 }) });
const gone = fc.subarray(["0", "1", "2"], { maxLength: REPLICAS - 1 });

test("outputs are those of plain calls, in order, whatever the batches, whichever items fail before and replicas are gone", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...Object.values(FORMS)),
      fc.array(item, { maxLength: 12 }),
      gone,
      async (form, items, away) => {
        items.forEach(({ fails }, id) => failures.set(id, fails));
        const models = items.map((one) => one.model);
        let atWork: string[] = [];
        const run = await runOver(form, models, {
          refuse: (replica) => (away.includes(replica) ? "TooManyRequestsException" : undefined),
          watch(replica, isAtWork) {
            if (!isAtWork) atWork = atWork.filter((one) => one !== replica);
            // A replica that stands in for another has work of its own.
            else if (away.length === 0) expect(atWork).not.toContain(replica);
            if (isAtWork) atWork.push(replica);
          },
        });
        if (run.status !== "SUCCEEDED") throw new Error(`${run.error}: ${run.cause}`);
        // Data that looks like one of Lambent's marks is wrapped in what a state machine returns.
        expect(JSON.stringify(run.output).replaceAll(/\{"\$(?:given|plain)":(\{[^{}]*\})\}/g, "$1")).toBe(
          JSON.stringify(models.map((one, id) => [one, String(id)])),
        );
      },
    ),
    { numRuns: 60 },
  );
}, 90_000);

describe("a map over an actor with affinity", () => {
  const models = ["a", "b", "a", "c", "a", "b", "d", "a"];
  const lanes = lanesOf(
    models.map((one) => keyText([one])),
    REPLICAS,
  );

  test("is one invocation for each replica, with the items of a key side by side", async () => {
    expect(sent(await runOver(FORMS.plain, models))).toEqual(
      lanes.map(({ replicas: [replica], indices }) => `${replica}: ${indices.join()}`).toSorted(),
    );
  });

  test("sends items again to the replica where they were", async () => {
    failures.set(2, 1);
    const run = await runOver(FORMS.plain, models);
    const own = lanes.find(({ indices }) => indices.includes(2))?.replicas[0];
    expect(sent(run)).toContain(`${own}: 2`);
    expect(run.invocations.length).toBe(lanes.length + 1);
  });

  test("sends what there was no time for to the same replica in a next round", async () => {
    let now = 0;
    const run = await runOver(FORMS.plain, models, { remainingMs: () => 60_000 - ((now += 20_000) % 60_000) });
    const replicaOf = new Map<number, string | undefined>();
    run.invocations.forEach(({ batch }, at) => {
      for (const index of batch?.indices ?? []) {
        expect(replicaOf.get(index) ?? run.replicas[at]).toBe(run.replicas[at]);
        replicaOf.set(index, run.replicas[at]);
      }
    });
    expect(run.output).toEqual(models.map((one, id) => [one, String(id)]));
  });

  test("goes by the key's values, whichever inputs they are in, bound or in the elements", async () => {
    const shaped = workflow({ models: [] as { name: string; version?: number }[] }, function shaped({ models }) {
      return mapTask(partial(nested, { id: 7 }))({ model: models });
    });
    const elements = [{ name: "a", version: 1 }, { name: "b" }, { name: "a", version: 2 }];
    const run = await runSkippingWaits(shaped, { models: elements }, tasks);
    expect(run.output).toEqual(["a7", "b7", "a7"]);
    const keys = elements.map(({ name, version }) => keyText([name, version]));
    expect(sent(run)).toEqual(
      lanesOf(keys, REPLICAS)
        .map(({ replicas: [replica], indices }) => `${replica}: ${indices.join()}`)
        .toSorted(),
    );
    const bound = workflow({ element: "m", ids: [0, 1, 2, 3, 4, 5] }, function bound({ element, ids }) {
      return mapTask(partial(score, { model: element }))({ id: ids });
    });
    expect((await runSkippingWaits(bound, {}, tasks)).output).toEqual([0, 1, 2, 3, 4, 5].map((id) => ["m", `${id}`]));
  });

  test("finds the item that ends its replica, as batches do, and the others end", async () => {
    const tolerant = mapped("tolerates", { minSuccessRatio: 0.5 });
    const run = await runOver(tolerant, models, {
      crash: ({ batch }) => (batch?.indices.includes(4) === true ? "Runtime.OutOfMemory" : undefined),
    });
    expect(run.output).toEqual(models.map((one, id) => (id === 4 ? null : [one, String(id)])));
  });

  test("is refused where its task has no key", () => {
    const keyless = actor.task(async function keyless({ model }: { model: string }) {
      return model;
    });
    const wf = workflow({ models: [] as string[] }, function wf({ models }) {
      return mapTask(keyless)({ model: models });
    });
    expect(() => compile(wf.graph, target)).toThrow("task keyless: actor near has affinity, and the task no key");
  });

  test("of one item, or of none", async () => {
    expect(sent(await runOver(FORMS.plain, ["a"]))).toEqual([`${rankReplicas(["a"], REPLICAS)[0]}: 0`]);
    expect(await runOver(FORMS.plain, [])).toMatchObject({ output: [], invocations: [] });
  });

  test("in child executions goes to the same replicas", async () => {
    const batches = sent(await runOver(FORMS.pieces, models)).filter((one) => !one.endsWith("undefined"));
    expect(batches).toEqual(
      lanes.map(({ replicas: [replica], indices }) => `${replica}: ${indices.join()}`).toSorted(),
    );
  });

  test("groups the items of a replica by batchBy", async () => {
    const grouped = workflow({ models: [] as string[], ids: [] as number[] }, function grouped({ models, ids }) {
      return mapTask(score, { batchBy: "id" })({ model: models, id: ids });
    });
    const inputs = { models: ["a", "a", "a", "a"], ids: [1, 2, 1, 2] };
    const run = await runSkippingWaits(grouped, inputs, tasks);
    expect(run.output).toEqual([
      ["a", "1"],
      ["a", "2"],
      ["a", "1"],
      ["a", "2"],
    ]);
    for (const { batch } of run.invocations) {
      const ids = (batch?.indices ?? []).map((index) => inputs.ids[index]);
      expect(ids).toEqual(ids.toSorted());
    }
  });
});

describe("warmAll with affinity", () => {
  const models = ["a", "b", "c", "d", "e", "f", "g"];

  test("loads each list once, on the replica where a map over the same keys sends their items", async () => {
    const warmed = workflow({ models: [] as unknown[], ids: [] as number[] }, function warmed({ models, ids }) {
      const [a, b, c, d, e, f, g] = ["a", "b", "c", "d", "e", "f", "g"];
      return after(warmAll(loadModel, [a], [b], [c], [d], [e], [f], [g]), () =>
        mapTask(score)({ model: models, id: ids }),
      );
    });
    const listed = models.flatMap((one, index) => Array.from({ length: 5 + (index % 3) }, () => one));
    const run = await runSkippingWaits(warmed, { models: listed, ids: listed.map((_, id) => id) }, tasks);
    expect(run.status).toBe("SUCCEEDED");
    const loadedOn = new Map<string, string | undefined>();
    run.invocations.forEach(({ task, batch }, at) => {
      for (const index of batch?.indices ?? []) {
        const key = task === "score" ? listed[index] : models[index];
        expect(loadedOn.get(String(key)) ?? run.replicas[at]).toBe(run.replicas[at]);
        loadedOn.set(String(key), run.replicas[at]);
      }
    });
    expect(loadedOn.size).toBe(models.length);
  });

  test("takes the fields of an object for the values of a key", async () => {
    const load = actor.cache(async function loadVersion({ name, version }: { name: string; version: number }) {
      return name + version;
    });
    const warmed = workflow({ name: "a" }, function warmed({ name }) {
      return after(warmAll(load, [{ name, version: 1 }]), () => nested({ model: { name, version: 1 }, id: 1 }));
    });
    const { replicas } = await runSkippingWaits(warmed, {}, tasks);
    expect(replicas).toEqual([replicas[0], replicas[0]]);
  });
});
