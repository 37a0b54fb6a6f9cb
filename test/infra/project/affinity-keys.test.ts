import { afterEach, expect, test } from "vitest";
import { LambentError } from "../../../sdk/base/errors.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { loadProject, type Project } from "../../../infra/project/load-project.ts";
import { thisPlatform } from "../../../infra/project/packages/target-platform.ts";
import { projectDirectory, type ProjectDirectory } from "../../support/project-directory.ts";

let project: ProjectDirectory;
afterEach(() => project.remove());

function load(files: Readonly<Record<string, string>>): Promise<Project> {
  project = projectDirectory(files);
  const { root } = project;
  const outDir = `${root}/out`;
  return loadProject({ root, workflows: ["service.ts"], outDir, platformOf: thisPlatform, minify: false });
}

/** By task, the paths of its key, in a project with these modules. */
async function keysOf(files: Readonly<Record<string, string>>): Promise<Record<string, unknown>> {
  const { description } = await load(files);
  const addresses = description.workflows.flatMap(allNodes).flatMap((node) => invokingNode(node)?.address ?? []);
  return Object.fromEntries(addresses.map(({ task, affinity }) => [task, affinity?.paths]));
}

const ACTOR = `import { ActorEnvironment, workflow } from "lambent";
export const near = new ActorEnvironment({ name: "near", replicaCount: 2, affinity: true });
export const load = near.cache(async (model: string) => model);
`;

test("a task's key is by default what its function hands to cached functions, of its module or another, wherever it is called", async () => {
  const files = {
    "actor.ts": ACTOR,
    "service.ts": `import { ActorEnvironment, conditional, isTrue, mapTask, task, workflow } from "lambent";
import { load, near } from "./actor.js";
const own = new ActorEnvironment({ name: "own", replicaCount: 2, affinity: true });
const loadOwn = own.cache(async (model: string) => model);
const here = own.task(async function here({ text, model }: { text: string; model: string }) {
  return (await loadOwn(model)) + text;
});
const there = near.task(async function there({ wanted }: { wanted: { model: string } }) {
  return load(wanted.model);
});
const written = near.task(async function written({ model, size }: { model: string; size: number }) {
  return load(model + size);
}, { affinityKey: ({ size }) => size });
const plain = task(async function plain({ a }: { a: string }) { return a; });
const mapped = near.task(async function mapped({ one }: { one: string }) { return load(one); });
const inner = workflow({ model: "m" }, function inner({ model }) { return here({ model, text: "t" }); });
export const wf = workflow({ model: "m", sure: true }, function wf({ model, sure }) {
  return [
    conditional(isTrue(sure), () => there({ wanted: { model } }), () => plain({ a: model })),
    inner({ model }),
    written({ model, size: 1 }),
    mapTask(mapped)({ one: [model] }),
  ];
});
`,
  };
  expect(await keysOf(files)).toEqual({
    there: [["wanted", "model"]],
    plain: undefined,
    here: [["model"]],
    written: [["size"]],
    mapped: [["one"]],
  });
});

test("tasks whose keys cannot be seen are refused, each with its place and what to write", async () => {
  const service = `${ACTOR}
const helper = (model: string) => load(model);
const one = near.task(async function one({ model }: { model: string }) { return helper(model); });
const two = near.task(async function two({ models }: { models: string[] }) { return Promise.all(models.map(load)); });
export const wf = workflow({ model: "m" }, function wf({ model }) { return [one({ model }), two({ models: [model] })]; });
`;
  const error: unknown = await keysOf({ "service.ts": service }).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LambentError);
  expect((error as LambentError).message.split("\n")).toEqual([
    "service.ts:6:13: task one: actor near has affinity, and its source does not show which inputs reach a cached function: write actor.task(one, { affinityKey: (inputs) => inputs.… }), with the input, or a list of inputs, for which equal values are to meet the same replica",
    expect.stringContaining("service.ts:7:13: task two: "),
  ]);
});

test("of two tasks with one name on two actors each has its own key", async () => {
  const service = `${ACTOR}
const far = new ActorEnvironment({ name: "far", affinity: true });
const first = near.task(async function score({ a }: { a: string }) { return load(a); });
const second = far.task(async function score({ b }: { b: string }) { return load(b); });
export const one = workflow({ a: "m" }, function one({ a }) { return first({ a }); });
export const two = workflow({ b: "m" }, function two({ b }) { return second({ b }); });
`;
  const { description } = await load({ "service.ts": service });
  const paths = description.workflows.flatMap(allNodes).map((node) => invokingNode(node)?.address.affinity?.paths);
  expect(paths).toEqual([[["a"]], [["b"]]]);
});

test("a key of which no call gives anything is told, and one of which a call gives something is not", async () => {
  const service = `${ACTOR}
const one = near.task(async function one({ model = "m", n }: { model?: string; n: number }) { return (await load(model)) + n; });
const two = near.task(async function two({ model, size = 1 }: { model: string; size?: number }) { return load(model + size); });
export const wf = workflow({ n: 1 }, function wf({ n }) { return [one({ n }), two({ model: "m" })]; });
`;
  expect((await load({ "service.ts": service })).warnings).toEqual([
    "task one: its key on actor near is inputs.model, which no call gives it: all its calls go to one replica. Check the name, or choose another affinityKey",
  ]);
});
