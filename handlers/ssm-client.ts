// As sdk/store/s3-client.ts: bundled once for all functions that have secrets.
export { getParameter } from "@aws-lambda-powertools/parameters/ssm";
