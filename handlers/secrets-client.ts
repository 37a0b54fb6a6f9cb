// As sdk/store/s3-client.ts: bundled once for all functions that have secrets.
export { getSecret } from "@aws-lambda-powertools/parameters/secrets";
