import { buildTimeline } from "../../run/timeline/build.ts";
import type { ExecutionHistory } from "../../run/timeline/history.ts";
import type { LogLine } from "./log-line.ts";

/** Milliseconds by which the clocks of a replica and of CloudWatch may be apart, and a line late. */
const LATE_MS = 50;

interface Stretch {
  readonly from: number;
  readonly to: number;
  readonly node: string;
  readonly item?: string;
}

/**
 * Says of lines which task of an execution has printed them. A replica does one thing at a time, and its receipts say
 * when: what it has printed in that time is the task's.
 */
export class Places {
  readonly #byReplica = new Map<string, Stretch[]>();
  /** Of tasks that failed, and of functions that are not Lambent's, there is no receipt: it is whoever printed then. */
  readonly #others: Stretch[] = [];

  constructor(history: ExecutionHistory) {
    const timeline = buildTimeline(history);
    for (const { label, start, end, receipt, kind, status } of timeline.bars) {
      const place = placeOf(label);
      if (receipt !== undefined) {
        const { replica, startedAt, durationMs } = JSON.parse(receipt) as Receipt;
        const stretch = { ...place, from: startedAt, to: startedAt + durationMs };
        this.#byReplica.set(replica, [...(this.#byReplica.get(replica) ?? []), stretch]);
      } else if (kind === "call" || (status === "failed" && ["invocation", "item", "batch"].includes(kind))) {
        const { startedAt } = timeline;
        this.#others.push({ ...place, from: startedAt + start, to: startedAt + end });
      }
    }
  }

  /** The line with its node and item; undefined if it is none of this execution. */
  placed(line: LogLine): LogLine | undefined {
    const own = (this.#byReplica.get(line.replica) ?? []).find((one) => isWithin(one, line.at));
    const found = own === undefined ? this.#others.filter((one) => isWithin(one, line.at)) : [own];
    const [first] = found;
    if (first === undefined) return undefined;
    // Of several at a time nobody knows which it was.
    const nodes = new Set(found.map(({ node }) => node));
    return {
      ...line,
      ...(nodes.size === 1 ? { node: first.node } : {}),
      ...(found.length === 1 && first.item !== undefined ? { item: first.item } : {}),
    };
  }
}

/** A receipt, as far as it is read here. */
interface Receipt {
  readonly replica: string;
  readonly startedAt: number;
  readonly durationMs: number;
}

function isWithin({ from, to }: Stretch, at: number): boolean {
  return at >= from - LATE_MS && at <= to + LATE_MS;
}

/** `score[3][0]` is node `score` and item `3.0`. */
function placeOf(label: string): { readonly node: string; readonly item?: string } {
  const [, node = label, indices = ""] = /^(.*?)((?:\[\d+\])*)$/.exec(label) ?? [];
  return indices === "" ? { node } : { node, item: indices.slice(1, -1).replaceAll("][", ".") };
}
