import middy, { type MiddyfiedHandler } from "@middy/core";
import type { Context as LambdaContext } from "aws-lambda";
import { runPreloads } from "../sdk/cache/preload.ts";
import { thisReplica } from "../sdk/invocation/replica-identity.ts";
import { invoke, type Tasks } from "./invocation.ts";
import type { BatchOutcome, Invocation, Outcome } from "./payload.ts";

export type LambdaHandler = MiddyfiedHandler<Invocation, Outcome | BatchOutcome, Error, LambdaContext>;

/**
 * The Lambda handler of one function, once the caches of its actor have been preloaded.
 * @param actor the actor's name; `undefined` for the plain tasks
 * @param tasks the function's tasks, by name
 */
export async function lambdaHandler(actor: string | undefined, tasks: Tasks): Promise<LambdaHandler> {
  const replica = thisReplica();
  if (process.env["AWS_LAMBDA_LOG_FORMAT"] === "JSON") (await import("./json-console.ts")).addFieldsToConsole();
  // Only this actor's: a module from which the bundler could not drop the rest also has the caches of other actors.
  // None where a package is only being checked.
  if (actor !== undefined && process.env["LAMBENT_VERIFY"] === undefined) await runPreloads(actor);
  // By default middy answers with an error of its own 5 ms before the time is up, and the instance serves on. Lambda's
  // own timeout has a name that state machines can match, and ends the instance with all that the task has left behind.
  return middy<Invocation, Outcome | BatchOutcome>({ timeoutEarlyInMillis: 0 }).handler((event, context) =>
    invoke(tasks, event, { ...replica, requestId: context.awsRequestId }, () => context.getRemainingTimeInMillis()),
  );
}
