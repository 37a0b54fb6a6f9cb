import type { ObjectStore } from "../../sdk/store/object-store.ts";

/** An object of this machine's store. */
export interface OriginalObject {
  readonly body: Buffer;
  readonly version: string;
}

/** This machine's store, from which a simulation has the files that its input names. Each object is read once. */
export class Origin {
  readonly #store: () => Promise<ObjectStore>;
  readonly #read = new Map<string, Promise<OriginalObject | undefined>>();

  constructor(store: () => Promise<ObjectStore>) {
    this.#store = store;
  }

  /** The object, if there is one. */
  read(bucket: string, key: string): Promise<OriginalObject | undefined> {
    const address = `${bucket}/${key}`;
    const read = this.#read.get(address) ?? this.#fetch(bucket, key);
    this.#read.set(address, read);
    return read;
  }

  async #fetch(bucket: string, key: string): Promise<OriginalObject | undefined> {
    const store = await this.#store();
    const info = await store.head(bucket, key);
    const body = info === undefined ? undefined : await store.get(bucket, key);
    return info === undefined || body === undefined ? undefined : { body, version: info.version };
  }
}
