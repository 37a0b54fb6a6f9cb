import { randomUUID } from "node:crypto";
import type { ObjectStore } from "./object-store.ts";

/** An object that at most one process holds at a time. */
export interface LeasePlace {
  readonly store: ObjectStore;
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds after which a lease that is not renewed is another's to take. Default 20,000. */
  readonly leaseMs?: number;
}

const LEASE_MS = 20_000;
/** So often within its time a lease is renewed: one that is late, or lost on the way, does no harm. */
const RENEWALS = 4;

/**
 * A lease of an object in the store, renewed until it is given back. Who holds it writes into the object, and each write
 * replaces the version that was seen before, or does nothing. Nobody compares clocks: a lease has run out when its object
 * has not changed for as long as it lasts, by the clock of the process that looks. A holder that does not come to renew
 * it, since it is frozen or computes without a pause, may find that another holds it: both go on.
 */
export class Lease {
  readonly #place: LeasePlace;
  readonly #holder: string;
  #version: string;
  #beat = 0;
  #isLost = false;
  readonly #timer: NodeJS.Timeout;
  #renewal: Promise<void> = Promise.resolve();

  private constructor(place: LeasePlace, holder: string, version: string) {
    this.#place = place;
    this.#holder = holder;
    this.#version = version;
    this.#timer = setInterval(
      () => {
        this.#renewal = this.#renewal.then(() => this.#renew());
      },
      lengthOf(place) / RENEWALS,
    );
  }

  /**
   * @param from the version of the object that is free or has run out; undefined: there is none
   * @returns undefined if another was first
   */
  static async take(place: LeasePlace, from: string | undefined): Promise<Lease | undefined> {
    const { store, bucket, key } = place;
    const holder = randomUUID();
    const body = heldBy(holder, 0);
    const written = (await store.swap(bucket, key, body, from)) ?? (await ownVersion(place, body));
    return written === undefined ? undefined : new Lease(place, holder, written.version);
  }

  /** Give it back, so that nobody waits for it. If that fails it runs out. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.#renewal;
    if (this.#isLost) return;
    const { store, bucket, key } = this.#place;
    await store.swap(bucket, key, Buffer.from(`${FREE}${randomUUID()}`), this.#version).catch(() => undefined);
  }

  async #renew(): Promise<void> {
    const { store, bucket, key } = this.#place;
    const body = heldBy(this.#holder, ++this.#beat);
    try {
      const written = (await store.swap(bucket, key, body, this.#version)) ?? (await ownVersion(this.#place, body));
      if (written !== undefined) this.#version = written.version;
      else this.#isLost = true;
    } catch {
      return; // the next renewal tries again, and until then the lease holds
    }
    if (this.#isLost) clearInterval(this.#timer);
  }
}

const FREE = "free ";

function heldBy(holder: string, beat: number): Buffer {
  return Buffer.from(`held by ${holder}, ${beat}`);
}

function lengthOf({ leaseMs = LEASE_MS }: LeasePlace): number {
  return leaseMs;
}

/** A write whose answer was lost, and that was sent again, has found itself there. */
async function ownVersion({ store, bucket, key }: LeasePlace, body: Buffer): Promise<{ version: string } | undefined> {
  const info = await store.head(bucket, key);
  const found = await store.get(bucket, key);
  return info !== undefined && found?.equals(body) === true ? info : undefined;
}

/** Looks at a lease that others hold, again and again. */
export class LeaseWatch {
  readonly #place: LeasePlace;
  #version: string | undefined;
  #since = performance.now();

  constructor(place: LeasePlace) {
    this.#place = place;
  }

  /** Whether it may be taken now, and from which version. */
  async look(): Promise<{ readonly isFree: boolean; readonly from: string | undefined }> {
    const { store, bucket, key } = this.#place;
    const version = (await store.head(bucket, key))?.version;
    if (version === undefined) return { isFree: true, from: undefined };
    if (version !== this.#version) {
      this.#version = version;
      this.#since = performance.now();
      // Read after its version: if it was written in between, nothing can be taken from that version.
      const body = await store.get(bucket, key);
      return { isFree: body?.toString().startsWith(FREE) === true, from: version };
    }
    return { isFree: performance.now() - this.#since > lengthOf(this.#place), from: version };
  }
}
