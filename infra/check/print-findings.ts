import { isDeepStrictEqual, styleText } from "node:util";
import type { Finding, Grade } from "./finding.ts";

/** Findings about one thing. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

const WORDS: Readonly<Record<Grade, string>> = { error: "error", warning: "warning", fact: "" };
const COLOURS = { error: "red", warning: "yellow", fact: "dim" } as const;

/** Nodes of a row that have the same said of them, from which on the first and the last of them are named alone. */
const MANY = 3;

/**
 * A table of each section: the grade, what is counted, the node and what is to be said; the remedy in a line beneath. Of
 * nodes one after another that have the same said of them the first and the last are named.
 */
export function findingsText(written: readonly Section[], colours: boolean): string {
  const sections = written.map(({ title, findings }) => ({ title, findings: rowsOf(findings).flatMap(shortened) }));
  const all = sections.flatMap(({ findings }) => findings);
  const widths = {
    grade: widest(all.map(({ grade }) => WORDS[grade])),
    subject: widest(all.map(({ subject }) => subject)),
    node: widest(all.map(({ node = "" }) => node)),
  };
  const indent = " ".repeat(2 + widths.grade + 2);
  function painted(grade: Grade, text: string): string {
    return colours && text !== "" ? styleText(COLOURS[grade], text, { validateStream: false }) : text;
  }
  function lines({ grade, subject, node = "", says, remedy }: Finding): string[] {
    const [word, counted, place] = [
      WORDS[grade].padEnd(widths.grade),
      subject.padEnd(widths.subject),
      node.padEnd(widths.node),
    ];
    const first = `  ${painted(grade, word)}  ${counted}  ${place}  ${says}`.trimEnd();
    return remedy === undefined ? [first] : [first, `${indent}→ ${remedy}`];
  }
  return sections
    .map(({ title, findings }) =>
      [colours ? styleText("bold", title, { validateStream: false }) : title, ...findings.flatMap(lines)].join("\n"),
    )
    .join("\n\n");
}

function rowsOf(findings: readonly Finding[]): Finding[][] {
  const rows: Finding[][] = [];
  for (const finding of findings) {
    const row = rows.at(-1);
    if (row?.[0] !== undefined && saysSame(row[0], finding)) row.push(finding);
    else rows.push([finding]);
  }
  return rows;
}

function saysSame(one: Finding, other: Finding): boolean {
  return isDeepStrictEqual({ ...one, node: "" }, { ...other, node: "" });
}

function shortened(row: readonly Finding[]): readonly Finding[] {
  const [first, last] = [row[0], row.at(-1)];
  if (row.length < MANY || first?.node === undefined || last?.node === undefined) return row;
  return [
    { ...first, node: `${first.node} … ${last.node}`, says: `${first.says} (each of these ${row.length} nodes)` },
  ];
}

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
