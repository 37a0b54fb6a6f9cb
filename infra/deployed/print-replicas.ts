import type { ActorReplicas, FunctionReplicas } from "./replicas.ts";

/** A line for each actor, and for each function that says more than its actor. */
export function replicasText(actors: readonly ActorReplicas[]): string {
  const width = Math.max(...actors.map(({ actor }) => actor.length));
  return actors.flatMap((actor) => [`${actor.actor.padEnd(width)}  ${stateOf(actor)}`, ...detailsOf(actor)]).join("\n");
}

function stateOf(actor: ActorReplicas): string {
  const { wanted, requested, available, ttlSeconds, functions } = actor;
  const [first] = functions;
  if (functions.every(({ status }) => status === "missing")) return "not deployed";
  const told = [
    ...(requested === 0 ? ["no replicas"] : [`${available} of ${requested} warm`]),
    ...(requested === 0 ? [] : [statusOf(functions)]),
    ...(requested === wanted ? [] : [`the service says ${wanted}`]),
    ...(functions.length > 1 ? [`${functions.length} functions`] : []),
    ...(ttlSeconds === undefined ? [] : [`for runs alone, until ${ttlSeconds} s after the last`]),
    ...(first?.memoryMiB === undefined ? [] : [`${first.memoryMiB} MB`]),
    ...(first?.version === undefined ? [] : [`version ${first.version}`]),
  ];
  return told.join(", ");
}

function statusOf(functions: readonly FunctionReplicas[]): string {
  if (functions.some(({ status }) => status === "FAILED")) return "failed";
  return functions.some(({ status }) => status === "IN_PROGRESS") ? "coming up" : "ready";
}

/** What only some of its functions are, and why replicas did not come up. */
function detailsOf({ functions }: ActorReplicas): string[] {
  const areAllMissing = functions.every(({ status }) => status === "missing");
  return functions.flatMap(({ functionName, status, reason }) => {
    if (status === "FAILED") return [`  ${functionName}: ${reason ?? "Lambda does not say why"}`];
    return status === "missing" && !areAllMissing ? [`  ${functionName}: not deployed`] : [];
  });
}
