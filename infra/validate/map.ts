import { MAP_LABEL_CHARACTERS } from "../../sdk/base/aws-limits.ts";
import type { QueryLanguageName } from "../asl/definition.ts";
import { type Findings, type Members, membersOf } from "./diagnostics.ts";
import {
  checkShape,
  ITEM_BATCHER,
  ITEM_READER,
  PROCESSOR_CONFIG,
  READER_CONFIG,
  RESULT_WRITER,
  type Shape,
  WRITER_CONFIG,
} from "./fields.ts";
import type { Surrounding } from "./surrounding.ts";

const DISTRIBUTED_ONLY = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];
// What AWS refuses in a Label, which becomes part of an ARN.
const FORBIDDEN_IN_LABEL = /[\s?*<>{}[\]:;,\\|^~$#%&`"/\p{Cc}]/u;

/** What is particular to Map, and to each of its modes. */
export function checkMap(
  state: Members,
  at: string,
  language: QueryLanguageName,
  { type, labels }: Pick<Surrounding, "type" | "labels">,
  findings: Findings,
): void {
  checkProcessor(state, at, language, type, findings);
  if (state.has("ItemSelector") && state.has("Parameters"))
    findings.error("There should only be one of the following fields: [ItemSelector, Parameters]", at);
  checkLabel(state.get("Label"), `${at}/Label`, labels, findings);
  function part(field: string, shape: Shape, of: Members | undefined, place: string): Members | undefined {
    const members = membersOf(of?.get(field));
    if (members !== undefined) checkShape(members, shape, `${place}/${field}`, language, findings);
    return members;
  }
  const reader = part("ItemReader", ITEM_READER, state, at);
  if (reader !== undefined) checkResource(reader, READERS, true, `${at}/ItemReader`, findings);
  checkCsv(part("ReaderConfig", READER_CONFIG, reader, `${at}/ItemReader`), `${at}/ItemReader/ReaderConfig`, findings);
  const batcher = part("ItemBatcher", ITEM_BATCHER, state, at);
  if (batcher !== undefined && ![...batcher.keys()].some((name) => name.startsWith("Max"))) {
    findings.error("One of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]", `${at}/ItemBatcher`);
  }
  const writer = part("ResultWriter", RESULT_WRITER, state, at);
  if (writer !== undefined) checkResource(writer, WRITERS, false, `${at}/ResultWriter`, findings);
  part("WriterConfig", WRITER_CONFIG, writer, `${at}/ResultWriter`);
}

function checkLabel(label: unknown, at: string, labels: Set<string>, findings: Findings): void {
  if (typeof label !== "string") return;
  if (label === "") findings.error("Value cannot be empty", at);
  else if (label.length > MAP_LABEL_CHARACTERS) {
    const limit = `the ${MAP_LABEL_CHARACTERS}-character limit allowed by the service`;
    findings.error(`Label name '${label}' exceeds ${limit}`, at, "INVALID_LABEL_NAME");
  } else if (FORBIDDEN_IN_LABEL.test(label)) {
    findings.error("Label must have no white space, wildcards, brackets or special characters", at);
  }
  if (labels.has(label)) findings.error(`Duplicate Label name: ${label}`, at, "DUPLICATE_LABEL_NAME");
  labels.add(label);
}

function checkProcessor(
  state: Members,
  at: string,
  language: QueryLanguageName,
  type: "STANDARD" | "EXPRESS",
  findings: Findings,
): void {
  const processor = membersOf(state.get("ItemProcessor") ?? state.get("Iterator"));
  const config = membersOf(processor?.get("ProcessorConfig"));
  const place = `${at}/${state.has("ItemProcessor") ? "ItemProcessor" : "Iterator"}/ProcessorConfig`;
  if (config !== undefined) checkShape(config, PROCESSOR_CONFIG, place, language, findings);
  const mode = config?.get("Mode") ?? "INLINE";
  if (mode === "DISTRIBUTED" && type === "EXPRESS") {
    findings.error(
      "The field 'Mode' with value 'DISTRIBUTED' is not supported inside 'EXPRESS' state machines",
      `${place}/Mode`,
    );
  }
  if (mode === "INLINE" && config?.has("ExecutionType") === true)
    findings.error("Field 'ExecutionType' is not supported", place);
  if (mode === "DISTRIBUTED") {
    if (config?.has("ExecutionType") === false) findings.error("These fields are required: [ExecutionType]", place);
    return;
  }
  for (const name of DISTRIBUTED_ONLY) {
    if (state.has(name)) findings.error(`Field '${name}' is not supported when the processing mode is INLINE`, at);
  }
}

const READERS = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:s3:(?:getObject|listObjectsV2)$/;
const WRITERS = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:s3:putObject$/;

function checkResource(of: Members, allowed: RegExp, required: boolean, at: string, findings: Findings): void {
  const resource = of.get("Resource");
  if (resource === undefined) {
    if (required) findings.error("These fields are required: [Resource]", at);
  } else if (typeof resource === "string" && !allowed.test(resource)) {
    findings.error("The field 'Resource' does not match any of the allowed values", `${at}/Resource`);
  }
}

function checkCsv(config: Members | undefined, at: string, findings: Findings): void {
  const header = config?.get("CSVHeaderLocation");
  const type = config?.get("InputType");
  if (type === "CSV" && header === undefined) findings.error("The field 'CSVHeaderLocation' is required", at);
  if (typeof type === "string" && type !== "CSV" && header !== undefined)
    findings.error("Field 'CSVHeaderLocation' is not supported", at);
  if (header === "GIVEN" && config?.has("CSVHeaders") === false)
    findings.error("These fields are required: [CSVHeaders]", at);
}
