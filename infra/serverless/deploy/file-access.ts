import { LambentError } from "../../../sdk/base/errors.ts";
import { isObject, type Json } from "../../../sdk/base/json.ts";
import type { FunctionDescription, ServiceDescription } from "../../../sdk/authoring/service.ts";
import type { GraphData } from "../../../sdk/graph/graph.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { S3File } from "../../../sdk/values/file.ts";
import { decode } from "../../../sdk/values/wire.ts";
import { ownBucketGranted } from "../../project/caller-files.ts";
import { BUCKET_ID, bucketArn } from "./bucket.ts";
import type { LambentConfig } from "./config.ts";
import type { Statement } from "./framework.ts";
import { allow, arn } from "./iam.ts";

/** Of a longer stack's name CloudFormation takes as many into the name of a bucket. */
const STACK_CHARACTERS = 24;

/**
 * The ARNs of what callers may name in a workflow's inputs.
 * @param keys in the service's bucket, as IAM's patterns
 */
export function readableObjects(config: LambentConfig, keys: readonly string[]): Json[] {
  return [...keys.map((key) => bucketArn(config, `/${key}`)), ...grantedObjects(config)];
}

/**
 * @param stack by which CloudFormation names the bucket that Lambent makes: `<stack>-lambentbucket-<random>`
 * @throws {LambentError} if `lambent.buckets` lists the service's own bucket
 */
export function checkGrants({ bucket, buckets = {} }: LambentConfig, stack: string): void {
  const short = stack.toLowerCase().slice(0, STACK_CHARACTERS);
  const made = [`${stack.toLowerCase()}-${BUCKET_ID.toLowerCase()}-`, `${short}-${BUCKET_ID.toLowerCase()}-`];
  for (const name of Object.keys(buckets)) {
    const isOwn = bucket?.name === undefined ? made.some((start) => name.startsWith(start)) : name === bucket.name;
    if (isOwn) throw ownBucketGranted(name);
  }
}

/** The objects of the buckets that `lambent.buckets` lists. */
function grantedObjects({ buckets = {} }: LambentConfig, use?: "write"): Json[] {
  const names = Object.keys(buckets).filter((name) => use === undefined || buckets[name] === use);
  return names.map((name) => arn(`arn:\${AWS::Partition}:s3:::${name}/*`));
}

/**
 * What a function may do beyond its own part of the bucket and its companions'.
 * @param keys of files that callers may name, in the service's bucket, as IAM's patterns
 */
export function fileStatements(
  fn: FunctionDescription,
  { workflows }: ServiceDescription,
  config: LambentConfig,
  keys: readonly string[],
): Statement[] {
  const isGivenFiles = workflows.some((graph) => takesFiles(graph) && runsOn(graph, fn.actor?.name));
  const readable = isGivenFiles ? readableObjects(config, keys) : grantedObjects(config);
  const written = grantedObjects(config, "write");
  return [
    ...(readable.length === 0 ? [] : [allow(["s3:GetObject"], readable)]),
    ...(written.length === 0 ? [] : [allow(["s3:PutObject"], written)]),
  ];
}

function takesFiles({ inputs }: GraphData): boolean {
  return inputs.some(({ isFile, hasFiles }) => isFile === true || hasFiles === true);
}

/** @param actor by name; `undefined` is the plain tasks' function */
function runsOn(graph: GraphData, actor: string | undefined): boolean {
  return allNodes(graph)
    .map(invokingNode)
    .some((node) => node !== undefined && node.address.actor === actor);
}

/**
 * @param own what the service's bucket is called in the graph
 * @param callerFiles what the addresses begin with of files that roles may read
 * @throws {LambentError} for a default that no role may read
 */
export function checkFileDefaults({ workflow, inputs }: GraphData, own: string, callerFiles: readonly string[]): void {
  for (const { name, default: value } of inputs) {
    for (const uri of addressesIn(value)) {
      if (callerFiles.some((start) => uri.startsWith(start))) continue;
      const bucket = /^s3:\/\/([^/]+)\//.exec(uri)?.[1];
      const remedy =
        bucket === own
          ? `nothing may read it there: files of the service's own bucket lie under s3://${own}/files/`
          : `nothing may read bucket ${bucket}: write lambent: { buckets: { ${bucket}: read } } in serverless.yml`;
      throw new LambentError(`workflow ${workflow}: the default of ${name} is ${uri}, and ${remedy}`);
    }
  }
}

/** The addresses of the files in a default. */
function addressesIn(value: Json | undefined): string[] {
  return filesIn(decode(value, []));
}

function filesIn(value: unknown): string[] {
  if (value instanceof S3File) return [value.uri];
  return isObject(value) ? Object.values(value).flatMap(filesIn) : [];
}
