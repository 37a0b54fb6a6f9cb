import type { ConsoleEvent, Execution, PendingToken, Replica } from "../api.ts";
import { Refused, send } from "./request.ts";
import { eventsIn } from "./server-sent.ts";
import { Store } from "./store.ts";

/** What the server tells without being asked. */
export interface Live {
  readonly connection: "connecting" | "open" | "lost" | "token";
  /** Grows with each connection: what was loaded before may be old. */
  readonly connections: number;
  readonly executions: ReadonlyMap<string, Execution>;
  readonly replicas: ReadonlyMap<string, Replica>;
  readonly tokens: ReadonlyMap<string, PendingToken>;
  /** How many wait beside them. */
  readonly moreTokens: number;
  readonly lastLog: number;
  /** Of the execution that is looked at: grows with its history. */
  readonly history: string;
  /** Grows when state machines have changed. */
  readonly stateMachines: number;
}

export const live: Store<Live> = new Store<Live>({
  connection: "connecting",
  connections: 0,
  executions: new Map(),
  replicas: new Map(),
  tokens: new Map(),
  moreTokens: 0,
  lastLog: 0,
  history: "",
  stateMachines: 0,
});

/** Milliseconds until it is tried again: the first time, and at most. */
const [SOON, LATE] = [300, 4000];
/** The server says something every 15 s. Who says nothing for so long is gone. */
const SILENCE = 40_000;

let watched: string | undefined;
let current: AbortController | undefined;
let isFollowing = false;

/** Follow the server, and this execution's history; called again, another one's. */
export function follow(executionArn: string | undefined): void {
  if (isFollowing && executionArn === watched) return;
  watched = executionArn;
  current?.abort();
  if (!isFollowing) void stayConnected();
  isFollowing = true;
}

/** Connect again at once: with a token, say. */
export function reconnect(): void {
  live.value = { ...live.value, connection: "connecting" };
  current?.abort();
  wake();
}

let wake: () => void = () => undefined;

async function stayConnected(): Promise<void> {
  for (let wait = SOON; ;) {
    current = new AbortController();
    try {
      await connect(current, () => (wait = SOON));
    } catch (error) {
      if (error instanceof Refused && error.wantsToken) {
        live.value = { ...live.value, connection: "token" };
        await new Promise<void>((resolve) => (wake = resolve));
        continue;
      }
    }
    if (current.signal.aborted && current.signal.reason !== "silent") continue;
    live.value = { ...live.value, connection: "lost" };
    await new Promise<void>((resolve) => {
      wake = resolve;
      setTimeout(resolve, wait);
    });
    wait = Math.min(2 * wait, LATE);
  }
}

async function connect(controller: AbortController, isOpen: () => void): Promise<void> {
  const query = watched === undefined ? "" : `?executionArn=${encodeURIComponent(watched)}`;
  let silence = 0;
  function heard(): void {
    clearTimeout(silence);
    silence = setTimeout(() => controller.abort("silent"), SILENCE);
  }
  heard();
  try {
    const { body } = await send(`/console/api/events${query}`, { signal: controller.signal });
    if (body === null) return;
    for await (const data of eventsIn(body, heard)) {
      live.value = after(live.value, JSON.parse(data) as ConsoleEvent); // the server is of the page's version
      isOpen();
    }
  } finally {
    clearTimeout(silence);
  }
}

/** What is known after an event. */
export function after(known: Live, event: ConsoleEvent): Live {
  switch (event.type) {
    case "snapshot":
      return {
        ...known,
        connection: "open",
        connections: known.connections + 1,
        executions: new Map(event.executions.map((one) => [one.executionArn, one])),
        replicas: new Map(event.replicas.map((one) => [one.id, one])),
        tokens: new Map(event.tokens.tokens.map((one) => [one.taskToken, one])),
        moreTokens: event.tokens.more,
        lastLog: event.lastLog,
      };
    case "execution":
      return { ...known, executions: new Map(known.executions).set(event.execution.executionArn, event.execution) };
    case "history":
      return event.executionArn === watched ? { ...known, history: `${event.events} ${event.status}` } : known;
    case "replica":
      return { ...known, replicas: new Map(known.replicas).set(event.replica.id, event.replica) };
    case "replica-ended":
      return { ...known, replicas: without(known.replicas, event.id) };
    case "token":
      return { ...known, tokens: new Map(known.tokens).set(event.token.taskToken, event.token) };
    case "token-ended":
      return { ...known, tokens: without(known.tokens, event.taskToken) };
    case "more-tokens":
      return { ...known, moreTokens: event.more };
    case "logs":
      return { ...known, lastLog: event.lastLog };
    case "state-machines":
      return { ...known, stateMachines: known.stateMachines + 1 };
    default:
      return known;
  }
}

function without<T>(map: ReadonlyMap<string, T>, key: string): ReadonlyMap<string, T> {
  return new Map([...map].filter(([one]) => one !== key));
}
