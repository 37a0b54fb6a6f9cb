import type { ActorDefinition } from "./definition.ts";

const actors = new WeakMap<object, ActorDefinition>();
/** By actor: the names of its cached functions, of each as often as there is one of that name. */
const names = new WeakMap<ActorDefinition, string[]>();

/** Note that an actor's `cache` has made this function. */
export function noteCached(cached: object, actor: ActorDefinition): void {
  actors.set(cached, actor);
  const known = names.get(actor) ?? [];
  known.push(nameOf(cached));
  names.set(actor, known);
}

/** A cached function as a workflow knows it. */
export interface CachedFunction {
  readonly name: string;
  readonly actor: ActorDefinition;
  /** Whether the actor has no other cached function of that name. */
  readonly isOnlyOne: boolean;
}

/** What is known of a function that an actor's `cache` has made; `undefined` for any other value. */
export function cachedFunction(value: unknown): CachedFunction | undefined {
  const actor = typeof value === "function" ? actors.get(value) : undefined;
  if (typeof value !== "function" || actor === undefined) return undefined;
  const name = nameOf(value);
  return { name, actor, isOnlyOne: names.get(actor)?.filter((one) => one === name).length === 1 };
}

function nameOf(cached: object): string {
  return "name" in cached ? String(cached.name) : "";
}
