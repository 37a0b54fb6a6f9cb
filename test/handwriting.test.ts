import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse, type ParseResult } from "@babel/parser";
import { expect, test } from "vitest";

// What no rule of the linter keeps. `func-style` keeps the rest: function declarations, and arrows only as arguments.

const root = fileURLToPath(new URL("..", import.meta.url));

const modules = ["sdk", "handlers", "infra", "scripts"]
  .flatMap((top) => readdirSync(join(root, top), { recursive: true, encoding: "utf8" }).map((path) => `${top}/${path}`))
  // The benchmarks install the libraries that they compare with beside them.
  .filter((path) => /\.tsx?$/.test(path) && !path.endsWith(".d.ts") && !path.includes("/node_modules/"))
  .map((path): [string, ParseResult] => [
    path,
    parse(readFileSync(join(root, path), "utf8"), { sourceType: "module", plugins: ["typescript", "jsx"] }),
  ]);

test("private members are #private, which the runtime keeps too", () => {
  const written = modules.filter(([path]) =>
    /^\s+private (?!constructor)/m.test(readFileSync(join(root, path), "utf8")),
  );
  expect(written.map(([path]) => path)).toEqual([]);
});

test("numbers, texts and patterns at the top level of a module are in UPPER_CASE", () => {
  const literals = new Set(["NumericLiteral", "StringLiteral", "RegExpLiteral", "BinaryExpression"]);
  const found = modules.flatMap(([path, { program }]) =>
    program.body
      .map((statement) => (statement.type === "ExportNamedDeclaration" ? statement.declaration : statement))
      .flatMap((statement) =>
        statement?.type === "VariableDeclaration" && statement.kind === "const" ? statement.declarations : [],
      )
      .flatMap(({ id, init }) => (id.type === "Identifier" && literals.has(init?.type ?? "") ? [id.name] : []))
      .filter((name) => !/^[A-Z][A-Z0-9_]*$/.test(name))
      .map((name) => `${path}: ${name}`),
  );
  expect(found).toEqual([]);
});
