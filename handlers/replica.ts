import { takeTasks } from "../sdk/authoring/made-tasks.ts";
import type { Module } from "../sdk/authoring/service.ts";
import { lambdaHandler, type LambdaHandler } from "./lambda-handler.ts";

/**
 * As `createHandler` of handler.ts, for a bundle whose SDK is `sdk/replica.ts`. Workflows lead to no tasks there, so the
 * function's are those that its modules have made, exported or not; no two of them have one name, for `describeService`
 * has seen the same ones.
 * @param actor the actor's name; `undefined` for the plain tasks
 * @param modules the exports that the function needs, or all: being named here keeps them in the bundle
 */
export function createHandler(actor: string | undefined, modules: readonly Module[]): Promise<LambdaHandler> {
  void modules;
  const own = takeTasks().filter((task) => task.actor?.name === actor);
  return lambdaHandler(actor, new Map(own.map((task) => [task.name, task])));
}
