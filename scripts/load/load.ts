/**
 * `npm run load`: a service under load through the API of `lambent dev`, and a day's executions by the emulator's own clock.
 * Ends with 1 if something did not go as it should.
 */
import { parseArgs } from "node:util";
import { numberOption } from "../figures/number-option.ts";
import { writeFigures } from "../figures/write-figures.ts";
import { runDay } from "./day.ts";
import type { Growth } from "./growth.ts";
import { runUnderLoad } from "./under-load.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "600" },
    "at-once": { type: "string", default: "50" },
    /** Executions of a day by the emulator's clock; 0 leaves that out. */
    day: { type: "string", default: "0" },
    /** Whether the figures are written into docs/reliability.md. */
    write: { type: "boolean", default: false },
  },
});

const said: string[] = [];

function say(line: string): void {
  said.push(line);
  process.stdout.write(`${line}\n`);
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}

function tellGrowth(whose: string, growth: Growth | undefined): void {
  if (growth === undefined) say(`${whose}: too little time to tell whether its memory grows`);
  else {
    const verdict = growth.isFlat ? "flat" : "GROWS";
    say(`${whose}: ${megabytes(growth.mean)}, ${megabytes(growth.rise)} more at the end: ${verdict}`);
    if (!growth.isFlat) process.exitCode = 1;
  }
}

async function underLoad(seconds: number, atOnce: number): Promise<void> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => interrupt.abort()); // also when it comes again
  const report = await runUnderLoad({ seconds, atOnce, interrupted: interrupt.signal });
  say(`${report.executions} executions, ${atOnce} at a time: p50 ${report.p50} ms, p99 ${report.p99} ms`);
  tellGrowth("emulator's heap in use", report.heap);
  tellGrowth("emulator", report.emulator);
  tellGrowth("replicas", report.replicas);
  say(`left behind: ${report.leftBehind.length === 0 ? "nothing" : report.leftBehind.join(", ")}`);
  say(`faults: ${report.faults.length}`);
  for (const fault of report.faults) say(fault);
  if (report.faults.length + report.leftBehind.length > 0) process.exitCode = 1;
}

async function day(executions: number): Promise<void> {
  const report = await runDay(executions);
  say(
    `${report.executions} executions in ${Math.round(report.virtualSeconds)} s of their clock, ${Math.round(report.seconds)} s of ours; ${report.wrong} wrong`,
  );
  tellGrowth("heap", report.heap);
  if (report.wrong > 0) process.exitCode = 1;
}

const executionsOfDay = numberOption("day", values.day, 0);
if (executionsOfDay > 0) await day(executionsOfDay);
else await underLoad(numberOption("seconds", values.seconds), numberOption("at-once", values["at-once"]));
if (values.write) writeFigures(executionsOfDay > 0 ? "day" : "load", said);
