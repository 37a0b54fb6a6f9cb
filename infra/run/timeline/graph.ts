import { layOut, type Shape } from "./layout.ts";
import type { Graph } from "./model.ts";
import { type Outline, type OutlineNode, outlineOf } from "./outline.ts";
import { shownName } from "./shown-name.ts";

const CHARACTER_WIDTH = 7;
/** Around a name in its box, with room for how often it ran. */
const BOX_MARGIN = 56;
const BOX_HEIGHT = 30;

/**
 * The graph of a definition. Of Lambent's own, the states between an author's nodes are left out.
 * @param definition as text
 */
export function graphOf(definition: string, isLambent: boolean): Graph | undefined {
  const outline = outlineOf(definition, isLambent);
  return outline === undefined ? undefined : laidOut(outline);
}

export function laidOut({ nodes, ways }: Outline): Graph {
  return layOut(nodes.map(shapeOf), ways);
}

function shapeOf({ name, type, within }: OutlineNode): Shape {
  const width = Math.max(104, shownName(name).length * CHARACTER_WIDTH + BOX_MARGIN);
  return { node: name, type, width, height: BOX_HEIGHT, within: within.map(laidOut) };
}
