import type { Outline, OutlineNode, OutlineWay } from "../run/timeline/outline.ts";

/** The graph of a definition for a terminal: a line for each state, and where it goes on. */
export function outlineText(name: string, outline: Outline): string {
  return [name, ...blockLines(outline, "  ")].join("\n");
}

function blockLines({ nodes, ways }: Outline, indent: string): string[] {
  const names = Math.max(0, ...nodes.map((node) => node.name.length));
  const types = Math.max(0, ...nodes.map((node) => node.type.length));
  return nodes.flatMap((node) => [
    `${indent}${node.name.padEnd(names)}  ${node.type.padEnd(types)}  ${waysText(node, ways)}`.trimEnd(),
    ...node.within.flatMap((block, index) => [
      ...(node.within.length > 1 ? [`${indent}  branch ${index + 1}`] : []),
      ...blockLines(block, node.within.length > 1 ? `${indent}    ` : `${indent}  `),
    ]),
  ]);
}

/** `→ pay if $total > 3, → refuse otherwise` */
function waysText({ name }: OutlineNode, ways: readonly OutlineWay[]): string {
  return ways
    .filter(({ from }) => from === name)
    .map(({ to, label }) => `→ ${to}${label === undefined ? "" : ` ${label}`}`)
    .join(", ");
}
