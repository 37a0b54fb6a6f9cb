import middy, { type MiddyfiedHandler } from "@middy/core";
import type { Context as LambdaContext } from "aws-lambda";
import { runPreloads } from "../sdk/preload.ts";
import { exportedTasks, type Module } from "../sdk/service.ts";
import { invoke, type Invocation, type Outcome, type Replica, type Tasks } from "./invocation.ts";

/**
 * The Lambda handler of one function: an actor's, or the one that runs a service's plain tasks. Await it at
 * the top level of the bundle: what its caches preload is then there before the first request.
 * @param actor the actor's name; `undefined` for the plain tasks
 * @param modules the author's modules, as `import * as` gives them
 */
export async function createHandler(
  actor: string | undefined,
  modules: readonly Module[],
): Promise<MiddyfiedHandler<Invocation, Outcome, Error, LambdaContext>> {
  const tasks = tasksOf(actor, modules);
  const replica = thisReplica();
  // The other actors' modules are in this bundle too, and what they preload is not for here.
  if (actor !== undefined) await runPreloads(actor);
  return middy<Invocation, Outcome>().handler((event, context) =>
    invoke(tasks, event, replica, () => context.getRemainingTimeInMillis()),
  );
}

/** The tasks of one function, by name. */
export function tasksOf(actor: string | undefined, modules: readonly Module[]): Tasks {
  const own = [...exportedTasks(modules)].filter((task) => task.actor?.name === actor);
  return new Map(own.map((task) => [task.name, task]));
}

/** A log stream belongs to one instance for its life, which makes its name an instance's only public identity. */
function thisReplica(): Replica {
  const { AWS_LAMBDA_LOG_STREAM_NAME: stream = "", AWS_LAMBDA_INITIALIZATION_TYPE: initializationType = "on-demand" } =
    process.env;
  return { id: stream.slice(stream.lastIndexOf("]") + 1) || String(process.pid), initializationType };
}

export { describeService } from "../sdk/service.ts";
export type { Invocation, Outcome, Tasks } from "./invocation.ts";
