import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { expect, it } from "vitest";
import { authoring, USES } from "../../scripts/fuzz/authoring.ts";
import { requests, REQUESTS } from "../../scripts/fuzz/requests.ts";
import { checkMessage, checkRefusal } from "../../scripts/fuzz/verdict.ts";
import { edited, oddJson } from "../../scripts/fuzz/odd.ts";
import { LambentError } from "lambent";

it(
  "of 5,000 odd state machines, requests, invocations, options, configurations and command lines each is taken or refused by name",
  { timeout: 400_000 },
  () => {
    const { stdout, stderr, status } = spawnSync(
      "node",
      ["dist/scripts/fuzz/fuzz.js", "--cases", "5000", "--seed", "1"],
      {
        encoding: "utf8",
      },
    );
    expect(`${stdout}${stderr}`).toMatch(/^state machines +2500 cases: \d{3} taken, \d+ refused by name$/m);
    expect(stdout).not.toContain("a fault");
    expect(stdout.match(/ cases: [1-9]\d* taken/g)).toHaveLength(6);
    expect(status).toBe(0);
  },
);

it("what authors call and what clients ask for is taken as long as nothing in it is changed", async () => {
  const { attempt } = authoring();
  for (const use of USES) expect([use.name, await attempt(use)]).toEqual([use.name, true]);
  const { attempt: ask, close } = await requests();
  const refused: string[] = [];
  for (const [operation, body] of Object.entries(REQUESTS)) {
    const isTaken = await ask({ method: "POST", path: "/", operation, body: JSON.stringify(body) });
    if (!isTaken) refused.push(operation);
  }
  await close();
  expect(refused).toEqual(["SendTaskSuccess", "SendTaskFailure"]); // there is no token that could be written down
});

it("an error of JavaScript's own is a fault, and so is a message that shows what was not meant to be shown", () => {
  expect(() => checkRefusal(new TypeError("x is not a function"))).toThrow("not a refusal");
  expect(() => checkRefusal(new LambentError("retries cannot be [object Object]"))).toThrow("a message of a bug");
  expect(() => checkMessage("wrong")).toThrow("a message that says nothing");
  expect(() => checkRefusal(new LambentError("task a: timeout is wrong"))).toThrow("does not say what would be right");
  expect(() => checkRefusal(new LambentError("task a: timeout has to be a number of seconds"))).not.toThrow();
});

it("a case differs from what it was made of, and what it was made of stays as it is", () => {
  const right = { a: { b: [1, 2] } };
  const changed = fc.sample(edited([right], oddJson()), { numRuns: 200, seed: 1 });
  expect(new Set(changed.map((one) => JSON.stringify(one))).size).toBeGreaterThan(30);
  expect(right).toEqual({ a: { b: [1, 2] } });
});
