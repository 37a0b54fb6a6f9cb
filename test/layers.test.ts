import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** Rooms from the ground up: a file imports from its own room and those before it. */
const ROOMS = ["sdk", "handlers", "infra", "scripts"];

function sources(): string[] {
  return ROOMS.flatMap((room) =>
    readdirSync(join(root, room), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts") && !path.includes("node_modules"))
      .map((path) => join(room, path)),
  );
}

interface Import {
  readonly target: string;
  /** Gone at run time. */
  readonly typesOnly: boolean;
  readonly lazy: boolean;
}

/** What a file imports by a relative path. */
function imports(file: string): Import[] {
  const text = readFileSync(join(root, file), "utf8");
  const found = text.matchAll(/^(?:import|export) (type )?([^;"]*?)(?:from )?"(\.[^"]+)"|import\("(\.[^"]+)"\)/gm);
  return [...found].map(([, type, names = "", eager, lazy]) => ({
    target: normalize(join(dirname(file), eager ?? lazy ?? "")),
    typesOnly:
      type !== undefined ||
      (/^\{[^}]*\} $/.test(names) &&
        names
          .slice(1, -2)
          .split(",")
          .every((name) => /^\s*(type |$)/.test(name))),
    lazy: lazy !== undefined,
  }));
}

const graph = new Map(sources().map((file) => [file, imports(file).filter(({ target }) => target.endsWith(".ts"))]));

test("doors lead down only: sdk, handlers, infra, scripts", () => {
  const upward = [...graph].flatMap(([file, targets]) =>
    targets.filter(({ target }) => room(target) > room(file)).map(({ target }) => `${file} imports ${target}`),
  );
  expect(upward).toEqual([]);
});

test("no file imports itself by a detour", () => {
  const done = new Set<string>();
  const cycles: string[] = [];
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(" → "));
    if (path.includes(file) || done.has(file)) return;
    for (const { target, typesOnly } of graph.get(file) ?? []) if (!typesOnly) visit(target, [...path, file]);
    done.add(file);
  };
  for (const file of graph.keys()) visit(file, []);
  expect(cycles).toEqual([]);
});

/** The files that are loaded with these, lazy ones apart. */
function loadedWith(...files: readonly string[]): string[] {
  const reached = new Set<string>();
  const visit = (file: string): void => {
    if (reached.has(file)) return;
    reached.add(file);
    for (const { target, typesOnly, lazy } of graph.get(file) ?? []) if (!typesOnly && !lazy) visit(target);
  };
  for (const file of files) visit(file);
  return [...reached];
}

test("what an author imports brings no deployment and no emulator along, and AWS clients only when they are used", () => {
  const reached = loadedWith("sdk/index.ts", "handlers/handler.ts");
  expect(reached.filter((file) => !/^(sdk|handlers)\//.test(file))).toEqual([]);
  expect(reached.filter((file) => /^import .*"@aws-sdk/m.test(readFileSync(join(root, file), "utf8")))).toEqual([]);
  expect([...(graph.get("sdk/current-store.ts") ?? [])].filter(({ lazy }) => lazy).map(({ target }) => target)).toEqual(
    ["sdk/directory-store.ts", "sdk/s3-store.ts"],
  );
});

test("what a replica loads neither traces nor checks", () => {
  const author = ["actor", "graph", "map-task", "partial", "service", "task", "trace", "workflow"];
  const reached = loadedWith("sdk/replica.ts", "handlers/replica.ts");
  expect(reached).toEqual(expect.arrayContaining(["sdk/replica-cache.ts", "handlers/invocation.ts"]));
  expect(author.filter((name) => reached.includes(`sdk/${name}.ts`))).toEqual([]);
});

test("the examples import the package by its name, as any author does", () => {
  const examples = [...graph].filter(([file]) => file.startsWith("handlers/examples/"));
  expect(examples.flatMap(([, targets]) => targets)).toEqual([]);
});

function room(file: string): number {
  return ROOMS.indexOf(file.split("/")[0] ?? "");
}
