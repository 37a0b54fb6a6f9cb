import { AsyncLocalStorage } from "node:async_hooks";
import { channel } from "node:diagnostics_channel";
import { isBuiltin } from "node:module";
import type { Scope } from "../../sdk/invocation/scope.ts";
import type { Identity } from "../emulator/kernel/identity.ts";
import { type ReplicaClock, timerFunctions, timerPromises } from "./replica-clock.ts";

/** What a replica's modules take for the machine that they run on. */
export interface ReplicaMachine {
  readonly clock: ReplicaClock;
  readonly identity: Identity;
  readonly environment: Record<string, string | undefined>;
  /** The path of its temporary directory, which is made when it is asked for. */
  temporaryDirectory(): string;
  /** The replica's own process would end. */
  exit(code: number): void;
  /** Of a cache: see sdk/cache/channels.ts. */
  observe(channel: string, message: unknown): void;
  /** In the place of modules of Lambent's own that speak with AWS, by what they import. */
  readonly clients: Readonly<Record<string, object>>;
  /** Whether what a cache loads now fails. */
  failsToLoad(): boolean;
}

/** The names that a replica's modules see in the place of JavaScript's own, in the order of the program's parameters. */
export const REPLACED = [
  "process",
  "Date",
  "performance",
  "Math",
  "crypto",
  "console",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "globalThis",
  "global",
] as const;

/** What a program gets: the replaced names, and how its modules import what is outside of it. */
export interface ReplicaRealm {
  readonly globals: readonly unknown[];
  /** A module of Node.js's, or a client. */
  readonly builtin: (name: string) => unknown;
}

export function realmOf(machine: ReplicaMachine): ReplicaRealm {
  const { clock, identity } = machine;
  const timers = timerFunctions(clock);
  const performance = instead(globalThis.performance, { now: () => clock.monotonic() });
  const crypto = instead(globalThis.crypto, { randomUUID: () => identity.uuid() });
  const modules = new Map<string, unknown>();
  function builtin(name: string): unknown {
    const bare = name.replace(/^node:/, "");
    if (!modules.has(bare)) modules.set(bare, made(bare));
    return modules.get(bare);
  }
  const process = processOf(machine, builtin);
  function made(name: string): unknown {
    const client = machine.clients[name];
    if (client !== undefined) return client;
    const real: unknown = isBuiltin(name) ? globalThis.process.getBuiltinModule(name) : undefined;
    if (typeof real !== "object" || real === null) return real;
    switch (name) {
      case "timers":
        return over(real, timers);
      case "timers/promises":
        return timerPromises(clock);
      case "crypto":
        return over(real, { randomUUID: () => identity.uuid() });
      case "os":
        return over(real, { tmpdir: () => machine.temporaryDirectory() });
      case "perf_hooks":
        return over(real, { performance });
      case "process":
        return process;
      case "async_hooks":
        return over(real, { AsyncLocalStorage: storageOf(machine) });
      case "diagnostics_channel":
        return over(real, { channel: (one: string) => channelOf(one, machine) });
      default:
        return real;
    }
  }
  const replaced: Record<string, unknown> = {
    ...timers,
    process,
    Date: dateOf(clock),
    performance,
    Math: over(Math, { random: () => identity.random() }),
    crypto,
    console: SILENT,
  };
  const own = over(globalThis, replaced);
  Object.assign(own, { globalThis: own, global: own });
  return { globals: REPLACED.map((name) => Reflect.get(own, name)), builtin };
}

/** An object with members of its own, and else those of another. */
function over<T extends object>(real: T, own: Readonly<Record<string, unknown>>): T {
  const made: object = Object.create(real);
  for (const [name, value] of Object.entries(own)) {
    Object.defineProperty(made, name, { value, writable: true, enumerable: true, configurable: true });
  }
  return made as T; // it inherits all members of a T
}

/** As {@link over}, of an object whose methods want it as their `this`. */
function instead<T extends object>(real: T, own: Readonly<Record<string, unknown>>): T {
  return new Proxy(real, {
    get(target, name) {
      const value: unknown =
        typeof name === "string" && Object.hasOwn(own, name) ? own[name] : Reflect.get(target, name);
      return typeof value === "function" && !Object.values(own).includes(value) ? value.bind(target) : value;
    },
  });
}

/** `Date`, by the replica's clock. Objects of it are Dates like any others. */
function dateOf(clock: ReplicaClock): DateConstructor {
  return new Proxy(Date, {
    apply: () => new Date(clock.wall()).toString(),
    construct: (target, args: unknown[], made) =>
      Reflect.construct(target, args.length === 0 ? [clock.wall()] : args, made) as object, // a Date
    get: (target, name) => (name === "now" ? () => clock.wall() : Reflect.get(target, name)),
  });
}

function processOf(machine: ReplicaMachine, builtin: (name: string) => unknown): object {
  const { environment, clock } = machine;
  function ignored(): object {
    return process;
  }
  const process = over(globalThis.process, {
    env: environment,
    exit: (code = 0) => machine.exit(Number(code)),
    getBuiltinModule: (name: string) => builtin(name),
    hrtime: Object.assign(() => hrtime(clock), { bigint: () => BigInt(Math.round(clock.monotonic() * 1e6)) }),
    uptime: () => clock.monotonic() / 1000,
    // A listener would hear what happens to the process of the simulation.
    on: ignored,
    once: ignored,
    off: ignored,
    addListener: ignored,
    removeListener: ignored,
  });
  return process;
}

function hrtime(clock: ReplicaClock): [number, number] {
  const milliseconds = clock.monotonic();
  return [Math.floor(milliseconds / 1000), Math.round((milliseconds % 1000) * 1e6)];
}

/** Hits are not among them: while somebody listens for them, a cache does not take its quickest way. */
const FOLLOWED: ReadonlySet<string> = new Set(["open", "load", "leave"].map((name) => `lambent:cache:${name}`));

/** What caches publish is the replica's; other channels are the process's. */
function channelOf(name: string, machine: ReplicaMachine): object {
  if (!name.startsWith("lambent:")) return channel(name);
  return { hasSubscribers: FOLLOWED.has(name), publish: (message: unknown) => machine.observe(name, message) };
}

/** Nobody reads what thousands of replicas print. */
const SILENT: object = new Proxy(console, {
  get: (target, name) =>
    typeof Reflect.get(target, name) === "function" ? () => undefined : Reflect.get(target, name),
});

/** Who is being worked for, in all replicas: each storage that is in use makes every promise slower, and none ever goes. */
const STORES = new AsyncLocalStorage<Held>();

interface Held {
  readonly by: object;
  readonly value: unknown;
  readonly around: Held | undefined;
}

/** `AsyncLocalStorage`, in one that all replicas share. */
class SharedStorage {
  run(value: unknown, fn: (...args: unknown[]) => unknown, ...args: unknown[]): unknown {
    return STORES.run({ by: this, value, around: STORES.getStore() }, fn, ...args);
  }

  exit(fn: (...args: unknown[]) => unknown, ...args: unknown[]): unknown {
    return this.run(undefined, fn, ...args);
  }

  enterWith(value: unknown): void {
    STORES.enterWith({ by: this, value, around: STORES.getStore() });
  }

  getStore(): unknown {
    for (let held = STORES.getStore(); held !== undefined; held = held.around) if (held.by === this) return held.value;
    return undefined;
  }

  disable(): void {
    this.enterWith(undefined);
  }
}

/** A cache calls the function that loads within a scope that names the load, which is how a load is known here. */
function storageOf(machine: ReplicaMachine): typeof SharedStorage {
  return class extends SharedStorage {
    override run(value: unknown, fn: (...args: unknown[]) => unknown, ...args: unknown[]): unknown {
      const { load }: Partial<Scope> = typeof value === "object" && value !== null ? value : {};
      if (load !== undefined && machine.failsToLoad()) throw new Error("simulated: it cannot be loaded now");
      return super.run(value, fn, ...args);
    }
  };
}
