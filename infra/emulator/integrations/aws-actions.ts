import type { JsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import type { Call, Called } from "../aws/aws-call.ts";
import { findClient } from "../aws/client-packages.ts";
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
  /** Where the service's client of the SDK lies, if it needs that. */
  readonly client: string | undefined;
}

/**
 * @param region of Tasks that name none
 * @param project where clients of the SDK are looked for
 */
export function awsActions(endpoints: Endpoints, region: string, project: string): AwsActions {
  const clients = new Map<string, string>();
  function clientOf({ clientPackage }: AwsService): string | undefined {
    const found = clients.get(clientPackage) ?? findClient(clientPackage, project);
    if (found !== undefined) clients.set(clientPackage, found);
    return found;
  }
  function plan(name: string): Plan | string | undefined {
    const [, sdk, called = "", action = ""] = /^(aws-sdk:)?([^:]+):([A-Za-z0-9]+)$/.exec(name) ?? [];
    const optimised = sdk === undefined && Object.hasOwn(OPTIMISED, called) ? OPTIMISED[called] : undefined;
    if (action === "" || (sdk === undefined && optimised === undefined)) return undefined;
    const service = awsService(optimised?.serviceId ?? called);
    if (service === undefined) return `there is no service ${called} that this emulator knows`;
    const destination = endpoints.of(service);
    if (destination === undefined) return `it has nowhere to go: ${endpoints.lack(service)}`;
    const client = service.speaksJson ? undefined : clientOf(service);
    if (client === undefined && !service.speaksJson) return lacksClient(service, project);
    return { service, action, optimised, destination, client };
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

function lacksClient({ id, clientPackage }: AwsService, project: string): string {
  return `${id} is spoken by ${clientPackage}, which is not installed in ${project}: npm install --save-dev ${clientPackage}`;
}

async function perform(
  plan: Plan,
  input: JsonObject,
  context: IntegrationContext,
  region: string,
): Promise<JsonObject> {
  const { service, optimised, client } = plan;
  const style = optimised === undefined ? sdkStyle(service) : optimisedStyle(optimised, service, context.queryLanguage);
  try {
    const called = await performCall(
      {
        ...plan,
        input: optimised?.before?.(input, context) ?? input,
        region,
        signal: context.cancellation.signal,
        style,
      },
      client,
    );
    if (optimised === undefined) return called.output;
    optimised.after?.(called.output);
    return { ...called.output, ...metadata(called) };
  } catch (error) {
    throw context.cancellation.cancelled ? new Cancelled() : error;
  }
}

/** By what is loaded at the first Task that needs it. */
async function performCall(call: Call, client: string | undefined): Promise<Called> {
  if (client !== undefined) {
    const { callClient } = await import("../aws/client-action.ts");
    return callClient(call, client);
  }
  const { callJson } = await import("../aws/json-action.ts");
  return callJson(call);
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
