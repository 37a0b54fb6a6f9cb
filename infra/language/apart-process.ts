/**
 * The program of a process that evaluates what takes long, so that the emulator goes on meanwhile and can end it. One
 * job after the other comes on descriptor 3, and what comes of it goes out there. A process and no thread:
 * one text of 500 MB ends the whole process of a thread that may have less.
 */
import { readSync, writeSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { encode, FrameReader, type Job, type Report } from "./apart-frames.ts";
import { EvaluationLimit, LONGEST_EVALUATION_MS, LONGEST_RESULT, OUT_OF_MEMORY } from "./evaluation-limits.ts";
import { evaluationMessage, parse } from "./jsonata-engine.ts";
import { UnsupportedResult } from "./jsonata-result.ts";
import { awsFunctions, type Chance } from "./jsonata-functions.ts";
import { MeterApart } from "./jsonata-meter.ts";
import { immediateJsonpath } from "./jsonpath.ts";
import { expressionOf, viewOf } from "./jsonpath-apart.ts";
import { shareWithNobody } from "./sharing.ts";
import { StateError } from "./state-error.ts";
import { charactersOf } from "./value-size.ts";

/** The time of the processor that had been used when the job began, in milliseconds; -1 between two jobs. */
const usedBefore = new Float64Array(new SharedArrayBuffer(8)).fill(-1);

// An evaluation may never come back here. It must not outlive the emulator, nor take more than its time, which is that
// of the processor: on a machine that others use, the clock's would be no measure.
const WATCH = `
const { parent, usedBefore, longest } = require("node:worker_threads").workerData;
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, "SIGKILL");
  const { user, system } = process.cpuUsage();
  const isWorking = usedBefore[0] >= 0;
  if (isWorking && (user + system) / 1000 - usedBefore[0] > longest) process.kill(process.pid, "SIGTERM");
}, 100);
`;
const workerData = { parent: process.ppid, usedBefore, longest: LONGEST_EVALUATION_MS };
new Worker(WATCH, { eval: true, workerData }).on("error", () => process.exit());

const CHANNEL_FD = 3;
const chunk = Buffer.allocUnsafe(65_536);

/** Waits for a message; undefined when the emulator has gone. */
function receive<T>(): T | undefined {
  const reader = new FrameReader<T>();
  for (;;) {
    const bytes = readSync(CHANNEL_FD, chunk);
    if (bytes === 0) return undefined;
    const message = reader.push(Buffer.from(chunk.subarray(0, bytes)));
    if (message !== undefined) return message;
  }
}

function send(report: Report): void {
  write(encode(report));
}

function write(frame: Buffer): void {
  for (let sent = 0; sent < frame.length;) sent += writeSync(CHANNEL_FD, frame, sent);
}

/** As bytes; a value that is nested too deeply for that is too large, and so is one that no state may hand on. */
function encoded(report: Report): Buffer {
  try {
    if (report.kind === "value" && charactersOf(report.value ?? null, LONGEST_RESULT) > LONGEST_RESULT)
      return encode({ kind: "tooLarge" });
    return encode(report);
  } catch {
    return encode({ kind: "failure", message: evaluationMessage(new EvaluationLimit(OUT_OF_MEMORY)) });
  }
}

/** The emulator's own time and chance, after what it had drawn already. */
function chanceOf({ now, drawn }: Job): Chance {
  const randoms = [...drawn.randoms];
  const uuids = [...drawn.uuids];
  return {
    now,
    uuid() {
      if (uuids.length === 0) send({ kind: "uuid" });
      return uuids.shift() ?? receive<string>() ?? "";
    },
    randoms(count) {
      const known = randoms.splice(0, count);
      if (known.length === count) return known;
      send({ kind: "randoms", count: count - known.length });
      return [...known, ...(receive<readonly number[]>() ?? [])];
    },
  };
}

async function perform(job: Job): Promise<Report> {
  try {
    if (job.kind === "jsonpath") return await read(job);
    const names = { ...awsFunctions(chanceOf(job)), ...job.names };
    return { kind: "value", value: await parse(job.source).evaluate(names, new MeterApart(job.now)) };
  } catch (error) {
    if (error instanceof UnsupportedResult) return { kind: "unsupported" };
    if (error instanceof StateError) {
      const { cause, placed, terminal } = error;
      return { kind: "stateError", error: error.error, cause, about: { placed, terminal } };
    }
    return { kind: "failure", message: evaluationMessage(error) };
  }
}

async function read(job: Extract<Job, { kind: "jsonpath" }>): Promise<Report> {
  const chance = chanceOf(job);
  const view = viewOf(job.view, {
    now: () => job.now,
    random: () => chance.randoms(1)[0] ?? 0,
    uuid: () => chance.uuid(),
  });
  const value = await expressionOf(immediateJsonpath, job.reading)(view);
  return { kind: "value", value, inspection: view.inspection };
}

function beginTime(): void {
  const { user, system } = process.cpuUsage();
  usedBefore[0] = (user + system) / 1000;
}

shareWithNobody(beginTime);
send({ kind: "ready" });
for (let job = receive<Job>(); job !== undefined; job = receive<Job>()) {
  beginTime();
  write(encoded(await perform(job)));
  usedBefore[0] = -1;
}
process.exit();
