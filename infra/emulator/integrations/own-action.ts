import type { JsonObject } from "../../../sdk/base/json.ts";
import type { Api, Called } from "../aws/aws-call.ts";
import type { CallAction } from "./integrations.ts";

/** An action that Step Functions has made of some of the API's, and of other services'. */
export type OwnAction = (input: JsonObject, api: Api, call: CallAction) => Promise<Called>;
