import type { JsonObject } from "../../../sdk/base/json.ts";
import type { Destination } from "./endpoints.ts";
import type { FaultStyle } from "./service-fault.ts";
import type { AwsService } from "./services.ts";
import type { Telling } from "./telling.ts";

/** One call of an action of AWS's. */
export interface Call {
  readonly service: AwsService;
  /** As in a Task's Resource: `putItem`. */
  readonly action: string;
  readonly input: JsonObject;
  readonly destination: Destination;
  readonly region: string;
  readonly signal: AbortSignal;
  /** How errors are told. */
  readonly style: FaultStyle;
  readonly telling: Telling;
}

/** Calls an action of the API behind an integration. @throws {StateError} */
export type Api = (action: string, input: JsonObject) => Promise<Called>;

/** A call that has succeeded. */
export interface Called {
  readonly output: JsonObject;
  readonly status: number;
  readonly headers: Headers;
}
