import {
  CRON_DAYS_OF_MONTH,
  CRON_DAYS_OF_WEEK,
  CRON_HOURS,
  CRON_MINUTES,
  CRON_MONTHS,
  CRON_YEARS,
  PAYLOAD_BYTES,
  SCHEDULE_EXPRESSION_CHARACTERS,
} from "../base/aws-limits.ts";
import { LambentError, refuseUnknown } from "../base/errors.ts";
import { isObject, type Json } from "../base/json.ts";
import type { InputDeclaration, Schedule } from "../graph/graph.ts";
import { decodeGiven, encodeGiven } from "../values/crossing.ts";
import { checkInputType, isNeeded } from "./input-type.ts";
import { given } from "./given.ts";
import { jsonBytes } from "./literal-size.ts";
import { isPlain } from "../values/wire.ts";
import type { Schema } from "../values/standard-schema.ts";
import { checkLiteral } from "./schema-literal.ts";
import { timeZoneFault } from "./time-zone.ts";

/**
 * A workflow's schedule with its input as JSON.
 * @throws {LambentError} for one that EventBridge Scheduler would refuse, or that could only start executions that fail
 */
export function checkSchedule(
  workflow: string,
  schedule: string | Schedule,
  inputs: readonly InputDeclaration[],
  schemas: ReadonlyMap<string, Schema>,
): string | Schedule {
  if (typeof schedule !== "string" && (!isObject(schedule) || Array.isArray(schedule))) {
    throw new LambentError(
      `workflow ${workflow}: schedule must read rate(…), cron(…) or at(…), or be { expression }, not ${given(schedule)}`,
    );
  }
  const written: Schedule = typeof schedule === "string" ? { expression: schedule } : schedule;
  const { expression, input, timezone, enabled, ...unknownOptions } = written;
  const known = ["expression", "timezone", "input", "enabled"];
  refuseUnknown(`workflow ${workflow}: schedule`, unknownOptions, known);
  const what = `workflow ${workflow}`;
  checkWhen(what, { expression, timezone, enabled });
  const encoded = checkGivenInput(what, "schedule.input", input === undefined ? {} : input, { inputs, schemas }, true);
  return input === undefined ? schedule : { ...written, input: encoded };
}

/**
 * @param what whose schedule it is, for messages
 * @throws {LambentError} for one that EventBridge Scheduler would refuse
 */
export function checkWhen(
  what: string,
  { expression, timezone, enabled }: Readonly<Record<"expression" | "timezone" | "enabled", unknown>>,
): void {
  checkExpression(what, expression);
  const zoneFault = timezone === undefined ? undefined : timeZoneFault(timezone);
  if (zoneFault !== undefined) {
    throw new LambentError(
      `${what}: its schedule's timezone ${typeof timezone === "string" ? JSON.stringify(timezone) : given(timezone)} is not known: ${zoneFault}`,
    );
  }
  if (enabled !== undefined && typeof enabled !== "boolean") {
    throw new LambentError(`${what}: schedule.enabled must be true or false, not ${given(enabled)}`);
  }
}

function checkExpression(what: string, expression: unknown): void {
  const kind = typeof expression === "string" ? /^(rate|cron|at)\((.+)\)$/s.exec(expression) : null;
  if (kind === null) {
    throw new LambentError(`${what}: schedule must read rate(…), cron(…) or at(…), not ${given(expression)}`);
  }
  const [text, name = "", fields = ""] = kind;
  const fault =
    text.length > SCHEDULE_EXPRESSION_CHARACTERS
      ? `it has ${text.length} characters, EventBridge Scheduler takes ${SCHEDULE_EXPRESSION_CHARACTERS}`
      : FAULTS[name]?.(fields);
  if (fault !== undefined) throw new LambentError(`${what}: its schedule ${text} is none: ${fault}`);
}

/** What is wrong with the part in brackets, with the remedy; undefined if nothing is. */
const FAULTS: Readonly<Record<string, (fields: string) => string | undefined>> = {
  rate: rateFault,
  at: timeFault,
  cron: cronFault,
};

function rateFault(fields: string): string | undefined {
  const [, value, unit, plural] = /^([1-9]\d*) (minute|hour|day)(s?)$/.exec(fields) ?? [];
  if (value === undefined) return "write rate(n minutes), rate(n hours) or rate(n days), n from 1";
  if ((value === "1") === (plural === "")) return undefined;
  return `write rate(${value} ${unit}${value === "1" ? "" : "s"})`;
}

function timeFault(fields: string): string | undefined {
  const isTime = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/.test(fields);
  // A day that there is not, such as February 30, is another one when it is read.
  const read = isTime ? new Date(`${fields}Z`) : new Date(NaN);
  if (!Number.isNaN(read.getTime()) && read.toISOString().startsWith(fields)) return undefined;
  return "write a time that there is, as at(2027-01-31T08:00:00), without a zone: that is schedule.timezone";
}

/** A field of cron(…). */
interface CronField {
  readonly name: string;
  readonly range: { readonly least: number; readonly most: number };
  /** What may stand in the place of numbers, the first for the least. */
  readonly names?: readonly string[];
  /** Of what else it takes beside numbers, `*`, lists, ranges and steps. */
  readonly also?: RegExp;
  /** What of that stands for the whole field, and in no list. */
  readonly alone?: RegExp;
}

const MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const CRON: readonly CronField[] = [
  { name: "minutes", range: CRON_MINUTES },
  { name: "hours", range: CRON_HOURS },
  // The last day, the last weekday, so many days before the last; the weekday next to a day.
  {
    name: "day of month",
    range: CRON_DAYS_OF_MONTH,
    also: /^(\?|L|LW|L-([1-9]|[12]\d|30)|([1-9]|[12]\d|3[01])W)$/,
    alone: /^\?$/,
  },
  { name: "month", range: CRON_MONTHS, names: MONTHS },
  // The last Friday of a month is 6L; its third 6#3.
  {
    name: "day of week",
    range: CRON_DAYS_OF_WEEK,
    names: DAYS,
    also: new RegExp(`^(\\?|L|([1-7]|${DAYS.join("|")})(L|#[1-5]))$`),
    alone: /^\?$|#/,
  },
  { name: "year", range: CRON_YEARS },
];

function cronFault(text: string): string | undefined {
  const fields = text.trim().split(/\s+/);
  if (fields.length !== CRON.length) {
    return `it has ${fields.length} fields, and needs ${CRON.length}: ${CRON.map(({ name }) => name).join(", ")}`;
  }
  for (const [index, field] of CRON.entries()) {
    const parts = (fields[index] ?? "").split(",");
    const alone = parts.length === 1 ? undefined : parts.find((part) => field.alone?.test(part) === true);
    if (alone !== undefined) return `its ${field.name} has ${alone} in a list, and that must stand alone`;
    const fault = parts.find((part) => !isCronPart(part, field));
    if (fault === undefined) continue;
    const { least, most } = field.range;
    const names = field.names === undefined ? "" : ` or ${field.names[0]}-${field.names.at(-1)}`;
    return `its ${field.name} ${JSON.stringify(fault)} must be within ${least}-${most}${names}, * or ${field.also === undefined ? "" : "?, "}a range (1-5) or a step (0/5)`;
  }
  const [, , dayOfMonth, , dayOfWeek] = fields;
  if ((dayOfMonth === "?") !== (dayOfWeek === "?")) return undefined;
  return "exactly one of day of month and day of week must be ?, as in cron(0 8 * * ? *)";
}

function isCronPart(part: string, { range, names = [], also }: CronField): boolean {
  if (also?.test(part.toUpperCase()) === true) return true;
  const [, from, to, step] = /^([A-Z]+|\d+|\*)(?:-([A-Z]+|\d+))?(?:\/(\d+))?$/i.exec(part) ?? [];
  if (from === undefined || (from === "*" && to !== undefined)) return false;
  function isWithin(value: string): boolean {
    if (!/^\d+$/.test(value)) return names.includes(value.toUpperCase());
    return Number(value) >= range.least && Number(value) <= range.most;
  }
  if (from !== "*" && !isWithin(from)) return false;
  if (to !== undefined && !isWithin(to)) return false;
  return step === undefined || (Number(step) >= 1 && Number(step) <= range.most);
}

/**
 * Checked against what the workflow declares, as the state machine's own first state will: whether each input is there
 * and of its default's type. What is within lists and objects is the tasks' to check.
 * @param what whose it is, and `option` where it is written, for messages
 * @param isWhole whether all inputs have to be there that have no default
 * @returns the input with its files as callers write them
 */
export function checkGivenInput(
  what: string,
  option: string,
  input: unknown,
  { inputs, schemas }: { readonly inputs: readonly InputDeclaration[]; readonly schemas: ReadonlyMap<string, Schema> },
  isWhole: boolean,
): Readonly<Record<string, Json>> {
  if (!isObject(input) || !isPlain(input)) {
    throw new LambentError(`${what}: ${option} must be an object of inputs, by name`);
  }
  const encoded = Object.entries(input).map(([name, value]: [string, unknown]): [string, Json] => {
    return [name, encodeGiven(value, `${what}: ${option}.${name}`)];
  });
  const given = Object.fromEntries(encoded);
  const unknown = Object.keys(given).find((key) => !inputs.some(({ name }) => name === key));
  if (unknown !== undefined) {
    throw new LambentError(
      `${what}: its ${option.replace(".input", "")} gives ${unknown}, but it has no such input; it has: ${inputs.map(({ name }) => name).join(", ") || "none"}`,
    );
  }
  for (const declaration of inputs) {
    const { name } = declaration;
    const own = given[name];
    if (own === undefined && isWhole && isNeeded(declaration)) {
      throw new LambentError(`${what}: its schedule must give ${name}, which has no default: add it to ${option}`);
    }
    if (own === undefined) continue;
    checkInputType(`${what}: ${option}.${name}`, declaration, own);
    const schema = schemas.get(name);
    if (schema !== undefined) checkLiteral(what, `${option}.${name}`, schema, decodeGiven(own));
  }
  const bytes = jsonBytes(given);
  if (bytes <= PAYLOAD_BYTES) return given;
  throw new LambentError(
    `${what}: ${option} has ${bytes} bytes, and an execution is given ${PAYLOAD_BYTES} at most: give large values as files, or make them in a task`,
  );
}
