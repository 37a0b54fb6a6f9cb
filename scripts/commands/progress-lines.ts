import { styleText } from "node:util";
import { hasColours } from "../../infra/run/execution-log.ts";
import type { MapProgress } from "../../infra/run/remote/map-progress.ts";
import { formatMs } from "../../infra/run/timeline/drawing/time.ts";

const BAR_WIDTH = 20;

/** `412 of 1,000, 3 failed, 12 loads, 400 hits, about 2 min 5 s left`. */
export function progressText({ total, isAbout, done, failed, loads, hits, restMs }: MapProgress): string {
  return [
    `${done.toLocaleString("en")} of ${isAbout ? "about " : ""}${total.toLocaleString("en")}`,
    ...(failed > 0 ? [`${failed.toLocaleString("en")} failed`] : []),
    ...(loads + hits > 0 ? [`${loads.toLocaleString("en")} loads`, `${hits.toLocaleString("en")} hits`] : []),
    ...(restMs === undefined || done >= total ? [] : [`about ${formatMs(Math.max(1000, restMs))} left`]),
  ].join(", ");
}

/** `words  ████░░░░ 412 of 1,000, 3 failed, 12 loads, 400 hits, about 2 min 5 s left`. */
export function progressLine(map: MapProgress, width: number): string {
  const { node, total, done } = map;
  const filled = Math.floor((BAR_WIDTH * Math.min(done, total)) / total);
  return `${node.padEnd(width)}  ${"█".repeat(filled)}${"░".repeat(BAR_WIDTH - filled)}  ${progressText(map)}`;
}

/** Lines at the end of a terminal that are drawn anew in their place. */
export class ProgressLines {
  readonly #stream: NodeJS.WriteStream;
  #drawn = 0;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  /** Whether the stream is a terminal on which lines can be drawn anew. Nothing is drawn on others. */
  get isShown(): boolean {
    return this.#stream.isTTY === true && process.env["TERM"] !== "dumb";
  }

  draw(maps: readonly MapProgress[]): void {
    // A terminal that does not know its size says 0.
    const [columns, rows] = [this.#stream.columns || 80, this.#stream.rows || 24];
    const width = Math.max(0, ...maps.map(({ node }) => node.length));
    // A line that is broken, or the first of more than there is room for, could not be drawn over.
    const lines = maps.slice(-(rows - 1)).map((map) => [...progressLine(map, width)].slice(0, columns - 1).join(""));
    const back = this.#drawn === 0 ? "" : `\u001B[${this.#drawn}A\r`;
    const painted = lines.map((line) => this.#paint(line));
    this.#stream.write(`${back}\u001B[J${painted.map((line) => `${line}\n`).join("")}`);
    this.#drawn = lines.length;
  }

  #paint(line: string): string {
    return hasColours(this.#stream)
      ? line.replace(/[█░]+/, (bar) => styleText("cyan", bar, { validateStream: false }))
      : line;
  }
}
