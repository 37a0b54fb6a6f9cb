import type { JsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import type { Called } from "../aws/aws-call.ts";
import type { Destination, Endpoints } from "../aws/endpoints.ts";
import { sdkStyle } from "../aws/service-fault.ts";
import { type AwsService, awsService } from "../aws/services.ts";
import type { Integration, IntegrationContext } from "./integrations.ts";
import { type Optimised, OPTIMISED, optimisedStyle } from "./optimised.ts";

/** Tasks that call an API of AWS's, wherever that is spoken. */
export interface AwsActions {
  /** @param action `service:action` as it stands in the Resource. @returns undefined if nothing can perform it */
  find(action: string): Integration | undefined;
  /** Why nothing can perform an action, as a sentence; undefined where something can, or it is none of AWS's. */
  refusal(action: string): string | undefined;
}

interface Plan {
  readonly service: AwsService;
  readonly action: string;
  readonly optimised: Optimised | undefined;
  readonly destination: Destination;
}

/** @param region of Tasks that name none */
export function awsActions(endpoints: Endpoints, region: string): AwsActions {
  function plan(name: string): Plan | string | undefined {
    const [, sdk, called = "", action = ""] = /^(aws-sdk:)?([^:]+):([A-Za-z0-9]+)$/.exec(name) ?? [];
    const optimised = sdk === undefined && Object.hasOwn(OPTIMISED, called) ? OPTIMISED[called] : undefined;
    if (action === "" || (sdk === undefined && optimised === undefined)) return undefined;
    const service = awsService(optimised?.serviceId ?? called);
    if (service === undefined) return `there is no service ${called} that this emulator knows`;
    if (!service.speaksJson) return `this emulator does not speak ${service.id}'s protocol`;
    const destination = endpoints.of(service);
    if (destination === undefined) return `${name} has nowhere to go: ${endpoints.lack(service)}`;
    return { service, action, optimised, destination };
  }
  return {
    find(name) {
      const planned = plan(name);
      if (typeof planned !== "object") return undefined;
      return (input, context) => perform(planned, input, context, region);
    },
    refusal(name) {
      const planned = plan(name);
      return typeof planned === "string" ? planned : undefined;
    },
  };
}

async function perform(
  plan: Plan,
  input: JsonObject,
  context: IntegrationContext,
  region: string,
): Promise<JsonObject> {
  const { service, optimised } = plan;
  // At the first Task: most emulators never need it.
  const { callJson } = await import("../aws/json-action.ts");
  const style = optimised === undefined ? sdkStyle(service) : optimisedStyle(optimised, service, context.queryLanguage);
  try {
    const called = await callJson({
      ...plan,
      input: optimised?.before?.(input, context) ?? input,
      region,
      signal: context.cancellation.signal,
      style,
    });
    if (optimised === undefined) return called.output;
    optimised.after?.(called.output);
    return { ...called.output, ...metadata(called) };
  } catch (error) {
    throw context.cancellation.cancelled ? new Cancelled() : error;
  }
}

/** What optimised integrations tell beside the answer. */
function metadata({ status, headers }: Called): JsonObject {
  const named = [...headers].map(([name, value]): [string, string] => [headerName(name), value]);
  return {
    SdkHttpMetadata: {
      AllHttpHeaders: Object.fromEntries(named.map(([name, value]) => [name, [value]])),
      HttpHeaders: Object.fromEntries(named),
      HttpStatusCode: status,
    },
    SdkResponseMetadata: { RequestId: headers.get("x-amzn-requestid") ?? headers.get("x-amz-request-id") ?? "" },
  };
}

/** As AWS's servers write them, which `fetch` has in lower case. */
function headerName(name: string): string {
  if (name === "x-amzn-requestid") return "x-amzn-RequestId";
  return name.startsWith("x-") ? name : name.replace(/(?:^|-)[a-z]/g, (letter) => letter.toUpperCase());
}
