import { styleText } from "node:util";
import { examine } from "../../infra/doctor/examine.ts";
import type { Examination } from "../../infra/doctor/examination.ts";
import { hasColours } from "../../infra/run/execution-log.ts";

export interface DoctorCommandOptions {
  readonly stage?: string;
  readonly region?: string;
  readonly workflows: readonly string[];
  readonly offline: boolean;
  readonly json: boolean;
}

const COLOURS = { ok: "green", warning: "yellow", failed: "red" } as const;

/** @returns 1 if something would fail */
export async function tellExaminations(options: DoctorCommandOptions): Promise<number> {
  // Otherwise the SDK warns at each start that a later version of it will need a newer Node.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const { stage, region, workflows, offline, json } = options;
  const examinations = await examine({
    root: process.cwd(),
    workflows,
    offline,
    ...(stage === undefined ? {} : { stage }),
    ...(region === undefined ? {} : { region }),
  });
  console.log(json ? JSON.stringify(examinations, null, 2) : textOf(examinations, hasColours(process.stdout)));
  return examinations.some(({ grade }) => grade === "failed") ? 1 : 0;
}

function textOf(examinations: readonly Examination[], colours: boolean): string {
  const width = Math.max(...examinations.map(({ subject }) => subject.length));
  return examinations
    .flatMap(({ grade, subject, says, remedy }) => {
      const word = grade.padEnd("warning".length);
      const painted = colours ? styleText(COLOURS[grade], word, { validateStream: false }) : word;
      const indent = " ".repeat("warning".length + width + 4);
      return [
        `${painted}  ${subject.padEnd(width)}  ${says}`,
        ...(remedy === undefined ? [] : [`${indent}→ ${remedy}`]),
      ];
    })
    .join("\n");
}
