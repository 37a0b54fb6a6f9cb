import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { documentText } from "../support/documents.ts";
import { packageRoot } from "../support/project-directory.ts";
import { calls, classes, literals, sourceFiles, type Source } from "../support/sources.ts";

/** A row of docs/troubleshooting.md: its names, and its other cells. */
interface Entry {
  readonly names: readonly string[];
  readonly cells: readonly string[];
}

const document = documentText("docs/troubleshooting.md");
const sources = sourceFiles(["sdk", "handlers", "infra", "scripts"]);

function quoted(cell: string): string[] {
  return [...cell.matchAll(/`([^`]+)`/g)].map(([, inside = ""]) => inside);
}

/** The entries of the tables below a heading. */
function entriesOf(section: string): Entry[] {
  return [...section.matchAll(/^\| (.+) \|$/gm)]
    .map(([, row = ""]) => row.split(/ (?<!\\)\| /))
    .filter(([first = ""]) => !/^(?:-+|name|class)$/.test(first.replace(/\|.*/, "")) && !first.startsWith("---"))
    .map(([first = "", ...cells]) => ({ names: quoted(first), cells }));
}

const sections = new Map(document.split(/^## /m).map((section) => [section.split("\n")[0] ?? "", entriesOf(section)]));
const entries = [...sections.values()].flat();

function namesOf(...headings: string[]): Set<string> {
  return new Set(headings.flatMap((heading) => sections.get(heading) ?? []).flatMap(({ names }) => names));
}

/** Errors whose first argument is the name under which they are met. */
const NAMED = new Set([
  "fail",
  "StateError",
  "ApiError",
  "FunctionServiceError",
  "RuntimeError",
  "runtimeErrorFrom",
  "checked",
]);
/** Actions of a service fail with errors of that service: `Conflict` of its API is `Scheduler.ConflictException`. */
const SERVICES: Readonly<Record<string, string>> = {
  "infra/emulator/integrations/scheduler.ts": "Scheduler",
  "infra/emulator/service/built-in-integrations.ts": "Scheduler",
  "infra/emulator/integrations/s3.ts": "S3",
};
const WITH_SERVICE = /^(?:States|Runtime|Lambda|Sandbox|Function|S3|Scheduler)\.[A-Z]\w+$/;
/** Names of JSONPath's functions and of the context object, which look as errors do. */
const FUNCTIONS = new Set(["States.Format"]);

/** Every name of an error in a source. */
function errorNames(source: Source): string[] {
  const thrown = calls(source).flatMap(({ callee, first }) => {
    if (!NAMED.has(callee) || first === undefined || !/^[A-Z]\w+(?:\.\w+)?$/.test(first)) return [];
    if (/^(?:RuntimeError|runtimeErrorFrom)$/.test(callee)) return [`Runtime.${first}`];
    const service = SERVICES[source.path];
    return [service === undefined || first.includes(".") ? first : `${service}.${first}Exception`];
  });
  // A state's `Error`, and what is answered without an error that was thrown.
  const failed = [...source.text.matchAll(/\b(?:Error|__type|functionError): "(\w+)"/g)].map(([, name = ""]) => name);
  return [...thrown, ...failed, ...literals(source).filter((text) => WITH_SERVICE.test(text)), ...listed(source)];
}

/** The names that a retry may be given, which are listed without their service. */
function listed({ path, text }: Source): string[] {
  if (path !== "sdk/base/error-names.ts") return [];
  return [...text.matchAll(/^const (STATES|LAMBDA) = \[([^\]]*)\]/gm)].flatMap(([, list, names = ""]) =>
    [...names.matchAll(/"(\w+)"/g)].map(([, name]) => `${list === "STATES" ? "States" : "Lambda"}.${name}`),
  );
}

test("every name of an error has an entry, and every entry names an error", () => {
  const inSources = new Set(sources.flatMap(errorNames).filter((name) => !FUNCTIONS.has(name)));
  expect(inSources.size).toBeGreaterThan(80);
  const inDocument = namesOf(
    "Errors of executions that Lambent adds",
    "Errors of states",
    "Errors of functions",
    "Errors of Lambda",
    "Errors of other services in states",
    "Requests to Step Functions",
    "Requests to Lambda",
  );
  expect(
    [...inSources].filter((name) => !inDocument.has(name)),
    "without an entry",
  ).toEqual([]);
  // The header of Lambda's answer is a name of its own.
  const known = new Set([...inSources, "Unhandled"]);
  expect(
    [...inDocument].filter((name) => !known.has(name)),
    "entries of nothing",
  ).toEqual([]);
});

test("every class of errors has an entry, and every entry is a class", () => {
  const extended = new Set(["Error"]);
  const found = sources.flatMap(classes);
  for (let before = -1; before !== extended.size;) {
    before = extended.size;
    for (const { name, parent } of found) if (extended.has(parent)) extended.add(name);
  }
  extended.delete("Error");
  const inDocument = namesOf("Classes of errors in your process", "Classes that you never meet");
  expect([...inDocument].toSorted()).toEqual([...extended].toSorted());
});

test("every code of a fault in a definition has an entry, and every entry is a code", () => {
  const checks = sources.filter(({ path }) => /^infra\/(?:validate|emulator)\//.test(path));
  const codes = checks.flatMap((source) => [
    ...calls(source).flatMap(({ callee, last }) => (/^(?:error|warning)$/.test(callee) ? [last] : [])),
    ...[...source.text.matchAll(/\bcode(?: =|:) "(\w+)"/g)].map(([, code]) => code),
  ]);
  const named = codes.filter((code) => code !== undefined && /^[A-Z]+(?:_[A-Z]+)+$/.test(code));
  expect([...namesOf("Faults of definitions")].toSorted()).toEqual([...new Set(named)].toSorted());
});

test("everything that lambent check counts has an entry, and every entry is counted", () => {
  const checks = sources.filter(({ path }) => path.startsWith("infra/check/"));
  const subjects = checks.flatMap(({ text }) => [...text.matchAll(/\bsubject: "([^"]+)"/g)].map(([, name]) => name));
  expect([...namesOf("What `lambent check` counts")].toSorted()).toEqual([...new Set(subjects)].toSorted());
});

test("every notice of replicas and of the emulator has an entry", () => {
  const notices = sources
    .filter(({ path }) => !path.startsWith("scripts/"))
    .flatMap(calls)
    .filter(({ callee, first }) => /^(?:warn|emitWarning|#once)$/.test(callee) && first !== undefined);
  expect(notices.length).toBeGreaterThan(8);
  const printed = (sections.get("Notices") ?? []).map(({ cells: [text = ""] }) => text);
  const missing = notices.filter(({ first = "", last = "" }) => {
    const longest = fragments(`${first}…${last}`).toSorted((one, other) => other.length - one.length)[0] ?? "";
    return longest.length > 3 && !printed.some((text) => fragments(text).some((part) => longest.includes(part)));
  });
  expect(missing.map(({ first }) => first)).toEqual([]);
});

/** What is fixed in a message, in which `…` stands for what changes. */
function fragments(message: string): string[] {
  return message
    .split(/…|`/)
    .map((part) => part.trim())
    .filter((part) => part.length > 3);
}

/** Whether a part of a message is made of at most three texts of the sources, as where a word in it is worked out. */
function isSaid(part: string, said: string, texts = 3): boolean {
  if (part.length < 4 || said.includes(part)) return true;
  if (texts === 1) return false;
  for (let end = part.length - 1; end >= 4; end--) {
    if (said.includes(part.slice(0, end)) && isSaid(part.slice(end).trim(), said, texts - 1)) return true;
  }
  return false;
}

test("messages are as they are printed: each part of them is in the sources", () => {
  const said = sources.flatMap(literals).join("\n");
  const gone = entries.flatMap(({ names, cells: [printed = ""] }) =>
    quoted(printed)
      .filter((message) => !names.includes(message) && !names.some((name) => name.endsWith(`.${message}`)))
      .flatMap(fragments)
      .filter((part) => !isSaid(part, said))
      .map((part) => `${names.join(", ")}: ${part}`),
  );
  expect(gone).toEqual([]);
});

test("every entry says what it means and what to do", () => {
  const whole = entries.filter(({ cells }) => cells.length > 1);
  expect(whole.length).toBeGreaterThan(100);
  expect(whole.filter(({ cells }) => cells.length !== 3 || cells.some((cell) => cell.trim() === ""))).toEqual([]);
});

test("the codes with which commands end have an entry", () => {
  const scripts = sources.filter(({ path }) => path.startsWith("scripts/"));
  const codes = scripts.flatMap(({ text }) => [...text.matchAll(/exitCode = (?:\w+ \? )?(\d+)(?: : (\d+))?/g)].flat());
  const numbers = codes.filter((code) => /^\d+$/.test(code ?? ""));
  const inDocument = namesOf("Codes with which processes end");
  expect(numbers.length).toBeGreaterThan(0);
  expect(numbers.filter((code) => !inDocument.has(code))).toEqual([]);
  expect(readFileSync(join(packageRoot, "infra/serverless/offline-signals.ts"), "utf8")).toContain("128 + constants");
});
