import type { Json } from "../base/json.ts";
import type { RunnableTask } from "../invocation/runnable-task.ts";
import type { ObjectStore } from "../store/object-store.ts";
import { seal, unseal } from "./sealed-output.ts";

/** Where an output is in the store, if it is there. */
interface Place {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly key: string;
}

/** The output of a task for certain inputs, in the store. */
export class StoredOutput {
  readonly #task: RunnableTask;
  readonly #name: string;
  readonly #place: Place;
  /** What was written then, or before, does not count; 0: nothing is known to be there. */
  #disregarded: number | undefined;
  /** Whether what is there is to be replaced. */
  #isReplaced = false;

  /** @param name its key without the prefix of the function, which is part of its hash */
  constructor(task: RunnableTask, name: string, place: Place) {
    this.#task = task;
    this.#name = name;
    this.#place = place;
  }

  /** Have what is there now count for nothing. By the time at which it was written, which is always the store's clock. */
  async disregard(): Promise<void> {
    const { store, bucket, key } = this.#place;
    this.#disregarded = (await store.writtenAt(bucket, key))?.getTime();
  }

  /** The output, if it is there and holds. */
  async find(): Promise<Json | undefined> {
    const { store, bucket, key } = this.#place;
    if (await this.#isOutdated()) {
      this.#isReplaced = true;
      return undefined;
    }
    const found = await store.get(bucket, key);
    if (found === undefined) return undefined;
    const output = unseal(this.#name, found);
    if (output === undefined && !this.#isReplaced) {
      this.#isReplaced = true;
      console.warn(
        `${this} is not an output that Lambent stored there (another format, cut off, or replaced): it is computed anew`,
      );
    }
    return output;
  }

  /** @returns what is there afterwards: what was put, or what another invocation has put before */
  async put(output: Json): Promise<Json> {
    const { store, bucket, key } = this.#place;
    const sealed = seal(this.#name, output);
    if (sealed === undefined) {
      console.warn(`task ${this.#task.name} returned more than one object can hold, and is computed anew each time`);
      return output;
    }
    await store.put(bucket, key, sealed, { ifAbsent: !this.#isReplaced });
    const first = await store.get(bucket, key);
    return (first === undefined ? undefined : unseal(this.#name, first)) ?? output;
  }

  /** For messages. */
  toString(): string {
    return `task ${this.#task.name}: s3://${this.#place.bucket}/${this.#place.key}`;
  }

  /** A time in the future, of a store whose clock is ahead, makes an output new and not old. */
  async #isOutdated(): Promise<boolean> {
    const { cacheTtlSeconds } = this.#task;
    if (cacheTtlSeconds === undefined && this.#disregarded === undefined) return false;
    const { store, bucket, key } = this.#place;
    const writtenAt = (await store.writtenAt(bucket, key))?.getTime();
    if (writtenAt === undefined) return false;
    if (this.#disregarded !== undefined && writtenAt <= this.#disregarded) return true;
    return cacheTtlSeconds !== undefined && Date.now() - writtenAt >= cacheTtlSeconds * 1000;
  }
}
