import { describe, expect, test } from "vitest";
import {
  ActorEnvironment,
  conditional,
  isTrue,
  mapTask,
  partial,
  required,
  S3File,
  task,
  workflow,
  type ActorOptions,
} from "lambent";
import type { Retry, Schedule } from "../../../sdk/graph/graph.ts";

const echo = task(async function echo({ value }: { value: unknown }) {
  return String(value);
});
const both = task(async function both({ left, right }: { left: number; right: number }) {
  return left + right;
});

describe("schedules", () => {
  function scheduled(schedule: string | Schedule) {
    return (): unknown =>
      workflow(
        { n: 1, names: ["a"], on: true, file: new S3File({ uri: "s3://b/k", version: "v", format: "txt" }) },
        function wf({ n }) {
          return echo({ value: n });
        },
        { schedule },
      ).graph.options?.schedule;
  }

  test.each([
    "rate(1 minute)",
    "rate(5 minutes)",
    "rate(365 days)",
    "at(2028-02-29T23:59:59)",
    "cron(0 8 * * ? *)",
    "cron(0/15 8-17 ? * MON-FRI *)",
    "cron(0 10,14 L * ? 2027-2030)",
    "cron(30 23 LW JAN,jul ? *)",
    "cron(0 0 15W * ? *)",
    "cron(0 0 L-3 * ? *)",
    "cron(*/5 * ? 1/3 6L *)",
    "cron(0 9 ? * 2#1 *)",
    "cron(0 9 ? * FRI#3 1970,2199)",
  ])("%s is one", (expression) => {
    expect(scheduled(expression)).not.toThrow();
  });

  test.each([
    ["rate(1 minutes)", "write rate(1 minute)"],
    ["rate(5 minute)", "write rate(5 minutes)"],
    ["rate(0 hours)", "write rate(n minutes), rate(n hours) or rate(n days), n from 1"],
    ["rate(1.5 hours)", "write rate(n minutes)"],
    ["rate(1 week)", "write rate(n minutes)"],
    ["at(2027-02-30T08:00:00)", "write a time that there is, as at(2027-01-31T08:00:00)"],
    ["at(2027-01-31 08:00:00)", "write a time that there is"],
    ["at(2027-01-31T08:00:00Z)", "without a zone: that is schedule.timezone"],
    ["at(2027-01-31T24:00:00)", "write a time that there is"],
    ["cron(0 8 * * * *)", "exactly one of day of month and day of week must be ?, as in cron(0 8 * * ? *)"],
    ["cron(0 8 ? * ? *)", "exactly one of day of month and day of week must be ?"],
    ["cron(0 8 * * ?)", "it has 5 fields, and needs 6: minutes, hours, day of month, month, day of week, year"],
    ["cron(60 8 * * ? *)", 'its minutes "60" must be within 0-59, * or a range (1-5) or a step (0/5)'],
    ["cron(0 24 * * ? *)", 'its hours "24" must be within 0-23'],
    ["cron(0 8 0 * ? *)", 'its day of month "0" must be within 1-31, * or ?, a range'],
    ["cron(0 8 32W * ? *)", 'its day of month "32W"'],
    ["cron(0 8 * 13 ? *)", 'its month "13" must be within 1-12 or JAN-DEC'],
    ["cron(0 8 * JANUARY ? *)", 'its month "JANUARY"'],
    ["cron(0 8 ? * 0 *)", 'its day of week "0" must be within 1-7 or SUN-SAT'],
    ["cron(0 8 ? * MON#6 *)", 'its day of week "MON#6"'],
    ["cron(0 8 * * ? 2200)", 'its year "2200" must be within 1970-2199'],
    ["cron(0 8 ?,1 * ? *)", "its day of month has ? in a list, and that must stand alone"],
    ["cron(0 8 1,? * ? *)", "its day of month has ? in a list"],
    ["cron(0 8 ? * MON,? *)", "its day of week has ? in a list"],
    ["cron(0 8 ? * 3#1,6#3 *)", "its day of week has 3#1 in a list"],
    ["cron(0 8 ? * ABC#1 *)", 'its day of week "ABC#1" must be within 1-7 or SUN-SAT'],
    ["cron(0 8 ? * XYZL *)", 'its day of week "XYZL"'],
    ["cron(0 8 1, * ? *)", 'its day of month ""'],
    ["cron(0/0 8 * * ? *)", 'its minutes "0/0"'],
    ["cron(? 8 * * ? *)", 'its minutes "?"'],
    [`cron(0 8 ${"1,".repeat(130)}1 * ? *)`, "characters, EventBridge Scheduler takes 256"],
  ])("%s is none", (expression, message) => {
    expect(scheduled(expression)).toThrow(`workflow wf: its schedule ${expression} is none: `);
    expect(scheduled(expression)).toThrow(message);
  });

  test.each(["Europe/Berln", "+01:00", "", "A/".repeat(30)])("timezone %j is none", (timezone) => {
    expect(scheduled({ expression: "rate(1 day)", timezone })).toThrow(
      `workflow wf: its schedule's timezone ${JSON.stringify(timezone)} is not known: name it as IANA does`,
    );
  });

  test.each([
    ["europe/berlin", "Europe/Berlin"],
    ["Europe/BERLIN", "Europe/Berlin"],
    ["gmt", "GMT"],
    ["utc", "UTC"],
    ["us/pacific", "America/Los_Angeles"],
    ["US/PACIFIC", "America/Los_Angeles"],
    ["etc/utc", "UTC"],
    ["Etc/Utc", "UTC"],
  ])("timezone %j is meant to be %j", (timezone, meant) => {
    expect(scheduled({ expression: "rate(1 day)", timezone })).toThrow(
      `timezone "${timezone}" is not known: name it as IANA does: did you mean "${meant}"?`,
    );
  });

  test("timezones of the database are known, and its other names for them", () => {
    const other = [
      "Asia/Calcutta",
      "Asia/Kolkata",
      "Etc/UTC",
      "GMT",
      "US/Pacific",
      "Etc/GMT+0",
      "GB",
      "Chile/EasterIsland",
    ];
    const odd = [
      "Etc/GMT+5",
      "America/Knox_IN",
      "Australia/NSW",
      "America/Port-au-Prince",
      "Antarctica/DumontDUrville",
    ];
    for (const timezone of ["UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", ...other, ...odd])
      expect(scheduled({ expression: "rate(1 day)", timezone })).not.toThrow();
    for (const timezone of Intl.supportedValuesOf("timeZone"))
      expect(scheduled({ expression: "rate(1 day)", timezone })).not.toThrow();
  });

  test.each<[input: object, message: string]>([
    [{ n: "1" }, "workflow wf: schedule.input.n must be of type number, as its default is, not string"],
    [{ n: null }, "schedule.input.n must be of type number, as its default is, not null"],
    [{ names: "a" }, "schedule.input.names must be of type array, as its default is, not string"],
    [{ on: "yes" }, "schedule.input.on must be of type boolean, as its default is, not string"],
    [{ file: 3 }, 'schedule.input.file must be a file\'s address, "s3://bucket/key", not 3'],
    [{ file: "k.txt" }, "schedule.input.file must be a file's address"],
    [null as never, "workflow wf: schedule.input must be an object of inputs, by name"],
    [[1], "workflow wf: schedule.input must be an object of inputs, by name"],
    [{ names: ["x".repeat(262_144)] }, "schedule.input has 262158 bytes, and an execution is given 262144 at most"],
  ])("an input that the workflow does not take: $1", (input, message) => {
    expect(scheduled({ expression: "rate(1 day)", input: input as never })).toThrow(message);
  });

  test("what is within a list or an object is not compared with the default's", () => {
    expect(scheduled({ expression: "rate(1 day)", input: { names: [1] } })).not.toThrow();
  });

  test("a schedule that is neither a text nor an object is refused", () => {
    for (const schedule of [3, []])
      expect(scheduled(schedule as never)).toThrow(
        "workflow wf: schedule must read rate(…), cron(…) or at(…), or be {",
      );
  });

  test("an input is given as callers give it", () => {
    const file = new S3File({ uri: "s3://b/k", version: "v", format: "txt" });
    const input = { n: 2, file: file as never };
    expect(scheduled({ expression: "rate(1 day)", input })()).toEqual({
      expression: "rate(1 day)",
      input: { n: 2, file: { $s3File: { uri: "s3://b/k", version: "v", format: "txt" } } },
    });
    expect(scheduled({ expression: "rate(1 day)", input: { file: "s3://b/other" } })).not.toThrow();
    expect(scheduled({ expression: "rate(1 day)", enabled: "false" as never })).toThrow(
      'workflow wf: schedule.enabled must be true or false, not "false"',
    );
  });
});

describe("values that are written down in a workflow", () => {
  const large = "x".repeat(262_145);
  function traced(fn: (inputs: never) => unknown, inputs: object = {}) {
    return (): unknown => workflow(inputs, fn as () => null, { name: "wf" });
  }

  test.each<[what: string, () => unknown, message: string]>([
    ["a task's input", () => echo({ value: [large] }), "task echo's input has 262159 bytes of literals"],
    [
      "several that are too large together",
      () => echo({ value: { a: "x".repeat(140_000), b: "x".repeat(140_000) } }),
      "task echo's input has 280025 bytes of literals, and Step Functions carries 262144: make large values in a task",
    ],
    ["a list to map over", () => mapTask(echo)({ value: [large, large] }), "mapTask(echo)'s list value has"],
    [
      "what is the same for all elements",
      () => mapTask(partial(both, { left: large as never }))({ right: [1] }),
      "mapTask(both)'s input for one element has",
    ],
    ["what a workflow returns", () => ({ large }), "workflow wf's output has 262157 bytes of literals"],
    [
      "what a branch returns",
      () =>
        conditional(
          isTrue(echo({ value: 1 }) as never),
          () => large,
          () => "",
        ),
      "output has 262147 bytes of literals",
    ],
  ])("%s", (_, fn, message) => {
    expect(traced(fn)).toThrow(message);
  });

  test("what Refs add is not known, and not counted", () => {
    const most = "x".repeat(262_000);
    expect(
      traced((({ text }: { text: never }) => echo({ value: { text, more: most } })) as never, {
        text: "y".repeat(200),
      }),
    ).not.toThrow();
  });

  test("defaults, each and all together", () => {
    expect(traced(() => null, { large })).toThrow(
      "workflow wf: the defaults of its inputs have 262147 bytes, and Step Functions carries 262144; the largest is large (262147 bytes)",
    );
    const half = "x".repeat(131_100);
    expect(traced(() => null, { half, other: half, needed: required<string>() })).toThrow("have 262204 bytes");
    expect(traced(() => null, { half })).not.toThrow();
  });

  test("lists of different lengths in one map", () => {
    expect(traced(() => mapTask(both)({ left: [1, 2, 3], right: [1, 2] }))).toThrow(
      "mapTask(both): left has 3 elements and right has 2: all lists need one length; bind what is the same for all with partial()",
    );
    expect(traced((({ n }: { n: number }) => mapTask(both)({ left: [n, n], right: [1] })) as never, { n: 1 })).toThrow(
      "left has 2 elements and right has 1",
    );
    expect(
      traced((({ list }: { list: number[] }) => mapTask(both)({ left: list, right: [1] })) as never, { list: [1, 2] }),
    ).not.toThrow();
  });
});

test.each<[Retry | undefined, number | undefined, string]>([
  [
    undefined,
    100_000_000,
    "task t: timeout must be 99999999 seconds at most, which Step Functions takes, not 100000000",
  ],
  [{ maxAttempts: 100_000_000 }, undefined, "task t: retries must be 99999999 retries at most"],
  [{ maxAttempts: 1, intervalSeconds: 1e8 }, undefined, "task t: intervalSeconds must be 99999999 seconds at most"],
  [{ maxAttempts: 1, maxDelaySeconds: 31_622_400 }, undefined, "maxDelaySeconds must be 31622399 seconds at most"],
  [{ maxAttempts: 1, backoffRate: Infinity }, undefined, "backoffRate must be 1 or more, not Infinity"],
  [{ maxAttempts: 1, backoffRate: NaN }, undefined, "backoffRate must be 1 or more, not NaN"],
  [
    { maxAttempts: 1, jitter: "FULL" as never },
    undefined,
    'jitter must be true or false (JitterStrategy FULL or NONE), not "FULL"',
  ],
])("retries and timeouts beyond ASL's: $2", (retries, timeout, message) => {
  const options = { ...(retries === undefined ? {} : { retries }), ...(timeout === undefined ? {} : { timeout }) };
  expect(() => task(async function t() {}, options)).toThrow(message);
  expect(() => echo.withOverrides(options)).toThrow(message.replace("task t", "task echo"));
});

test("the largest that ASL takes is taken", () => {
  const retries = { maxAttempts: 99_999_999, intervalSeconds: 1000, maxDelaySeconds: 31_622_399, jitter: true };
  expect(() => task(async function t() {}, { retries, timeout: 99_999_999 })).not.toThrow();
});

const LAYER = "arn:aws:lambda:eu-west-1:123456789012:layer:l:1";
const SECRET = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf";

test.each<[options: Partial<ActorOptions>, message: string]>([
  [
    { environment: { BIG: "x".repeat(5000) } },
    "its environment has 5010 bytes, Lambda takes 4096: give large values as",
  ],
  [{ environment: { BIG: "ü".repeat(2100) } }, "its environment has 4210 bytes"],
  [{ environment: { AWS_REGION: "x" } }, "environment.AWS_REGION is set by Lambda alone: choose another name"],
  [{ secrets: { _HANDLER: SECRET } }, "secrets._HANDLER is set by Lambda alone"],
  [{ environment: { "MY-NAME": "x" } }, 'environment.MY-NAME: Lambda takes letters, digits and "_", a letter first'],
  [{ environment: { PORT: 80 as never } }, "environment.PORT must be a text, not 80: write it in quotes"],
  [{ layers: Array.from({ length: 6 }, () => LAYER) }, "it has 6 layers, Lambda takes 5: put several into one"],
  [{ layers: ["arn:aws:lambda:eu-west-1:123456789012:layer:l"] }, "is no layer's version: write arn:aws:lambda:"],
  [{ layers: [LAYER], containerImage: "image" }, "it has a containerImage and layers: Lambda gives an image none"],
  [
    { vpc: { subnetIds: Array.from({ length: 17 }, (_, n) => `subnet-${n}`), securityGroupIds: ["sg"] } },
    "vpc.subnetIds has 17 ids, Lambda takes 16: leave some out",
  ],
  [
    { vpc: { subnetIds: ["subnet"], securityGroupIds: Array.from({ length: 6 }, (_, n) => `sg-${n}`) } },
    "vpc.securityGroupIds has 6 ids, Lambda takes 5",
  ],
  [{ vpc: { subnetIds: ["subnet"] } as never }, "vpc has no securityGroupIds: Lambda needs subnetIds and"],
  [{ memorySize: 64 }, "memorySize must be a whole number of MiB from 128 to 10240, not 64"],
  [{ ephemeralStorageSize: 20_000 }, "ephemeralStorageSize must be a whole number of MiB from 512 to 10240"],
  [{ timeout: 901 }, "timeout must be a whole number of seconds from 1 to 900"],
  [{ architecture: "arm" as never }, 'architecture must be "x86_64" or "arm64", not "arm"'],
  [
    { secrets: { PASSWORD: `${SECRET}:password::` } },
    `secrets.PASSWORD names the key password within a secret (${SECRET}:password::), and a variable gets the whole: write ${SECRET}, and read the key in a task: JSON.parse(process.env.PASSWORD)`,
  ],
  [{ secrets: { PASSWORD: `${SECRET}::AWSPREVIOUS:` } }, "secrets.PASSWORD names a version within a secret"],
])("an actor that Lambda would refuse: $1", (options, message) => {
  expect(() => new ActorEnvironment({ name: "a", ...options })).toThrow("actor a: ");
  expect(() => new ActorEnvironment({ name: "a", ...options })).toThrow(message);
});

test("an actor with the most that Lambda takes", () => {
  const most: Partial<ActorOptions> = {
    environment: { BIG: "x".repeat(4086) },
    layers: Array.from({ length: 5 }, () => LAYER),
    vpc: {
      subnetIds: Array.from({ length: 16 }, (_, n) => `subnet-${n}`),
      securityGroupIds: ["1", "2", "3", "4", "5"],
    },
    secrets: { TOKEN: SECRET, PARAMETER: "arn:aws:ssm:eu-west-1:123456789012:parameter/a/b.c:3" },
  };
  expect(() => new ActorEnvironment({ name: "a", ...most })).not.toThrow();
});
