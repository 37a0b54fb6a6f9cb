import { mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { LambentError } from "../../sdk/base/errors.ts";
import { explain } from "../../infra/run/execution-error.ts";
import { pricesOf } from "../../infra/cost/prices.ts";
import type { ReadService } from "../../infra/serverless/read-service.ts";
import { costIfKnown, costOfHistory } from "../../infra/run/timeline/cost.ts";
import { buildTimeline } from "../../infra/run/timeline/build.ts";
import { summaryLine, timelineFile, writeTimeline } from "../../infra/run/timeline/files/write.ts";
import { timelineHtml } from "../../infra/run/timeline/files/html.ts";
import { timelineSvg } from "../../infra/run/timeline/files/svg.ts";
import { timelineTrace } from "../../infra/run/timeline/files/trace.ts";
import { failedAt } from "../../infra/run/timeline/failed-bar.ts";
import { detailsOf, type ExecutionHistory, textOf, type TimelineEvent } from "../../infra/run/timeline/history.ts";
import type { Cost, Timeline } from "../../infra/run/timeline/model.ts";
import { readTimeline } from "../../infra/run/remote/read-timeline.ts";
import { type ServerOptions, serverPlace } from "./server-options.ts";
import { UsageError } from "./usage.ts";

export interface TimelineOptions extends ServerOptions {
  readonly out?: string;
  readonly children?: number;
}

const WRITERS: Readonly<Record<string, (timeline: Timeline) => string | Promise<string>>> = {
  ".html": timelineHtml,
  ".svg": timelineSvg,
  ".json": timelineTrace,
};

/**
 * Read an execution and draw it to a file.
 * @throws {LambentError} if there is no server, or no such execution
 */
export async function drawTimeline(execution: string, options: TimelineOptions): Promise<void> {
  const { out, children } = options;
  const write = WRITERS[out === undefined ? ".html" : extname(out).toLowerCase()];
  if (write === undefined) throw new UsageError(`--out: not a file that ends with .html, .svg or .json: ${out}`);
  const { history, server } = await readTimeline({ ...serverPlace(options), execution, children });
  const timeline = buildTimeline(history, { now: new Date(), cost: await costHere(history) });
  console.log(`${timeline.title} ${timeline.name}, ${server}\n  ${summaryLine(timeline)}`);
  const failure = failureLine(timeline, history.events);
  if (failure !== undefined) console.log(`  ${failure}`);
  console.log(`  ${await written(timeline, out, write)}`);
}

/** `FAILED at score[1]: Error: boom`, of an execution that did not succeed. */
function failureLine(timeline: Timeline, events: readonly TimelineEvent[]): string | undefined {
  const { status, failure } = timeline;
  if (status === "SUCCEEDED" || status === "RUNNING") return undefined;
  const details = detailsOf(events.at(-1) ?? {});
  const [error, cause] = [textOf(details, "error"), textOf(details, "cause")];
  const at = failedAt(timeline, error, cause);
  const [why = ""] = (failure === undefined ? "" : explain(error, cause, failure)).split("\n");
  return `${status}${at === undefined ? "" : ` at ${at}`}${why === "" ? "" : `: ${why}`}`;
}

/** What it cost; where no service is whose functions it has invoked, its state transitions alone. */
async function costHere(history: ExecutionHistory): Promise<Cost | undefined> {
  const root = process.cwd();
  const [, , , region = "us-east-1", , , machine = ""] = (history.arn ?? "").split(":");
  if (!["yml", "yaml", "json", "js", "ts"].some((type) => existsSync(join(root, `serverless.${type}`))))
    return costIfKnown(history, [], region);
  try {
    const { serviceFacts } = await import("../../infra/serverless/deploy/service-facts.ts");
    const { readService } = await import("../../infra/serverless/read-service.ts");
    let service = await readService({ root, region });
    const stage = stageIn(machine, service);
    if (stage !== undefined && stage !== service.stage) service = await readService({ root, region, stage });
    return costOfHistory(history, serviceFacts(service).functions, pricesOf(service.region));
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
    console.error(`without what it cost: ${error.message}`);
    return undefined;
  }
}

/** The stage of a state machine, whose name has the service before it and the workflow after it. */
function stageIn(machine: string, { service, description }: ReadService): string | undefined {
  const ends = description.workflows.map(({ workflow }) => `-${workflow}`);
  const end = ends.find((one) => machine.endsWith(one));
  const begin = `${service}-`;
  if (end === undefined || !machine.startsWith(begin)) return undefined;
  return machine.slice(begin.length, -end.length) || undefined;
}

async function written(
  timeline: Timeline,
  out: string | undefined,
  write: (timeline: Timeline) => string | Promise<string>,
): Promise<string> {
  if (out === undefined) return writeTimeline(process.cwd(), timelineFile(timeline.title, timeline.name), timeline);
  await mkdir(dirname(resolve(out)), { recursive: true });
  await writeFile(out, await write(timeline));
  return out;
}
