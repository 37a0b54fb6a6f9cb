import { readHistory, type HistoryEvent } from "./aws.ts";

interface HistoryPage {
  /** By which it is asked for; absent: it is the first. */
  readonly token: string | undefined;
  readonly events: readonly HistoryEvent[];
}

/** An execution's events without their inputs and outputs, which are read when one is looked at. */
export class HistoryPages {
  readonly #executionArn: string;
  #pages: readonly HistoryPage[] = [];
  /** The page that was read with inputs and outputs last. */
  #withData: HistoryPage | undefined;

  constructor(executionArn: string) {
    this.#executionArn = executionArn;
  }

  /**
   * All events by now: the last page and what has come after it are read.
   * @param show is given those that are there after each page that others follow
   */
  async read(signal: AbortSignal, show: (events: readonly HistoryEvent[]) => void): Promise<readonly HistoryEvent[]> {
    const pages = this.#pages.slice(0, -1);
    let token = this.#pages.at(-1)?.token;
    do {
      const { items, nextToken } = await readHistory(
        this.#executionArn,
        { nextToken: token, includeExecutionData: false },
        signal,
      );
      pages.push({ token, events: items });
      token = nextToken;
      if (token !== undefined) {
        this.#pages = [...pages];
        show(eventsOf(pages));
      }
    } while (token !== undefined);
    this.#pages = pages;
    return eventsOf(pages);
  }

  /** An event with all of its details. */
  async details(id: number, signal: AbortSignal): Promise<HistoryEvent | undefined> {
    const known = eventOf(this.#withData, id);
    if (known !== undefined) return known;
    const page = this.#pages.find((one) => eventOf(one, id) !== undefined);
    if (page === undefined) return undefined;
    const { items } = await readHistory(
      this.#executionArn,
      { nextToken: page.token, includeExecutionData: true },
      signal,
    );
    this.#withData = { token: page.token, events: items };
    return eventOf(this.#withData, id);
  }
}

function eventsOf(pages: readonly HistoryPage[]): readonly HistoryEvent[] {
  return pages.flatMap(({ events }) => events);
}

function eventOf(page: HistoryPage | undefined, id: number): HistoryEvent | undefined {
  return page?.events.find((event) => event.id === id);
}

/** The members of an event that tell of it: `taskFailedEventDetails` of a `TaskFailed`. */
export function detailsOf(event: HistoryEvent): Readonly<Record<string, unknown>> {
  const [, details] = Object.entries(event).find(([member]) => member.endsWith("EventDetails")) ?? [];
  return typeof details === "object" && details !== null ? { ...details } : {};
}

/** The state of each event, by the event's id: that of the last `…StateEntered` which leads to it. */
export function statesOf(events: readonly HistoryEvent[]): ReadonlyMap<number, string> {
  const states = new Map<number, string>();
  for (const event of events) {
    const { name } = detailsOf(event);
    const own = event.type.endsWith("StateEntered") || event.type.endsWith("StateExited") ? name : undefined;
    const state = typeof own === "string" ? own : states.get(event.previousEventId);
    if (state !== undefined) states.set(event.id, state);
  }
  return states;
}
