import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import * as limits from "../sdk/base/aws-limits.ts";
import { packageRoot } from "./support/project-directory.ts";

/** A row of docs/limits.md that names a constant. */
interface Row {
  readonly number: string;
  readonly constant: string;
  readonly places: readonly string[];
}

const document = readFileSync(join(packageRoot, "docs/limits.md"), "utf8");
const rows = [...document.matchAll(/^\| [^|]+ \| ([^|]+) \| `(\w+)` \| ([^|]+) \|$/gm)].map(
  ([, number = "", constant = "", places = ""]): Row => ({ number, constant, places: places.split(", ") }),
);

/** The folders and files of which one has to use a constant that is checked there. */
const PLACES: Readonly<Record<string, readonly string[]>> = {
  trace: ["sdk/authoring"],
  package: ["infra/serverless/deploy", "infra/compile", "infra/validate"],
  check: ["infra/check"],
  "run time": ["infra/emulator", "infra/run", "infra/language", "infra/asl", "handlers", "sdk/values", "sdk/store"],
};

function users(constant: string): string[] {
  const word = new RegExp(`\\b${constant}\\b`);
  return Object.values(PLACES)
    .flat()
    .flatMap((folder) =>
      readdirSync(join(packageRoot, folder), { recursive: true, encoding: "utf8" })
        .filter((file) => file.endsWith(".ts"))
        .map((file) => `${folder}/${file.replaceAll("\\", "/")}`),
    )
    .filter((file) => word.test(readFileSync(join(packageRoot, file), "utf8")));
}

/** The numbers that the document has for a constant. */
function numbersOf(value: unknown): number[] {
  if (typeof value === "number") return [value];
  if (value instanceof Set) return [value.size];
  if (Array.isArray(value)) return [value.length];
  const { least, most } = value as typeof limits.MEMORY_MIB; // what is left are ranges
  return [least, most];
}

test("docs/limits.md has every limit, and no other", () => {
  expect(new Set(rows.map(({ constant }) => constant))).toEqual(new Set(Object.keys(limits)));
});

test.each(rows)(
  "docs/limits.md has the number of $constant, and where it is checked",
  ({ number, constant, places }) => {
    const value: unknown = Reflect.get(limits, constant);
    const numbers = (number.match(/[\d,]+/g) ?? []).map((digits) => Number(digits.replaceAll(",", "")));
    expect(numbers).toEqual(numbersOf(value));
    const files = users(constant);
    for (const place of places) {
      const folders = PLACES[place] ?? [];
      expect(folders.length, `${place} is a place`).toBeGreaterThan(0);
      expect(
        files.some((file) => folders.some((folder) => file.startsWith(`${folder}/`))),
        `${constant} is used for ${place}`,
      ).toBe(true);
    }
  },
);
