/**
 * What the generated bundles of functions import. Whoever writes a handler of their own, as for a container image, uses it
 * too.
 * @module
 */

import { exportedTasks, type Module } from "../sdk/authoring/service.ts";
import type { Tasks } from "./invocation.ts";
import { lambdaHandler, type LambdaHandler } from "./lambda-handler.ts";

/**
 * The Lambda handler of one function: an actor's, or the one that runs a service's plain tasks. Await it at the top
 * level of the bundle, so that the `preload`s of its caches are loaded before the first request.
 * @param actor the actor's name; `undefined` for the plain tasks
 * @param modules the author's modules, each as the object of its exports (`import * as module`)
 * @returns what Lambda calls
 * @throws {LambentError} if a secret cannot be read, or two tasks have one name
 * @example
 * const greet = task(async function greet({ name }: { name: string }) {
 *   return `hello ${name}`;
 * });
 * const handler = await createHandler(undefined, [{ greet }]);
 */
export function createHandler(actor: string | undefined, modules: readonly Module[]): Promise<LambdaHandler> {
  return lambdaHandler(actor, tasksOf(actor, modules));
}

/**
 * The tasks of one function, by name.
 * @param actor the actor's name; `undefined` for the plain tasks
 * @param modules the author's modules, each as the object of its exports
 * @example
 * const tasks = tasksOf("scoring", [{ evaluate }]);
 * console.log([...tasks.keys()]);
 */
export function tasksOf(actor: string | undefined, modules: readonly Module[]): Tasks {
  const own = [...exportedTasks(modules)].filter((task) => task.actor?.name === actor);
  return new Map(own.map((task) => [task.name, task]));
}

export { describeService } from "../sdk/authoring/service.ts";
export type { Tasks } from "./invocation.ts";
export type { Invocation, Outcome } from "./payload.ts";
