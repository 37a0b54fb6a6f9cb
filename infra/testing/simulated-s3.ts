import { createHash } from "node:crypto";
import type { Origin } from "./origin.ts";
import type { VirtualTime } from "./virtual-time.ts";

/** One version of an object. */
export interface S3Object {
  readonly body: Buffer;
  readonly etag: string;
  readonly writtenAt: number;
}

/** What a PutObject demands of what is there. */
export interface PutCondition {
  readonly ifMatch?: string | undefined;
  readonly isNew?: boolean;
}

/** The buckets of a simulation, in memory. Files that are not in them are looked for in this machine's store. */
export class SimulatedS3 {
  readonly #time: VirtualTime;
  readonly #origin: Origin | undefined;
  /** By `bucket/key`, all versions; the newest is the last. */
  readonly #objects = new Map<string, S3Object[]>();
  /** All that has ever been written as a task's output, also what was replaced. */
  readonly results: { readonly address: string; readonly body: Buffer }[] = [];
  /** How often each request has been made, by what it asks. */
  readonly requests: Map<string, number> = new Map();

  constructor(time: VirtualTime, origin: Origin | undefined) {
    this.#time = time;
    this.#origin = origin;
  }

  /** @returns which request of its kind this is, from 1 */
  count(request: string): number {
    const count = (this.requests.get(request) ?? 0) + 1;
    this.requests.set(request, count);
    return count;
  }

  /** @param isStale as it was before it was written last */
  async read(bucket: string, key: string, isStale: boolean = false): Promise<S3Object | undefined> {
    const versions = this.#objects.get(`${bucket}/${key}`);
    if (versions !== undefined) return versions.at(isStale ? -2 : -1);
    const original = await this.#origin?.read(bucket, key);
    return original === undefined ? undefined : { body: original.body, etag: original.version, writtenAt: 0 };
  }

  /** @returns the HTTP status of what stands in the way, or the object */
  write(bucket: string, key: string, body: Buffer, { ifMatch, isNew = false }: PutCondition): S3Object | 404 | 412 {
    const versions = this.#objects.get(`${bucket}/${key}`) ?? [];
    const latest = versions.at(-1);
    if (isNew && latest !== undefined) return 412;
    if (ifMatch !== undefined && latest === undefined) return 404;
    if (ifMatch !== undefined && latest?.etag !== ifMatch) return 412;
    const written = { body, etag: etagOf(body), writtenAt: this.#time.now() };
    this.#objects.set(`${bucket}/${key}`, [...versions.slice(-1), written]);
    if (RESULT.test(key)) this.results.push({ address: key, body });
    return written;
  }

  /** All that is stored: `[bucket/key, object]`. */
  *all(): Generator<[string, S3Object]> {
    for (const [address, versions] of this.#objects) {
      const latest = versions.at(-1);
      if (latest !== undefined) yield [address, latest];
    }
  }
}

/** The key of a task's output: see sdk/values/result-name.ts. */
export const RESULT: RegExp = /(?:^|\/)(results\/.*\.json)$/;

function etagOf(body: Buffer): string {
  return `"${createHash("md5").update(body).digest("hex")}"`;
}
