import { run } from "lambent/local";
import { expect, test } from "vitest";
import { languages } from "../workflows/languages.ts";

test("each text is in its language", async () => {
  const { counts, answers } = await run(languages);
  expect(counts).toEqual({ en: 2, de: 2, fr: 1, es: 1, it: 1, nl: 1 });
  expect(answers[1]).toMatchObject({ text: "Wo finde ich den Bahnhof?", language: "de" });
});

test("callers bring their own texts", async () => {
  const { answers } = await run(languages, { texts: ["Nobody knows what the weather will be."] });
  expect(answers).toMatchObject([{ language: "en" }]);
});
