import { mkdir, writeFile } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { serve } from "../infra/run/serve.ts";
import { buildTimeline } from "../infra/run/timeline/build.ts";
import { costIfKnown } from "../infra/run/timeline/cost.ts";
import { summaryLine } from "../infra/run/timeline/files/write.ts";
import { timelineSvg } from "../infra/run/timeline/files/svg.ts";
import { readHistory } from "../infra/run/timeline/read.ts";

/** `npm run picture`: runs one of the examples and draws what happened, as the README shows it. */
const [workflow = "entities", out = "docs/timeline.svg"] = process.argv.slice(2);
const REGION = "us-east-1";

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

const served = await serve({
  root: process.cwd(),
  service: "lambent-examples",
  stage: "dev",
  region: REGION,
  workflows: ["handlers/examples/*.ts"],
  port: 0,
  say,
});
try {
  const stateMachineArn = served.stateMachines.get(workflow);
  if (stateMachineArn === undefined) {
    throw new Error(`no example is called ${workflow}; there are: ${[...served.stateMachines.keys()].join(", ")}`);
  }
  const { states } = served.emulator;
  const { executionArn } = states.startExecution({ stateMachineArn });
  const { status, error, cause } = await states.executionEnd(executionArn);
  if (status !== "SUCCEEDED") throw new Error(`${workflow} ${status}: ${error ?? ""} ${cause ?? ""}`);
  const history = await readHistory(states, executionArn, { machine: workflow });
  const timeline = buildTimeline(history, { cost: costIfKnown(history, served.functions, REGION) });
  await mkdir(dirname(resolve(out)), { recursive: true });
  await writeFile(out, timelineSvg(timeline));
  say(`${workflow}: ${summaryLine(timeline)}\n  ${out}`);
} finally {
  await served.close();
}
