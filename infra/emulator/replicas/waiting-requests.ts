import type { Replica } from "./replica.ts";

/** A request that waits for a replica. */
export interface WaitingRequest {
  /** Claims the replica and returns true, or returns false if the caller no longer waits. */
  readonly take: (replica: Replica) => boolean;
  readonly fail: (error: Error) => void;
}

/** The requests that wait for a replica of one set, in the order in which they came. */
export class WaitingRequests {
  #requests: WaitingRequest[] = [];

  get count(): number {
    return this.#requests.length;
  }

  /**
   * Wait for a replica.
   * @throws what the request fails with, or the signal's reason if that aborts before there is a replica
   */
  wait(signal: AbortSignal | undefined): Promise<Replica> {
    return new Promise((found, failed) => {
      let isWaiting = true;
      function settle() {
        isWaiting = false;
        signal?.removeEventListener("abort", giveUp);
      }
      const giveUp = () => {
        settle();
        this.#requests = this.#requests.filter((other) => other !== request);
        failed(signal?.reason);
      };
      const request: WaitingRequest = {
        take: (replica) => {
          if (!isWaiting) return false;
          settle();
          replica.claim();
          found(replica);
          return true;
        },
        fail: (error) => {
          settle();
          failed(error);
        },
      };
      signal?.addEventListener("abort", giveUp);
      this.#requests.push(request);
    });
  }

  /** Take over a request that waited elsewhere. */
  adopt(request: WaitingRequest): void {
    this.#requests.push(request);
  }

  /** The one that has waited longest waits here no more. */
  shift(): WaitingRequest | undefined {
    return this.#requests.shift();
  }

  /** Give a replica to the first that still waits. @returns whether there was one */
  give(replica: Replica): boolean {
    for (let next = this.shift(); next !== undefined; next = this.shift()) if (next.take(replica)) return true;
    return false;
  }

  /** None waits here any more. */
  takeAll(): readonly WaitingRequest[] {
    return this.#requests.splice(0);
  }
}
