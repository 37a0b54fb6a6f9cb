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

const DISTRIBUTED_ONLY = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];
// What AWS refuses in a Label, which becomes part of an ARN.
const FORBIDDEN_IN_LABEL = /[\s?*<>{}[\]:;,\\|^~$#%&`"/\p{Cc}]/u;

/** What is particular to Map, and to each of its modes. */
export function checkMap(
  state: Members,
  at: string,
  language: QueryLanguageName,
  type: "STANDARD" | "EXPRESS",
  findings: Findings,
): void {
  checkProcessor(state, at, language, type, findings);
  for (const [one, other] of [
    ["ItemProcessor", "Iterator"],
    ["ItemSelector", "Parameters"],
  ] as const) {
    if (state.has(one) && state.has(other))
      findings.error(`Only one of these fields is allowed: [${one}, ${other}]`, at);
  }
  const label = state.get("Label");
  if (typeof label === "string" && (label.length > MAP_LABEL_CHARACTERS || label.length === 0)) {
    findings.error(`Label must have from 1 to ${MAP_LABEL_CHARACTERS} characters`, `${at}/Label`);
  } else if (typeof label === "string" && FORBIDDEN_IN_LABEL.test(label)) {
    findings.error("Label must have no white space, wildcards, brackets or special characters", `${at}/Label`);
  }
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
    findings.error("Express state machine does not support the processing mode DISTRIBUTED", `${place}/Mode`);
  }
  if (mode === "INLINE" && config?.has("ExecutionType") === true)
    findings.error("ExecutionType is supported in DISTRIBUTED mode only", `${place}/ExecutionType`);
  if (mode === "DISTRIBUTED") return;
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
    findings.error(
      `The resource provided ${resource} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      `${at}/Resource`,
    );
  }
}

function checkCsv(config: Members | undefined, at: string, findings: Findings): void {
  const header = config?.get("CSVHeaderLocation");
  if (config?.get("InputType") === "CSV" && header === undefined)
    findings.error("These fields are required: [CSVHeaderLocation]", at);
  if (header === "GIVEN" && config?.has("CSVHeaders") === false)
    findings.error("These fields are required: [CSVHeaders]", at);
}
