/** The tasks of the workflows that are made up in family.ts. Each gives a number below 1,000. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ActorEnvironment, currentContext, S3File, task, type Task } from "lambent";

/** Enough for all that one plan of faults may do to one call. */
const retries = { maxAttempts: 12, intervalSeconds: 1, backoffRate: 1.5, maxDelaySeconds: 30 };

const shared = new ActorEnvironment({ name: "simulated-shared", replicaCount: 2 });
const waiting = new ActorEnvironment({ name: "simulated-queue", replicaCount: 1, whenBusy: "queue" });
const keyed = new ActorEnvironment({ name: "simulated-keyed", replicaCount: 3, affinity: true });

/** What most tasks are given. */
interface Pair {
  readonly value: number;
  readonly by: number;
}

/** An output that says which inputs it is for. */
export interface Output {
  readonly sum: number;
  readonly of: readonly number[];
}

interface Large {
  readonly text: string;
  readonly sum: number;
}

interface Model {
  readonly version: string;
  readonly weight: number;
}

const loadModel = shared.cache(
  async function loadModel({ version, scale }: { version: string; scale: number[] }): Promise<Model> {
    return { version, weight: weightOf(version) + scale.reduce((sum, one) => sum * 7 + one, 0) };
  },
  { preload: [[{ version: "ab", scale: [1, 2] }]] },
);
const loadWeight = waiting.cache(function loadWeight(version: string) {
  return weightOf(version);
});

/** Two versions have one hash. */
class Version {
  readonly name: string;
  constructor(name: string) {
    this.name = name;
  }
  hashCode(): number {
    return this.name.length;
  }
  equals(other: unknown): boolean {
    return other instanceof Version && other.name === this.name;
  }
}

const loadKeyed = keyed.cache(async function loadKeyed(version: Version) {
  return weightOf(version.name);
});

function weightOf(version: string): number {
  return [...version].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 0);
}

const VERSIONS = ["ab", "ba", "bc", "cb"];

export function versionOf(value: number): string {
  return VERSIONS[value % VERSIONS.length] ?? "";
}

/** A plain task. */
export const step: Task<Pair, number> = task(
  async function step({ value, by }: Pair) {
    return (value * 3 + by) % 1000;
  },
  { retries },
);

/** One that loads into its replica's cache. */
export const score: Task<Pair, number> = shared.task(
  async function score({ value, by }: Pair) {
    const { version, weight } = await loadModel({ version: versionOf(value), scale: [by % 3, value % 2] });
    if (version !== versionOf(value)) throw new Error(`model ${version} in the place of ${versionOf(value)}`);
    return (value + weight) % 1000;
  },
  { retries },
);

/** On an actor whose calls wait for their replica, by a function that is called without a promise. */
export const weigh: Task<Pair, number> = waiting.task(
  async function weigh({ value, by }: Pair) {
    return (value + by * loadWeight(versionOf(value))) % 1000;
  },
  { retries },
);

/** On an actor with affinity. */
export const match: Task<Pair, number> = keyed.task(
  async function match({ value, by }: Pair) {
    return (value * 2 + by + (await loadKeyed(new Version(versionOf(value))))) % 1000;
  },
  { retries, affinityKey: ({ value }) => value },
);

/** One whose outputs are stored. */
export const stored: Task<Pair, Output> = task(
  async function stored({ value, by }: Pair) {
    return { sum: (value * 5 + by) % 1000, of: [value, by] };
  },
  { retries, cache: true, cacheVersion: "1" },
);

/** Of several at once, one computes it. */
export const serialised: Task<Pair, Output> = task(
  async function serialised({ value, by }: Pair) {
    await new Promise((resolve) => setTimeout(resolve, 3000));
    return { sum: (value * 11 + by) % 1000, of: [value, by] };
  },
  { retries, cache: true, cacheVersion: "1", cacheSerialize: true },
);

export const sumOf: Task<Pair & { readonly output: Output }, number> = task(
  async function sumOf({ output, value, by }: Pair & { readonly output: Output }) {
    const [first, second] = output.of;
    if (first !== value || second !== by) throw new Error(`the output for ${String(output.of)} is not its own`);
    return output.sum;
  },
  { retries },
);

/** More than fits into the state machine, so that it is stored. */
export const large: Task<Pair, Large> = task(
  async function large({ value, by }: Pair) {
    return { text: `${value} ${by} `.repeat(30_000), sum: (value + by) % 1000 };
  },
  { retries },
);

export const measure: Task<{ readonly made: Large }, number> = task(
  async function measure({ made }: { readonly made: Large }) {
    return (made.text.length + made.sum) % 1000;
  },
  { retries },
);

/** A file whose name is the same for all contents. */
export const write: Task<Pair, S3File<"txt">> = task(
  async function write({ value, by }: Pair) {
    const path = join(currentContext().workingDirectory, "number.txt");
    await writeFile(path, String((value + by) % 1000));
    return S3File.from(path, "txt");
  },
  { retries },
);

const readOnce = shared.cache(async function readOnce(file: S3File) {
  return Number(await readFile(await file.download(), "utf8"));
});

export const read: Task<{ readonly file: S3File<"txt">; readonly by: number }, number> = shared.task(
  async function read({ file, by }: { readonly file: S3File<"txt">; readonly by: number }) {
    const [downloaded, text] = [await readOnce(file), await file.text()];
    if (String(downloaded) !== text) throw new Error(`the copy has ${downloaded}, and the file ${text}`);
    return (downloaded * 2 + by) % 1000;
  },
  { retries },
);

export const spread: Task<{ readonly value: number }, number[]> = task(
  async function spread({ value }: { readonly value: number }) {
    return Array.from({ length: value % 5 }, (_, index) => (value * 7 + index * 13) % 1000);
  },
  { retries },
);

/** The order of the values matters. */
export const fold: Task<{ readonly values: readonly number[] }, number> = task(
  async function fold({ values }: { values: readonly number[] }) {
    return values.reduce((sum, value) => (sum * 3 + value) % 1000, 1);
  },
  { retries },
);

/** What faults bring. */
const FAULTS = [
  "Runtime.ExitError",
  "Runtime.OutOfMemory",
  "Sandbox.Timedout",
  "States.Timeout",
  "SlowDown",
  "TimeoutError",
  "Lambda.ServiceException",
  "Lambda.SdkClientException",
  "Lambda.TooManyRequestsException",
  "Lambda.Unknown",
];

/** Fails of itself, which is no fault and is not tried again. */
export const even: Task<{ readonly value: number }, number> = task(
  async function even({ value }: { readonly value: number }) {
    if (value % 2 === 1) throw new RangeError(`${value} is odd`);
    return value / 2;
  },
  { retries: { ...retries, errors: FAULTS } },
);
