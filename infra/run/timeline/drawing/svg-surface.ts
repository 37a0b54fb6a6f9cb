import type { Role } from "./palette.ts";
import type { Fill, Lettering, Surface } from "./surface.ts";

/** Characters of a sans-serif font are about this wide, as a share of its size. */
const CHARACTER = 0.56;

/** Draws an SVG document, whose colours are those of the classes of a theme. */
export class SvgSurface implements Surface {
  readonly #parts: string[] = [];
  readonly #hatches = new Set<Role>();
  readonly #prefix: string;

  /** @param prefix of ids, which are the document's: where it has several such drawings, one of each its own */
  constructor(prefix: string = "") {
    this.#prefix = prefix;
  }

  rectangle(x: number, y: number, width: number, height: number, { role, hatch, opacity }: Fill, radius = 0): void {
    const shape = `<rect ${box(x, y, width, height, radius)}`;
    this.#parts.push(`${shape} class="f-${role}"${opacity === undefined ? "" : ` opacity="${opacity}"`}/>`);
    if (hatch === undefined) return;
    this.#hatches.add(hatch);
    this.#parts.push(`${shape} fill="url(#${this.#prefix}hatch-${hatch})"/>`);
  }

  outline(x: number, y: number, width: number, height: number, role: Role, radius = 0, isDashed = false): void {
    const dashes = isDashed ? ' stroke-dasharray="4 3"' : "";
    this.#parts.push(
      `<rect ${box(x + 0.5, y + 0.5, Math.max(0, width - 1), height - 1, radius)} fill="none" class="s-${role}"${dashes}/>`,
    );
  }

  line(x1: number, y1: number, x2: number, y2: number, role: Role, width = 1): void {
    const ends = `x1="${short(x1)}" y1="${short(y1)}" x2="${short(x2)}" y2="${short(y2)}"`;
    this.#parts.push(`<line ${ends} class="s-${role}" stroke-width="${width}"/>`);
  }

  text(x: number, y: number, text: string, { size, isBold, colour, anchor = "start" }: Lettering): void {
    const fill = colour.startsWith("#") ? `fill="${colour}"` : `class="f-${colour}"`;
    const weight = isBold === true ? ' font-weight="600"' : "";
    const place = `x="${short(x)}" y="${short(y)}" text-anchor="${anchor}" dominant-baseline="central"`;
    this.#parts.push(`<text ${place} font-size="${size}"${weight} ${fill}>${escapeMarkup(text)}</text>`);
  }

  measure(text: string, { size, isBold }: Pick<Lettering, "size" | "isBold">): number {
    return text.length * size * (isBold === true ? CHARACTER * 1.06 : CHARACTER);
  }

  /** What stands at a bar for those who point at it, or who hear it read. */
  title(text: string, x: number, y: number, width: number, height: number): void {
    this.#parts.push(
      `<rect ${box(x, y, width, height, 0)} fill="transparent"><title>${escapeMarkup(text)}</title></rect>`,
    );
  }

  /** What has been drawn, as markup within an `<svg>`. */
  markup(): string {
    const hatches = [...this.#hatches].map(
      (role) =>
        `<pattern id="${this.#prefix}hatch-${role}" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="1.6" height="6" class="f-${role}"/></pattern>`,
    );
    return `<defs>${hatches.join("")}</defs>${this.#parts.join("")}`;
  }
}

/** A text as markup: what has a meaning in HTML and SVG is written as itself, also within quotes. */
export function escapeMarkup(text: string): string {
  return (
    text
      .replaceAll("&", "&amp;")
      .replaceAll("<", "&lt;")
      .replaceAll(">", "&gt;")
      .replaceAll('"', "&quot;")
      .replaceAll("'", "&#39;")
      // oxlint-disable-next-line no-control-regex -- XML has no way to write these
      .replaceAll(/[\u0000-\u0008\u000B\u000C\u000E-\u001F]/g, "\uFFFD")
  );
}

function box(x: number, y: number, width: number, height: number, radius: number): string {
  const rounded = radius === 0 ? "" : ` rx="${Math.min(radius, width / 2)}"`;
  return `x="${short(x)}" y="${short(y)}" width="${short(Math.max(0, width))}" height="${short(height)}"${rounded}`;
}

function short(length: number): string {
  return String(Math.round(length * 100) / 100);
}
