import type { ServerResponse } from "node:http";
import type { Progress } from "../../emulator/index.ts";
import type { PoolEvent } from "../../emulator/replicas/replica-pool.ts";
import type { ConsoleEvent } from "./api.ts";
import type { CacheTotals } from "./cache-totals.ts";
import { EventStream, TOLD_EVERY_MS, type MakeEvent } from "./event-stream.ts";
import { execution, latestExecutions } from "./executions.ts";
import type { LogBook } from "./log-book.ts";
import { replica, replicas } from "./replicas.ts";
import type { ConsoleSource } from "./source.ts";
import { pendingToken, pendingTokens, waitingTasks, type WaitingTasks } from "./tokens.ts";

const NOBODY_WAITS: WaitingTasks = { told: new Map(), more: 0 };

/** Tells pages what happens. While there are none, nothing is watched and nothing kept. */
export class LiveEvents {
  readonly #source: ConsoleSource;
  readonly #totals: CacheTotals;
  readonly #book: LogBook;
  /** Tells one run of the server from another. */
  readonly #run: string;
  readonly #streams = new Set<EventStream>();
  #timer: NodeJS.Timeout | undefined;
  #unsubscribe: (() => void) | undefined;
  /** What was told last. */
  #tokens: WaitingTasks = NOBODY_WAITS;
  #seen = { tokens: 0, stateMachines: 0, lastLog: 0 };
  /** By execution that a page follows: the number of its latest event. */
  readonly #lengths = new Map<string, number>();

  constructor(source: ConsoleSource, totals: CacheTotals, book: LogBook, run: string) {
    this.#source = source;
    this.#totals = totals;
    this.#book = book;
    this.#run = run;
  }

  /** Tell a page what happens, until it goes. */
  open(response: ServerResponse, followed: ReadonlySet<string>): void {
    if (this.#streams.size === 0) this.#begin();
    const stream = new EventStream(response, followed, () => this.#snapshot());
    this.#streams.add(stream);
    response.once("close", () => {
      this.#streams.delete(stream);
      if (this.#streams.size === 0) this.#end();
    });
  }

  close(): void {
    for (const stream of this.#streams) stream.end();
    this.#end();
  }

  /** What the emulator tells. */
  see({ type, execution: { arn, root } }: Progress): void {
    if (this.#streams.size === 0) return;
    this.#grown(root?.arn ?? arn);
    if (root !== undefined || (type !== "execution-started" && type !== "execution-ended")) return;
    this.#tell(`execution ${arn}`, () => {
      const shown = execution(this.#source.states, arn);
      return shown && { type: "execution", execution: shown };
    });
  }

  /** Something has been done to a replica that the pool does not tell of. */
  replicaChanged(id: string): void {
    this.#tell(`replica ${id}`, () => {
      const shown = replica(this.#source, this.#totals, id);
      return shown && { type: "replica", replica: shown };
    });
  }

  #begin(): void {
    const { states, pool } = this.#source;
    this.#unsubscribe = pool?.subscribe((event) => this.#seeReplica(event));
    this.#tokens = waitingTasks(states);
    this.#seen = { tokens: states.taskTokens.changes, stateMachines: states.changes, lastLog: this.#book.last };
    this.#timer = setInterval(() => this.#look(), TOLD_EVERY_MS).unref();
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#tokens = NOBODY_WAITS;
    this.#lengths.clear();
  }

  #snapshot(): ConsoleEvent {
    return {
      type: "snapshot",
      run: this.#run,
      executions: latestExecutions(this.#source.states),
      replicas: replicas(this.#source, this.#totals),
      tokens: pendingTokens(this.#source),
      lastLog: this.#book.last,
    };
  }

  #tell(about: string, make: MakeEvent): void {
    for (const stream of this.#streams) stream.add(about, make);
  }

  #seeReplica(event: PoolEvent): void {
    const { replica: id, functionName, type } = event;
    if (type !== "replica-ended") {
      this.replicaChanged(id);
      return;
    }
    const { reason } = event;
    this.#tell(`replica ${id}`, () => ({ type: "replica-ended", id, functionName, reason }));
  }

  /** What nobody tells of is looked at. */
  #look(): void {
    const { states } = this.#source;
    if (states.changes !== this.#seen.stateMachines) this.#tell("state machines", () => ({ type: "state-machines" }));
    if (this.#book.last !== this.#seen.lastLog) this.#tell("logs", () => ({ type: "logs", lastLog: this.#book.last }));
    if (states.taskTokens.changes !== this.#seen.tokens) this.#lookAtTokens();
    this.#seen = { tokens: states.taskTokens.changes, stateMachines: states.changes, lastLog: this.#book.last };
    const followed = new Set([...this.#streams].flatMap((stream) => [...stream.followed]));
    for (const arn of followed) if (this.#lengthOf(arn) !== this.#lengths.get(arn)) this.#grown(arn);
    for (const stream of this.#streams) stream.flush();
  }

  #lookAtTokens(): void {
    const before = this.#tokens;
    const now = waitingTasks(this.#source.states);
    this.#tokens = now;
    for (const [taskToken, task] of now.told) {
      const known = before.told.get(taskToken);
      if (known !== undefined && known.heartbeatDueAt === task.heartbeatDueAt) continue;
      this.#tell(`token ${taskToken}`, () => ({ type: "token", token: pendingToken(this.#source, task) }));
    }
    for (const taskToken of before.told.keys())
      if (!now.told.has(taskToken)) this.#tell(`token ${taskToken}`, () => ({ type: "token-ended", taskToken }));
    if (now.more !== before.more) this.#tell("more tokens", () => ({ type: "more-tokens", more: now.more }));
  }

  #grown(executionArn: string): void {
    for (const stream of this.#streams) {
      if (!stream.followed.has(executionArn)) continue;
      stream.add(`history ${executionArn}`, () => {
        const events = this.#lengthOf(executionArn);
        const { status } = execution(this.#source.states, executionArn) ?? {};
        if (events === undefined || status === undefined) return undefined;
        this.#lengths.set(executionArn, events);
        return { type: "history", executionArn, events, status };
      });
    }
  }

  /** So many events the execution's history has; undefined: it is not known any more. */
  #lengthOf(executionArn: string): number | undefined {
    const { states } = this.#source;
    if (execution(states, executionArn) === undefined) return undefined;
    return states.getExecutionHistory({
      executionArn,
      maxResults: 1,
      reverseOrder: true,
      includeExecutionData: false,
    }).events[0]?.id;
  }
}
