import { formatMs } from "../../infra/run/timeline/drawing/time.ts";
import { stripVTControlCharacters } from "node:util";

/** Rows with their columns one below the other, and two spaces between them. */
export function tableText(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => widthOf(row[column]))));
  return rows
    .map((row) => row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell))).join("  "))
    .map((line) => line.trimEnd())
    .join("\n");
}

function widthOf(cell = ""): number {
  return [...stripVTControlCharacters(cell)].length;
}

/** `2026-11-27 23:05:07`, by this machine's clock. */
export function timeText(time: Date | undefined): string {
  if (time === undefined) return "";
  const parts = [
    time.getFullYear(),
    time.getMonth() + 1,
    time.getDate(),
    time.getHours(),
    time.getMinutes(),
    time.getSeconds(),
  ];
  const [year, month, day, hours, minutes, seconds] = parts.map((part) => String(part).padStart(2, "0"));
  return `${year}-${month}-${day} ${hours}:${minutes}:${seconds}`;
}

/** `2.4 s`; nothing of what still runs. */
export function tookText(started: Date | undefined, stopped: Date | undefined): string {
  return started === undefined || stopped === undefined ? "" : formatMs(stopped.getTime() - started.getTime());
}
