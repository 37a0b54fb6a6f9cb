/** The tasks of the workflows that are made up in family.ts. Each gives a number below 1,000. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import {
  ActorEnvironment,
  currentContext,
  dynamic,
  type Dynamic,
  NonRetryableError,
  S3File,
  type Schema,
  task,
  type Task,
  workflow,
  type Workflow,
} from "lambent";

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

/** One that an EXPRESS execution has time for, whatever happens to it. */
export const quick: Task<Pair, number> = step.withOverrides({
  timeout: 4,
  retries: { ...retries, maxAttempts: 7, maxDelaySeconds: 2 },
});

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
    const measured = (made.text.length + made.sum) % 1000;
    Object.assign(made, { text: "", sum: 0 }); // as in `fold`
    return measured;
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
    const sum = values.reduce((total, value) => (total * 3 + value) % 1000, 1);
    (values as number[]).length = 0; // a task may do as it likes with what it is given: nobody else sees it
    return sum;
  },
  { retries },
);

/** As {@link fold}, with an item that has failed in the place of its output. */
export const foldSome: Task<{ readonly values: readonly (number | null)[] }, number> = task(
  async function foldSome({ values }: { values: readonly (number | null)[] }) {
    return values.reduce<number>((sum, value) => (sum * 3 + (value ?? 17)) % 1000, 1);
  },
  { retries },
);

export const textOf: Task<{ readonly value: number }, string> = task(
  async function textOf({ value }: { readonly value: number }) {
    return ` ${value} `;
  },
  { retries },
);

/** Takes texts of numbers too, of which its JSON Schema says nothing. */
const whole: Schema<number | string, number> = {
  "~standard": {
    version: 1,
    vendor: "simulate",
    validate(value) {
      const isNumber = typeof value === "number" || (typeof value === "string" && value.trim() !== "");
      if (!isNumber || !Number.isInteger(Number(value))) return { issues: [{ message: "must be a whole number" }] };
      return { value: Number(value) };
    },
    jsonSchema: { input: () => ({ type: "number" }) },
  },
};

/** The pair that {@link checked} takes. */
const pair: Schema<{ value: number | string; by: number }, Pair> = {
  "~standard": {
    version: 1,
    vendor: "simulate",
    validate(value) {
      const { value: one, by } = value as { value: unknown; by: number }; // as it is called
      const { issues, ...made } = whole["~standard"].validate(one) as { value: number; issues?: undefined }; // not async
      return issues === undefined ? { value: { value: made.value, by } } : { issues };
    },
  },
};

/** A task whose inputs and output have schemas. */
export const checked: Task<{ value: number | string; by: number }, number> = task(
  async function checked({ value, by }: Pair) {
    if (typeof value !== "number") throw new Error(`${String(value)} has not been parsed`);
    return (value * 7 + by) % 1000;
  },
  { retries, input: pair, output: whole },
);

export const declared: Workflow<{ value: number | string; by: number | string }, number> = workflow(
  { value: whole, by: whole },
  function declared({ value, by }) {
    return checked({ value, by });
  },
  { output: whole },
);

/** Which calls a {@link plans} makes: of which task, and of which value. */
export function planned(
  value: number,
): readonly { readonly kind: "step" | "score" | "match"; readonly value: number }[] {
  const kinds = ["step", "score", "match"] as const;
  return Array.from({ length: value % 4 }, (_, index) => ({
    kind: kinds[(value + index) % 3] ?? "step",
    value: (value * 3 + index) % 1000,
  }));
}

function planOf(mode: "inline" | "distributed" | undefined): Dynamic<Pair, number> {
  return dynamic(
    { step, score, match },
    function plan({ value, by }: Pair, calls) {
      return planned(value).map((one) => calls[one.kind]({ value: one.value, by }));
    },
    { name: `plan_${mode ?? "any"}`, retries, ...(mode === undefined ? {} : { mode }) },
  );
}

/** Tasks that decide which tasks are called. */
export const inlinePlan: Dynamic<Pair, number> = planOf("inline");
export const distributedPlan: Dynamic<Pair, number> = planOf("distributed");
export const anyPlan: Dynamic<Pair, number> = planOf(undefined);
export const plans: Readonly<Record<"inline" | "distributed" | "any", Dynamic<Pair, number>>> = {
  inline: inlinePlan,
  distributed: distributedPlan,
  any: anyPlan,
};

/** Is told that an answer is waited for. */
export const notify: Task<{ token: string; name: string }, null> = task(
  async function notify({ token, name }: { token: string; name: string }) {
    if (token === "" || name === "") throw new Error("there is nothing to tell");
    return null;
  },
  { retries },
);

/** Is told of a workflow that has failed. */
export const tell: Task<{ readonly inputs: Pair; readonly error: { readonly name: string } }, null> = task(
  async function tell({ inputs, error }: { readonly inputs: Pair; readonly error: { readonly name: string } }) {
    if (inputs.value % 2 === 0) throw new Error(`it has failed with ${error.name} for ${inputs.value}, which is even`);
    return null;
  },
  { retries },
);

/** Fails of itself, which is no fault: no attempt more would help. */
export const even: Task<{ readonly value: number }, number> = task(
  async function even({ value }: { readonly value: number }) {
    if (value % 2 === 1) throw new NonRetryableError(`${value} is odd`);
    return value / 2;
  },
  { retries },
);
