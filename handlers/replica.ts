import { takeTasks } from "../sdk/authoring/made-tasks.ts";
import type { Module } from "../sdk/authoring/service.ts";
import { lambdaHandler, type LambdaHandler } from "./lambda-handler.ts";

/**
 * As `createHandler` of handler.ts, for a bundle in which "lambent" is `sdk/replica.ts`. There, workflows have no
 * graphs that lead to tasks, so the function's tasks are all that the loaded modules have made for it, exported or not.
 * No two have the same name: `describeService` has refused that, which saw the same tasks.
 * @param actor the actor's name; `undefined` for the plain tasks
 * @param modules the exports with the function's tasks. They are not read: being used here keeps them in the bundle
 */
export function createHandler(actor: string | undefined, modules: readonly Module[]): Promise<LambdaHandler> {
  void modules;
  const own = takeTasks().filter((task) => task.actor?.name === actor);
  return lambdaHandler(actor, new Map(own.map((task) => [task.name, task])));
}
