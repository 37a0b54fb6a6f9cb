import type { Service } from "./api.ts";
import type { CacheTotals } from "./cache-totals.ts";
import type { LiveEvents } from "./live-events.ts";
import type { LogBook } from "./log-book.ts";
import type { ConsoleSource } from "./source.ts";
import type { Timelines } from "./timelines.ts";

/** What the console's routes work with once there is something to show. */
export interface Shown {
  readonly service: Service;
  readonly source: ConsoleSource;
  readonly totals: CacheTotals;
  readonly book: LogBook;
  readonly events: LiveEvents;
  readonly timelines: Timelines;
}
