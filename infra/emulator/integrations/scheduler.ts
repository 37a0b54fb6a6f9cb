import { LISTED_SCHEDULES, SCHEDULE_NAME_CHARACTERS } from "../../../sdk/base/aws-limits.ts";
import { isJsonObject, type Json, type JsonObject } from "../../../sdk/base/json.ts";
import type { Clock } from "../kernel/clock.ts";
import { ApiError } from "../kernel/api-error.ts";
import { serviceError } from "./aws-error.ts";
import { nextCronTime } from "./cron.ts";
import type { Integration } from "./integrations.ts";
import { instantOf } from "./zoned-time.ts";

/** Does what a schedule's target says: starts an execution, invokes a function, calls a service. */
export type FireTarget = (target: JsonObject) => Promise<void>;

interface Schedule {
  readonly name: string;
  readonly group: string;
  readonly creationDate: Date;
  definition: JsonObject;
  /** When it starts something next, in milliseconds since the epoch. */
  next: number | undefined;
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

/** EventBridge Scheduler in memory: for Tasks that call `aws-sdk:scheduler:…`, and for a service's own schedules. */
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

  /**
   * Make a schedule what it is to be; one that is so already goes on. A time that is over starts nothing.
   * @returns when it starts something next, in milliseconds since the epoch
   * @throws {ApiError} for one that EventBridge Scheduler would refuse
   */
  put(definition: JsonObject): number | undefined {
    const key = keyOf(definition);
    const known = this.#schedules.get(key);
    if (known === undefined) this.#create(definition);
    else if (JSON.stringify(known.definition) !== JSON.stringify(definition)) this.#update(definition);
    const schedule = this.#schedules.get(key);
    if (schedule?.next !== undefined && schedule.next < this.#clock.now()) {
      schedule.stop(); // of one that was over before
      schedule.next = undefined;
    }
    return schedule?.next;
  }

  /** Take back a schedule, if it is there. */
  remove(name: string): void {
    if (this.#schedules.has(keyOf({ Name: name }))) this.#delete({ Name: name });
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
    const key = keyOf(definition);
    if (this.#schedules.has(key)) throw new ApiError("Conflict", `Schedule ${name} already exists.`);
    const now = new Date(this.#clock.now());
    const schedule: Schedule = {
      name,
      group,
      creationDate: now,
      modified: now,
      definition,
      next: undefined,
      stop() {},
    };
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
    const schedule = this.#schedules.get(keyOf(input));
    if (schedule === undefined)
      throw new ApiError("ResourceNotFound", `Schedule ${textOf(input, "Name")} does not exist.`);
    return schedule;
  }

  #arm(schedule: Schedule): void {
    const { definition } = schedule;
    const target = definition.Target;
    if (!isJsonObject(target)) throw new ApiError("Validation", "Target must be an object");
    const timezone = optionalText(definition, "ScheduleExpressionTimezone") ?? "UTC";
    const begun = this.#clock.now();
    const next = timesOf(textOf(definition, "ScheduleExpression"), timezone, begun);
    const first = next(begun);
    schedule.next = undefined;
    if (definition.State === "DISABLED") return;
    const wait = (time: number | undefined): void => {
      schedule.next = time;
      if (time !== undefined)
        schedule.stop = this.#clock.after(Math.max(0, time - this.#clock.now()), () => fire(time));
      else if (definition.ActionAfterCompletion === "DELETE")
        this.#schedules.delete(`${schedule.group}/${schedule.name}`);
    };
    const fire = (time: number): void => {
      this.#fire(this.#filledIn(target, schedule, time)).catch(() => {
        // As on AWS, a target that fails does not stop its schedule.
      });
      wait(next(time));
    };
    wait(first);
  }

  /** A target whose input tells of this start: Scheduler writes these words wherever they stand in it. */
  #filledIn(target: JsonObject, { group, name }: Schedule, time: number): JsonObject {
    if (typeof target.Input !== "string") return target;
    const words = {
      "scheduled-time": new Date(time).toISOString().replace(/\.\d+Z$/, "Z"),
      "schedule-arn": `${this.#arnPrefix}/${group}/${name}`,
      "execution-id": crypto.randomUUID(),
      "attempt-number": "1",
    };
    const Input = Object.entries(words).reduce(
      (text, [word, value]) => text.replaceAll(`<aws.scheduler.${word}>`, value),
      target.Input,
    );
    return { ...target, Input };
  }
}

/** What a schedule may be called. */
const NAME = new RegExp(`^[0-9a-zA-Z-_.]{1,${SCHEDULE_NAME_CHARACTERS}}$`);

/** Names are those of a group. */
function keyOf(input: JsonObject): string {
  return `${optionalText(input, "GroupName") ?? "default"}/${textOf(input, "Name")}`;
}

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

type Times = (after: number) => number | undefined;

/**
 * The times of an expression, each as the first one after another; undefined if there is none any more.
 * @param begun when the schedule was made, from which `rate(…)` counts
 */
function timesOf(expression: string, timezone: string, begun: number): Times {
  const [, kind = "", content = ""] = /^(at|rate|cron)\((.+)\)$/.exec(expression) ?? [];
  const times = {
    at: () => onceAt(content, timezone),
    rate: () => everyFew(content, begun),
    cron: () => cronTimes(content, timezone),
  };
  try {
    const found = Object.hasOwn(times, kind) ? times[kind as keyof typeof times]() : undefined;
    if (found !== undefined) return found;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new ApiError("Validation", `Invalid Schedule Expression ${expression}: ${error.message}`);
  }
  throw new ApiError("Validation", `Invalid Schedule Expression ${expression}.`);
}

function onceAt(content: string, timezone: string): Times | undefined {
  const local = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(content) ? Date.parse(`${content}Z`) : NaN;
  if (Number.isNaN(local)) return undefined;
  const time = instantOf(local, timezone); // none, if the zone leaves it out
  let isOver = time === undefined;
  return () => {
    if (isOver || time === undefined) return undefined;
    isOver = true;
    return time;
  };
}

function everyFew(content: string, begun: number): Times | undefined {
  const [, count, unit = ""] = /^(\d+) (minute|hour|day)s?$/.exec(content) ?? [];
  const length = Number(count) * (UNITS[unit] ?? NaN);
  if (!(length > 0)) return undefined;
  return (after) => begun + (Math.floor((after - begun) / length) + 1) * length;
}

function cronTimes(content: string, timezone: string): Times {
  nextCronTime(content, timezone, 0); // which tells what is wrong with it
  return (after) => nextCronTime(content, timezone, after);
}
