import type { QueryLanguageName } from "../asl/definition.ts";
import { COMPARISON_NAMES } from "../language/choice-rule.ts";
import { type Findings, type Members, membersOf } from "./diagnostics.ts";
import { checkPath, type Reference } from "./expressions.ts";
import { isTimestamp } from "./timestamp.ts";

/** A Choice's rules; gives the variables that JSONPath rules read. */
export function checkChoices(state: Members, at: string, language: QueryLanguageName, findings: Findings): Reference[] {
  const choices = state.get("Choices");
  if (!Array.isArray(choices)) return [];
  if (choices.length === 0) findings.error("Value cannot be empty", `${at}/Choices`);
  return choices.flatMap((choice, index) => {
    const place = `${at}/Choices[${index}]`;
    const rule = membersOf(choice);
    if (rule === undefined) {
      findings.error("Expected value of type Object", place);
      return [];
    }
    const required = language === "JSONata" ? ["Condition", "Next"] : ["Next"];
    const missing = required.filter((name) => !rule.has(name));
    if (missing.length > 0) findings.error(`These fields are required: [${missing.join(", ")}]`, place);
    if (rule.has("Next") && typeof rule.get("Next") !== "string")
      findings.error("Expected value of type String", `${place}/Next`);
    if (rule.has("Assign") && membersOf(rule.get("Assign")) === undefined) {
      findings.error("Expected value of type Object", `${place}/Assign`);
    }
    if (language === "JSONPath") return checkRule(rule, place, true, findings);
    checkCondition(rule, place, findings);
    return [];
  });
}

const JSONATA_FIELDS = new Set(["Condition", "Next", "Assign", "Output", "Comment"]);

function checkCondition(rule: Members, at: string, findings: Findings): void {
  for (const name of rule.keys()) if (!JSONATA_FIELDS.has(name)) findings.error(`Field '${name}' is not supported`, at);
  const condition = rule.get("Condition");
  // A text that begins like an expression is told of where expressions are checked.
  const judged = typeof condition === "boolean" || (typeof condition === "string" && condition.includes("{%"));
  if (rule.has("Condition") && !judged) {
    findings.error("Expected value of type Boolean or a JSONata expression", `${at}/Condition`);
  }
}

const OTHER_FIELDS = new Set(["Next", "Assign", "Comment", "Variable", "And", "Or", "Not"]);

function checkRule(rule: Members, at: string, top: boolean, findings: Findings): Reference[] {
  if (!top && rule.has("Next")) findings.error("Field 'Next' is not supported", at);
  const comparisons = [...rule.keys()].filter((name) => !OTHER_FIELDS.has(name));
  for (const name of comparisons)
    if (!COMPARISON_NAMES.has(name)) findings.error(`Field '${name}' is not supported`, at);
  const operators = ["And", "Or", "Not"].filter((name) => rule.has(name));
  if (operators.length > 0) return operators.flatMap((operator) => checkOperator(rule, operator, at, findings));
  if (comparisons.length !== 1) findings.error("Exactly one comparison operator is required", at);
  const operand = comparisons.flatMap((name) => checkOperand(name, rule.get(name), `${at}/${name}`, findings));
  if (rule.has("Variable"))
    return [...checkPath(rule.get("Variable"), `${at}/Variable`, "variable", findings), ...operand];
  findings.error("These fields are required: [Variable]", at);
  return operand;
}

function checkOperator(rule: Members, operator: string, at: string, findings: Findings): Reference[] {
  const value = rule.get(operator);
  const parts = operator === "Not" ? [value] : Array.isArray(value) ? value : [];
  if (parts.length === 0)
    findings.error(
      Array.isArray(value) ? "Value cannot be empty" : "Expected value of type Array",
      `${at}/${operator}`,
    );
  return parts.flatMap((part, index) => {
    const inner = membersOf(part);
    const place = operator === "Not" ? `${at}/Not` : `${at}/${operator}[${index}]`;
    if (inner !== undefined) return checkRule(inner, place, false, findings);
    findings.error("Expected value of type Object", place);
    return [];
  });
}

function checkOperand(name: string, value: unknown, at: string, findings: Findings): Reference[] {
  if (name.endsWith("Path")) return checkPath(value, at, "variable", findings);
  function expect(sound: boolean, what: string): void {
    if (!sound) findings.error(what, at);
  }
  if (name.startsWith("Is") || name.startsWith("Boolean"))
    expect(typeof value === "boolean", "Expected value of type Boolean");
  else if (name.startsWith("Numeric")) expect(typeof value === "number", "Expected value of type Number");
  else if (name.startsWith("Timestamp")) expect(isTimestamp(value), "String does not match RFC3339 timestamp");
  else if (name.startsWith("String")) expect(typeof value === "string", "Expected value of type String");
  return [];
}
