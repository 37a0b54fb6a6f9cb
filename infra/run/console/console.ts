import { randomUUID } from "node:crypto";
import type { Progress, Routes } from "../../emulator/index.ts";
import type { LogLine } from "../../emulator/replicas/replica-pool.ts";
import { CacheTotals } from "./cache-totals.ts";
import { LiveEvents } from "./live-events.ts";
import { LogBook } from "./log-book.ts";
import { CONSOLE_PATH, consolePages } from "./page-files.ts";
import type { Shown } from "./shown.ts";
import type { ConsoleOptions, ConsoleSource } from "./source.ts";
import { Timelines } from "./timelines.ts";

/**
 * What a service on this machine does, for a page in a browser. It is made before the server, whose hooks it has, and
 * shows what is served from `open` on.
 */
export class Console {
  /** For `EmulatorOptions.pages`. */
  readonly pages: Routes = consolePages();
  /** For `EmulatorOptions.routes`. */
  readonly routes: Routes = consoleApi(() => this.#shown);
  readonly #options: ConsoleOptions;
  readonly #book = new LogBook();
  #shown: Shown | undefined;

  constructor(options: ConsoleOptions) {
    this.#options = options;
  }

  /** To be called before the first request is answered. */
  open(source: ConsoleSource): void {
    const { servedBy, name, stage, functions, skipsWaits = false } = this.#options;
    const { region, accountId } = source.states.account;
    const run = randomUUID();
    const totals = new CacheTotals(() => new Set(source.pool?.describe().map(({ id }) => id)));
    this.#shown = {
      service: {
        run,
        ...(name === undefined ? {} : { name }),
        ...(stage === undefined ? {} : { stage }),
        region,
        accountId,
        servedBy,
        functions,
        skipsWaits,
      },
      source,
      totals,
      book: this.#book,
      events: new LiveEvents(source, totals, this.#book, run),
      timelines: new Timelines(source),
    };
  }

  /** For `EmulatorOptions.onProgress`. */
  see(event: Progress): void {
    const shown = this.#shown;
    if (shown === undefined) return;
    if (event.type === "task-succeeded" && shown.source.pool !== undefined) shown.totals.add(event.result);
    shown.events.see(event);
  }

  /** For `ReplicaPoolOptions.onLog`. */
  log(line: LogLine): void {
    this.#book.add(line);
  }

  /** Ends the events of pages that listen. */
  close(): void {
    this.#shown?.events.close();
  }
}

/** Loaded when a page asks: an emulator that nobody looks at has no use for the memory. */
function consoleApi(shown: () => Shown | undefined): Routes {
  return async (request, response) => {
    if (!(request.url ?? "").startsWith(`${CONSOLE_PATH}api/`)) return false;
    const { consoleRoutes } = await import("./routes.ts");
    return consoleRoutes(shown)(request, response);
  };
}

/** Where the console of a server is. */
export function consoleUrl(server: string): string {
  return new URL(CONSOLE_PATH, server).href;
}
