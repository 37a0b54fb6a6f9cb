import type { Cell } from "../drawing/cells.ts";
import { sentenceOfMany } from "../drawing/sum-up.ts";
import type { Chart } from "./chart.ts";
import type { Details } from "./details.ts";
import { element, make } from "./elements.ts";

/** Pixels that a pointer moves before it pans. */
const STILL = 4;
/** How much a wheel's pixel zooms. */
const WHEEL = 0.0022;

/** Shows what is pointed at, pans by dragging, zooms by wheel and by two fingers. */
export function followPointer(chart: Chart, details: Details): void {
  const bars = element("bars");
  const tip = element("tip");
  const ring = make("div", { class: "hovered" });
  const fingers = new Map<number, { x: number; y: number }>();
  let hovered: Cell | undefined;
  let dragged = 0;
  ring.hidden = true;
  bars.append(ring);

  function point(event: PointerEvent): void {
    const { x, y } = placeOf(event);
    hovered = chart.cellAt(x, y);
    const row = hovered === undefined && x < chart.frame.gutter ? chart.rowAt(y) : undefined;
    const about = row?.kind === "lane" ? [row.label, row.about].filter((part) => part !== undefined).join(": ") : "";
    if (hovered !== undefined) details.show(hovered.bars);
    showRing();
    say(hovered === undefined ? about : sentenceOfMany(hovered.bars), event);
  }
  function showRing(): void {
    ring.hidden = hovered === undefined;
    if (hovered === undefined) return;
    const { x, y, width, height } = hovered;
    Object.assign(ring.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  }
  function say(text: string, { clientX, clientY }: PointerEvent): void {
    tip.hidden = text === "";
    if (text === "") return;
    tip.textContent = text;
    const { width, height } = tip.getBoundingClientRect();
    const left = Math.min(clientX + 14, innerWidth - width - 8);
    const above = clientY + 18 + height > innerHeight;
    Object.assign(tip.style, {
      left: `${Math.max(8, left)}px`,
      top: `${above ? clientY - height - 12 : clientY + 18}px`,
    });
  }
  function placeOf({ clientX, clientY }: { readonly clientX: number; readonly clientY: number }): {
    x: number;
    y: number;
  } {
    const { left, top } = bars.getBoundingClientRect();
    return { x: clientX - left, y: clientY - top };
  }
  function hide(): void {
    hovered = undefined;
    ring.hidden = true;
    tip.hidden = true;
  }

  bars.addEventListener("pointerdown", (event) => {
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
    dragged = 0;
  });
  bars.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId);
    if (before === undefined) return point(event);
    const [other] = [...fingers].filter(([id]) => id !== event.pointerId).map(([, finger]) => finger);
    const { width, gutter } = chart.frame;
    if (other === undefined) {
      dragged += Math.abs(event.clientX - before.x);
      if (dragged > STILL) {
        bars.setPointerCapture(event.pointerId);
        bars.classList.add("panning");
        hide();
        chart.pan((before.x - event.clientX) / (width - gutter));
      }
    } else {
      const [was, is] = [Math.abs(before.x - other.x), Math.abs(event.clientX - other.x)];
      const middle = placeOf({ clientX: (event.clientX + other.x) / 2, clientY: 0 });
      if (was > 10 && is > 10) chart.zoom(was / is, middle.x);
    }
    fingers.set(event.pointerId, { x: event.clientX, y: event.clientY });
  });
  for (const end of ["pointerup", "pointercancel"] as const) {
    bars.addEventListener(end, (event) => {
      fingers.delete(event.pointerId);
      bars.classList.remove("panning");
      // Where there is no hovering, a touch is what shows a bar.
      if (end === "pointerup" && dragged <= STILL) point(event);
    });
  }
  bars.addEventListener("pointerleave", (event) => {
    // A finger that is lifted leaves what it has shown.
    if (event.pointerType !== "touch") hide();
  });
  bars.addEventListener(
    "wheel",
    (event) => {
      const { width, gutter } = chart.frame;
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        hide();
        chart.zoom(Math.exp(event.deltaY * WHEEL * (event.deltaMode === 1 ? 16 : 1)), placeOf(event).x);
      } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
        event.preventDefault();
        hide();
        chart.pan((event.deltaX === 0 ? event.deltaY : event.deltaX) / (width - gutter));
      }
    },
    { passive: false },
  );
  element("scroller").addEventListener("scroll", hide, { passive: true });
}
