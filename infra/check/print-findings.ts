import { styleText } from "node:util";
import type { Finding, Grade } from "./finding.ts";

/** Findings about one thing. */
export interface Section {
  readonly title: string;
  readonly findings: readonly Finding[];
}

const WORDS: Readonly<Record<Grade, string>> = { error: "error", warning: "warning", fact: "" };
const COLOURS = { error: "red", warning: "yellow", fact: "dim" } as const;

/** A table of each section: the grade, what is counted, the node and what is to be said; the remedy in a line beneath. */
export function findingsText(sections: readonly Section[], colours: boolean): string {
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

function widest(texts: readonly string[]): number {
  return texts.reduce((most, { length }) => Math.max(most, length), 0);
}
