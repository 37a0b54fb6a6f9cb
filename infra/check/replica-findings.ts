import { REPLICA_REQUESTS_PER_SECOND } from "../../sdk/base/aws-limits.ts";
import { count, counted, type Finding } from "./finding.ts";
import type { ActorFacts } from "./function-facts.ts";
import type { MapFacts } from "./map-facts.ts";
import type { WorkflowRun } from "./workflow-run.ts";

/** Calls that find no idle replica, and the rate at which replicas serve requests. */
export function replicaFindings(run: WorkflowRun): Finding[] {
  return [...rateFindings(run), ...spillFindings(run)];
}

/** Seconds that a map may take because of the rate alone, before that is worth a warning. */
const WORTH_TELLING_SECONDS = 5;

function rateFindings(run: WorkflowRun): Finding[] {
  return run.maps.flatMap((facts) => {
    const { node } = facts;
    if (node.kind === "workflowMap") return [];
    const fn = run.actorOf(node.address.actor);
    return fn === undefined || fn.replicas === 0 ? [] : [rateFinding(facts, run.requestsOf(facts), fn)];
  });
}

function rateFinding(
  { state, node, items, batch, source }: MapFacts,
  requests: number,
  { key, replicas }: ActorFacts,
): Finding {
  const used = Math.min(replicas, node.concurrency ?? replicas);
  const perSecond = used * REPLICA_REQUESTS_PER_SECOND;
  const seconds = requests / perSecond;
  const says =
    `${counted(requests, "request")} for ${counted(items, "item")}${source === "assumed" ? " assumed" : ""}: ${counted(used, "replica")} of ${key} ` +
    `${used === 1 ? "serves" : "serve"} ${count(perSecond)} a second, so it takes ${count(seconds)} s at least`;
  const own = { subject: "request rate", node: state, number: seconds, says };
  if (seconds < WORTH_TELLING_SECONDS || source === "assumed") return { grade: "fact", ...own };
  const remedy =
    batch === undefined
      ? 'write batch: "auto", so that a request has several items'
      : "write larger batches, or more replicas";
  return { grade: "warning", ...own, remedy };
}

function spillFindings(run: WorkflowRun): Finding[] {
  return run.peaks().flatMap(([fn, { calls, state }]): Finding[] => {
    if (fn.replicas === 0) return [];
    const own = { subject: "spill", node: state, number: calls, limit: fn.replicas };
    const says = `${counted(calls, "call")} of ${fn.key} at once at most, on ${counted(fn.replicas, "replica")}`;
    if (calls <= fn.replicas) return [{ grade: "fact", ...own, says }];
    return [
      {
        grade: "warning",
        ...own,
        says: `${says}: ${beyond(fn, calls)}`,
        remedy: `give ${fn.key} a replicaCount of ${count(calls)}, or the map a concurrency of ${count(fn.replicas)}`,
      },
    ];
  });
}

/** What becomes of calls that find no idle replica. */
function beyond({ replicas, reserved = Infinity }: ActorFacts, calls: number): string {
  const cold = Math.min(calls, reserved) - replicas;
  const throttled = calls - replicas - cold;
  return [
    ...(cold > 0 ? [`${count(cold)} on cold on-demand instances`] : []),
    ...(throttled > 0 ? [`${count(throttled)} throttled and tried again`] : []),
  ].join(", ");
}
