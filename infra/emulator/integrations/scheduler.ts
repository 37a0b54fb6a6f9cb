import { LISTED_SCHEDULES, SCHEDULE_NAME_CHARACTERS } from "../../../sdk/base/aws-limits.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { Clock } from "../kernel/clock.ts";
import { ApiError } from "../kernel/api-error.ts";
import { serviceError } from "./aws-error.ts";
import type { Integration } from "./integrations.ts";

/** Does what a schedule's target says: starts an execution, invokes a function, calls a service. */
export type FireTarget = (target: JsonObject) => Promise<void>;

interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly creationDate: Date;
  definition: JsonObject;
  modified: Date;
  stop: () => void;
}

function action(perform: (input: JsonObject) => Json): Integration {
  return async (input) => {
    try {
      return perform(input);
    } catch (error) {
      throw serviceError("Scheduler", error);
    }
  };
}

/** EventBridge Scheduler in memory, for Tasks that call `aws-sdk:scheduler:…`: `at(…)` and `rate(…)`. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #fire: FireTarget;
  readonly #arnPrefix: string;
  readonly #schedules = new Map<string, Schedule>();

  /** @param arnPrefix For example `arn:aws:scheduler:us-east-1:000000000000:schedule`. */
  constructor(clock: Clock, arnPrefix: string, fire: FireTarget) {
    this.#clock = clock;
    this.#arnPrefix = arnPrefix;
    this.#fire = fire;
  }

  /** The actions, by name. */
  actions(): Readonly<Record<string, Integration>> {
    return {
      createSchedule: action((input) => this.#create(input)),
      updateSchedule: action((input) => this.#update(input)),
      getSchedule: action((input) => this.#get(input)),
      deleteSchedule: action((input) => this.#delete(input)),
      listSchedules: action((input) => this.#list(input)),
    };
  }

  close(): void {
    for (const { stop } of this.#schedules.values()) stop();
    this.#schedules.clear();
  }

  #create(definition: JsonObject): Json {
    const name = textOf(definition, "Name");
    if (!NAME.test(name))
      throw new ApiError("Validation", `${name} is no schedule's name: it must match ${NAME.source}`);
    const group = optionalText(definition, "GroupName") ?? "default";
    const key = `${group}/${name}`;
    if (this.#schedules.has(key)) throw new ApiError("Conflict", `Schedule ${name} already exists.`);
    const now = new Date(this.#clock.now());
    const schedule: Schedule = { name, group, creationDate: now, modified: now, definition, stop() {} };
    this.#arm(schedule);
    this.#schedules.set(key, schedule);
    return { ScheduleArn: `${this.#arnPrefix}/${key}` };
  }

  #update(definition: JsonObject): Json {
    const schedule = this.#find(definition);
    schedule.stop();
    schedule.definition = definition;
    schedule.modified = new Date(this.#clock.now());
    this.#arm(schedule);
    return { ScheduleArn: `${this.#arnPrefix}/${schedule.group}/${schedule.name}` };
  }

  #get(input: JsonObject): Json {
    const { name, group, definition, creationDate, modified } = this.#find(input);
    return {
      ...definition,
      Arn: `${this.#arnPrefix}/${group}/${name}`,
      GroupName: group,
      Name: name,
      State: definition.State ?? "ENABLED",
      CreationDate: creationDate.toISOString(),
      LastModificationDate: modified.toISOString(),
    };
  }

  #delete(input: JsonObject): Json {
    const schedule = this.#find(input);
    schedule.stop();
    this.#schedules.delete(`${schedule.group}/${schedule.name}`);
    return {};
  }

  /** A page of the schedules, in the order of their names. The token is the name that the next page begins after. */
  #list(input: JsonObject): Json {
    const { GroupName, NamePrefix = "", NextToken = "", MaxResults = LISTED_SCHEDULES } = input;
    const found = [...this.#schedules.values()]
      .filter(({ group }) => GroupName === undefined || GroupName === null || group === GroupName)
      .filter(({ name }) => name.startsWith(String(NamePrefix)) && name > String(NextToken))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1));
    const page = found.slice(0, Number(MaxResults));
    const last = page.at(-1);
    return {
      Schedules: page.map(({ name, group, definition, creationDate, modified }) => ({
        Arn: `${this.#arnPrefix}/${group}/${name}`,
        CreationDate: creationDate.toISOString(),
        GroupName: group,
        LastModificationDate: modified.toISOString(),
        Name: name,
        State: definition.State ?? "ENABLED",
        Target: { Arn: isJsonObject(definition.Target) ? (definition.Target.Arn ?? null) : null },
      })),
      ...(last !== undefined && page.length < found.length ? { NextToken: last.name } : {}),
    };
  }

  #find(input: JsonObject): Schedule {
    const name = textOf(input, "Name");
    const schedule = this.#schedules.get(`${optionalText(input, "GroupName") ?? "default"}/${name}`);
    if (schedule === undefined) throw new ApiError("ResourceNotFound", `Schedule ${name} does not exist.`);
    return schedule;
  }

  #arm(schedule: Schedule): void {
    const { definition } = schedule;
    const target = definition.Target;
    if (!isJsonObject(target)) throw new ApiError("Validation", "Target must be an object");
    const every = intervalOf(textOf(definition, "ScheduleExpression"));
    if (definition.State === "DISABLED") return;
    const once = every === undefined ? instantOf(textOf(definition, "ScheduleExpression")) : undefined;
    const fire = (): void => {
      this.#fire(target).catch(() => {
        // As on AWS, a target that fails does not stop its schedule.
      });
      if (every !== undefined) schedule.stop = this.#clock.after(every, fire);
      else if (definition.ActionAfterCompletion === "DELETE")
        this.#schedules.delete(`${schedule.group}/${schedule.name}`);
    };
    schedule.stop = this.#clock.after(every ?? Math.max(0, (once ?? 0) - this.#clock.now()), fire);
  }
}

/** What a schedule may be called. */
const NAME = new RegExp(`^[0-9a-zA-Z-_.]{1,${SCHEDULE_NAME_CHARACTERS}}$`);

function optionalText(input: JsonObject, member: string): string | undefined {
  const value = input[member];
  return typeof value === "string" ? value : undefined;
}

function textOf(input: JsonObject, member: string): string {
  const value = optionalText(input, member);
  if (value === undefined) throw new ApiError("Validation", `${member} must be a string`);
  return value;
}

const UNITS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/** Milliseconds of `rate(5 minutes)`; undefined for `at(…)`. */
function intervalOf(expression: string): number | undefined {
  if (expression.startsWith("at(")) return undefined;
  const [, count, unit = ""] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(expression) ?? [];
  const length = UNITS[unit];
  if (length !== undefined && Number(count) > 0) return Number(count) * length;
  throw new ApiError(
    "Validation",
    `Invalid Schedule Expression ${expression}: this emulator knows at(yyyy-mm-ddThh:mm:ss) and rate(n minutes)`,
  );
}

/** Milliseconds since the epoch of `at(2026-01-01T00:00:00)`, in UTC. */
function instantOf(expression: string): number {
  const [, text = ""] = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression) ?? [];
  const time = Date.parse(`${text}Z`);
  if (Number.isNaN(time)) throw new ApiError("Validation", `Invalid Schedule Expression ${expression}`);
  return time;
}
