import type { InputDeclaration } from "../../sdk/graph/graph.ts";
import { FILE } from "../../sdk/values/wire.ts";
import { literal, query } from "./expression.ts";
import type { StateNames } from "./state-names.ts";
import type { State } from "./states.ts";

/** How a caller may write a file, for messages. */
const FORMS = `"s3://bucket/key", or what Lambent prints of one: {"${FILE}": {"uri": "s3://bucket/key", "version": "…", "format": "…"}}`;

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

/** A JSONata expression that is a message if what was given is no file, and empty otherwise. */
export function fileProblem(name: string, given: string, localStore: readonly string[]): string {
  const file = `$file.\`${FILE}\``;
  const isReference = ["uri", "version", "format"].map((field) => `$type(${file}.${field}) = "string"`).join(" and ");
  return (
    `($file := ${fileGiven(given, localStore)}; $exists(${given}) and $not($type($file) = "string" ? ${isAddress("$file")} : ` +
    `$type($file) = "object" and $count($keys($file)) = 1 and ${isReference}) ? ` +
    `${literal(`${name} must be a file, ${FORMS}, not `)} & $substring($string(${given}), 0, 200) : [])`
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
