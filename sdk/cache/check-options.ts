import { LambentError } from "../base/errors.ts";
import { shown } from "./limits.ts";
import type { CacheOptions } from "./options.ts";
import { isAsyncFunction } from "./promised.ts";

const { types } = process.getBuiltinModule("node:util");

/** By option, what it is to be, in words and as a check; limits are checked where their defaults are known. */
const OPTIONS: Readonly<Record<keyof CacheOptions<never, never>, readonly [(value: unknown) => boolean, string]>> = {
  maxEntries: [() => true, ""],
  maxBytes: [() => true, ""],
  ttl: [(value) => typeof value === "number" && value > 0, "seconds greater than 0"],
  preload: [
    (value) => Array.isArray(value) && value.every((args) => Array.isArray(args)),
    "a list of argument lists, such as [[1], [2]]",
  ],
  sizeOf: [isFunction, "a function"],
  dispose: [isFunction, "a function"],
  cacheKey: [isFunction, "a function"],
  symbols: [(value) => typeof value === "boolean", "true or false"],
};

/** @throws {LambentError} when an option is unknown, or is not what it is to be */
export function checkOptions(options: unknown, owner: string): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new LambentError(`${owner}: its options are ${shown(options)}; give an object, or leave them out`);
  }
  for (const [option, value] of Object.entries(options)) {
    const check = Object.hasOwn(OPTIONS, option) ? OPTIONS[option as keyof typeof OPTIONS] : undefined;
    if (check === undefined) {
      const known = Object.keys(OPTIONS).join(", ");
      throw new LambentError(`${owner}: there is no option ${option}; the options are ${known}`);
    }
    const [isRight, wanted] = check;
    if (value === undefined || isRight(value)) continue;
    throw new LambentError(`${owner}: ${option} is ${shown(value)}; give ${wanted}, or leave it out`);
  }
  if ("cacheKey" in options && types.isGeneratorFunction(options.cacheKey)) {
    throw new LambentError(
      `${owner}: cacheKey is a generator function, and each call returns another generator; return what is compared, such as a list`,
    );
  }
  if ("cacheKey" in options && isAsyncFunction(options.cacheKey)) throw asyncKey(owner);
}

/** For a `cacheKey` that returns a promise, which no later call can find. */
export function asyncKey(owner: string): LambentError {
  return new LambentError(
    `${owner}: cacheKey returns a promise, and each call returns another; return what is compared, and do what is asynchronous in the function`,
  );
}

/** @throws {LambentError} when `actor.cache` is given no function */
export function checkFunction(fn: unknown): void {
  if (isFunction(fn)) return;
  throw new LambentError(
    `actor.cache is given ${shown(fn)}; give it a function, and options after it: actor.cache(async function load() {…}, { ttl: 60 })`,
  );
}

/** @throws {LambentError} when `@actor.cache` decorates anything but a method */
export function checkDecorated({ kind, name }: { readonly kind: string; readonly name?: string | symbol }): void {
  if (kind === "method") return;
  throw new LambentError(
    `@actor.cache decorates ${String(name ?? "a class")}, which is a ${kind}: it caches methods. A field can have a cached function as its value: load = actor.cache(async () => {…})`,
  );
}

function isFunction(value: unknown): boolean {
  return typeof value === "function";
}
