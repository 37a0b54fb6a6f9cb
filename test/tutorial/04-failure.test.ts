import { beforeEach, expect, test } from "vitest";
import { run } from "../../infra/run/local.ts";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./04-failure.ts";

testExamples(chapter);

beforeEach(() => {
  chapter.told.length = 0;
  chapter.noted.length = 0;
});

test("onFailure is called once, with the inputs and the error, and its own failure changes nothing", async () => {
  await run(chapter.settleAndTell, {});
  expect(chapter.told).toEqual([]);
  await expect(run(chapter.settleAndTell, { amount: 200 })).rejects.toThrow("failed: TypeError: amount");
  expect(chapter.told).toEqual(["valid: TypeError"]);
  await expect(run(chapter.settleAndTell, { card: "stolen" })).rejects.toThrow("failed: CardRefused: card");
  expect(chapter.told).toEqual(["valid: TypeError", "stolen: CardRefused"]);
});

test("after a failure, what does not need the failed task still runs", async () => {
  await expect(run(chapter.settleAndWrite, { card: "stolen" })).rejects.toThrow("failed: CardRefused: card");
  expect(chapter.noted).toEqual(["receipt", "receipt"]);
});

test("a graph prints what is caught and what comes then", () => {
  expect(String(chapter.settleOrRefuse.graph)).toBe(
    [
      'settleOrRefuse(card = "stolen", amount = 5)',
      "  tried = try",
      "    charge = charge {card: card, amount: amount}",
      "    return charge.paid",
      "  catch PaymentError as caught",
      "    return caught.message",
      "  return {paid: tried}",
    ].join("\n"),
  );
});
