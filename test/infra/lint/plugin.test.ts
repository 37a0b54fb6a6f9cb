import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { transformSync } from "esbuild";
import { Linter } from "eslint";
import { expect, test } from "vitest";
import plugin from "../../../infra/lint/plugin.ts";
import { sourceMistakes } from "../../../infra/lint/source-mistakes.ts";
import { packageRoot, projectDirectory } from "../../support/project-directory.ts";
import { ERRORS, FINE, WARNINGS, within } from "./cases.ts";

const SOURCES = [...ERRORS.map(([body]) => body), ...WARNINGS.map(([body]) => body), ...FINE].map(within);

function expected(path: string, text: string): string[] {
  return sourceMistakes(path, text).map(
    ({ line, column, severity, message }) => `${path}:${line}:${column} ${severity}: ${message}`,
  );
}

test("ESLint tells what serverless package does", () => {
  const linter = new Linter();
  for (const source of SOURCES) {
    const { code } = transformSync(source, { loader: "ts", format: "esm" });
    // Its own types ask for all of ESLint's API in a rule, which ours do not need.
    const told = linter.verify(code, [plugin.configs.recommended as Linter.Config], "flows.js");
    expect(
      told.map(
        ({ line, column, severity, message }) =>
          `flows.js:${line}:${column} ${severity === 2 ? "error" : "warning"}: ${message}`,
      ),
    ).toEqual(expected("flows.js", code));
  }
});

test("oxlint tells what serverless package does", async () => {
  const files = Object.fromEntries(SOURCES.map((source, index) => [`flows${index}.ts`, source]));
  const rules = { "lambent/no-ref-condition": "error", "lambent/no-ref-misuse": "warn" };
  const config = { jsPlugins: ["lambent/lint"], categories: { correctness: "off" }, rules };
  const project = projectDirectory({ ...files, ".oxlintrc.json": JSON.stringify(config) });
  try {
    const ran = promisify(execFile)(
      `${packageRoot}/node_modules/.bin/oxlint`,
      ["--format=json", ...Object.keys(files)],
      {
        cwd: project.root,
        maxBuffer: 10_000_000,
      },
    );
    const { stdout } = await ran.catch((error: { stdout: string }) => error); // it ends with 1 where there are errors
    const { diagnostics } = JSON.parse(stdout) as {
      diagnostics: {
        message: string;
        severity: string;
        filename: string;
        labels: { span: { line: number; column: number } }[];
      }[];
    };
    const told = diagnostics.map(
      ({ message, severity, filename, labels: [label] }) =>
        `${filename}:${label?.span.line}:${label?.span.column} ${severity}: ${message}`,
    );
    const wanted = Object.entries(files).flatMap(([path, text]) => expected(path, text));
    expect(told.toSorted()).toEqual(wanted.toSorted());
  } finally {
    project.remove();
  }
});
