import { expect, it } from "vitest";
import { configOf } from "../../../infra/serverless/read-service.ts";

it.each([
  ["lists and texts", { actors: ["scoring"] }, 'lambent.actors has to be a map, not ["scoring"]'],
  ["an actor's settings", { actors: { scoring: "sharp" } }, 'lambent.actors.scoring has to be a map, not "sharp"'],
  ["a list of aliases", { alias: ["./b.ts"] }, 'lambent.alias has to be a map, not ["./b.ts"]'],
  [
    "an extension without its point",
    { loader: { onnx: "file" } },
    'lambent.loader["onnx"] has to be named as an extension is, such as ".onnx"',
  ],
])("%s in the place of a map is told with its place, by commands that package nothing, too", (_, settings, message) => {
  expect(() => configOf({ workflows: "flow.ts", ...settings }, "/service")).toThrow(message);
});

it("settings without anything after them are as good as none", () => {
  const config = { workflows: "flow.ts", actors: { scoring: null } };
  expect(configOf(config, "/service")).toBe(config);
});
