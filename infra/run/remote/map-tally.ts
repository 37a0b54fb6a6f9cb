import { callOf } from "../timeline/calls.ts";
import { Nodes } from "../timeline/nodes.ts";
import { type Outcome, type Place, type Visit, visitsOf } from "../timeline/visits.ts";
import type { TimelineEvent } from "../timeline/history.ts";

/** How far a map is, by one history or by several. */
export interface MapTally {
  /** Items that are known of. */
  readonly total: number;
  /** Whether there are batches whose items are not known yet, and which are taken to be as large as the others. */
  readonly isAbout: boolean;
  /** Items that have ended, failed ones among them. */
  readonly done: number;
  readonly failed: number;
  /** What caches did, where the receipts have come. */
  readonly loads: number;
  readonly hits: number;
}

export const NOTHING: MapTally = { total: 0, isAbout: false, done: 0, failed: 0, loads: 0, hits: 0 };

export function together(one: MapTally, other: MapTally): MapTally {
  return {
    total: one.total + other.total,
    isAbout: one.isAbout || other.isAbout,
    done: one.done + other.done,
    failed: one.failed + other.failed,
    loads: one.loads + other.loads,
    hits: one.hits + other.hits,
  };
}

/** A Distributed Map in a history. */
export interface DistributedMap {
  readonly node: string;
  readonly mapRunArn: string;
}

export interface HistoryTally {
  /** By the author's node, in the order in which they began: maps that are within no other. */
  readonly maps: ReadonlyMap<string, MapTally>;
  readonly distributed: readonly DistributedMap[];
  /** The names of the Map states, by which states are told to belong to a map. */
  readonly states: readonly string[];
}

/** @param mapsAround the Map states of the executions whose child it is */
export function tallyHistory(
  events: readonly TimelineEvent[],
  isLambent: boolean,
  mapsAround: readonly string[] = [],
): HistoryTally {
  const visits = visitsOf(events);
  const states = [...new Set([...mapsAround, ...visits.filter(isMap).map(({ state }) => state)])];
  const nodes = new Nodes(states, isLambent);
  const groups = new Map<string, Group>();
  for (const visit of visits) {
    const outermost = mapsOf(visit).at(-1);
    if (outermost === undefined) continue;
    const node = nodes.of(outermost);
    const group = groups.get(node) ?? new Group(node, nodes);
    groups.set(node, group);
    group.add(visit);
  }
  return {
    maps: new Map([...groups].map(([node, group]) => [node, group.tally()])),
    distributed: visits.flatMap((visit) =>
      visit.mapRunArn === undefined ? [] : [{ node: nodes.of(visit), mapRunArn: visit.mapRunArn }],
    ),
    states,
  };
}

function isMap({ type }: Visit): boolean {
  return type === "Map";
}

/** A Map itself, and those around a state, from within. */
function mapsOf(visit: Visit): Visit[] {
  return [...(isMap(visit) ? [visit] : []), ...placesOf(visit).flatMap((place) => place.visit ?? [])].filter(isMap);
}

function placesOf({ place }: Visit): Place[] {
  return place.visit === undefined ? [] : [place, ...placesOf(place.visit)];
}

/** What is known of one Map state that was entered. */
class MapFacts {
  /** How the last attempt in each item ended. */
  readonly last = new Map<number, Outcome>();
  /** Items of its batches, by the batch's index. */
  readonly batches = new Map<number, number>();
  hasTasks = false;
  hasLists = false;
  hasMapsOfNode = false;
}

/** The states of one map: of Lambent's, Maps over lanes, rounds of batches and lists among them. */
class Group {
  readonly #node: string;
  readonly #nodes: Nodes;
  readonly #maps = new Map<Visit, MapFacts>();
  readonly #done = new Set<string>();
  readonly #failed = new Set<string>();
  #loads = 0;
  #hits = 0;

  constructor(node: string, nodes: Nodes) {
    this.#node = node;
    this.#nodes = nodes;
  }

  add(visit: Visit): void {
    const around = mapsOf(visit).slice(isMap(visit) ? 1 : 0);
    if (isMap(visit)) {
      this.#maps.set(visit, new MapFacts());
      if (this.#nodes.of(visit) === this.#node) for (const map of around) this.#factsOf(map).hasMapsOfNode = true;
    }
    for (const attempt of visit.attempts) {
      const call = callOf(attempt);
      for (const { caches } of call?.receipts ?? []) {
        this.#loads += sum(caches.map(({ misses }) => misses));
        this.#hits += sum(caches.map(({ hits, joined }) => hits + joined));
      }
      if (call?.list !== undefined) for (const map of around) this.#factsOf(map).hasLists = true;
      else if (call?.batch !== undefined && this.#nodes.of(visit) === this.#node) this.#addBatch(visit, call.batch);
      else this.#addAttempt(visit, attempt.outcome);
    }
  }

  #addBatch(
    visit: Visit,
    { inputs, outputs, failures }: NonNullable<NonNullable<ReturnType<typeof callOf>>["batch"]>,
  ): void {
    const { visit: map, index = 0 } = visit.place;
    if (map !== undefined) this.#factsOf(map).batches.set(index, inputs.size);
    const prefix = this.#nodes.ofItems(visit);
    for (const { index: item } of failures) this.#failed.add(`${prefix}[${item}]`);
    for (const item of outputs.keys()) {
      this.#failed.delete(`${prefix}[${item}]`);
      this.#done.add(`${prefix}[${item}]`);
    }
  }

  #addAttempt(visit: Visit, outcome: Outcome): void {
    for (const { visit: map, index } of placesOf(visit)) {
      if (map === undefined || index === undefined || !isMap(map)) continue;
      const facts = this.#factsOf(map);
      facts.hasTasks = true;
      facts.last.set(index, outcome);
    }
  }

  #factsOf(map: Visit): MapFacts {
    const facts = this.#maps.get(map) ?? new MapFacts();
    this.#maps.set(map, facts);
    return facts;
  }

  tally(): MapTally {
    const rounds = new Set<string>();
    let all: MapTally = {
      ...NOTHING,
      done: this.#done.size + this.#failed.size,
      failed: this.#failed.size,
      loads: this.#loads,
      hits: this.#hits,
    };
    for (const [map, facts] of this.#maps) {
      if (this.#nodes.of(map) !== this.#node || facts.hasMapsOfNode || facts.hasLists) continue;
      const round = `${map.state} of ${this.#nodes.ofItems(map)} ${map.place.index ?? ""}`;
      if (facts.batches.size === 0) all = together(all, itemsOf(map, facts));
      // Further rounds have the items that are tried again.
      else if (!rounds.has(round)) all = together(all, batchesOf(map, facts));
      rounds.add(round);
    }
    return all;
  }
}

/** Of a Map whose items are the author's. */
function itemsOf(map: Visit, { last, hasTasks }: MapFacts): MapTally {
  if (!hasTasks && map.ended.size === 0) return NOTHING; // it may be one of batches
  const failed = [...map.ended].filter(([index, outcome]) => outcome === "failed" || last.get(index) === "failed");
  return { ...NOTHING, total: map.items ?? 0, done: map.ended.size, failed: failed.length };
}

/** Of a Map whose items are batches: those that have not begun are taken to be as large as the others. */
function batchesOf(map: Visit, { batches }: MapFacts): MapTally {
  const known = sum([...batches.values()]);
  const unknown = Math.max(0, (map.items ?? 0) - batches.size);
  return { ...NOTHING, total: known + Math.round((unknown * known) / batches.size), isAbout: unknown > 0 };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
