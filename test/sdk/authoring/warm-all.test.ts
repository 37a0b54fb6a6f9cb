import { beforeEach, describe, expect, test } from "vitest";
import { ActorEnvironment, after, task, warmAll, workflow } from "lambent";
import { describeService } from "../../../sdk/authoring/service.ts";
import { runSkippingWaits } from "../../support/workflow-run.ts";

const actor = new ActorEnvironment({ name: "ordinary", replicaCount: 3 });
let loaded: unknown[] = [];
beforeEach(() => {
  loaded = [];
  loadModel.clear();
});

const loadModel = actor.cache(async function loadModel(model: string, version: number = 1) {
  loaded.push([model, version]);
  if (model === "missing") throw new RangeError("there is no such model");
  return { size: model.length * version };
});
const score = actor.task(async function score({ model, version }: { model: string; version?: number }) {
  return (await loadModel(model, version)).size;
});

describe("without affinity", () => {
  test("as many invocations as there are replicas load all lists, one after the other", async () => {
    const warmed = workflow({ model: "given" }, function warmed({ model }) {
      return after(warmAll(loadModel, ["a"], [model, 2]), () => score({ model, version: 2 }));
    });
    expect(String(warmed.graph)).toBe(
      [
        'warmed(model = "given")',
        '  warmAll = map ordinary/warmAll(loadModel) {actor: "ordinary", lists: [["a"], [model, 2]]} for replica of [0,1,2], concurrency 3',
        "  score   = after warmAll: ordinary/score {model: model, version: 2}",
        "  return score",
      ].join("\n"),
    );
    const { output, invocations } = await runSkippingWaits(warmed, {}, { score });
    expect([output, loaded]).toEqual([
      10,
      [
        ["a", 1],
        ["given", 2],
      ],
    ]);
    expect(invocations.map((one) => one.task)).toEqual([
      "warmAll(loadModel)",
      "warmAll(loadModel)",
      "warmAll(loadModel)",
      "score",
    ]);
  });

  test("a load that fails fails the workflow by its error", async () => {
    const failing = workflow({}, () => warmAll(loadModel, ["missing"]), { name: "failing" });
    expect(await runSkippingWaits(failing, {}, { score })).toMatchObject({ status: "FAILED", error: "RangeError" });
  });
});

describe("warmAll refuses", () => {
  const twice = new ActorEnvironment({ name: "twice" });
  const [one] = [twice.cache(async function load() {}), twice.cache(async function load() {})];
  const nameless = actor.cache((() => async () => {})());

  test.each([
    [
      "a function that is not cached",
      () => warmAll((async () => {}) as never, []),
      "takes a function that an actor's cache has made",
    ],
    ["a task", () => warmAll(score as never, []), "takes a function that an actor's cache has made"],
    [
      "nothing to load",
      () => warmAll(loadModel),
      'warmAll(loadModel, …) needs a list of arguments for each load: warmAll(loadModel, ["a"], ["b"])',
    ],
    [
      "arguments that are in no list",
      () => warmAll(loadModel, "a" as never),
      'takes lists of arguments, one for each load, such as warmAll(loadModel, ["a"], ["b"]); it was given "a"',
    ],
    ["a cached function without a name", () => warmAll(nameless, []), "of actor ordinary that has no name"],
    ["one of several of a name", () => warmAll(one, []), "actor twice has several cached functions named load"],
  ] as const)("%s", (_, fn, message) => {
    expect(() => workflow({}, () => fn(), { name: "refused" })).toThrow(message);
  });

  test("an actor without a task of its own", () => {
    const idle = new ActorEnvironment({ name: "idle" });
    const load = idle.cache(async function load(model: string) {
      return model;
    });
    const plain = task(async function plain() {
      return 1;
    });
    const warming = workflow({}, function warming() {
      return after(warmAll(load, ["a"]), () => plain({}));
    });
    expect(() => describeService([{ warming }])).toThrow(
      "workflow warming: warmAll(load) is to run on actor idle, which has no task",
    );
  });

  test("a cached function that is not in the replica's bundle, in the replica", async () => {
    const { warmingTask } = await import("../../../handlers/warming.ts");
    await expect(warmingTask("warmAll(gone)", [])?.run({ actor: "ordinary", lists: [] })).rejects.toThrow(
      "the function of actor ordinary has no cached function gone, since none of the actor's tasks uses it",
    );
    expect(warmingTask("score", [])).toBeUndefined();
  });

  test("being called outside of a workflow", () => {
    expect(() => warmAll(loadModel, ["a"])).toThrow("warmAll was called outside of a workflow");
  });
});
