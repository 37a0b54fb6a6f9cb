import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import { Cancelled } from "../../language/cancelled.ts";
import { runtimeError } from "../../language/state-error.ts";
import type { Api, Call, Called } from "../aws/aws-call.ts";
import { findClient } from "../aws/client-packages.ts";
import type { Destination, Endpoints } from "../aws/endpoints.ts";
import { sdkStyle } from "../aws/service-fault.ts";
import { type AwsService, awsService } from "../aws/services.ts";
import { FORMER_TELLING, SDK_TELLING } from "../aws/telling.ts";
import type { Clock } from "../kernel/clock.ts";
import type { CallAction, Integration, IntegrationContext } from "./integrations.ts";
import { AWS_PACE, jobEnd, LOCAL_PACE } from "./job-run.ts";
import type { Job } from "./job.ts";
import { JOBS } from "./jobs.ts";
import { type Optimised, OPTIMISED, optimisedStyle } from "./optimised.ts";

/** Tasks that call an API of AWS's, wherever that is spoken. */
export interface AwsActions {
  /** @param action `service:action` as it stands in the Resource. @returns undefined if nothing can perform it */
  find(action: string): Integration | undefined;
  /** Why nothing can perform an action, as a sentence; undefined where something can, or it is none of AWS's. */
  refusal(action: string): string | undefined;
}

/** What no API of AWS performs. */
const KUBERNETES: ReadonlySet<string> = new Set(["eks:call", "eks:runJob"]);

interface Plan {
  readonly service: AwsService;
  readonly action: string;
  readonly optimised: Optimised | undefined;
  /** Whose end is waited for. */
  readonly job: Job | undefined;
  readonly destination: Destination;
  /** Where the service's client of the SDK lies, if it needs that. */
  readonly client: string | undefined;
}

/** What all calls have in common. */
interface Surroundings {
  readonly endpoints: Endpoints;
  /** Of Tasks that name none. */
  readonly region: string;
  /** Where clients of the SDK are looked for. */
  readonly project: string;
  readonly clock: Clock;
}

const FORM = /^(aws-sdk:)?([^:]+):([A-Za-z0-9]+)(\.sync)?$/;

export function awsActions(surroundings: Surroundings): AwsActions {
  const { endpoints, project } = surroundings;
  const clients = new Map<string, string>();
  function clientOf({ clientPackage }: AwsService): string | undefined {
    const found = clients.get(clientPackage) ?? findClient(clientPackage, project);
    if (found !== undefined) clients.set(clientPackage, found);
    return found;
  }
  function plan(name: string): Plan | string | undefined {
    const [, sdk, called = "", action = "", waits] = FORM.exec(name) ?? [];
    const optimised = sdk === undefined && Object.hasOwn(OPTIMISED, called) ? OPTIMISED[called] : undefined;
    if (action === "" || (sdk === undefined && optimised === undefined)) return undefined;
    const key = `${called}:${action}`;
    if (sdk === undefined && KUBERNETES.has(key)) return "it is spoken by a cluster of Kubernetes, and not by AWS";
    const job = waits === undefined || !Object.hasOwn(JOBS, key) ? undefined : JOBS[key];
    if (waits !== undefined && job === undefined) return undefined;
    const service = awsService(optimised?.serviceIdOf?.[action] ?? optimised?.serviceId ?? called);
    if (service === undefined) return `there is no service ${called} that this emulator knows`;
    const destination = endpoints.of(service);
    if (destination === undefined) return `it has nowhere to go: ${endpoints.lack(service)}`;
    const client = service.speaksJson ? undefined : clientOf(service);
    if (client === undefined && !service.speaksJson) return lacksClient(service, project);
    return { service, action, optimised, job, destination, client };
  }
  async function callOther(name: string, input: JsonObject, context: IntegrationContext): Promise<Json> {
    const planned = plan(name);
    if (typeof planned === "object") return perform(planned, input, context, surroundings, notNested);
    throw runtimeError(`${context.action} calls ${name}: ${planned ?? "nothing in this emulator performs it"}.`);
  }
  return {
    find(name) {
      const planned = plan(name);
      if (typeof planned !== "object") return undefined;
      return (input, context) =>
        perform(planned, input, context, surroundings, (other, given) => callOther(other, given, context));
    },
    refusal(name) {
      const planned = plan(name);
      return typeof planned === "string" ? planned : undefined;
    },
  };
}

function notNested(name: string): never {
  throw new TypeError(`${name} is called by an action that is itself called by another`);
}

function lacksClient({ id, clientPackage }: AwsService, project: string): string {
  return `${id} is spoken by ${clientPackage}, which is not installed in ${project}: npm install --save-dev ${clientPackage}`;
}

async function perform(
  plan: Plan,
  input: JsonObject,
  context: IntegrationContext,
  { region, clock }: Surroundings,
  call: CallAction,
): Promise<Json> {
  const { service, action, optimised, job, destination, client } = plan;
  const { cancellation, queryLanguage, resumed } = context;
  const style = optimised === undefined ? sdkStyle(service) : optimisedStyle(optimised, service, queryLanguage);
  const telling = optimised === undefined ? SDK_TELLING : FORMER_TELLING;
  function api(signal: AbortSignal): Api {
    return (name, given) =>
      performCall({ service, destination, region, style, telling, action: name, input: given, signal }, client);
  }
  try {
    if (optimised === undefined) return (await api(cancellation.signal)(action, input)).output;
    const pace = destination.kind === "aws" ? AWS_PACE : LOCAL_PACE;
    if (job !== undefined && isJsonObject(resumed ?? null)) {
      const facts = { asked: input, started: resumed as JsonObject }; // it has just been looked at
      return await jobEnd({ job, facts, api, cancellation, clock, pace });
    }
    // What begins a job is not called off: its answer says which job it is that is to be stopped.
    const called = await begin(plan, input, context, api(job === undefined ? cancellation.signal : patience()), call);
    optimised.after?.(called.output, job !== undefined || context.taskToken !== undefined);
    const told = optimised.isBare ? called.output : { ...called.output, ...metadata(called) };
    if (job === undefined) return told;
    if (!cancellation.cancelled) context.submitted(told);
    return await jobEnd({ job, facts: { asked: input, started: called.output }, api, cancellation, clock, pace });
  } catch (error) {
    throw cancellation.cancelled ? new Cancelled() : error;
  }
}

function begin(
  { action, optimised }: Plan,
  input: JsonObject,
  context: IntegrationContext,
  api: Api,
  call: CallAction,
): Promise<Called> {
  const given = optimised?.before?.(input, context) ?? input;
  const own = optimised?.actions?.[action];
  return own === undefined ? api(action, given) : own(given, api, call);
}

/** Milliseconds that an API has to take a job on, where nobody waits for its answer any more. */
const PATIENCE_MS = 60_000;

function patience(): AbortSignal {
  return AbortSignal.timeout(PATIENCE_MS);
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
