import type { HistoryEvent } from "@aws-sdk/client-sfn";
import { LambentError } from "../../../sdk/base/errors.ts";
import type { FunctionFacts } from "../../check/function-facts.ts";
import { dollars } from "../../cost/cost-lines.ts";
import { executionCost } from "../../cost/execution-cost.ts";
import { measure, together } from "../../cost/measured.ts";
import { pricesOf, type Prices } from "../../cost/prices.ts";
import type { ExecutionHistory, TimelineEvent } from "./history.ts";
import type { Cost } from "./model.ts";

/** What an execution's transitions and invocations cost, those of its child executions included. */
export function costOfHistory(
  { events, children = [] }: ExecutionHistory,
  functions: readonly FunctionFacts[],
  prices: Prices,
): Cost {
  const histories = [events, ...children.map((child) => child.events ?? [])];
  const unread = children.filter((child) => child.events === undefined).length;
  const { usd, left, lines } = executionCost(
    together(histories.map((own) => measure(asRead(own)))),
    functions,
    prices,
    unread,
  );
  const without = left.length === 0 ? "" : `; ${left.join("; ")}`;
  return {
    text: dollars(usd),
    how: `state transitions and invocations in ${prices.region}, ${lines.some(({ what }) => what === "replicas") ? "with the replicas that came up for it" : "without idle replicas"}${without}`,
  };
}

/** The same by a region's prices; undefined for a region whose prices are not known. */
export function costIfKnown(
  history: ExecutionHistory,
  functions: readonly FunctionFacts[],
  region: string,
): Cost | undefined {
  try {
    return costOfHistory(history, functions, pricesOf(region));
  } catch (error) {
    if (error instanceof LambentError) return undefined;
    throw error;
  }
}

/** What Step Functions has answered has all of its members, of which a timeline's types name those that it reads. */
function asRead(events: readonly TimelineEvent[]): readonly HistoryEvent[] {
  return events as readonly HistoryEvent[];
}
