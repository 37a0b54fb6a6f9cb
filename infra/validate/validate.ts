import { messageOf } from "../../sdk/base/errors.ts";
import { NAME_CHARACTERS, WAIT_SECONDS } from "../../sdk/base/aws-limits.ts";
import type { QueryLanguageName } from "../asl/definition.ts";
import { type Diagnostic, Findings, type Members, membersOf } from "./diagnostics.ts";
import { parseJson } from "./parse-json.ts";
import { checkState } from "./state.ts";
import type { Surrounding } from "./surrounding.ts";
import { repeatedStates } from "./repeated-states.ts";
import { checkTransitions } from "./transitions.ts";
import { checkReferences, Scope } from "./variables.ts";

export type { Diagnostic } from "./diagnostics.ts";

const ROOT_FIELDS = new Set(["Comment", "Version", "QueryLanguage", "TimeoutSeconds", "StartAt", "States"]);
const BLOCK_FIELDS = new Set(["Comment", "StartAt", "States", "ProcessorConfig"]);

/**
 * Checks a definition as AWS does at CreateStateMachine and ValidateStateMachineDefinition, with AWS's codes and texts.
 * Errors refuse the definition; warnings are what AWS would let pass and fail later.
 *
 * @param definition JSON text.
 */
export function validateDefinition(
  definition: string,
  type: "STANDARD" | "EXPRESS" = "STANDARD",
): readonly Diagnostic[] {
  const findings = new Findings();
  let document: unknown;
  try {
    document = parseJson(definition);
  } catch (error) {
    if (definition.trim() !== "") {
      findings.error(messageOf(error), undefined, "INVALID_JSON_DESCRIPTION");
      return findings.all;
    }
  }
  const machine = membersOf(document);
  if (machine === undefined) {
    findings.error("Definition must be a valid JSON object");
    return findings.all;
  }
  for (const { name, at } of repeatedStates(definition))
    findings.error(`Duplicate State name: ${name}`, at, "DUPLICATE_STATE_NAME");
  checkMachine(machine, type, findings);
  return findings.all;
}

/**
 * Checks one state by itself, with the blocks within it: what it goes to is not looked for.
 *
 * @param at where findings are said to be.
 */
export function validateState(state: unknown, language: QueryLanguageName, at: string): readonly Diagnostic[] {
  const findings = new Findings();
  const around: Surrounding = { language, type: "STANDARD", scope: new Scope(), names: new Set(), labels: new Set() };
  const members = membersOf(state);
  if (members === undefined) findings.error("Expected value of type Object", at);
  else {
    checkAssignments(members, at, around.scope, findings);
    checkOne(members, at, around, findings);
  }
  return findings.all;
}

function checkMachine(machine: Members, type: "STANDARD" | "EXPRESS", findings: Findings): void {
  for (const name of machine.keys())
    if (!ROOT_FIELDS.has(name)) findings.error(`Field '${name}' is not supported`, "/");
  const language = languageOf(machine.get("QueryLanguage"), "/QueryLanguage", findings) ?? "JSONPath";
  const timeout = machine.get("TimeoutSeconds");
  // AWS takes 0 here, unlike in a state: measured, not documented.
  if (timeout !== undefined && !Number.isInteger(timeout))
    findings.error("Expected value of type Integer", "/TimeoutSeconds");
  else if (Number(timeout) < 0) findings.error("Minimum value is 0", "/TimeoutSeconds");
  else if (Number(timeout) > WAIT_SECONDS) findings.error(`Maximum value is ${WAIT_SECONDS}`, "/TimeoutSeconds");
  const version = machine.get("Version");
  if (version !== undefined && version !== "1.0")
    findings.error("Value should be one of the following: [1.0]", "/Version");
  checkBlock(machine, "/", { language, type, scope: new Scope(), names: new Set(), labels: new Set() }, findings);
}

/** Anything but the two names is refused; what is not JSONPath is then read as JSONata. */
function languageOf(value: unknown, at: string, findings: Findings): QueryLanguageName | undefined {
  if (value === undefined || value === "JSONPath" || value === "JSONata") return value;
  findings.error("Value should be one of the following: [JSONPath, JSONata]", at);
  return "JSONata";
}

/** A state machine, a branch or an ItemProcessor. */
function checkBlock(block: Members, at: string, around: Surrounding, findings: Findings): void {
  const missing = ["StartAt", "States"].filter((field) => !block.has(field));
  if (missing.length > 0) findings.error(`These fields are required: [${missing.join(", ")}]`, at);
  const prefix = at === "/" ? "" : at;
  if (at !== "/") {
    for (const name of block.keys())
      if (!BLOCK_FIELDS.has(name)) findings.error(`Field '${name}' is not supported`, at);
  }
  const states = membersOf(block.get("States"));
  if (states === undefined) {
    if (block.has("States")) findings.error("Expected value of type Object", `${prefix}/States`);
    return;
  }
  if (states.size === 0) findings.error("Value cannot be empty", `${prefix}/States`);
  const known = new Map<string, Members>();
  for (const [name, value] of states) {
    const place = `${prefix}/States/${name}`;
    const state = membersOf(value);
    if (around.names.has(name)) findings.error(`Duplicate State name: ${name}`, place, "DUPLICATE_STATE_NAME");
    around.names.add(name);
    if (name.length > NAME_CHARACTERS)
      findings.error(
        `State name '${name}' exceeds the ${NAME_CHARACTERS}-character limit allowed by the service`,
        place,
        "INVALID_STATE_NAME",
      );
    if (state === undefined) findings.error("Expected value of type Object", place);
    else checkAssignments(state, place, around.scope, findings);
    known.set(name, state ?? new Map());
  }
  for (const [name, state] of known) checkOne(state, `${prefix}/States/${name}`, around, findings);
  if (block.has("StartAt")) checkTransitions(block.get("StartAt"), known, at, findings);
}

function checkOne(state: Members, at: string, around: Surrounding, findings: Findings): void {
  const own = languageOf(state.get("QueryLanguage"), `${at}/QueryLanguage`, findings);
  if (own === "JSONPath" && around.language === "JSONata") {
    findings.error("'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state machine", at);
  }
  const references = checkState(state, at, own ?? around.language, around, findings);
  checkReferences(references, around.scope, findings);
  checkInner(state, at, around, findings);
}

/** Every Assign is seen before any reference: states may come in any order. */
function checkAssignments(state: Members, at: string, scope: Scope, findings: Findings): void {
  scope.assign(state.get("Assign"), `${at}/Assign`, findings);
  for (const list of ["Choices", "Catch"]) {
    const entries = state.get(list);
    if (!Array.isArray(entries)) continue;
    for (const [index, entry] of entries.entries()) {
      scope.assign(membersOf(entry)?.get("Assign"), `${at}/${list}[${index}]/Assign`, findings);
    }
  }
}

/** Branches and processors: scopes of their own; a Distributed Map's sees nothing of the scopes around it. */
function checkInner(state: Members, at: string, around: Surrounding, findings: Findings): void {
  const type = state.get("Type");
  if (type === "Parallel") {
    const branches = state.get("Branches");
    if (!Array.isArray(branches)) return;
    for (const [index, branch] of branches.entries()) {
      const members = membersOf(branch);
      if (members === undefined) findings.error("Expected value of type Object", `${at}/Branches[${index}]`);
      else checkBlock(members, `${at}/Branches[${index}]`, { ...around, scope: new Scope(around.scope) }, findings);
    }
  }
  if (type !== "Map") return;
  for (const field of ["ItemProcessor", "Iterator"]) {
    const processor = membersOf(state.get(field));
    if (processor === undefined) continue;
    const config = membersOf(processor.get("ProcessorConfig"));
    const distributed = config?.get("Mode") === "DISTRIBUTED";
    const inner = {
      ...around,
      scope: distributed ? new Scope() : new Scope(around.scope),
      type: distributed && config?.get("ExecutionType") === "EXPRESS" ? ("EXPRESS" as const) : around.type,
    };
    checkBlock(processor, `${at}/${field}`, inner, findings);
  }
}
