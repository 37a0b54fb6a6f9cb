import { type Findings, type Members, membersOf } from "./diagnostics.ts";

const DISTRIBUTED_ONLY = ["ItemReader", "ItemBatcher", "ResultWriter", "Label"];

/** What is particular to Map, and to each of its modes. */
export function checkMap(state: Members, at: string, findings: Findings): void {
  const processor = membersOf(state.get("ItemProcessor") ?? state.get("Iterator"));
  const config = membersOf(processor?.get("ProcessorConfig"));
  const mode = config?.get("Mode") ?? "INLINE";
  const place = `${at}/${state.has("ItemProcessor") ? "ItemProcessor" : "Iterator"}/ProcessorConfig`;
  if (mode !== "INLINE" && mode !== "DISTRIBUTED")
    findings.error("Value must be one of the following: [INLINE, DISTRIBUTED]", `${place}/Mode`);
  const type = config?.get("ExecutionType");
  if (mode === "DISTRIBUTED" && type !== undefined && type !== "STANDARD" && type !== "EXPRESS") {
    findings.error("Value must be one of the following: [STANDARD, EXPRESS]", `${place}/ExecutionType`);
  }
  if (mode === "INLINE" && type !== undefined)
    findings.error("ExecutionType is supported in DISTRIBUTED mode only", `${place}/ExecutionType`);
  if (mode !== "DISTRIBUTED") {
    for (const name of DISTRIBUTED_ONLY) {
      if (state.has(name)) findings.error(`Field '${name}' is not supported when the processing mode is INLINE`, at);
    }
  }
  if (state.has("ItemProcessor") && state.has("Iterator"))
    findings.error("Only one of these fields is allowed: [ItemProcessor, Iterator]", at);
  const label = state.get("Label");
  if (typeof label === "string" && (label.length > 40 || label.length === 0)) {
    findings.error("Label must have from 1 to 40 characters", `${at}/Label`);
  }
  const concurrency = state.get("MaxConcurrency");
  if (typeof concurrency === "number" && !(Number.isInteger(concurrency) && concurrency >= 0)) {
    findings.error("MaxConcurrency must be zero or a positive integer", `${at}/MaxConcurrency`);
  }
  checkReader(membersOf(state.get("ItemReader")), `${at}/ItemReader`, findings);
  const batcher = membersOf(state.get("ItemBatcher"));
  if (batcher !== undefined && ![...batcher.keys()].some((name) => name.startsWith("Max"))) {
    findings.error("One of these fields is required: [MaxItemsPerBatch, MaxInputBytesPerBatch]", `${at}/ItemBatcher`);
  }
}

const READERS = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:s3:(?:getObject|listObjectsV2)$/;
const INPUT_TYPES = ["CSV", "JSON", "JSONL", "MANIFEST", "PARQUET"];

function checkReader(reader: Members | undefined, at: string, findings: Findings): void {
  if (reader === undefined) return;
  const resource = reader.get("Resource");
  if (resource === undefined) findings.error("These fields are required: [Resource]", at);
  else if (typeof resource !== "string" || !READERS.test(resource)) {
    findings.error(
      `The resource provided ${String(resource)} is not recognized. The value is not a valid resource ARN, or the resource is not available in this region.`,
      `${at}/Resource`,
    );
  }
  const config = membersOf(reader.get("ReaderConfig"));
  const type = config?.get("InputType");
  if (type !== undefined && !INPUT_TYPES.includes(String(type))) {
    findings.error(`Value must be one of the following: [${INPUT_TYPES.join(", ")}]`, `${at}/ReaderConfig/InputType`);
  }
  const header = config?.get("CSVHeaderLocation");
  if (header !== undefined && header !== "FIRST_ROW" && header !== "GIVEN") {
    findings.error("Value must be one of the following: [FIRST_ROW, GIVEN]", `${at}/ReaderConfig/CSVHeaderLocation`);
  }
}
