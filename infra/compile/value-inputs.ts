import type { ClassName } from "../../sdk/values/value-classes.ts";
import { PLAIN_FORMS } from "../../sdk/values/plain-forms.ts";
import { VALUE } from "../../sdk/values/wire.ts";
import { literal } from "./expression.ts";
import { asData } from "./given-value.ts";

// An input that is declared as a Date, a Map and the like: callers write its plain form, or its mark.

/** A mark is taken as it is, and of the plain form one is made. A Date is written as `toISOString` does. */
export function valueGiven(given: string, name: ClassName): string {
  if (name === "Date") {
    const text = `$type($form) = "object" ? $form.\`${VALUE}\`.Date : $form`;
    return `($form := ${given}; ${markOf(name, `$fromMillis($toMillis(${text}))`)})`;
  }
  return `($form := ${given}; $type($form) = "object" ? ${asData("$form", undefined)} : ${markOf(name, asData("$form", undefined))})`;
}

function markOf(name: ClassName, content: string): string {
  return `{${literal(VALUE)}: {${literal(name)}: ${content}}}`;
}

/** A JSONata expression that is a message if what was given is neither, and empty otherwise. */
export function valueProblem(input: string, given: string, name: ClassName): string {
  const { example } = PLAIN_FORMS[name];
  const message = `${input} must be a ${name}, ${example} or ${JSON.stringify({ [VALUE]: { [name]: "…" } })}, not `;
  return (
    `($given := ${given}; $form := $type($given) = "object" and $count($keys($given)) = 1 ? ${contentOf(name)} : $given; ` +
    `$exists($given) and $not(${isForm(name)}) ? ${literal(message)} & $substring($string($given), 0, 200) : [])`
  );
}

/** What is in a mark. A Buffer is a Uint8Array too. */
function contentOf(name: ClassName): string {
  const content = `$lookup($given, ${literal(VALUE)})`;
  const own = `$lookup(${content}, ${literal(name)})`;
  return name === "Uint8Array" ? `($exists(${own}) ? ${own} : ${content}.Buffer)` : own;
}

function isForm(name: ClassName): string {
  const { type, pattern } = PLAIN_FORMS[name];
  const isOfType = `$type($form) = "${type}"`;
  if (pattern !== undefined) return `(${isOfType} and $contains($form, /${pattern.replaceAll("/", "\\/")}/))`;
  if (name === "Set") return isOfType;
  const isNoEntry = `function($entry) { $type($entry) != "array" or $count($entry) != 2 }`;
  return `(${isOfType} and $count($filter($form, ${isNoEntry})) = 0)`;
}
