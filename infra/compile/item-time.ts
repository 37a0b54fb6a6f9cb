import { EXPRESS_SECONDS } from "../../sdk/base/aws-limits.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import type { MapNode, Retry } from "../../sdk/graph/graph.ts";

/**
 * Seconds that the items of an EXPRESS child execution may take at worst. The rest is for its other states, and for what
 * Lambda's transient errors take: their retriers may wait for 128 s.
 */
const EXPRESS_ITEMS_SECONDS = EXPRESS_SECONDS - 150;

/**
 * How many items an EXPRESS child execution may have that runs them one batch after the other, if each attempt takes all
 * of its timeout and each wait is the longest.
 */
export function expressItems({ batch, options: { timeout = Infinity, retries } }: MapNode): number {
  const retry: Retry = typeof retries === "object" ? retries : { maxAttempts: retries ?? 0 };
  const { maxAttempts, intervalSeconds = 1, backoffRate = 2, maxDelaySeconds = Infinity } = retry;
  let waits = 0;
  // Beyond the limit it does not matter by how much.
  for (let attempt = 0; attempt < maxAttempts && waits < EXPRESS_SECONDS; attempt++)
    waits += Math.min(maxDelaySeconds, intervalSeconds * backoffRate ** attempt);
  const inTurn = Math.floor((EXPRESS_ITEMS_SECONDS - waits) / (timeout * (maxAttempts + 1)));
  return Math.max(0, inTurn) * (batch?.concurrentItems ?? 1);
}

/** @throws {LambentError} if EXPRESS child executions are asked for, and one may not last for a batch of the map */
export function checkExpressTime(node: MapNode): void {
  if (node.executionType !== "EXPRESS") return;
  const size = node.batch === undefined || node.batch.size === "auto" ? 1 : node.batch.size;
  const items = expressItems(node);
  if (items >= size) return;
  const { timeout } = node.options;
  const found =
    timeout === undefined
      ? "its task has no timeout"
      : `with a timeout of ${timeout} s, and its retries, ${items} items fit of a batch of ${size}`;
  const remedy =
    timeout === undefined
      ? "give it one, as task(fn, { timeout: 10 }), or leave executionType out of mapTask's options"
      : "give the task a shorter timeout, fewer retries or smaller batches, or leave executionType out of mapTask's options";
  throw new LambentError(
    `${node.name}: an EXPRESS child execution lasts ${EXPRESS_SECONDS} s, of which items may take ${EXPRESS_ITEMS_SECONDS} s, and ${found}: ${remedy}`,
  );
}
