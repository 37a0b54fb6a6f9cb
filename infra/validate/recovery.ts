import { type Findings, type Members, membersOf } from "./diagnostics.ts";
import type { QueryLanguageName } from "../asl/definition.ts";
import { checkPath } from "./expressions.ts";
import { CATCHER, checkShape, RETRIER } from "./fields.ts";

/** A state's retriers and catchers. */
export function checkRecovery(state: Members, at: string, language: QueryLanguageName, findings: Findings): void {
  for (const list of ["Retry", "Catch"]) {
    const entries = state.get(list);
    if (!Array.isArray(entries)) continue;
    for (const [index, value] of entries.entries()) {
      const place = `${at}/${list}[${index}]`;
      const entry = membersOf(value);
      if (entry === undefined) {
        findings.error("Expected value of type Object", place);
        continue;
      }
      const missing = (list === "Catch" ? ["ErrorEquals", "Next"] : ["ErrorEquals"]).filter((name) => !entry.has(name));
      if (missing.length > 0) findings.error(`These fields are required: [${missing.join(", ")}]`, place);
      checkErrors(entry.get("ErrorEquals"), index === entries.length - 1, `${place}/ErrorEquals`, findings);
      if (list === "Retry") checkRetrier(entry, place, language, findings);
      else checkCatcher(entry, place, language, findings);
    }
  }
}

function checkErrors(errors: unknown, last: boolean, at: string, findings: Findings): void {
  if (errors === undefined) return;
  if (!Array.isArray(errors) || errors.length === 0) {
    findings.error(Array.isArray(errors) ? "Value cannot be empty" : "Expected value of type Array", at);
    return;
  }
  for (const [index, error] of errors.entries()) {
    if (typeof error !== "string") findings.error("Expected value of type String", `${at}[${index}]`);
    else if (error === "States.ALL" && (errors.length > 1 || !last)) {
      findings.error("States.ALL must appear alone and at end of list", `${at}[${index}]`);
    }
  }
}

function checkCatcher(catcher: Members, at: string, language: QueryLanguageName, findings: Findings): void {
  checkShape(catcher, CATCHER, at, language, findings);
  const path = catcher.get("ResultPath");
  if (language === "JSONPath" && path !== undefined && path !== null)
    checkPath(path, `${at}/ResultPath`, "reference", findings);
}

function checkRetrier(retrier: Members, at: string, language: QueryLanguageName, findings: Findings): void {
  checkShape(retrier, RETRIER, at, language, findings);
  const [interval, delay] = [retrier.get("IntervalSeconds") ?? 1, retrier.get("MaxDelaySeconds")];
  if (typeof interval === "number" && typeof delay === "number" && delay <= interval) {
    findings.error("MaxDelaySeconds must be greater than IntervalSeconds", `${at}/MaxDelaySeconds`);
  }
}
