import { counted } from "../drawing/sum-up.ts";
import { formatMs } from "../drawing/time.ts";
import type { Timeline } from "../model.ts";

/** One figure of an execution. */
export interface Tile {
  readonly label: string;
  readonly value: string;
  /** What it means, or how it is found. */
  readonly about: string;
}

/** The figures that answer: was it warm, what did it wait for, what did it cost. */
export function tilesOf({ totals, durationMs, bars }: Timeline): Tile[] {
  const { replicas, tasks, loads, loadMs, preloads, hits, joined, stored, queuedMs, busyMs, savedMs } = totals;
  if (tasks === 0) {
    const calls = bars.filter(({ kind }) => kind === "call").length;
    return [
      { label: "Duration", value: formatMs(durationMs), about: "from the first event to the last" },
      {
        label: "Calls",
        value: calls.toLocaleString("en"),
        about: "of services and functions; none came back with a receipt",
      },
      ...costTiles(totals),
      ...failureTiles(totals),
    ];
  }
  const asked = loads + hits + joined;
  const warm = asked === 0 ? undefined : Math.floor((100 * (hits + joined)) / asked);
  return [
    { label: "Duration", value: formatMs(durationMs), about: "from the first event to the last" },
    {
      label: "Tasks",
      value: tasks.toLocaleString("en"),
      about: [
        `on ${counted(replicas, "replica")}`,
        ...(stored === 0 ? [] : [`${stored.toLocaleString("en")} from the store`]),
      ].join(", "),
    },
    {
      label: "Warm",
      value: warm === undefined ? "–" : `${warm} %`,
      about:
        warm === undefined
          ? "no cache was used"
          : [
              counted(hits, "hit"),
              ...(joined === 0 ? [] : [`${joined.toLocaleString("en")} joined`]),
              counted(loads, "load"),
            ].join(", "),
    },
    {
      label: "Loading",
      value: formatMs(loadMs),
      about: [
        loads === 0 ? "nothing was loaded" : `${counted(loads, "load")}, added up`,
        ...(preloads === 0 ? [] : [`and ${counted(preloads, "preload")} before`]),
      ].join(", "),
    },
    { label: "Waiting", value: formatMs(queuedMs), about: "for a replica, all invocations added up" },
    {
      label: "Saved",
      value: formatMs(savedMs),
      about: "hits at their cache's mean load time in this run",
    },
    {
      label: "Utilisation",
      value: `${Math.round(100 * totals.utilisation)} %`,
      about: `${formatMs(busyMs)} at work, of ${formatMs(durationMs)} on ${counted(replicas, "replica")}`,
    },
    ...costTiles(totals),
    ...failureTiles(totals),
  ];
}

function costTiles({ cost }: Timeline["totals"]): Tile[] {
  return cost === undefined ? [] : [{ label: "Cost", value: cost.text, about: cost.how }];
}

function failureTiles({ failures, retries, coldStarts }: Timeline["totals"]): Tile[] {
  return [
    ...(coldStarts === 0
      ? []
      : [
          {
            label: "Cold starts",
            value: coldStarts.toLocaleString("en"),
            about: "replicas that served their first invocation",
          },
        ]),
    ...(failures === 0
      ? []
      : [
          {
            label: "Failures",
            value: failures.toLocaleString("en"),
            about: retries === 0 ? "none was tried again" : `${counted(retries, "attempt")} after a failure`,
          },
        ]),
  ];
}
