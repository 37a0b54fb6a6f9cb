import { afterEach, expect, test } from "vitest";
import { LambentError } from "../../../sdk/base/errors.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { describeProject, loadProject, type Project } from "../../../infra/project/load-project.ts";
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
export const load = near.cache(async function load(model: string) { return model; });
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

test("a key, or a part of one, of which no call gives anything is told with its place, and what may be given is not", async () => {
  const service = `${ACTOR}
const one = near.task(async function one({ model = "m", n }: { model?: string; n: number }) { return (await load(model)) + n; });
const two = near.task(async function two({ model, size = 1 }: { model: string; size?: number }) { return load(model + size); });
const three = near.task(async function three({ model }: any) { return model; }, { affinityKey: (i: any) => [i.model, i.modle] });
const four = near.task(async function four(inputs: any) { return inputs.a; }, { affinityKey: (i: any) => i.options.sise });
const five = near.task(async function five({ a }: any) { return a; }, { affinityKey: (i: any) => i.b });
const six = near.task(async function six({ a }: any) { return a; }, { affinityKey: (i: any) => [i.a.name, i.list.id, i.shard] });
export const wf = workflow({ n: 1, o: { size: 1 } }, function wf({ n, o }) {
  return [one({ n }), two({ model: "m" }), three({ model: "m" }), four({ options: { size: n } }), five({ a: n }), six({ a: o, list: { id: 1 }, shard: 1 })];
});
export const mapped = workflow({}, function mapped() { return mapTask(six)({ a: [{ name: 1 }], list: [{}], shard: [1] }); });
`.replace("workflow }", "mapTask, workflow }");
  expect((await load({ "service.ts": service })).warnings).toEqual([
    "service.ts:5:13: task one: its key on actor near is inputs.model, which no call gives it: all its calls go to one replica. Check the name (its inputs: model, n), or choose another affinityKey",
    "service.ts:7:15: task three: its key on actor near names inputs.modle, which is no input of it, and no call gives it. Check the name (its inputs: model), or leave it out",
    "service.ts:8:14: task four: its key on actor near is inputs.options.sise, which no call gives it: all its calls go to one replica. Check the name, or choose another affinityKey",
    "service.ts:9:14: task five: its key on actor near is inputs.b, which is no input of it, and no call gives it: all its calls go to one replica. Check the name (its inputs: a), or choose another affinityKey",
  ]);
});

test("what warmAll and after refuse begins with the author's line", async () => {
  const service = `${ACTOR}
const one = near.task(async function one({ model }: { model: string }) { return load(model); });
export const wf = workflow({ model: "m" }, function wf({ model }) {
  CALL
  return one({ model });
});
`.replace("workflow }", "after, warmAll, workflow }");
  for (const call of ["warmAll(load, 'a' as never);", "after(['a' as never], () => one({ model }));"]) {
    const error: unknown = await load({ "service.ts": service.replace("CALL", call) }).catch(
      (reason: unknown) => reason,
    );
    expect((error as LambentError).message.split("\n")[1]).toBe(`    at wf (${project.root}/service.ts:7:3)`);
    project.remove();
  }
});

test("what warmAll is to load and no task of the actor uses is refused with its place, before anything runs", async () => {
  const service = `${ACTOR}
const own = new ActorEnvironment({ name: "own", replicaCount: 2 });
const unused = near.cache(async function unused(model: string) { return model; });
const elsewhere = near.cache(async function elsewhere(model: string) { return model; });
const within = near.cache(async function within(model: string) { return load(model); });
const one = near.task(async function one({ model }: { model: string }) { return within(model); });
const two = own.task(async function two({ model }: { model: string }) { return elsewhere(model); });
export const fine = workflow({ model: "m" }, function fine({ model }) {
  return [warmAll(load, [model]), warmAll(within, [model]), one({ model }), two({ model })];
});
export const wf = workflow({ model: "m" }, function wf({ model }) {
  return after([warmAll(unused, [model]), warmAll(elsewhere, ["a"])], () => one({ model }));
});
`.replace("workflow }", "after, warmAll, workflow }");
  const refused = [
    "service.ts:6:16: workflow wf: warmAll(unused, …): no task of actor near uses unused, so that the bundle of its replicas does not have it: call it in one of its tasks, or leave it out of warmAll",
    "service.ts:7:19: workflow wf: warmAll(elsewhere, …): no task of actor near uses elsewhere, so that the bundle of its replicas does not have it: call it in one of its tasks, or leave it out of warmAll",
  ].join("\n");
  await expect(load({ "service.ts": service })).rejects.toThrow(refused);
  const { root } = project;
  const settings = { root, workflows: ["service.ts"], outDir: `${root}/out`, platformOf: thisPlatform };
  await expect(loadProject({ ...settings, minify: true })).rejects.toThrow(refused);
  await expect(describeProject({ ...settings, minify: false })).rejects.toThrow(refused);
});
