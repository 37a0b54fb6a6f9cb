import type { Role } from "./palette.ts";

/** How a shape is filled: plainly, or with slanted lines of another colour over it. */
export interface Fill {
  readonly role: Role;
  readonly hatch?: Role;
  /** 0 to 1. Default 1. */
  readonly opacity?: number;
}

export interface Lettering {
  /** Pixels. */
  readonly size: number;
  readonly isBold?: boolean;
  /** A role, or a colour that both themes share. */
  readonly colour: Role | "#ffffff" | "#000000";
  /** Default `start`. */
  readonly anchor?: "start" | "middle" | "end";
}

/** What is drawn on: a canvas of the page, or an SVG document. Lengths are in pixels. */
export interface Surface {
  rectangle(x: number, y: number, width: number, height: number, fill: Fill, radius?: number): void;
  outline(x: number, y: number, width: number, height: number, role: Role, radius?: number, isDashed?: boolean): void;
  line(x1: number, y1: number, x2: number, y2: number, role: Role, width?: number): void;
  /** @param y the middle of the letters */
  text(x: number, y: number, text: string, lettering: Lettering): void;
  /** The width of a text in pixels. */
  measure(text: string, lettering: Pick<Lettering, "size" | "isBold">): number;
}
