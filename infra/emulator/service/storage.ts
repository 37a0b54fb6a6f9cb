import { existsSync, mkdirSync, readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { messageOf } from "../../../sdk/base/errors.ts";
import { isJsonObject, type Json } from "../../../sdk/base/json.ts";
import { parseJson } from "../../validate/parse-json.ts";
import type { Journal } from "../interpreter/journal.ts";
import type { Program } from "../interpreter/thread.ts";
import { ApiError } from "../kernel/api-error.ts";
import type { StoredActivity } from "./activities.ts";
import { appendLine, dataError, readLines, replaceFile } from "./data-file.ts";
import { DataLock } from "./data-lock.ts";
import type { Execution, ExecutionStatus, Surroundings } from "./execution.ts";
import { ProgressLog } from "./progress-log.ts";
import type { StoredMachine } from "./state-machine.ts";
import { executionIn, lineOf, mocksIn, revive, type StoredExecution } from "./stored-execution.ts";
import type { MapRunLine, StoredBatches, StoredMapRun } from "./stored-map-run.ts";
import { ACTIVITY, BATCHES, MACHINE, MAP_RUN, type Shape, TAGS } from "./stored-shapes.ts";
import type { Tags } from "./tags.ts";

/** All but the executions. */
export interface StoredService {
  readonly stateMachines: readonly StoredMachine[];
  readonly activities: readonly StoredActivity[];
  readonly tags: ReturnType<Tags["stored"]>;
  /** A part of it could not be read once: executions are kept whose state machine is not known. */
  readonly isPartial?: boolean;
}

// As memory has them: a text of a history is in its events, and in the input or output too.
const BYTES_PER_CHARACTER = 1;

const NOTHING: StoredService = { stateMachines: [], activities: [], tags: {} };

/**
 * A directory that outlives the process: `service.json`, `map-runs.jsonl`, and `executions.jsonl` with a line at the
 * start of every execution and another, with its history, at its end. An execution without its second line was running
 * when the process ended: what it had done is in `progress.jsonl`. What cannot be read is told and moved aside.
 *
 * What a request is answered for has been written before, so that it outlives the process however that ends. State
 * machines, activities and tags outlive the machine's end too; executions of its last seconds do if that is asked for.
 */
export class Storage {
  readonly #service: string;
  readonly #executions: string;
  readonly #mapRuns: string;
  readonly #progress: ProgressLog;
  readonly #isSynced: boolean;
  readonly #lock: DataLock;
  #isClosed = false;
  readonly #tell: (message: string) => void;
  #saved: StoredService = NOTHING;
  #isPartial = false;
  /** Ends that could not be written. */
  readonly #unwritten = new Set<Execution>();

  /**
   * @param directory Is made when it is not there.
   * @param isSynced What happens in executions outlives the machine's end, too.
   * @param tell Prints a line.
   * @throws {LambentError} when it cannot be written, or another emulator has it
   */
  constructor(directory: string, isSynced: boolean, tell: (message: string) => void = console.error) {
    this.#isSynced = isSynced;
    this.#progress = new ProgressLog(join(directory, "progress.jsonl"), isSynced, tell, (execution) =>
      this.saveExecution(execution),
    );
    this.#service = join(directory, "service.json");
    this.#executions = join(directory, "executions.jsonl");
    this.#mapRuns = join(directory, "map-runs.jsonl");
    this.#tell = tell;
    try {
      mkdirSync(directory, { recursive: true });
    } catch (error) {
      throw dataError(directory, error);
    }
    this.#lock = new DataLock(directory);
  }

  /** Leaves the directory to others; nothing is written after that. */
  close(): void {
    this.#progress.close();
    this.#isClosed = true;
    this.#lock.release();
  }

  /** Reads what was saved. @returns what of it cannot be used, and why; the rest is `saved` */
  load(): readonly string[] {
    if (!existsSync(this.#service)) return [];
    let text: string;
    try {
      text = readFileSync(this.#service, "utf8");
    } catch (error) {
      throw dataError(this.#service, error);
    }
    try {
      const { service, faults } = serviceIn(text);
      this.#saved = service;
      this.#isPartial = service.isPartial === true;
      return faults;
    } catch (error) {
      return [messageOf(error)];
    }
  }

  /** Moves `service.json` aside, of which something cannot be used. @param why Names it. */
  lose(why: string): void {
    this.#isPartial = true;
    const aside = `${this.#service}.${new Date().toISOString().replaceAll(":", "-")}`;
    if (existsSync(this.#service)) renameSync(this.#service, aside);
    this.#tell(
      `${this.#service} cannot be read in whole: ${why}\nIt is now ${aside}: mend it and put it back while no emulator runs, or create what is missing again. Executions are kept.`,
    );
  }

  /** What was saved last. */
  get saved(): StoredService {
    return this.#saved;
  }

  /** @throws {ApiError} when it cannot be written; then the file is as it was */
  saveService(service: StoredService): void {
    const whole = this.#isPartial ? { ...service, isPartial: true } : service;
    const text = JSON.stringify(whole, null, 2);
    if (existsSync(this.#service) && text === JSON.stringify(this.#saved, null, 2)) return;
    try {
      replaceFile(this.#service, [text]);
    } catch (error) {
      throw refusal(this.#service, error);
    }
    this.#saved = JSON.parse(text);
  }

  /**
   * Writes an execution's line. @param status Its own unless it is to change by what the line allows.
   * @throws {ApiError} when it cannot be written; then the file is as it was
   */
  saveExecution(execution: Execution, status: ExecutionStatus = execution.status): void {
    if (this.#isClosed) return;
    try {
      for (const earlier of this.#unwritten) {
        if (earlier !== execution) appendLine(this.#executions, lineOf(earlier, earlier.status), this.#isSynced);
        this.#unwritten.delete(earlier);
      }
      appendLine(this.#executions, lineOf(execution, status), this.#isSynced);
    } catch (error) {
      throw refusal(this.#executions, error);
    }
  }

  /** Writes the line of an execution that has ended, now or as soon as that is possible. */
  saveEnd(execution: Execution): void {
    try {
      this.saveExecution(execution);
      if (this.#unwritten.size === 0) this.#progress.end(execution);
    } catch (error) {
      this.#unwritten.add(execution);
      this.#tell(
        `The end of ${execution.plan.arn} is not saved yet, and will be with the next that is. ${messageOf(error)}`,
      );
    }
  }

  /** Where the steps of an execution are written. What is EXPRESS is not gone on with. */
  journal(execution: Execution): Journal | undefined {
    return execution.plan.type === "STANDARD" ? this.#progress.journal(execution) : undefined;
  }

  /** Takes executions that were running to where they were. */
  replay(executions: ReadonlyMap<string, Execution>): void {
    this.#progress.replay(executions);
  }

  /** Writes how a Map Run stands, or what its children get. */
  saveMapRun(line: MapRunLine): void {
    if (this.#isClosed) return;
    try {
      appendLine(this.#mapRuns, JSON.stringify(line), this.#isSynced);
    } catch (error) {
      this.#tell(`The Map Run ${line.arn} is not saved. ${dataError(this.#mapRuns, error).message}`);
    }
  }

  /** Map Runs of earlier processes, in the order of their starts. @param isKept Whether the execution is that the Map is in. */
  mapRuns(isKept: (executionArn: string) => boolean): readonly (StoredMapRun & Partial<StoredBatches>)[] {
    const runs = new Map<string, StoredMapRun & Partial<StoredBatches>>();
    let lines = 0;
    for (const { number, text } of readLines(this.#mapRuns)) {
      lines++;
      try {
        const line = mapRunLineIn(text);
        const known = runs.get(line.arn);
        if ("batches" in line) {
          if (known !== undefined) runs.set(line.arn, { ...known, ...line });
        } else if (isKept(line.executionArn)) runs.set(line.arn, { ...known, ...line });
      } catch (error) {
        this.#setAside(this.#mapRuns, number, text, messageOf(error));
      }
    }
    const kept = [...runs.values()];
    if (lines > kept.length) this.#replaceMapRuns(kept);
    return kept;
  }

  #replaceMapRuns(kept: readonly (StoredMapRun & Partial<StoredBatches>)[]): void {
    try {
      replaceFile(
        this.#mapRuns,
        kept.flatMap(({ batches, ...run }) => {
          const lines: MapRunLine[] = batches === undefined ? [run] : [run, { arn: run.arn, batches }];
          return lines.map((line) => `${JSON.stringify(line)}\n`);
        }),
      );
    } catch (error) {
      throw dataError(this.#mapRuns, error);
    }
  }

  /**
   * Executions of earlier processes, in the order of their starts, as far as their state machines exist: the latest
   * `most`, of at most `mostBytes` in all. What is left out, and lines that others have overtaken, leave the file; what
   * cannot be read goes into another one.
   */
  executions(
    surroundings: Surroundings,
    { most, mostBytes }: { readonly most: number; readonly mostBytes: number },
    existing: (stateMachineArn: string) => boolean,
  ): readonly Execution[] {
    const programs = new Map<string, Program>();
    try {
      const { kept, lines } = this.#survey(most, mostBytes, existing, programs);
      if (kept.size < lines) replaceFile(this.#executions, this.#linesOf(kept));
    } catch (error) {
      throw dataError(this.#executions, error);
    }
    const latest = new Map<string, StoredExecution>();
    for (const { text } of readLines(this.#executions)) {
      const stored: StoredExecution = JSON.parse(text);
      latest.set(stored.plan.arn, stored);
    }
    const mocks = mocksIn(latest.values());
    return [...latest.values()].map((stored) => revive(stored, surroundings, programs, mocks));
  }

  /** The numbers of the lines to keep. The file may be larger than the memory. */
  #survey(
    most: number,
    mostBytes: number,
    existing: (stateMachineArn: string) => boolean,
    programs: Map<string, Program>,
  ): { readonly kept: ReadonlySet<number>; readonly lines: number } {
    // A child goes with the execution that its Map is in.
    const units = new Map<string, Map<string, Kept>>();
    let lines = 0;
    for (const { number, text, isCut } of readLines(this.#executions)) {
      lines++;
      try {
        const { plan, status } = executionIn(text, programs);
        // A child's state machine is its parent's, and the Map state's label.
        if (!this.#isPartial && !existing(plan.stateMachineArn.split("/")[0] ?? "")) continue;
        const root = plan.child?.root.arn ?? plan.arn;
        const unit = units.get(root) ?? new Map<string, Kept>();
        units.set(root, unit);
        unit.set(plan.arn, { number, bytes: text.length * BYTES_PER_CHARACTER, isRunning: status === "RUNNING" });
      } catch (error) {
        this.#setAside(this.#executions, number, text, messageOf(error));
      }
      // What is added next begins a line of its own.
      if (isCut) lines++;
    }
    return { kept: latestOf([...units.values()], most, mostBytes), lines };
  }

  *#linesOf(kept: ReadonlySet<number>): Generator<string> {
    for (const { number, text } of readLines(this.#executions)) if (kept.has(number)) yield `${text}\n`;
  }

  #setAside(file: string, number: number, text: string, why: string): void {
    const aside = `${file}.unread`;
    appendLine(aside, text);
    this.#tell(
      `${file}:${number} cannot be read: ${why}\nThe line is now in ${aside}: mend it and put it back while no emulator runs, or delete it. The others are kept. (A process that is killed while it writes leaves half a line.)`,
    );
  }
}

/** A line of a file, and what it takes in memory. */
interface Kept {
  readonly number: number;
  readonly bytes: number;
  readonly isRunning: boolean;
}

/** The numbers of the lines of the latest units that are not too many; the latest one, and what runs, is kept anyway. */
function latestOf(units: readonly ReadonlyMap<string, Kept>[], most: number, mostBytes: number): ReadonlySet<number> {
  const kept = new Set<number>();
  let bytes = 0;
  let isFull = false;
  for (const unit of units.toReversed()) {
    const ones = [...unit.values()];
    for (const one of ones) bytes += one.bytes;
    isFull ||= kept.size > 0 && (kept.size + unit.size > most || bytes > mostBytes);
    if (isFull && !ones.some(({ isRunning }) => isRunning)) continue;
    for (const { number } of unit.values()) kept.add(number);
  }
  return kept;
}

/** @throws {SyntaxError} */
function mapRunLineIn(text: string): MapRunLine {
  const line = parseJson(text);
  const isBatches = isJsonObject(line) && line["batches"] !== undefined;
  const fault = (isBatches ? BATCHES : MAP_RUN)(line, "the Map Run");
  if (fault !== undefined) throw new SyntaxError(fault);
  return line as unknown as MapRunLine; // `saveMapRun` has written it
}

/** The request is refused; nothing of it has happened. */
function refusal(file: string, error: unknown): ApiError {
  return new ApiError(
    "ServiceUnavailable",
    `The request was not carried out. ${dataError(file, error).message}`,
    {},
    503,
  );
}

/** What can be used, and what is wrong with the rest. @throws {SyntaxError} with line and column */
function serviceIn(text: string): { readonly service: StoredService; readonly faults: readonly string[] } {
  const service = parseJson(text);
  const parts = isJsonObject(service) ? service : {};
  if (!Array.isArray(parts.stateMachines) || !Array.isArray(parts.activities) || !isJsonObject(parts.tags))
    throw new SyntaxError("it must be an object with stateMachines, activities and tags");
  const faults: string[] = [];
  function isSound(value: Json, at: string, shape: Shape): boolean {
    const fault = shape(value, at);
    if (fault !== undefined) faults.push(fault);
    return fault === undefined;
  }
  function soundOf(list: readonly Json[], at: string, shape: Shape): Json[] {
    const names = new Set<unknown>();
    return list.filter((entry, index) => {
      const place = `${at}[${index}]`;
      if (!isSound(entry, place, shape)) return false;
      const { name } = entry as { readonly name: string }; // as every shape has it
      if (names.has(name)) faults.push(`${place}: another one before it is named '${name}' too`);
      return !names.has(name) && names.add(name);
    });
  }
  const tags = Object.entries(parts.tags).filter(([arn, ofArn]) => isSound(ofArn, `tags["${arn}"]`, TAGS));
  const sound = {
    ...parts,
    stateMachines: soundOf(parts.stateMachines, "stateMachines", MACHINE),
    activities: soundOf(parts.activities, "activities", ACTIVITY),
    tags: Object.fromEntries(tags),
  };
  // Its shape has been looked at; what a definition is worth is seen when it is restored.
  return { service: sound as unknown as StoredService, faults };
}
