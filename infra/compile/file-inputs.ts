import type { InputDeclaration } from "../../sdk/graph/graph.ts";
import { FILE } from "../../sdk/values/wire.ts";
import { joined, literal, query } from "./expression.ts";
import { mayHaveOtherMarks } from "./given-value.ts";
import type { StateNames } from "./state-names.ts";
import type { State } from "./states.ts";
import type { Target } from "./target.ts";

/** What Lambent prints of a file. */
const PRINTED = `{"${FILE}": {"uri": "s3://bucket/key", "version": "…", "format": "…"}}`;

/** How a caller may write a file, for messages. */
const FORMS = `"s3://bucket/key", or what Lambent prints of one: ${PRINTED}`;

/**
 * What a caller gave for a file, with the address in the place of a path below the store of this machine.
 * @param given the JSONata that reads it
 * @param localStore paths of the store's directory, as callers may write them; none on AWS
 */
export function fileGiven(given: string, localStore: readonly string[]): string {
  const paths = localStore.map((path) => `${path.replaceAll("\\", "/")}/`);
  return paths.reduceRight(
    (otherwise, path) =>
      `$type(${given}) = "string" and $substring(${given}, 0, ${codePoints(path)}) = ${literal(path)} ? ` +
      `"s3://" & $substring(${given}, ${codePoints(path)}) : (${otherwise})`,
    given,
  );
}

/** JSONata counts a text by code points. */
function codePoints(text: string): number {
  return [...text].length;
}

/** A JSONata expression that is a message if what was given is no file that a caller may name, and empty otherwise. */
export function fileProblem(name: string, given: string, { localStore = [], callerFiles = [] }: Target): string {
  const file = `$file.\`${FILE}\``;
  const isFile =
    `$type($file) = "string" ? ${isAddress("$file")} : ` +
    `$type($file) = "object" and $count($keys($file)) = 1 and ${isReference(file)}`;
  return (
    `($file := ${fileGiven(given, localStore)}; $uri := $type($file) = "string" ? $file : ${file}.uri; ` +
    `$exists(${given}) ? $not(${isFile}) ? ` +
    `${literal(`${name} must be a file, ${FORMS}, not `)} & $substring($string(${given}), 0, 200) : ` +
    `$not(${mayBeNamed("$uri", callerFiles)}) ? ${notNamed(name, callerFiles)} & $substring($uri, 0, 200) : [] : [])`
  );
}

/**
 * As {@link fileProblem}, for an input with files within it: a message if one of them may not be named, or if something
 * in it looks like a mark that is no file's.
 */
export function filesProblem(name: string, given: string, { callerFiles = [] }: Target): string {
  const files = `$given.**.\`${FILE}\``;
  const wrong = `$filter([${files}], function($file) { $not(${isReference("$file")}) })`;
  const foreign = `$filter([${files}.uri], function($uri) { $not(${mayBeNamed("$uri", callerFiles)}) })`;
  return (
    `($given := ${given}; $exists($given) ? ` +
    `${mayHaveOtherMarks("$given")} ? ${literal(`${name} has files within it, and so no other field with a name that Lambent keeps for itself`)} : ` +
    `$count(${wrong}) > 0 ? ${literal(`each file in ${name} must read ${PRINTED}, not `)} & $substring($string(${wrong}[0]), 0, 200) : ` +
    `$count(${foreign}) > 0 ? ${notNamed(`each file in ${name}`, callerFiles)} & $substring(${foreign}[0], 0, 200) : [] : [])`
  );
}

function isReference(file: string): string {
  const texts = ["uri", "version", "format"].map((field) => `$type(${file}.${field}) = "string"`).join(" and ");
  return `$type(${file}) = "object" and ${texts}`;
}

/** Whether an address lies where callers may name files, and its key leads nowhere else. */
function mayBeNamed(uri: string, callerFiles: readonly string[]): string {
  const begins = callerFiles.map(literal).map((start) => `$substring(${uri}, 0, $length(${start})) = ${start}`);
  const leads = ["/../", "/./", "\\"].map((step) => `$contains(${uri} & "/", ${literal(step)})`);
  return `(${begins.length === 0 ? "false" : joined(begins, "or")}) and $not(${leads.join(" or ")})`;
}

function notNamed(name: string, callerFiles: readonly string[]): string {
  const [own] = callerFiles;
  const where = own === undefined ? "no bucket is known from which callers may name files" : `it must lie in ${own}`;
  return literal(
    `${name} is no file that a caller may name: ${where}, be an asset or a file that a task of this service has made, or be in a bucket of lambent.buckets, not `,
  );
}

function isAddress(uri: string): string {
  return `$substring(${uri}, 0, 5) = "s3://" and ${bucketOf(uri)} != "" and $contains($substring(${uri}, 5), "/") and ${keyOf(uri)} != ""`;
}

function bucketOf(uri: string): string {
  return `$substringBefore($substring(${uri}, 5), "/")`;
}

function keyOf(uri: string): string {
  return `$substringAfter($substring(${uri}, 5), "/")`;
}

/** What follows the last dot of the key's last part. */
function formatOf(uri: string): string {
  return `($parts := $split($split(${uri}, "/")[-1], "."); $count($parts) > 1 ? $parts[-1] : "")`;
}

/**
 * The states that find the version of a file that is given by its address alone: once for the whole execution, so that
 * all its tasks see one content, and a file that is not there is told before anything runs.
 */
export function fileVersionStates(
  workflow: string,
  { name, variable }: InputDeclaration,
  next: string,
  names: StateNames,
): { readonly entry: string; readonly states: readonly (readonly [string, State])[] } {
  const [given, version, missing] = ["Given", "Version", "Missing"].map((end) => names.fresh(`${variable}${end}`)) as [
    string,
    string,
    string,
  ];
  const uri = `$${variable}`;
  const found = `{${literal(FILE)}: {"uri": ${uri}, "version": $states.result.ETag, "format": ${formatOf(uri)}}}`;
  const problem =
    `${literal(`workflow ${workflow}: ${name}: `)} & ${uri} & " cannot be read: " & $states.input.Error & ": " & $states.input.Cause & ` +
    literal(
      ". The object must be there; a bucket other than the service's must be listed in lambent.buckets of serverless.yml",
    );
  return {
    entry: given,
    states: [
      [
        given,
        { Type: "Choice", Choices: [{ Condition: query(`$type(${uri}) = "string"`), Next: version }], Default: next },
      ],
      [
        version,
        {
          Type: "Task",
          Resource: "arn:aws:states:::aws-sdk:s3:headObject",
          Arguments: { Bucket: query(bucketOf(uri)), Key: query(keyOf(uri)) },
          Retry: [{ ErrorEquals: ["S3.SdkClientException"], IntervalSeconds: 1, MaxAttempts: 3, BackoffRate: 2 }],
          Catch: [{ ErrorEquals: ["States.ALL"], Next: missing }],
          Assign: { [variable]: query(found) },
          Next: next,
        },
      ],
      [missing, { Type: "Fail", Error: "InvalidInputs", Cause: query(problem) }],
    ],
  };
}
