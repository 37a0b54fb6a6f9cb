import type { CacheContent } from "./cache-content.ts";

/** What people may do with one replica. Nothing of it takes a request from a replica that has one. */
export interface ReplicaControl {
  /** No request goes to it from now on, or from when it is free, until it is thawed. What it holds stays. */
  freeze(): void;
  thaw(): void;
  /** It ends, now or when it is free. In the place of one that is provisioned another is started. */
  recycle(): void;
  /**
   * What is in its caches, without that anything of the function goes on.
   * @throws {Error} if it ends meanwhile
   */
  contents(): Promise<readonly CacheContent[]>;
}
