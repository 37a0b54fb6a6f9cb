import middy, { type MiddyfiedHandler } from "@middy/core";
import type { Context as LambdaContext } from "aws-lambda";
import { runPreloads } from "../sdk/cache/preload.ts";
import { invoke, type Invocation, type Outcome, type Tasks } from "./invocation.ts";

export type LambdaHandler = MiddyfiedHandler<Invocation, Outcome, Error, LambdaContext>;

/**
 * The Lambda handler of one function.
 * @param actor the actor's name; `undefined` for the plain tasks
 * @param tasks the function's own, by name
 */
export async function lambdaHandler(actor: string | undefined, tasks: Tasks): Promise<LambdaHandler> {
  // A log stream belongs to one instance for its life, which makes its name an instance's only public identity.
  const { AWS_LAMBDA_LOG_STREAM_NAME: stream = "", AWS_LAMBDA_INITIALIZATION_TYPE: initializationType = "on-demand" } =
    process.env;
  const replica = { id: stream.slice(stream.lastIndexOf("]") + 1) || String(process.pid), initializationType };
  // A module that could not be taken apart has other actors' caches too, and what they preload is not for here.
  // Nor do they load where a package is only being checked.
  if (actor !== undefined && process.env["LAMBENT_VERIFY"] === undefined) await runPreloads(actor);
  return middy<Invocation, Outcome>().handler((event, context) =>
    invoke(tasks, event, replica, () => context.getRemainingTimeInMillis()),
  );
}
