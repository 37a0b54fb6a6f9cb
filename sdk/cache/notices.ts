/** Misses on different instances of one class after which a notice is printed. */
const MISSES_BEFORE_NOTICE = 3;

/** Prints on stderr why a cache does not help, or what failed in it. Notices of the same kind are printed once. */
export class CacheNotices {
  readonly #cache: string;
  readonly #printed = new Set<string>();
  readonly #byClass = new Map<string, { instances: WeakSet<object>; misses: number }>();

  constructor(cache: string) {
    this.#cache = cache;
  }

  tooLarge(bytes: number, maxBytes: number): void {
    this.#once(
      "too large",
      `loaded a value of about ${Math.round(bytes)} bytes, which maxBytes (${maxBytes}) has no room for: each call loads it again. Raise maxBytes or the actor's memorySize, or give sizeOf`,
    );
  }

  sizeFailed(how: string): void {
    this.#once("size", `was given a sizeOf that ${how}: it must return a number of bytes. Sizes are estimated instead`);
  }

  readOnce(what: string, at: string, instead: string): void {
    this.#once(
      "read once",
      `returned ${what}${at === "" ? "" : ` at ${at}`}, which can be read only once: a later call gets it as the first has left it. Return ${instead}, or do without the cache`,
    );
  }

  disposeFailed(error: unknown): void {
    console.warn(`${this.#cache}: dispose failed for a value that left the cache:`, error);
  }

  preloadFailed(args: readonly unknown[], error: unknown): void {
    console.warn(
      `${this.#cache}: the preload for ${process.getBuiltinModule("node:util").inspect(args, { depth: 1 })} failed, and is tried again on first use:`,
      error,
    );
  }

  /** Note a miss on arguments in which these objects, compared by identity, occur. */
  missed(instances: readonly object[], args: readonly unknown[]): void {
    for (const instance of instances) {
      try {
        this.#count(instance, args);
      } catch {
        // A getter or a Proxy's trap threw while its class or its path was read: there is nothing to name it by.
      }
    }
  }

  #once(what: string, message: string): void {
    if (this.#printed.has(what)) return;
    this.#printed.add(what);
    console.warn(`${this.#cache} ${message}`);
  }

  #count(instance: object, args: readonly unknown[]): void {
    const name = nameOf(instance.constructor);
    let seen = this.#byClass.get(name);
    if (seen === undefined) this.#byClass.set(name, (seen = { instances: new WeakSet(), misses: 0 }));
    if (seen.misses >= MISSES_BEFORE_NOTICE || seen.instances.has(instance)) return;
    seen.instances.add(instance);
    if (++seen.misses < MISSES_BEFORE_NOTICE) return;
    const remedy = typeof instance === "function" ? "Name" : `Give ${name} equals() and hashCode(), or name`;
    console.warn(
      `${this.#cache} has missed on ${MISSES_BEFORE_NOTICE} different instances of ${name}, at ${placeOf(instance, args)}: they compare by identity, so that no later call can find what is loaded for them. ${remedy} the part of the arguments that matters with cacheKey`,
    );
  }
}

/** Where the instance is in the arguments, such as `argument 1, at .model.weights`. */
function placeOf(instance: object, args: readonly unknown[]): string {
  for (const [i, arg] of args.entries()) {
    const path = pathTo(instance, arg, new Set());
    if (path !== undefined) return `argument ${i + 1}${path === "" ? "" : `, at ${path}`}`;
  }
  return "an argument";
}

function pathTo(instance: object, value: unknown, seen: Set<object>): string | undefined {
  if (value === instance) return "";
  if (!isObject(value) || seen.has(value) || seen.size > 1000) return undefined;
  seen.add(value);
  const isCollection = value instanceof Map || value instanceof Set;
  const members: [string, unknown][] = isCollection
    ? [...value].flat().map((member) => ["<member>", member])
    : Object.entries(value).map(([key, member]) => [Array.isArray(value) ? `[${key}]` : `.${key}`, member]);
  for (const [name, member] of members) {
    const path = pathTo(instance, member, seen);
    if (path !== undefined) return name + path;
  }
  return undefined;
}

// This file imports nothing. It is loaded on first use, and esbuild would put what it shares with the cache into a
// chunk of its own, which each replica would have to load.

function nameOf(constructor: Function): string {
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "an anonymous class";
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}
