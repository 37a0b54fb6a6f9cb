import { ActorEnvironment, task, workflow, type ActorTaskOptions } from "lambent";
import { expect, test } from "vitest";
import type { Affinity } from "../../../sdk/graph/graph.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { describeService } from "../../../sdk/authoring/service.ts";

interface Inputs {
  readonly model: string;
  readonly options: { readonly sizes: number[]; readonly language: { readonly code: string } };
}

const near = new ActorEnvironment({ name: "near", replicaCount: 3, affinity: true });
const plain = new ActorEnvironment({ name: "plain" });

function run({ model }: Inputs): string {
  return model;
}

const options = { sizes: [1], language: { code: "en" } };

/** What a call of a task with this key has in the graph. */
function affinityOf(affinityKey: ActorTaskOptions<Inputs>["affinityKey"]): Affinity | undefined {
  const scored = near.task(run, affinityKey === undefined ? {} : { affinityKey });
  const { graph } = workflow({ model: "m" }, function keyed({ model }) {
    return scored({ model, options });
  });
  const [node] = allNodes(graph);
  return node === undefined ? undefined : invokingNode(node)?.address.affinity;
}

test("a task's key is an input, or fields of several, as its function returns them", () => {
  expect(affinityOf((inputs) => inputs.model)).toEqual({ replicas: 3, paths: [["model"]] });
  expect(affinityOf(({ options: { language } }) => language.code)?.paths).toEqual([["options", "language", "code"]]);
  expect(affinityOf(({ model, options }) => [model, options.sizes[0]!])?.paths).toEqual([
    ["model"],
    ["options", "sizes", "0"],
  ]);
  expect(affinityOf(({ model, options }) => ({ model, of: options.language }))?.paths).toEqual([
    ["model"],
    ["options", "language"],
  ]);
});

test("of a task without a key the graph says that none is known yet", () => {
  expect(affinityOf(undefined)).toEqual({ replicas: 3 });
});

test("other options leave a task its key", () => {
  const scored = near.task(run, { affinityKey: ({ model }) => model }).withOverrides({ timeout: 5 });
  const { graph } = workflow({}, function overridden() {
    return scored({ model: "m", options });
  });
  expect(allNodes(graph)[0]).toMatchObject({ address: { affinity: { paths: [["model"]] } }, options: { timeout: 5 } });
});

const COMPUTED =
  "task run: affinityKey: cannot compute with inputs.model, which has no value while the workflow is traced";
const NO_KEY = "task run: affinityKey must return an input, or a field of one, or a list or an object of several";

test.each<[string, unknown, string]>([
  ["a text made of a Ref", ({ model }: Inputs) => `${model}-v1`, COMPUTED],
  ["a test of a Ref", ({ model }: Inputs) => model > "a", COMPUTED],
  [
    "a call of a Ref's method",
    ({ model }: Inputs) => model.toLowerCase(),
    "task run: affinityKey: cannot call inputs.model.toLowerCase",
  ],
  [
    "a spread of the inputs",
    (inputs: Inputs) => ({ ...inputs }),
    "task run: affinityKey: cannot list or spread the fields of inputs",
  ],
  ["a text", () => "a", `${NO_KEY}, such as (inputs) => [inputs.model, inputs.options.size], not "a"`],
  ["nothing", () => undefined, `${NO_KEY}, such as (inputs) => [inputs.model, inputs.options.size], not undefined`],
  ["an empty list", () => [], NO_KEY],
  ["a list with a literal", ({ model }: Inputs) => [model, 1], NO_KEY],
  ["an object with a literal", ({ model }: Inputs) => ({ model, version: "v1" }), NO_KEY],
  ["all inputs", (inputs: Inputs) => inputs, "not all inputs at once"],
  [
    "a promise",
    async () => "m",
    "task run: affinityKey: it is async: its function is traced, so it must return at once",
  ],
  [
    "a name of Lambent's",
    (inputs: Record<string, unknown>) => inputs["$stored"],
    "task run: affinityKey reads a field named $stored",
  ],
  [
    "an error of its own",
    () => {
      throw new TypeError("mine");
    },
    "task run: affinityKey threw TypeError: mine",
  ],
  [
    "what is no error",
    () => {
      throw "mine";
    },
    'task run: affinityKey threw "mine"',
  ],
  [
    "a text's length",
    ({ model }: Inputs) => (model as unknown as Record<string, unknown>)["length"],
    "task run: affinityKey reads inputs.model.length, and what crosses to a task has its own fields only, which a text's or a list's length is not: return inputs.model itself",
  ],
  [
    "a list's length among others",
    ({ model, options }: Inputs) => [model, (options.sizes as unknown as Record<string, unknown>)["length"]],
    "affinityKey reads inputs.options.sizes.length",
  ],
  ["no function", "model", 'task run: affinityKey must be a function such as (inputs) => inputs.model, not "model"'],
])("as a key, %s is refused", (_, affinityKey, message) => {
  // The cast: TypeScript refuses most of these already.
  expect(() => near.task(run, { affinityKey } as unknown as ActorTaskOptions<Inputs>)).toThrow(message);
});

test("a key is refused where it would do nothing", () => {
  expect(() => plain.task(run, { affinityKey: ({ model }) => model })).toThrow(
    'task run: affinityKey does nothing, for actor plain has no affinity: give new ActorEnvironment({ name: "plain", … }) affinity: true, or leave affinityKey out',
  );
  // @ts-expect-error TypeScript refuses it too
  expect(() => task(run, { affinityKey: ({ model }) => model })).toThrow(
    "task run: affinityKey is for tasks of actors, and this is a plain task: make it with actor.task of an ActorEnvironment with affinity: true, or leave affinityKey out",
  );
});

test("an actor that is called as a replica of another is refused", () => {
  const taken = new ActorEnvironment({ name: "near-2" });
  const free = new ActorEnvironment({ name: "near-3" });
  const key: ActorTaskOptions<Inputs> = { affinityKey: ({ model }) => model };
  const one = near.task(run, { name: "one", ...key });
  expect(() => describeService([{ one, two: taken.task(run) }])).toThrow(
    "actor near-2: a replica of actor near, which has affinity, is a function of this name: rename one of the two",
  );
  expect(describeService([{ one, two: free.task(run) }]).functions).toHaveLength(2);
});
