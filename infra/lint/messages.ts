import { nodeIn, printed, unwrapped, type SyntaxNode } from "./syntax.ts";
import type { Value } from "./value.ts";

export interface Mistake {
  /** `error`: a wrong branch is taken, always. `warning`: it does not do what it says. */
  readonly severity: "error" | "warning";
  /** Whose name it is in linters. */
  readonly rule: "no-ref-condition" | "no-ref-misuse";
  readonly node: SyntaxNode;
  /** The workflow whose function it is in, if it is in one. */
  readonly workflow?: string;
  /** What is wrong, and what to do instead. */
  readonly message: string;
}

type Told = Omit<Mistake, "node" | "workflow">;
type Tested = Extract<Value, { kind: "ref" | "condition" }>;

/** A Ref or a Condition that is taken for true or false. */
export function truth(construct: SyntaxNode, tested: SyntaxNode, value: Tested): Told {
  const text = printed(tested);
  const remedy =
    value.kind === "condition"
      ? conditionRemedy(construct, text)
      : value.isOfKey === true
        ? KEY_REMEDY
        : truthRemedy(construct, text);
  return error(`${effect(construct, text)}: ${what(text, value)}. ${remedy}`);
}

/** A Ref or a Condition that is compared. */
export function comparison(construct: SyntaxNode, compared: SyntaxNode, value: Tested): Told {
  const text = printed(compared);
  return error(`${comparisonEffect(construct)}: ${what(text, value)}. ${comparisonRemedy(construct, compared, value)}`);
}

/** What cannot do with a Ref what it says. */
export type Misuse = "typeof" | "instanceof" | "in" | "check" | "number" | "lookup" | "chain" | "default" | "try";

/** For each what happens, and what to do instead. */
const MISUSES: Readonly<Record<Misuse, (text: string, construct: SyntaxNode) => readonly [string, string]>> = {
  typeof: (text: string) => [`typeof ${text} is always "function"`, "Ask in a task"],
  instanceof: (text: string) => [`${text} instanceof … cannot be told`, "Ask in a task"],
  in: (text: string) => [
    `… in ${text} cannot be told`,
    "Use conditional(isNull(…), () => …, () => …), or ask in a task",
  ],
  check: (text: string, construct: SyntaxNode) => [
    `${printed(construct)} is always false`,
    `Ask in a task, which gets ${text} as a value`,
  ],
  number: (text: string, construct: SyntaxNode) => [
    `${printed(construct)} cannot be told`,
    `Ask in a task, which gets ${text} as a value`,
  ],
  lookup: (text: string, construct: SyntaxNode) => [
    `${printed(construct)} never finds ${text}`,
    "Look for it in a task",
  ],
  chain: (text: string) => [
    `?. after ${text} does nothing`,
    "Leave it out: a field that is missing at run time is left out of a task's inputs, and null elsewhere",
  ],
  default: (text: string) => [
    `the default of ${text} is never taken`,
    "Declare an input's default in workflow({…}), and that of a task's input in the task",
  ],
  try: (text: string) => [
    `try { … } around ${text} never sees it fail`,
    "It fails when this function has long returned. Use tryCatch(…), the task's retries, minSuccessRatio of mapTask, or return the failure from the task as a value",
  ],
};

/** Something that cannot do with a Ref what it says. */
export function misuse(kind: Misuse, used: SyntaxNode, value: Tested, construct: SyntaxNode): Told {
  const text = printed(used);
  const [effectText, remedy] = MISUSES[kind](text, construct);
  return { severity: "warning", rule: "no-ref-misuse", message: `${effectText}: ${what(text, value)}. ${remedy}` };
}

function error(message: string): Told {
  return { severity: "error", rule: "no-ref-condition", message };
}

function what(text: string, value: Tested): string {
  if (value.kind === "condition") return `${text} is a Condition, which the state machine tests at run time`;
  const origin = text === value.origin.split(" ")[1] ? "" : `, ${value.origin}`;
  return `${text} is a Ref${origin}, whose value there is only at run time`;
}

/** What happens, whatever the value will be. */
function effect(construct: SyntaxNode, text: string): string {
  const operator = String(construct["operator"]);
  switch (construct.type) {
    case "IfStatement":
      return `if (${text}) always takes its first branch`;
    case "ConditionalExpression":
      return `${text} ? … : … always takes its first branch`;
    case "WhileStatement":
    case "DoWhileStatement":
    case "ForStatement":
      return `the loop on ${text} never ends`;
    case "UnaryExpression":
      return `!${text} is always false`;
    case "LogicalExpression":
    case "AssignmentExpression":
      return operator.startsWith("&&")
        ? `${text} ${operator} … always takes its right side`
        : `${text} ${operator} … always takes its left side`;
    default:
      return `${printed(construct)} takes ${text} for true, always`;
  }
}

function truthRemedy({ type, operator }: SyntaxNode, text: string): string {
  if (type.endsWith("Statement") && type !== "IfStatement") return LOOP_REMEDY;
  if (text.endsWith(".length")) return COUNT_REMEDY;
  if (type === "UnaryExpression") return `Use conditional(not(isTrue(${text})), () => …, () => …), or decide in a task`;
  if (String(operator).startsWith("||") || String(operator).startsWith("??")) {
    return `Use conditional(isNull(${text}), () => …, () => …), declare the default in workflow({…}) or in the task, or decide in a task`;
  }
  return `Use conditional(isTrue(${text}), () => …, () => …), or decide in a task`;
}

const KEY_REMEDY =
  "Return all that the key depends on, in a list such as (inputs) => [inputs.a, inputs.b]: what is missing at run time counts as missing";
const COUNT_REMEDY = "Count in a task, or use mapTask for one call for each element of a list";
const LOOP_REMEDY = "Loop within a task, or use mapTask for one call for each element of a list";

function conditionRemedy({ type, operator }: SyntaxNode, text: string): string {
  if (type === "UnaryExpression") return `Use not(${text})`;
  if (type === "LogicalExpression") return operator === "&&" ? "Use and(…, …)" : "Use or(…, …)";
  return /^(While|DoWhile|For)Statement$/.test(type) ? LOOP_REMEDY : `Use conditional(${text}, () => …, () => …)`;
}

function comparisonEffect(construct: SyntaxNode): string {
  if (construct.type === "SwitchStatement") return "no case of this switch is ever taken";
  if (construct.type === "CallExpression") return `${printed(construct)} is always false`;
  const { operator } = construct;
  const [left, right] = ["left", "right"].map((side) => printed(nodeIn(construct, side) ?? construct));
  const text = `${left} ${String(operator)} ${right}`;
  if (operator === "===" || operator === "==") return `${text} is always false`;
  return operator === "!==" || operator === "!=" ? `${text} is always true` : `${text} cannot be told`;
}

/** By operator: the condition that asks the same of a Ref that stands on its left side. */
const CONDITIONS: Readonly<Record<string, (ref: string, other: string) => string>> = {
  "==": (ref, other) => `eq(${ref}, ${other})`,
  "!=": (ref, other) => `not(eq(${ref}, ${other}))`,
  "<": (ref, other) => `lt(${ref}, ${other})`,
  ">": (ref, other) => `gt(${ref}, ${other})`,
  "<=": (ref, other) => `not(gt(${ref}, ${other}))`,
  ">=": (ref, other) => `not(lt(${ref}, ${other}))`,
};

const MIRRORED: Readonly<Record<string, string>> = { "<": ">", ">": "<", "<=": ">=", ">=": "<=" };

function comparisonRemedy(construct: SyntaxNode, compared: SyntaxNode, value: Tested): string {
  const text = printed(compared);
  if (value.kind === "condition") return `Use conditional(${text}, () => …, () => …)`;
  if (value.isOfKey === true) return KEY_REMEDY;
  if (text.endsWith(".length")) return COUNT_REMEDY;
  const [left, right] = [nodeIn(construct, "left"), nodeIn(construct, "right")];
  const isLeft = left === undefined || unwrapped(left) === compared;
  const operator = String(construct["operator"]).slice(0, 2);
  const condition = CONDITIONS[isLeft ? operator : (MIRRORED[operator] ?? operator)] ?? CONDITIONS["=="];
  const other = isLeft ? right : left;
  return `Use conditional(${condition?.(text, other === undefined ? "…" : printed(other))}, () => …, () => …), or compare in a task`;
}
