import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "@babel/parser";
import type { Node } from "@babel/types";
import { globSync } from "tinyglobby";

/** Where messages come up, by the folders whose modules have them; the first that fits counts. */
const PLACES: readonly (readonly [heading: string, folder: string])[] = [
  ["While a module with workflows is imported", "sdk/authoring/"],
  ["While a module with workflows is imported", "sdk/graph/"],
  ["While a module with workflows is imported", "sdk/base/"],
  ["Caches of replicas", "sdk/cache/"],
  ["Files, values and the store", "sdk/store/"],
  ["Files, values and the store", "sdk/values/"],
  ["In a replica", "sdk/"],
  ["In a replica", "handlers/"],
  ["While a workflow is compiled", "infra/compile/"],
  ["Counting limits and cost", "infra/check/"],
  ["Counting limits and cost", "infra/cost/"],
  ["While functions are bundled", "infra/project/"],
  ["serverless package and deploy", "infra/serverless/deploy/"],
  ["serverless offline and invoke local", "infra/serverless/"],
  ["The emulator", "infra/emulator/"],
  ["The emulator", "infra/templates/"],
  ["Executions and services on this machine", "infra/run/"],
  ["The command line", "scripts/"],
];

const CLASSES = new Set(["LambentError", "UsageError"]);

/**
 * A page with all messages of {@link CLASSES} that the sources have, by where they come up.
 * @param root the package's directory
 */
export function renderMessages(root: string): string {
  const found = new Map(PLACES.map(([heading]) => [heading, new Set<string>()]));
  const modules = globSync(["sdk/**/*.ts", "handlers/*.ts", "infra/**/*.ts", "scripts/**/*.ts"], {
    cwd: root,
    ignore: "**/node_modules/**", // of the benchmarks
  });
  for (const path of modules.toSorted()) {
    const [heading] = PLACES.find(([, folder]) => path.startsWith(folder)) ?? [];
    for (const message of messagesOf(readFileSync(join(root, path), "utf8"))) found.get(heading ?? "")?.add(message);
  }
  const parts = [...found].filter(([, messages]) => messages.size > 0);
  return [
    "# Messages",
    "All messages of `LambentError`, and of `UsageError` on the command line, by where they come up; `…` stands for what changes. They say what to do themselves. Names of errors that executions and services have are in [troubleshooting.md](../troubleshooting.md).",
    ...parts.map(([heading, messages]) => `## ${heading}\n\n${[...messages].toSorted().map(item).join("\n")}`),
  ]
    .join("\n\n")
    .concat("\n");
}

function item(message: string): string {
  const ticks = message.includes("`") ? "``" : "`";
  const text = message.replaceAll(/\s+/g, " ");
  return `- ${ticks}${text.startsWith("`") || text.endsWith("`") ? ` ${text} ` : text}${ticks}`;
}

function messagesOf(text: string): string[] {
  const { program } = parse(text, { sourceType: "module", plugins: ["typescript"] });
  return thrown(program).filter((message) => /[a-z]{3}/i.test(message));
}

function thrown(node: Node): string[] {
  const isOne = node.type === "NewExpression" && node.callee.type === "Identifier" && CLASSES.has(node.callee.name);
  const own = isOne ? messageIn(node.arguments[0]) : undefined;
  const within = Object.values(node).flat().filter(isNode).flatMap(thrown);
  return own === undefined ? within : [own, ...within];
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && "loc" in value && "start" in value;
}

function messageIn(node: Node | undefined): string | undefined {
  if (node?.type === "StringLiteral") return node.value;
  if (node?.type === "TemplateLiteral") return node.quasis.map(({ value }) => value.cooked ?? "").join("…");
  if (node?.type !== "BinaryExpression" || node.operator !== "+") return undefined;
  return `${messageIn(node.left) ?? "…"}${messageIn(node.right) ?? "…"}`;
}
