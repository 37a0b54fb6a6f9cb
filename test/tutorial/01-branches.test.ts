import { expect, test } from "vitest";
import { testExamples } from "../support/examples.ts";
import * as chapter from "./01-branches.ts";

testExamples(chapter);

test("a graph prints its branches as they are written", () => {
  expect(String(chapter.route.graph)).toBe(
    [
      "route(order)",
      "  choice = if order.country is null",
      '    return "unknown country"',
      "  else if order.weight >= 30",
      "    post = post {order: order}",
      "    return {freight: post.grams}",
      '  else if order.country in ["NL","BE","LU"]',
      '    return "Benelux"',
      "  else",
      "    return order.country",
      "  return choice",
    ].join("\n"),
  );
});
