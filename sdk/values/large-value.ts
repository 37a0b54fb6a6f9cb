import { PAYLOAD_BYTES } from "../base/aws-limits.ts";
import { currentStore, type StoreLocation } from "../store/current-store.ts";
import { LambentError } from "../base/errors.ts";
import { isWhole, type Budget, type Reads } from "./budget.ts";
import type { Receipt } from "../invocation/receipt.ts";
import { setField, type Json } from "../base/json.ts";
import { jsonBytes } from "./json-bytes.ts";
import { listMark, PART_BYTES } from "./list-writer.ts";
import { isMark, isStored, STORED_MARK } from "./mark-names.ts";
import { isList, storeList, storeValue } from "./store-value.ts";
import { keyLength } from "./stored-text.ts";

/**
 * Bytes that Step Functions adds to a function's answer: `HttpStatusCode`, `HttpHeaders`, `AllHttpHeaders` and so on.
 */
const ENVELOPE = 4096;

/** Elements of a list whose marks, of 155 bytes or so, would not fit even if nothing else had to. */
const MOST_MARKS = 2000;

/** A part of an output that may be stored. */
interface StorablePart {
  readonly json: Json;
  /** Whether it must become a stored list, of which maps can read elements. */
  readonly isStoredList: boolean;
  /** Puts something else in its place. */
  readonly replace: (json: Json) => void;
}

/** A part that the state machine reads, so that it must not be stored. */
interface RequiredPart {
  readonly json: Json;
  /** Its path in the output. */
  readonly at: string;
  /** Who reads it. */
  readonly by: string;
}

/** An object or a list from which the state machine takes fields or elements: each of its members is a part. */
interface DividedContainer {
  readonly at: string;
  readonly by: string;
  readonly members: number;
}

/** The parts of an output, by whether the state machine reads them. */
interface Parts {
  readonly storable: StorablePart[];
  readonly required: RequiredPart[];
  readonly divided: DividedContainer[];
}

/**
 * Make an outcome small enough to be a state's result. If its output has more bytes than the budget, its largest parts
 * are stored, each under the hash of its text, and a mark with the key takes the place of each. If that is not enough,
 * lists which their readers can read from the store are stored, too.
 * @throws {LambentError} if what the state machine reads of the output is more than Step Functions accepts
 */
export async function storeLarge<T extends { readonly output: Json; readonly receipt: Receipt }>(
  outcome: T,
  budget: Budget,
): Promise<T> {
  const { output, receipt } = outcome;
  const limit = PAYLOAD_BYTES - ENVELOPE - Buffer.byteLength(JSON.stringify(receipt));
  const [size, most] = [jsonBytes(output), Math.min(budget.bytes, limit)];
  if (size <= most) return outcome;
  const location = await currentStore();
  let plan = planStoring(output, size, most, budget.reads, location, false);
  if (plan.remaining > most) plan = planStoring(output, size, most, budget.reads, location, true);
  if (plan.remaining > limit) throw tooLarge(receipt, size, plan.remaining, plan.parts);
  await Promise.all(
    plan.chosen.map(async ({ json, isStoredList, replace }) =>
      replace(isStoredList && isList(json) ? await storeList(location, json) : await storeValue(location, json)),
    ),
  );
  return { ...outcome, output: plan.reduced() };
}

/** What is to be stored of an output. */
interface Plan {
  readonly parts: Parts;
  readonly chosen: readonly StorablePart[];
  /** Bytes of the output once marks have taken the places of what is stored. */
  readonly remaining: number;
  /** The output as it is by then. */
  readonly reduced: () => Json;
}

/** @param withLists whether lists that may be stored lists are to be stored as such */
function planStoring(
  output: Json,
  size: number,
  most: number,
  reads: Reads | undefined,
  location: StoreLocation,
  withLists: boolean,
): Plan {
  let reduced = output;
  const parts: Parts = { storable: [], required: [], divided: [] };
  collectParts(output, reads, "output", parts, withLists, (json) => (reduced = json));
  const keyBytes = keyLength(location);
  const chosen: StorablePart[] = [];
  let remaining = size;
  const largest = parts.storable
    .map((part) => ({ part, bytes: jsonBytes(part.json) }))
    .map(({ part, bytes }) => ({ part, spared: bytes - markBytes(part, bytes, keyBytes) }))
    .filter(({ spared }) => spared > 0)
    .toSorted((left, right) => right.spared - left.spared);
  for (const { part, spared } of largest) {
    if (remaining <= most) break;
    remaining -= spared;
    chosen.push(part);
  }
  return { parts, chosen, remaining, reduced: () => reduced };
}

/** Bytes of the mark that takes the place of a part. */
function markBytes({ json, isStoredList }: StorablePart, bytes: number, keyBytes: number): number {
  const key = "0".repeat(keyBytes);
  const isStoredInParts = isList(json) && (isStoredList || bytes > PART_BYTES);
  return jsonBytes(isStoredInParts ? listMark(key, json.length, bytes) : { [STORED_MARK]: key });
}

/**
 * Add the parts of `json` to `parts`. Containers around them are copied, so that a part can be replaced in the copy.
 */
function collectParts(
  json: Json,
  reads: Reads | undefined,
  at: string,
  parts: Parts,
  withLists: boolean,
  replace: StorablePart["replace"],
): void {
  if (reads === undefined) {
    if (!isStored(json)) parts.storable.push({ json, isStoredList: false, replace });
  } else if (isWhole(reads) || json === null || typeof json !== "object" || isMark(json)) {
    parts.required.push({ json, at, by: reads.by });
  } else if (reads.list === true && isList(json) && (withLists || json.length > MOST_MARKS)) {
    parts.storable.push({ json, isStoredList: true, replace });
  } else {
    const copy: Json[] | Record<string, Json> = isList(json) ? [...json] : { ...json };
    replace(copy);
    const fields = Object.entries(json);
    parts.divided.push({ at, by: reads.by, members: fields.length });
    for (const [key, field] of fields) {
      const path = isList(json) ? `${at}[${key}]` : `${at}.${key}`;
      collectParts(
        field,
        readsOfMember(reads, key, isList(json)),
        path,
        parts,
        withLists,
        (value) => setField(copy as Record<string, Json>, key, value), // of a list the key is an index
      );
    }
  }
}

function readsOfMember({ fields = {}, items }: Reads, key: string, isElement: boolean): Reads | undefined {
  if (Object.hasOwn(fields, key)) return fields[key];
  return isElement ? items : undefined;
}

/** @param remaining bytes of the output after all that may be stored has been */
function tooLarge(
  { task, list }: Receipt,
  size: number,
  remaining: number,
  { required, divided }: Parts,
): LambentError {
  const what =
    list === undefined
      ? `task ${task} returned ${size} bytes`
      : `the outputs of task ${task}'s items are ${size} bytes together`;
  const [read] = required
    .map(({ json, ...where }) => ({ ...where, bytes: jsonBytes(json) }))
    .toSorted((one, other) => other.bytes - one.bytes);
  const [container] = divided.toSorted((one, other) => other.members - one.members);
  if (container !== undefined && (read === undefined || read.bytes < remaining / 2)) {
    return new LambentError(
      `${what}. Its large parts are stored for the tasks that get them, but ${container.by} takes ` +
        `${container.at} apart, and of its ${container.members} parts ${remaining} bytes are left, of which Step Functions carries ` +
        `${PAYLOAD_BYTES}: return fewer and larger parts, or an S3File`,
    );
  }
  const part = read === undefined || read.at === "output" ? "" : `, ${read.bytes} of them in ${read.at}`;
  return new LambentError(
    `${what}${part}. Large values are stored for the tasks that get them, but this one is ` +
      `read by ${read?.by ?? "the state machine"}, and Step Functions carries ${PAYLOAD_BYTES} bytes: return what is read ` +
      "in fields of its own, pass what is large to tasks whole, or return an S3File",
  );
}
