import type { Outline, OutlineNode } from "../run/timeline/outline.ts";

/** The graph in Mermaid's language, which GitHub and many editors draw. */
export function mermaidText(outline: Outline): string {
  const lines = ["flowchart TD"];
  addBlock(outline, "  ", lines, new Ids());
  return lines.join("\n");
}

/** Names of nodes that Mermaid takes, whatever the states are called: `n1`, `n2`. */
class Ids {
  #last = 0;

  next(): string {
    this.#last++;
    return `n${this.#last}`;
  }
}

function addBlock({ nodes, ways }: Outline, indent: string, lines: string[], ids: Ids): void {
  const idOf = new Map(nodes.map(({ name }) => [name, ids.next()]));
  for (const node of nodes) addNode(node, idOf.get(node.name) ?? "", indent, lines, ids);
  for (const { from, to, label } of ways) {
    const arrow = label === undefined ? "-->" : `-->|${quoted(label)}|`;
    lines.push(`${indent}${idOf.get(from)} ${arrow} ${idOf.get(to)}`);
  }
}

function addNode({ name, type, within }: OutlineNode, id: string, indent: string, lines: string[], ids: Ids): void {
  if (within.length === 0) {
    const [open, close] = shapeOf(type);
    lines.push(`${indent}${id}${open}${quoted(name)}${close}`);
    return;
  }
  lines.push(`${indent}subgraph ${id} [${quoted(name)}]`);
  for (const block of within) addBlock(block, `${indent}  `, lines, ids);
  lines.push(`${indent}end`);
}

function shapeOf(type: string): readonly [open: string, close: string] {
  if (type === "Choice") return ["{", "}"];
  if (type === "Map" || type === "Parallel") return ["[[", "]]"];
  if (type === "Wait") return ["([", "])"];
  return ["[", "]"];
}

/** Mermaid reads entities, and in texts that are quoted nothing else. */
function quoted(text: string): string {
  const entities = text
    .replaceAll("#", "#35;")
    .replaceAll("&", "#amp;")
    .replaceAll('"', "#quot;")
    .replaceAll("<", "#lt;")
    .replaceAll(">", "#gt;");
  return `"${entities.replaceAll(/\s+/g, " ")}"`;
}
