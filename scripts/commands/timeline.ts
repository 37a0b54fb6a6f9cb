import { mkdir, writeFile } from "node:fs/promises";
import { existsSync } from "node:fs";
import { dirname, extname, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { LambentError } from "../../sdk/base/errors.ts";
import { pricesOf } from "../../infra/cost/prices.ts";
import type { ReadService } from "../../infra/serverless/read-service.ts";
import { costIfKnown, costOfHistory } from "../../infra/run/timeline/cost.ts";
import { buildTimeline } from "../../infra/run/timeline/build.ts";
import { summaryLine, timelineFile, writeTimeline } from "../../infra/run/timeline/files/write.ts";
import { timelineHtml } from "../../infra/run/timeline/files/html.ts";
import { timelineSvg } from "../../infra/run/timeline/files/svg.ts";
import { timelineTrace } from "../../infra/run/timeline/files/trace.ts";
import type { ExecutionHistory } from "../../infra/run/timeline/history.ts";
import type { Cost, Timeline } from "../../infra/run/timeline/model.ts";
import { readTimeline } from "../../infra/run/timeline/remote/read-timeline.ts";
import { readPositive, readRegion, UsageError } from "./usage.ts";

export const USAGE: string = `Usage: lambent timeline <execution> [options]

Draws an execution: what ran on which replica, what it loaded, what it waited for. It goes by the execution's history and
the receipts in it, on AWS and in the emulator alike. In a service's folder it also tells what the execution cost.

  <execution>              its ARN, its name, or how that begins
  --out FILE               FILE.html: a page that needs nothing else (default, in .lambent/timelines); FILE.svg: a picture;
                           FILE.json: a trace for https://ui.perfetto.dev and chrome://tracing
  --endpoint URL           where the execution is, as http://127.0.0.1:8083 (or $AWS_ENDPOINT_URL_SFN, $AWS_ENDPOINT_URL);
                           default: an emulator on port 8083 of this machine if one runs, else AWS
  --region NAME            of AWS; default: the ARN's, or the one that the AWS SDK finds
  --children N             of so many child executions of Distributed Maps the histories are read; of the others begin and
                           end; default 1000
  --help                   this text`;

const WRITERS: Readonly<Record<string, (timeline: Timeline) => string | Promise<string>>> = {
  ".html": timelineHtml,
  ".svg": timelineSvg,
  ".json": timelineTrace,
};

/** @returns 1 if there is no server, or no such execution */
export async function run(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      out: { type: "string" },
      endpoint: { type: "string", default: process.env["AWS_ENDPOINT_URL_SFN"] ?? process.env["AWS_ENDPOINT_URL"] },
      region: { type: "string" },
      children: { type: "string" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const [execution, ...others] = positionals;
  if (execution === undefined || others.length > 0) throw new UsageError("lambent timeline: name one execution");
  const { out, endpoint } = values;
  const write = WRITERS[out === undefined ? ".html" : extname(out).toLowerCase()];
  if (write === undefined) throw new UsageError(`--out: not a file that ends with .html, .svg or .json: ${out}`);
  if (endpoint !== undefined && !URL.canParse(endpoint)) throw new UsageError(`--endpoint: not a URL: ${endpoint}`);
  const region = values.region === undefined ? undefined : readRegion(values.region);
  const children = values.children === undefined ? undefined : readPositive("--children", values.children);
  try {
    const { history, server } = await readTimeline({ execution, endpoint, region, children });
    const timeline = buildTimeline(history, { now: new Date(), cost: await costHere(history) });
    console.log(`${timeline.title} ${timeline.name}, ${server}\n  ${summaryLine(timeline)}`);
    console.log(`  ${await written(timeline, out, write)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof LambentError)) throw error;
    console.error(error.message);
    return 1;
  }
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
