import type { Bar, Timeline } from "../model.ts";

/** An entry of Chrome's trace event format. Times are in microseconds. */
type TraceEvent =
  | { readonly ph: "M"; readonly name: string; readonly pid: number; readonly tid?: number; readonly args: object }
  | {
      readonly ph: "X";
      readonly name: string;
      readonly cat: string;
      readonly pid: number;
      readonly tid: number;
      readonly ts: number;
      readonly dur: number;
      readonly args: object;
    };

/** Thread ids of a lane's rows: its number times this, and the row. */
const ROWS_OF_LANE = 64;
/** What stands within a bar has a place of its own beside its lane's rows. */
const ITEM_ROW = 32;

/**
 * A timeline as Chrome's trace event format, which Perfetto and chrome://tracing open: a process for each group of
 * lanes, a thread for each lane, and one more for each further row of bars that overlap.
 */
export function timelineTrace(timeline: Timeline): string {
  const { title, name, status, startedAt, groups, bars, totals } = timeline;
  const processes = groups.flatMap((group, index): TraceEvent[] => {
    const pid = index + 1;
    const threads = group.lanes.flatMap(({ label, about }, offset) => {
      const lane = group.firstLane + offset;
      const rows = new Set(bars.filter((bar) => bar.lane === lane).map(threadOf));
      return [...rows]
        .toSorted((one, other) => one - other)
        .flatMap((tid, row): TraceEvent[] => [
          {
            ph: "M",
            name: "thread_name",
            pid,
            tid,
            args: { name: row === 0 ? label : `${label} (${row + 1})`, ...(about === undefined ? {} : { about }) },
          },
          { ph: "M", name: "thread_sort_index", pid, tid, args: { sort_index: tid } },
        ]);
    });
    return [
      { ph: "M", name: "process_name", pid, args: { name: group.name } },
      { ph: "M", name: "process_sort_index", pid, args: { sort_index: pid } },
      ...threads,
    ];
  });
  const groupOfLane = groups.flatMap((group, index) => group.lanes.map(() => index + 1));
  const complete = bars.flatMap((bar) => eventsOf(bar, groupOfLane[bar.lane] ?? 0));
  return JSON.stringify({
    traceEvents: [...processes, ...complete],
    displayTimeUnit: "ms",
    otherData: { workflow: title, execution: name, status, startedAt: new Date(startedAt).toISOString(), ...totals },
  });
}

/** A row that overlaps another's is a thread of its own: in one, the format wants each event within another or beside it. */
function threadOf({ lane, row, kind }: Bar): number {
  return 1 + lane * ROWS_OF_LANE + row + (kind === "item" ? ITEM_ROW : 0);
}

function eventsOf(bar: Bar, pid: number): TraceEvent[] {
  const { label, kind, start, end, status, work, queuedFrom, attempt, input, output, error, cause, receipt } = bar;
  const args = {
    status,
    ...(attempt === undefined ? {} : { attempt }),
    ...(queuedFrom === undefined ? {} : { waitedForReplicaMs: start - queuedFrom }),
    ...work,
    ...(error === undefined ? {} : { error }),
    ...(cause === undefined ? {} : { cause }),
    ...(input === undefined ? {} : { input }),
    ...(output === undefined ? {} : { output }),
    ...(receipt === undefined ? {} : { receipt: JSON.parse(receipt) as unknown }),
  };
  const place = { pid, tid: threadOf(bar) };
  const whole: TraceEvent = {
    ph: "X",
    name: label,
    cat: kind,
    ...place,
    ts: micros(start),
    dur: micros(end) - micros(start),
    args,
  };
  if (work === undefined || work.loadMs === 0) return [whole];
  const dur = Math.min(micros(end) - micros(start), micros(work.loadMs));
  return [
    whole,
    {
      ph: "X",
      name: "load",
      cat: "load",
      ...place,
      ts: micros(start),
      dur,
      args: { loads: work.loads, loadMs: work.loadMs },
    },
  ];
}

function micros(ms: number): number {
  return Math.round(ms * 1000);
}
