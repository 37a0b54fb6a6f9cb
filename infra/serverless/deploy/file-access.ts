import { LambentError } from "../../../sdk/base/errors.ts";
import type { Json } from "../../../sdk/base/json.ts";
import type { FunctionDescription, ServiceDescription } from "../../../sdk/authoring/service.ts";
import type { GraphData, InputDeclaration } from "../../../sdk/graph/graph.ts";
import { allNodes, invokingNode } from "../../../sdk/graph/walk.ts";
import { FILE } from "../../../sdk/values/wire.ts";
import { bucketArn } from "./bucket.ts";
import type { LambentConfig } from "./config.ts";
import type { Statement } from "./framework.ts";
import { allow, arn } from "./iam.ts";

/** What callers may name in a workflow's inputs: every object of the service's bucket, and of those that it is granted. */
export function readableObjects(config: LambentConfig): { readonly objects: Json[]; readonly buckets: Json[] } {
  const granted = Object.keys(config.buckets ?? {}).map((name) => `arn:\${AWS::Partition}:s3:::${name}`);
  return {
    objects: [bucketArn(config, "/*"), ...granted.map((bucket) => arn(`${bucket}/*`))],
    buckets: [bucketArn(config, ""), ...granted.map(arn)],
  };
}

/** What a function may do beyond its own part of the bucket and its companions'. */
export function fileStatements(
  fn: FunctionDescription,
  { workflows }: ServiceDescription,
  config: LambentConfig,
): Statement[] {
  const buckets = config.buckets ?? {};
  const names = Object.keys(buckets);
  const written = names.filter((name) => buckets[name] === "write");
  function objects(list: readonly string[]): Json[] {
    return list.map((name) => arn(`arn:\${AWS::Partition}:s3:::${name}/*`));
  }
  const isGivenFiles = workflows.some((graph) => takesFiles(graph) && runsOn(graph, fn.actor?.name));
  const readable = [...(isGivenFiles ? [bucketArn(config, "/*")] : []), ...objects(names)];
  return [
    ...(readable.length === 0 ? [] : [allow(["s3:GetObject"], readable)]),
    ...(written.length === 0 ? [] : [allow(["s3:PutObject"], objects(written))]),
    // Without it, S3 says 403 and not 404 of an object that is not there.
    ...(names.length === 0
      ? []
      : [
          allow(
            ["s3:ListBucket"],
            names.map((name) => arn(`arn:\${AWS::Partition}:s3:::${name}`)),
          ),
        ]),
  ];
}

function takesFiles({ inputs }: GraphData): boolean {
  return inputs.some(({ isFile }) => isFile);
}

/** @param actor by name; `undefined` is the plain tasks' function */
function runsOn(graph: GraphData, actor: string | undefined): boolean {
  return allNodes(graph)
    .map(invokingNode)
    .some((node) => node !== undefined && node.address.actor === actor);
}

/**
 * @param own what the service's bucket is called in the graph
 * @throws {LambentError} for a default in a bucket that no role may read
 */
export function checkFileDefaults({ workflow, inputs }: GraphData, config: LambentConfig, own: string): void {
  for (const input of inputs) {
    const uri = defaultAddress(input);
    const bucket = /^s3:\/\/([^/]+)\//.exec(uri ?? "")?.[1];
    if (uri === undefined || bucket === own || Object.hasOwn(config.buckets ?? {}, bucket ?? "")) continue;
    throw new LambentError(
      `workflow ${workflow}: the default of ${input.name} is ${uri}, and nothing may read bucket ${bucket}: write lambent: { buckets: { ${bucket}: read } } in serverless.yml`,
    );
  }
}

function defaultAddress({ isFile, default: value }: InputDeclaration): string | undefined {
  if (isFile !== true || value === undefined) return undefined;
  const { [FILE]: file } = value as { readonly [FILE]?: { readonly uri: string } }; // a default that is a file is encoded so
  return file?.uri;
}
