import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { type EndpointOptions, Endpoints } from "../aws/endpoints.ts";
import { keysForNamed } from "../aws/keys.ts";
import { S3 } from "../aws/services.ts";

/** The settings of a client of S3. */
export type S3Settings = S3ClientConfig;

/** What Tasks are told that have no S3 to go to. */
export const S3_NOWHERE =
  "this emulator has no S3: name the endpoint of one (AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000), or allow requests to AWS itself with your own credentials (--aws; offline.aws in the lambent block of serverless.yml)";

/**
 * The settings of a client of S3; undefined if there is nowhere to send requests, as to an
 * endpoint of AWS without `aws`. To an endpoint that is named go the
 * keys of the environment, since servers such as MinIO check them, and never those of profiles, which are AWS's.
 * @throws {LambentError} if the endpoint is not a URL
 */
export function s3ClientConfig(options: EndpointOptions, region: string): S3Settings | undefined {
  return s3Settings(new Endpoints(options), region);
}

/** As {@link s3ClientConfig}, of endpoints that have been read. */
export function s3Settings(endpoints: Endpoints, region: string): S3Settings | undefined {
  const destination = endpoints.of(S3);
  if (destination === undefined) return undefined;
  const { kind, url: endpoint } = destination;
  if (kind === "aws") return endpoint === undefined ? { region } : { region, endpoint };
  // Other servers than AWS's have no name per bucket.
  return { region, endpoint, forcePathStyle: true, credentials: keysForNamed() };
}
