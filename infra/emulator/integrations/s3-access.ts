import type { S3ClientConfig } from "@aws-sdk/client-s3";
import { LambentError } from "../../../sdk/base/errors.ts";

/** The settings of a client of S3. */
export type S3Settings = S3ClientConfig;

/** Where S3 is spoken. */
export interface S3AccessOptions {
  /** Default: `AWS_ENDPOINT_URL_S3` or `AWS_ENDPOINT_URL` of the environment. */
  readonly s3Endpoint?: string;
  /** Requests may go to AWS itself, with the credentials that the AWS SDK finds. Default: nothing leaves for AWS. */
  readonly aws?: boolean;
}

/** What Tasks are told that have no S3 to go to. */
export const S3_NOWHERE =
  "this emulator has no S3: name the endpoint of one (AWS_ENDPOINT_URL_S3=http://127.0.0.1:9000), or allow requests to AWS itself with your own credentials (--aws; offline.aws in the lambent block of serverless.yml)";

const DUMMY = { accessKeyId: "local", secretAccessKey: "local" };

/** What the names of AWS's servers end with, in all its partitions. */
const AWS_DOMAINS = [
  "aws", // a top-level domain of Amazon's own: api.aws, on.aws
  "amazonaws.com",
  "amazonaws.com.cn",
  "amazonaws.eu",
  "amazonwebservices.com.cn",
  "amazonwebservices.eu",
  "ic.gov", // c2s.ic.gov, csp.hci.ic.gov, api.aws.ic.gov
  "sgov.gov",
  "scloud",
  "adc-e.uk",
];

/**
 * The settings of a client of S3; undefined if there is nowhere to send requests, as to an
 * endpoint of AWS without `aws`. To an endpoint that is named go the
 * keys of the environment, since servers such as MinIO check them, and never those of profiles, which are AWS's.
 * @throws {LambentError} if the endpoint is not a URL
 */
export function s3ClientConfig({ s3Endpoint, aws = false }: S3AccessOptions, region: string): S3Settings | undefined {
  // A variable that is set to nothing counts as not set.
  const endpoint = [s3Endpoint, process.env["AWS_ENDPOINT_URL_S3"], process.env["AWS_ENDPOINT_URL"]].find(Boolean);
  if (endpoint === undefined) return aws ? { region } : undefined;
  if (!URL.canParse(endpoint)) throw new LambentError(`The endpoint of S3 is not a URL: ${endpoint}`);
  if (isAwsHost(new URL(endpoint).hostname)) return aws ? { region, endpoint } : undefined;
  // Other servers than AWS's have no name per bucket.
  return { region, endpoint, forcePathStyle: true, credentials: environmentKeys() ?? DUMMY };
}

/** @param hostname of a URL, and so in lower case */
function isAwsHost(hostname: string): boolean {
  const name = `.${hostname.replace(/\.+$/, "")}`;
  return AWS_DOMAINS.some((domain) => name.endsWith(`.${domain}`));
}

function environmentKeys(): S3ClientConfig["credentials"] | undefined {
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN } = process.env;
  if (AWS_ACCESS_KEY_ID === undefined || AWS_SECRET_ACCESS_KEY === undefined) return undefined;
  return {
    accessKeyId: AWS_ACCESS_KEY_ID,
    secretAccessKey: AWS_SECRET_ACCESS_KEY,
    ...(AWS_SESSION_TOKEN === undefined ? {} : { sessionToken: AWS_SESSION_TOKEN }),
  };
}
