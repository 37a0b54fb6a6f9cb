import type { QueryLanguageName, State } from "../asl/definition.ts";
import { heartbeatRefusal } from "../asl/number-fields.ts";
import { expressionIn } from "../language/jsonata.ts";
import { checkChoices } from "./choices.ts";
import { type Findings, type Members, membersOf } from "./diagnostics.ts";
import { checkJsonata, checkPath, checkTemplate, type Reference } from "./expressions.ts";
import { checkOneOf, checkShape, FIELDS, REQUIRED } from "./fields.ts";
import { checkMap } from "./map.ts";
import { isTimestamp } from "./timestamp.ts";
import { checkRecovery } from "./recovery.ts";
import { checkResource } from "./resources.ts";
import type { Surrounding } from "./surrounding.ts";

function isType(type: unknown): type is State["Type"] {
  return typeof type === "string" && Object.hasOwn(FIELDS, type);
}

/** Checks one state, not those within it, and gives the variables that it reads. */
export function checkState(
  state: Members,
  at: string,
  language: QueryLanguageName,
  around: Surrounding,
  findings: Findings,
): Reference[] {
  const type = state.get("Type");
  if (type === undefined) {
    findings.error("These fields are required: [Type]", at);
    return [];
  }
  if (!isType(type)) {
    findings.error(`Value should be one of the following: [${Object.keys(FIELDS).join(", ")}]`, `${at}/Type`);
    return [];
  }
  checkFields(state, type, at, language, findings);
  checkRecovery(state, at, language, findings);
  if (type === "Task") {
    checkResource(state, at, language, around.type, findings);
    checkTimes(state, at, findings);
    checkCredentials(state, at, findings);
  }
  const branches = state.get("Branches");
  if (type === "Parallel" && Array.isArray(branches) && branches.length === 0)
    findings.error("Value cannot be empty", `${at}/Branches`);
  if (type === "Wait") checkWait(state, at, language, findings);
  const ofRules = type === "Choice" ? checkChoices(state, at, language, findings) : [];
  if (type === "Map") checkMap(state, at, language, around, findings);
  const ofFields =
    language === "JSONata" ? checkJsonataFields(state, type, at, findings) : checkJsonPathFields(state, at, findings);
  return [...ofFields, ...ofRules];
}

function checkFields(
  state: Members,
  type: State["Type"],
  at: string,
  language: QueryLanguageName,
  findings: Findings,
): void {
  checkShape(state, FIELDS[type], at, language, findings);
  const missing = (REQUIRED[type] ?? []).filter((name) => !state.has(name));
  if (missing.length > 0) findings.error(`These fields are required: [${missing.join(", ")}]`, at);
  if (type === "Map") checkOneOf(["ItemProcessor", "Iterator"], (name) => state.has(name), at, findings);
  if (type === "Wait") checkOneOf(WAIT_FIELDS, (name) => state.has(name), at, findings);
  if (type === "Choice" || type === "Succeed" || type === "Fail") return;
  checkOneOf(["Next", "End"], (name) => state.has(name) && state.get(name) !== false, at, findings);
}

const WAIT_FIELDS = ["SecondsPath", "Seconds", "TimestampPath", "Timestamp"];

function checkTimes(state: Members, at: string, findings: Findings): void {
  function literal(name: string): number | undefined {
    const value = state.get(name);
    return typeof value === "number" ? value : undefined;
  }
  const refusal = heartbeatRefusal(literal("TimeoutSeconds"), literal("HeartbeatSeconds"));
  if (refusal !== undefined) findings.error(refusal, `${at}/HeartbeatSeconds`);
}

function checkCredentials(state: Members, at: string, findings: Findings): void {
  const credentials = membersOf(state.get("Credentials"));
  if (credentials !== undefined && !credentials.has("RoleArn") && !credentials.has("RoleArn.$")) {
    findings.error("The field 'RoleArn' is required but was missing", `${at}/Credentials`);
  }
}

function checkWait(state: Members, at: string, language: QueryLanguageName, findings: Findings): void {
  const timestamp = state.get("Timestamp");
  if (typeof timestamp === "string" && !(language === "JSONata" && expressionIn(timestamp) !== undefined)) {
    // The recorded refusals are of JSONPath; a JSONata literal is judged when the state is entered.
    if (!isTimestamp(timestamp) && language === "JSONPath")
      findings.error("String does not match RFC3339 timestamp", `${at}/Timestamp`);
  }
}

/** Fields whose text is a constant in either language. */
const CONSTANT = new Set([
  "Type",
  "Comment",
  "QueryLanguage",
  "Next",
  "Default",
  "Resource",
  "Label",
  "Choices",
  "Catch",
  "Retry",
]);
const INNER = new Set(["Branches", "ItemProcessor", "Iterator"]);

function checkJsonataFields(state: Members, type: State["Type"], at: string, findings: Findings): Reference[] {
  const works = type === "Task" || type === "Map" || type === "Parallel";
  const references: Reference[] = [];
  for (const [name, value] of state) {
    if (CONSTANT.has(name) || INNER.has(name)) continue;
    const reach = { result: works && (name === "Output" || name === "Assign"), errorOutput: false };
    references.push(...checkJsonata(value, `${at}/${name}`, reach, findings));
  }
  for (const list of ["Choices", "Catch"]) {
    const entries = state.get(list);
    if (!Array.isArray(entries)) continue;
    for (const [index, entry] of entries.entries()) {
      for (const name of ["Condition", "Output", "Assign"]) {
        const reach = { result: false, errorOutput: list === "Catch" };
        references.push(
          ...checkJsonata(membersOf(entry)?.get(name), `${at}/${list}[${index}]/${name}`, reach, findings),
        );
      }
    }
  }
  return references;
}

const TEMPLATES = new Set(["Parameters", "ResultSelector", "ItemSelector", "Assign", "Credentials"]);

function checkJsonPathFields(state: Members, at: string, findings: Findings): Reference[] {
  const references: Reference[] = [];
  for (const [name, value] of state) {
    const place = `${at}/${name}`;
    if (TEMPLATES.has(name)) references.push(...checkTemplate(value, place, findings));
    else if (name === "ResultPath" && value !== null) checkResultPath(value, place, findings);
    else if ((name === "InputPath" || name === "OutputPath") && value !== null)
      references.push(...checkPath(value, place, "path", findings));
    else if (name === "ItemsPath") references.push(...checkPath(value, place, "reference", findings));
    else if (name === "ErrorPath" || name === "CausePath") {
      const [reference] = checkTemplate({ [`${name}.$`]: value }, at, findings);
      if (reference !== undefined) references.push({ ...reference, at: place });
    } else if (name.endsWith("Path") && !["ResultPath", "InputPath", "OutputPath"].includes(name)) {
      references.push(...checkPath(value, place, "input", findings));
    }
  }
  for (const list of ["Choices", "Catch"]) {
    const entries = state.get(list);
    if (!Array.isArray(entries)) continue;
    for (const [index, entry] of entries.entries()) {
      references.push(...checkTemplate(membersOf(entry)?.get("Assign"), `${at}/${list}[${index}]/Assign`, findings));
    }
  }
  for (const field of ["ItemReader", "ItemBatcher", "ResultWriter"]) {
    const part = membersOf(state.get(field));
    references.push(...checkPart(part, `${at}/${field}`, findings));
    const config = membersOf(part?.get("ReaderConfig"));
    references.push(...checkPart(config, `${at}/${field}/ReaderConfig`, findings));
  }
  return references;
}

/** A part of a Map that has templates and paths of its own. */
function checkPart(part: Members | undefined, at: string, findings: Findings): Reference[] {
  return [...(part ?? [])].flatMap(([name, value]) => {
    if (name === "Parameters" || name === "BatchInput") return checkTemplate(value, `${at}/${name}`, findings);
    return name.endsWith("Path") ? checkPath(value, `${at}/${name}`, "input", findings) : [];
  });
}

function checkResultPath(value: unknown, at: string, findings: Findings): void {
  checkPath(value, at, "input", findings);
}
