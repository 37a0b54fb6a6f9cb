import type { ServerResponse } from "node:http";
import { SECURITY_HEADERS } from "./answers.ts";
import type { ConsoleEvent } from "./api.ts";

/** Milliseconds between two looks at what there is to tell. */
export const TOLD_EVERY_MS = 200;
/** Milliseconds in which at least a comment comes, so that a connection that is gone is noticed. */
const HEARTBEAT_MS = 15_000;
/** So many things of which the latest state is to be told. If there are more, all that there is is told anew. */
const MOST_PENDING = 1000;

/** Makes the event when it is sent; undefined: there is nothing to tell any more. */
export type MakeEvent = () => ConsoleEvent | undefined;

/**
 * A page that listens. What happens while its connection takes nothing more, as that of a hidden page, is kept by what
 * it is about, so that it never holds more than a bounded number of things and one event of each.
 */
export class EventStream {
  /** The executions whose histories it follows. */
  readonly followed: ReadonlySet<string>;
  readonly #response: ServerResponse;
  readonly #snapshot: MakeEvent;
  readonly #pending = new Map<string, MakeEvent>();
  #isSnapshotDue = true;
  #isFull = false;
  #toldAt = performance.now();

  /** @param snapshot makes what tells all that there is */
  constructor(response: ServerResponse, followed: ReadonlySet<string>, snapshot: MakeEvent) {
    this.#response = response;
    this.followed = followed;
    this.#snapshot = snapshot;
    response.writeHead(200, {
      ...SECURITY_HEADERS,
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "x-accel-buffering": "no", // a proxy such as nginx would hold events back
    });
    response.on("drain", () => (this.#isFull = false));
    this.flush();
  }

  /** @param about what it is about: of the same, the latest event is told */
  add(about: string, make: MakeEvent): void {
    if (this.#isSnapshotDue) return;
    this.#pending.delete(about); // so that it comes after what has happened since
    this.#pending.set(about, make);
    if (this.#pending.size <= MOST_PENDING) return;
    this.#pending.clear();
    this.#isSnapshotDue = true;
  }

  /** Send what there is, if the connection takes it. */
  flush(): void {
    if (this.#isFull) return;
    const makers = this.#isSnapshotDue ? [this.#snapshot] : [...this.#pending.values()];
    this.#isSnapshotDue = false;
    this.#pending.clear();
    const events = makers.map((make) => make()).filter((event) => event !== undefined);
    const now = performance.now();
    if (events.length === 0 && now - this.#toldAt < HEARTBEAT_MS) return;
    this.#toldAt = now;
    const text = events.length === 0 ? ":\n\n" : events.map(eventText).join("");
    this.#isFull = !this.#response.write(text);
  }

  /** Say no more. */
  end(): void {
    this.#response.end();
  }
}

function eventText(event: ConsoleEvent): string {
  return `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
}
