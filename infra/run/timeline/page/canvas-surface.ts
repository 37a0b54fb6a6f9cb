import type { Role } from "../drawing/palette.ts";
import type { Fill, Lettering, Surface } from "../drawing/surface.ts";

const FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';
/** Pixels between the slanted lines of a hatch. */
const HATCH = 7;

/** Draws on a canvas, in the colours that the page has now. */
export class CanvasSurface implements Surface {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #widths = new Map<string, number>();
  #colours: Readonly<Record<string, string>> = {};

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d");
    if (context === null) throw new Error("this browser has no canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.readColours();
  }

  /** To be called when the theme has changed. */
  readColours(): void {
    const style = getComputedStyle(document.documentElement);
    const roles = [
      "ground",
      "lane",
      "rule",
      "ink",
      "muted",
      "load",
      "load-mark",
      "failed",
      "wait",
      "queue",
      "span",
      "focus",
    ];
    const nodes = Array.from({ length: 8 }, (_, index) => `node-${index}`);
    this.#colours = Object.fromEntries(
      [...roles, ...nodes].map((role) => [role, style.getPropertyValue(`--${role}`).trim()]),
    );
  }

  /**
   * An empty canvas of this size.
   * @param top what is at this height in the drawing is at the canvas's upper side
   */
  clear(width: number, height: number, top = 0): void {
    const ratio = devicePixelRatio;
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide || this.#canvas.height !== high) {
      this.#canvas.width = wide;
      this.#canvas.height = high;
      this.#canvas.style.width = `${width}px`;
      this.#canvas.style.height = `${height}px`;
    }
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#context.clearRect(0, 0, width, height);
    this.#context.translate(0, -top);
  }

  rectangle(x: number, y: number, width: number, height: number, { role, hatch, opacity }: Fill, radius = 0): void {
    const context = this.#context;
    context.globalAlpha = opacity ?? 1;
    context.fillStyle = this.#colours[role] ?? "#888";
    if (radius === 0 || width < 4) context.fillRect(x, y, width, height);
    else {
      context.beginPath();
      context.roundRect(x, y, width, height, Math.min(radius, width / 2));
      context.fill();
    }
    context.globalAlpha = 1;
    if (hatch !== undefined && width >= 4) this.#hatch(x, y, width, height, hatch);
  }

  #hatch(x: number, y: number, width: number, height: number, role: Role): void {
    const context = this.#context;
    context.save();
    context.beginPath();
    context.rect(x, y, width, height);
    context.clip();
    context.strokeStyle = this.#colours[role] ?? "#888";
    context.lineWidth = 1.3;
    context.beginPath();
    for (let at = x - height; at < x + width; at += HATCH) {
      context.moveTo(at, y + height);
      context.lineTo(at + height, y);
    }
    context.stroke();
    context.restore();
  }

  outline(x: number, y: number, width: number, height: number, role: Role, radius = 0, isDashed = false): void {
    const context = this.#context;
    context.strokeStyle = this.#colours[role] ?? "#888";
    context.lineWidth = 1;
    context.setLineDash(isDashed ? [4, 3] : []);
    context.beginPath();
    context.roundRect(x + 0.5, y + 0.5, Math.max(0, width - 1), height - 1, Math.min(radius, width / 2));
    context.stroke();
    context.setLineDash([]);
  }

  line(x1: number, y1: number, x2: number, y2: number, role: Role, width = 1): void {
    const context = this.#context;
    // A line of one pixel is sharp in the middle of a pixel alone.
    const shift = width === 1 && x1 === x2 ? Math.round(x1) + 0.5 - x1 : 0;
    context.strokeStyle = this.#colours[role] ?? "#888";
    context.lineWidth = width;
    context.beginPath();
    context.moveTo(x1 + shift, y1);
    context.lineTo(x2 + shift, y2);
    context.stroke();
  }

  text(x: number, y: number, text: string, { size, isBold, colour, anchor = "start" }: Lettering): void {
    const context = this.#context;
    context.font = fontOf(size, isBold);
    context.textBaseline = "middle";
    context.textAlign = anchor === "middle" ? "center" : anchor === "end" ? "right" : "left";
    context.fillStyle = colour.startsWith("#") ? colour : (this.#colours[colour] ?? "#888");
    context.fillText(text, x, y + 0.5);
  }

  measure(text: string, { size, isBold }: Pick<Lettering, "size" | "isBold">): number {
    const font = fontOf(size, isBold);
    const key = `${font} ${text}`;
    const known = this.#widths.get(key);
    if (known !== undefined) return known;
    this.#context.font = font;
    const { width } = this.#context.measureText(text);
    if (this.#widths.size > 20_000) this.#widths.clear();
    this.#widths.set(key, width);
    return width;
  }
}

function fontOf(size: number, isBold: boolean | undefined): string {
  return `${isBold === true ? "600 " : ""}${size}px ${FONT}`;
}
