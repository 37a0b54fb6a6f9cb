import { ActorEnvironment, conditional, eq, mapTask, partial, workflow, type Ref } from "lambent";

/** The same workflow on an actor with affinity and on one without. */

const near = new ActorEnvironment({ name: "near", replicaCount: 2, affinity: true });
const any = new ActorEnvironment({ name: "any", replicaCount: 2 });

async function describeKey({ key, text }: { key: string; text: string }): Promise<{ key: string; text: string[] }> {
  return { key, text: [text, key] };
}

const nearby = near.task(describeKey, { affinityKey: ({ key }) => key });
const anywhere = any.task(describeKey);

function returning(described: typeof nearby, { keys }: { readonly keys: Ref<string[]> }) {
  const first = described({ key: "a", text: "first" });
  const second = conditional(
    eq(first.key, "a"),
    () => described({ key: first.text[1]!, text: "then" }),
    () => described({ key: "b", text: "otherwise" }),
  );
  return { second, all: mapTask(partial(described, { text: first.key }))({ key: keys }) };
}

export const affine = workflow({ keys: ["a"] }, function affine(inputs) {
  return returning(nearby, inputs);
});
export const plain = workflow({ keys: ["a"] }, function plain(inputs) {
  return returning(anywhere, inputs);
});
