import { LambentError } from "../base/errors.ts";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import { given } from "./given.ts";

/**
 * Whether a task's outputs are kept, and for whom. A cached result is only as good as the promise that `cacheVersion`
 * names the code that made it.
 */
export type Caching<I> =
  | {
      readonly cache?: false;
      readonly cacheVersion?: never;
      readonly cacheIgnore?: never;
      readonly cacheSerialize?: never;
      readonly cacheTtlSeconds?: never;
    }
  | {
      readonly cache: true;
      readonly cacheVersion: string;
      /** Inputs that do not tell outputs apart, such as a request's id: an output for other ones is taken. */
      readonly cacheIgnore?: readonly (keyof I & string)[];
      /**
       * Whether of several invocations with equal inputs one computes, and the others wait for its output. One that has
       * waited for half of its time computes, too. Default: false, all compute, and the first to finish is stored.
       */
      readonly cacheSerialize?: boolean;
      /** Seconds from when it was stored that an output holds. Default: as long as it is there. */
      readonly cacheTtlSeconds?: number;
    };

/** What a replica is to know of it. */
type CachedTask = Pick<RunnableTask, "cacheVersion" | "cacheIgnore" | "cacheSerialize" | "cacheTtlSeconds">;

/** What file systems take as the name of a file. */
const DIRECTORY_CHARACTERS = 255;

export const CACHING_OPTIONS: readonly CachingOption[] = [
  "cache",
  "cacheVersion",
  "cacheIgnore",
  "cacheSerialize",
  "cacheTtlSeconds",
];

type CachingOption = "cache" | keyof CachedTask;

/** As an author without TypeScript may have written them. */
type WrittenOptions = Readonly<Record<CachingOption, unknown>>;

/**
 * What TypeScript refuses already is refused for those who do without it.
 * @param name the task's
 */
export function cachingOf(name: string, { cache, ...options }: WrittenOptions): CachedTask {
  const what = `task ${name}`;
  const { cacheVersion, cacheIgnore, cacheSerialize, cacheTtlSeconds } = options;
  if (cache !== undefined && typeof cache !== "boolean") {
    throw new LambentError(`${what}: cache must be true or false, not ${given(cache)}`);
  }
  if (cacheVersion !== undefined && typeof cacheVersion !== "string") {
    throw new LambentError(`${what}: cacheVersion must be a text such as "v1", not ${given(cacheVersion)}`);
  }
  if (cache !== true) {
    refuseWithoutCache(what, options);
    return {};
  }
  if (cacheVersion === undefined || cacheVersion === "") {
    throw new LambentError(`${what}: cache needs a cacheVersion that names the code, such as "v1"`);
  }
  checkDirectory(`${what}: cacheVersion`, cacheVersion);
  checkDirectory("a task with cache: true: its name", name);
  if (cacheIgnore !== undefined && !isNames(cacheIgnore)) {
    throw new LambentError(`${what}: cacheIgnore must be a list of names of inputs, not ${given(cacheIgnore)}`);
  }
  if (cacheSerialize !== undefined && typeof cacheSerialize !== "boolean") {
    throw new LambentError(`${what}: cacheSerialize must be true or false, not ${given(cacheSerialize)}`);
  }
  if (
    cacheTtlSeconds !== undefined &&
    !(typeof cacheTtlSeconds === "number" && cacheTtlSeconds > 0 && cacheTtlSeconds < Number.POSITIVE_INFINITY)
  ) {
    throw new LambentError(
      `${what}: cacheTtlSeconds must be a number of seconds above 0, not ${given(cacheTtlSeconds)}`,
    );
  }
  return { cacheVersion, cacheIgnore, cacheSerialize, cacheTtlSeconds };
}

function isNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((name) => typeof name === "string");
}

function refuseWithoutCache(what: string, options: Readonly<Record<string, unknown>>): void {
  if (options["cacheVersion"] !== undefined) {
    throw new LambentError(`${what}: cacheVersion without cache: true does nothing; add it, or leave the version out`);
  }
  const [name] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (name !== undefined) {
    throw new LambentError(`${what}: ${name} without cache: true does nothing; add it, with a cacheVersion`);
  }
}

/** Results are stored in a directory that is called so, once it is encoded as part of a URL. */
function checkDirectory(what: string, name: string): void {
  if (name === "." || name === "..") throw new LambentError(`${what} must not be "${name}": choose a name`);
  if (/\p{Surrogate}/u.test(name)) throw new LambentError(`${what} has half of a surrogate pair in it: choose another`);
  const { length } = encodeURIComponent(name);
  if (length <= DIRECTORY_CHARACTERS) return;
  throw new LambentError(
    `${what} has ${length} characters, encoded as part of a key: ${DIRECTORY_CHARACTERS} are the most`,
  );
}
