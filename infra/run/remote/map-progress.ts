import { DescribeMapRunCommand, GetExecutionHistoryCommand, ListExecutionsCommand } from "@aws-sdk/client-sfn";
import type { HistoryEvent, SFNClient } from "@aws-sdk/client-sfn";
import { EXECUTION_HISTORIES_PER_SECOND } from "../../../sdk/base/aws-limits.ts";
import { isObject } from "../../../sdk/base/json.ts";
import { isCompiled } from "../timeline/outline.ts";
import { mapsIn } from "./maps-in.ts";
import { definitionOf, hasEnded } from "./executions.ts";
import { type HistoryTally, type MapTally, NOTHING, tallyHistory, together } from "./map-tally.ts";
import type { Server } from "./server.ts";

/** How far a map is. */
export interface MapProgress extends MapTally {
  readonly node: string;
  /** Milliseconds that the rest takes, if it goes on as it went; undefined until there is something to go by. */
  readonly restMs: number | undefined;
}

/**
 * Requests in one look, beside that for the execution's status. On AWS, where there is a look every 2 seconds, these are a
 * quarter of the histories that all who ask in an account get.
 */
const REQUESTS = { aws: Math.ceil((2 * EXECUTION_HISTORIES_PER_SECOND) / 4), emulator: 100 } as const;
/** What one answer may have at most. */
const PAGE = 1000;

/** Looks how far the maps of an execution are, again and again; only what is new is read. */
export class MapWatch {
  readonly #client: SFNClient;
  readonly #requests: number;
  readonly #top: FollowedExecution;
  /** By node: when it was seen first, and how many items had been done then. */
  readonly #begun = new Map<string, { readonly time: number; readonly done: number }>();

  private constructor({ client, isAws }: Server, executionArn: string, isLambent: boolean, maps: readonly string[]) {
    this.#client = client;
    this.#requests = isAws ? REQUESTS.aws : REQUESTS.emulator;
    this.#top = new FollowedExecution(executionArn, isLambent, maps);
  }

  static async of(server: Server, executionArn: string): Promise<MapWatch> {
    const definition = await definitionOf(server, executionArn);
    return new MapWatch(server, executionArn, isCompiled(definition), mapsIn(definition));
  }

  /** @param now milliseconds since the epoch */
  async look(now: number = Date.now()): Promise<MapProgress[]> {
    const budget = new Budget(this.#requests);
    await this.#top.read(this.#client, budget);
    const all = new Map<string, MapTally>();
    this.#top.addTo(all);
    return [...all]
      .filter(([, { total }]) => total > 0)
      .map(([node, tally]) => ({ node, ...tally, restMs: this.#restMs(node, tally, now) }));
  }

  #restMs(node: string, { total, done }: MapTally, now: number): number | undefined {
    const begun = this.#begun.get(node) ?? { time: now, done };
    this.#begun.set(node, begun);
    const since = done - begun.done;
    if (since <= 0) return undefined;
    return ((total - done) * (now - begun.time)) / since;
  }
}

/** How many requests are left in a look. */
class Budget {
  #left: number;

  constructor(requests: number) {
    this.#left = requests;
  }

  take(): boolean {
    return this.#left-- > 0;
  }
}

/** An execution whose history is read as it grows, and the child executions of its Distributed Maps. */
class FollowedExecution {
  hasEnded = false;
  /** What it was given; undefined before it is read. */
  input: unknown;
  /** When it was read last, by the number of looks. */
  readAt = 0;
  readonly #arn: string;
  readonly #isLambent: boolean;
  readonly #mapsAround: readonly string[];
  readonly #runs = new Map<string, FollowedRun>();
  #events: HistoryEvent[] = [];
  #tally: HistoryTally = { maps: new Map(), distributed: [], states: [] };
  #isRead = false;

  constructor(arn: string, isLambent: boolean, mapsAround: readonly string[]) {
    this.#arn = arn;
    this.#isLambent = isLambent;
    this.#mapsAround = mapsAround;
  }

  /** Whether there may be something new in it. */
  get isOpen(): boolean {
    return !this.#isRead || [...this.#runs.values()].some(({ isOpen }) => isOpen);
  }

  async read(client: SFNClient, budget: Budget): Promise<void> {
    if (!this.#isRead && budget.take()) {
      const ended = this.hasEnded; // before it is read, so that its last events are
      await this.#readEvents(client, budget);
      this.input ??= parsed(this.#events[0]?.executionStartedEventDetails?.input);
      this.#tally = tallyHistory(this.#events, this.#isLambent, this.#mapsAround);
      for (const { mapRunArn, node } of this.#tally.distributed) {
        if (this.#runs.has(mapRunArn)) continue;
        this.#runs.set(mapRunArn, new FollowedRun(mapRunArn, node, this.#isLambent, this.#tally.states));
      }
      this.#isRead = ended;
      if (this.#isRead) this.#events = []; // what they say is counted
    }
    for (const run of this.#runs.values()) if (run.isOpen) await run.read(client, budget);
  }

  /** Reads from the newest event back to what is known. A history is 25 pages at most, which are read whole. */
  async #readEvents(client: SFNClient, budget: Budget): Promise<void> {
    const known = this.#events.at(-1)?.id ?? 0;
    const newest: HistoryEvent[] = [];
    let nextToken: string | undefined;
    do {
      const request = { executionArn: this.#arn, reverseOrder: true, maxResults: PAGE, nextToken };
      const page = await client.send(new GetExecutionHistoryCommand(request));
      const fresh = (page.events ?? []).filter(({ id = 0 }) => id > known);
      newest.push(...fresh);
      nextToken = fresh.length < (page.events ?? []).length ? undefined : page.nextToken;
      budget.take();
    } while (nextToken !== undefined);
    this.#events.push(...newest.toReversed());
  }

  addTo(all: Map<string, MapTally>): void {
    for (const [node, tally] of this.#tally.maps) add(all, node, tally);
    for (const run of this.#runs.values()) run.addTo(all);
  }
}

/** A Map Run, whose child executions run an item each, or with Lambent a piece of the map. */
class FollowedRun {
  isOpen = true;
  readonly #arn: string;
  readonly #node: string;
  readonly #isLambent: boolean;
  readonly #mapsAround: readonly string[];
  readonly #children = new Map<string, FollowedExecution>();
  #looks = 0;
  /** What the Map Run itself counts: items, or pieces. */
  #counted: MapTally = NOTHING;
  /** Items of the whole map, of which the run has pieces. */
  #items: number | undefined;

  constructor(arn: string, node: string, isLambent: boolean, mapsAround: readonly string[]) {
    this.#arn = arn;
    this.#node = node;
    this.#isLambent = isLambent;
    this.#mapsAround = mapsAround;
  }

  async read(client: SFNClient, budget: Budget): Promise<void> {
    if (!budget.take()) return;
    const { status, itemCounts } = await client.send(new DescribeMapRunCommand({ mapRunArn: this.#arn }));
    if (itemCounts !== undefined) {
      const { total = 0, succeeded = 0, failed = 0, timedOut = 0, aborted = 0 } = itemCounts;
      const lost = failed + timedOut + aborted;
      this.#counted = { ...NOTHING, total, done: succeeded + lost, failed: lost };
    }
    if (!this.#isLambent) {
      this.isOpen = status === "RUNNING";
      return;
    }
    if (budget.take()) await this.#list(client);
    this.#looks++;
    const open = [...this.#children.values()].filter((child) => child.isOpen);
    for (const child of open.toSorted((one, other) => one.readAt - other.readAt)) {
      child.readAt = this.#looks;
      await child.read(client, budget);
      this.#items ??= itemsOf(child.input);
    }
    this.isOpen = status === "RUNNING" || [...this.#children.values()].some((child) => child.isOpen);
  }

  /** A map of Lambent's has 900 pieces at most, so that one page has them all. */
  async #list(client: SFNClient): Promise<void> {
    const { executions = [] } = await client.send(
      new ListExecutionsCommand({ mapRunArn: this.#arn, maxResults: PAGE }),
    );
    for (const { executionArn = "", status = "RUNNING" } of executions) {
      // Executions of type EXPRESS have no history: the Map Run counts them.
      if (executionArn.split(":")[5] === "express") continue;
      const child = this.#children.get(executionArn) ?? new FollowedExecution(executionArn, true, this.#mapsAround);
      child.hasEnded = hasEnded({ status });
      this.#children.set(executionArn, child);
    }
  }

  addTo(all: Map<string, MapTally>): void {
    if (!this.#isLambent || (this.#children.size === 0 && this.#counted.done > 0)) {
      add(all, this.#node, this.#counted);
      return;
    }
    const inner = new Map<string, MapTally>();
    for (const child of this.#children.values()) child.addTo(inner);
    for (const [node, tally] of inner) {
      // Of a map of a workflow, the Map over a piece's items has another name.
      const isOwn = node === this.#node || node === `${this.#node}Items`;
      const whole = isOwn && this.#items !== undefined ? this.#ofWhole(tally, this.#items) : tally;
      add(all, isOwn ? this.#node : node, whole);
    }
  }

  /** The histories of pieces may come later than the Map Run's word that the pieces have ended. */
  #ofWhole(tally: MapTally, total: number): MapTally {
    const pieces = this.#counted;
    const ended = pieces.total === 0 ? 0 : Math.floor((total * pieces.done) / pieces.total);
    return { ...tally, total, isAbout: false, done: Math.max(tally.done, ended) };
  }
}

/** Of a piece of a stored list, how many elements that has in all. */
function itemsOf(input: unknown): number | undefined {
  const lists = isObject(input) ? Reflect.get(input, "lists") : undefined;
  for (const list of isObject(lists) ? Object.values(lists) : []) {
    const stored: unknown = isObject(list) ? Reflect.get(list, "$list") : undefined;
    const count: unknown = isObject(stored) ? Reflect.get(stored, "count") : undefined;
    if (typeof count === "number") return count;
  }
  return undefined;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return undefined; // what AWS has cut
  }
}

function add(all: Map<string, MapTally>, node: string, tally: MapTally): void {
  all.set(node, together(all.get(node) ?? NOTHING, tally));
}
