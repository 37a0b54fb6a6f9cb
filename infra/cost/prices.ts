import { LambentError } from "../../sdk/base/errors.ts";

/**
 * AWS's prices in US dollars, without taxes, discounts, savings plans and free tiers, of each first tier. They were looked
 * up on 2026-11-27 in stored copies of public pages, since nothing here asks AWS; AWS's own pages have the last word:
 *
 * - Lambda by region: https://calculator.aws/pricing/2.0/meteredUnitMaps/lambda/USD/current/lambda.json, as
 *   remotion-dev/remotion keeps a copy of it. Those of us-east-1 are the same in a copy of AWS's price list that took effect
 *   on 2025-10-01, and https://aws.amazon.com/lambda/pricing/ names no others.
 * - Lambda on arm64: those of duration by the same copies. Provisioned concurrency is four fifths of x86_64's in
 *   us-east-1 by the price list of 2025-10-01; for other regions it is reckoned so.
 * - Step Functions by region, STANDARD: the table of https://aws.amazon.com/step-functions/pricing/.
 * - EXPRESS: the example of that page, for all regions.
 * - S3's requests of the storage class Standard (https://aws.amazon.com/s3/pricing/) and EventBridge Scheduler
 *   (https://aws.amazon.com/eventbridge/pricing/): those of us-east-1, for all regions.
 */
export interface Prices {
  readonly region: string;
  /** A state transition of a STANDARD execution. */
  readonly transition: number;
  /** An EXPRESS execution, and a GB-second of its memory. */
  readonly express: { readonly request: number; readonly gbSecond: number };
  /** An invocation. */
  readonly request: number;
  readonly x86_64: ComputePrices;
  readonly arm64: ComputePrices;
  readonly s3: { readonly put: number; readonly get: number };
  /** What EventBridge Scheduler starts. */
  readonly schedule: number;
}

/** A GB-second of a function; a GB has 1,024 MiB. */
export interface ComputePrices {
  /** At work, on an on-demand instance. */
  readonly onDemand: number;
  /** At work, on provisioned concurrency. */
  readonly provisioned: number;
  /** Of provisioned concurrency, whether or not it is at work. */
  readonly replica: number;
}

/** The day on which the prices were looked up. */
export const PRICES_OF = "2026-11-27";

/** GB-seconds at work on demand: the same in all of these regions. */
const ON_DEMAND = { x86_64: 0.000_016_666_7, arm64: 0.000_013_333_4 };

/** By region: 1,000 state transitions; a GB-second at work on provisioned concurrency, and one of it, on x86_64. */
const BY_REGION: Readonly<Record<string, readonly [transitions: number, provisioned: number, replica: number]>> = {
  "us-east-1": [0.025, 0.000_009_722_2, 0.000_004_166_7],
  "us-east-2": [0.025, 0.000_009_722_2, 0.000_004_166_7],
  "us-west-1": [0.0279, 0.000_011_443, 0.000_004_904_1],
  "us-west-2": [0.025, 0.000_009_722_2, 0.000_004_166_7],
  "ca-central-1": [0.025, 0.000_010_840_7, 0.000_004_646],
  "sa-east-1": [0.0375, 0.000_015_486_7, 0.000_006_637_2],
  "eu-central-1": [0.025, 0.000_011_701_1, 0.000_005_014_7],
  "eu-west-1": [0.025, 0.000_010_840_7, 0.000_004_646],
  "eu-west-2": [0.025, 0.000_011_270_9, 0.000_004_830_4],
  "eu-west-3": [0.0297, 0.000_011_356_9, 0.000_004_867_3],
  "eu-north-1": [0.025, 0.000_010_324_5, 0.000_004_424_8],
  "ap-northeast-1": [0.025, 0.000_012_561_5, 0.000_005_383_5],
  "ap-northeast-2": [0.0271, 0.000_011_959_2, 0.000_005_125_4],
  "ap-south-1": [0.0285, 0.000_010_496_6, 0.000_004_498_5],
  "ap-southeast-1": [0.025, 0.000_012_131_3, 0.000_005_199_1],
  "ap-southeast-2": [0.025, 0.000_012_217_3, 0.000_005_236],
};

/** Of provisioned concurrency: what arm64 costs for each dollar of x86_64. */
const ARM64_SHARE = 0.8;

const LAMBDA_REQUESTS_PER_MILLION = 0.2;
const EXPRESS_REQUESTS_PER_MILLION = 1;
/** The first 1,000 GB-hours of a month. */
const EXPRESS_GB_HOUR = 0.06;
const S3_PUTS_PER_THOUSAND = 0.005;
const S3_GETS_PER_THOUSAND = 0.0004;
const SCHEDULES_PER_MILLION = 1;

/** @throws {LambentError} that lists the regions, for one whose prices are not known here */
export function pricesOf(region: string): Prices {
  const found = BY_REGION[region];
  if (found === undefined) {
    throw new LambentError(
      `the prices of ${region} are not known; those of these regions are, --region chooses one: ${Object.keys(BY_REGION).toSorted().join(", ")}`,
    );
  }
  const [transitions, provisioned, replica] = found;
  return {
    region,
    transition: transitions / 1000,
    express: { request: EXPRESS_REQUESTS_PER_MILLION / 1e6, gbSecond: EXPRESS_GB_HOUR / 3600 },
    request: LAMBDA_REQUESTS_PER_MILLION / 1e6,
    x86_64: { onDemand: ON_DEMAND.x86_64, provisioned, replica },
    arm64: { onDemand: ON_DEMAND.arm64, provisioned: provisioned * ARM64_SHARE, replica: replica * ARM64_SHARE },
    s3: { put: S3_PUTS_PER_THOUSAND / 1000, get: S3_GETS_PER_THOUSAND / 1000 },
    schedule: SCHEDULES_PER_MILLION / 1e6,
  };
}
