import { Endpoints } from "../aws/endpoints.ts";
import { awsActions } from "../integrations/aws-actions.ts";
import { Handlers } from "../integrations/handlers.ts";
import type { Integration } from "../integrations/integrations.ts";
import { type Objects, s3Objects } from "../integrations/objects.ts";
import { s3Settings } from "../integrations/s3-access.ts";
import type { Scheduler } from "../integrations/scheduler.ts";
import { webActions } from "../integrations/web-actions.ts";
import type { Clock } from "../kernel/clock.ts";
import type { StepFunctionsApi } from "./api.ts";
import { builtInIntegrations } from "./built-in-integrations.ts";
import type { StepFunctionsOptions } from "./step-functions-options.ts";

/** What Tasks call, readers and writers of Maps included. */
export interface Actions {
  /** What performs an action, by what follows `arn:aws:states:::`. */
  find(action: string): Integration | undefined;
  /** Why nothing does, with the remedy; undefined where there is no more to say. */
  refusal(action: string): string | undefined;
  readonly objects: Objects;
  readonly hasS3: boolean;
  /** EventBridge Scheduler, whose schedules start executions here. */
  readonly scheduler: Scheduler;
}

/**
 * The user's handlers go before what this emulator performs itself, and that before APIs of AWS at their endpoints.
 * @param states is called by Tasks that start executions, and by schedules
 */
export function actionsOf(options: StepFunctionsOptions, states: StepFunctionsApi, clock: Clock): Actions {
  const { region } = states.account;
  const endpoints = new Endpoints(options);
  const s3 = s3Settings(endpoints, region);
  const handlers = new Handlers(options.integrations ?? {});
  const { integrations, scheduler } = builtInIntegrations({ states, functions: options.functions, clock, find });
  const aws = awsActions({ endpoints, region, project: options.project ?? process.cwd(), clock });
  const web = webActions({ endpoints, region, clock, connections: options.connections ?? {}, find });
  function find(action: string): Integration | undefined {
    return handlers.find(action) ?? integrations.get(action) ?? handlers.others ?? aws.find(action) ?? web.find(action);
  }
  return {
    find,
    refusal: (action) => aws.refusal(action) ?? web.refusal(action),
    objects: s3Objects(s3),
    hasS3: s3 !== undefined,
    scheduler,
  };
}
