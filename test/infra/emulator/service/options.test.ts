import { expect, it } from "vitest";
import { type EmulatorOptions, startEmulator, StepFunctions } from "../../../../infra/emulator/index.ts";
import { createReplicaPool, type ReplicaPoolOptions } from "../../../../infra/emulator/replicas/replica-pool.ts";
import { type RunOptions, run } from "../../../../infra/run/local.ts";
import { workflow } from "../../../../sdk/index.ts";
import { localFunctions } from "../../../support/emulator.ts";

const functions = localFunctions();
const COUNT = "a whole number of 1 or more, or Infinity";

/** What JavaScript can give, where TypeScript would refuse it. */
function made(options: unknown): StepFunctions {
  return new StepFunctions(options as EmulatorOptions);
}

function started(options: object): Promise<unknown> {
  return startEmulator({ functions, port: 0, ...options });
}

it.each([
  [{ nonsense: 1 }, " has no option nonsense; it has: functions, region, "],
  [{ skipwaits: true }, " has no option skipwaits; it has: "],
  [{ port: 0 }, " has no option port; it has: "],
  [{ fsync: "sometimes" }, ': fsync must be "always" or "never", not "sometimes"'],
  [{ keep: -1 }, `: keep must be ${COUNT}, not -1`],
  [{ keep: 1.5 }, `: keep must be ${COUNT}, not 1.5`],
  [{ keepBytes: -5 }, `: keepBytes must be ${COUNT}, not -5`],
  [{ keepBytes: Number.NaN }, `: keepBytes must be ${COUNT}, not NaN`],
  [{ seed: "x" }, ': seed must be a whole number, not "x"'],
  [{ region: "" }, ': region must be a region\'s name, such as eu-west-1, not ""'],
  [{ accountId: "12" }, ': accountId must be a text of 12 digits, not "12"'],
  [{ accountId: 123456789012 }, ": accountId must be a text of 12 digits, not 123456789012"],
  [{ aws: "yes" }, ': aws must be true or false, not "yes"'],
  [{ skipWaits: 1 }, ": skipWaits must be true or false, not 1"],
  [{ endpointUrl: 4566 }, ": endpointUrl must be a text or an object, not 4566"],
  [{ integrations: [] }, ": integrations must be an object, not a list"],
  [{ data: "" }, ': data must be a text that is not empty, not ""'],
  [{ onProgress: "log" }, ': onProgress must be a function, not "log"'],
  [{ limits: { historyevents: 5 } }, ": limits has no option historyevents; it has: payloadBytes, historyEvents, "],
  [{ limits: { historyEvents: "5" } }, `: limits: historyEvents must be ${COUNT}, not "5"`],
  [{ functions: undefined }, ": functions is missing: it must be an object with a method invoke"],
  [{ functions: {} }, ": functions must be an object with a method invoke"],
  [{ keep: null }, ": keep is null: give it a value, or leave it out"],
])("new StepFunctions refuses %j", (options, message) => {
  expect(() => made({ functions, ...options })).toThrow(`new StepFunctions(…)${message}`);
});

it("new StepFunctions refuses what is no object of options", () => {
  expect(() => made(undefined)).toThrow("new StepFunctions(…): its options must be an object, not undefined");
  expect(() => made("eu-west-1")).toThrow('new StepFunctions(…): its options must be an object, not "eu-west-1"');
});

it("options that are undefined, or without a bound, are taken", () => {
  const states = made({ functions, keep: Number.POSITIVE_INFINITY, seed: undefined, limits: {}, region: "local" });
  expect(states.account.region).toBe("local");
  states.close();
});

it.each([
  [{ port: "x" }, ': port must be a port\'s number: 0 to 65535, where 0 is any that is free, not "x"'],
  [{ port: -1 }, ": port must be a port's number: 0 to 65535, where 0 is any that is free, not -1"],
  [{ allowHosts: "x" }, ': allowHosts must be a list of texts alone, not "x"'],
  [{ allowhosts: ["x"] }, " has no option allowhosts; it has: port, host, allowHosts, "],
  [{ insecure: "no" }, ': insecure must be true or false, not "no"'],
  [{ token: 5 }, ": token must be a text, not 5"],
  [{ opening: true }, ": opening must be a promise, not true"],
  [{ seed: "x" }, ': seed must be a whole number, not "x"'],
])("startEmulator refuses %j", async (options, message) => {
  await expect(started(options)).rejects.toThrow(`startEmulator(…)${message}`);
});

it.each([
  [{ regoin: "eu-west-1" }, " has no option regoin; it has: region, "],
  [{ onDemandLimit: 0 }, `: onDemandLimit must be ${COUNT}, not 0`],
  [
    { onDemandIdleTime: 2 ** 31 },
    ": onDemandIdleTime must be a number of milliseconds, 0 to 2147483647, not 2147483648",
  ],
  [{ eventRetryDelays: [-1] }, ": eventRetryDelays must be a list of numbers of milliseconds alone, "],
])("createReplicaPool refuses %j", (options, message) => {
  expect(() => createReplicaPool([], options as ReplicaPoolOptions)).toThrow(`createReplicaPool(…)${message}`);
});

it.each([
  [{ overwritecache: true }, " has no option overwritecache; it has: bundled, "],
  [{ overwriteCache: "yes" }, ': overwriteCache must be true or false, not "yes"'],
  [{ buckets: "b" }, ': buckets must be a list of texts alone, not "b"'],
  [{ answers: [] }, ": answers must be an object, not a list"],
  [null, ": its options must be an object, not null"],
])("run refuses %j before anything runs", async (options, message) => {
  const one = workflow({ a: 1 }, ({ a }) => a, { name: "one" });
  await expect(run(one, {}, options as RunOptions)).rejects.toThrow(`run(…)${message}`);
});
