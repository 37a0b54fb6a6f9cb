/** The part of dynalite that the tests use; the package ships no types of its own. */
declare module "dynalite" {
  import type { Server } from "node:http";
  /** A server of DynamoDB's API, with tables in memory. */
  export default function dynalite(options: { readonly createTableMs: number }): Server;
}
