import { isObject } from "../../../sdk/base/json.ts";
import { plainName } from "./actors.ts";
import type { Draft } from "./draft.ts";
import type { Surroundings } from "./drafts.ts";
import { grouped } from "./grouped.ts";
import type { Visit } from "./visits.ts";

/** A function whose replicas come up for the run, as the item of the Map that waits for them says it. */
interface Awaited {
  readonly functionName: string;
  readonly replicas: number;
}

/**
 * The waits for replicas that come up for a run: one bar for each actor, in the place of the states that ask for them.
 * @param visits of one Map of which {@link isReplicaWait} holds
 */
export function replicaWaits(map: Visit, visits: readonly Visit[], { actorOf, until }: Surroundings): Draft[] {
  const items = [...grouped(visits, ({ place }) => place.index).values()].flatMap((own) => {
    const awaited = own.map(awaitedIn).find((one) => one !== undefined);
    return awaited === undefined ? [] : [{ own, awaited }];
  });
  const byActor = grouped(items, ({ awaited }) => actorOf(awaited.functionName).name);
  return [...byActor].map(([actor, all]): Draft => {
    const own = all.flatMap((item) => item.own);
    const isOver = map.exitedAt !== undefined;
    const failure = own.flatMap(({ attempts }) => attempts).findLast(({ error }) => error !== undefined);
    const count = all.reduce((sum, { awaited }) => sum + awaited.replicas, 0);
    return {
      node: map.state,
      label: `replicas of ${actor} · ${count} wanted`,
      group: { kind: "states", name: "states" },
      lane: "waiting for replicas",
      kind: "wait",
      start: Math.min(...own.map(({ enteredAt }) => enteredAt)),
      end: Math.max(...own.map(({ enteredAt, exitedAt }) => exitedAt ?? (isOver ? enteredAt : until))),
      status: isOver || own.every(({ exitedAt }) => exitedAt !== undefined) ? "succeeded" : "running",
      ...(own[0]?.input === undefined ? {} : { input: own[0].input }),
      ...(failure?.cause === undefined ? {} : { cause: failure.cause }),
    };
  });
}

/** Whether it is the Map that brings up replicas for a run. */
export function isReplicaWait(map: Visit, within: readonly Visit[]): boolean {
  return (
    map.type === "Map" && /^Replicas\d*$/.test(map.state) && within.some((visit) => awaitedIn(visit) !== undefined)
  );
}

function awaitedIn({ input }: Visit): Awaited | undefined {
  if (input === undefined || !input.includes('"warmStart"')) return undefined;
  const item: unknown = JSON.parse(input);
  if (!isObject(item)) return undefined;
  const [functionName, replicas]: unknown[] = [Reflect.get(item, "FunctionName"), Reflect.get(item, "replicas")];
  if (typeof functionName !== "string" || typeof replicas !== "number") return undefined;
  return { functionName: plainName(functionName), replicas };
}
