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

/** @param hostname of a URL, and so in lower case */
export function isAwsHost(hostname: string): boolean {
  const name = `.${hostname.replace(/\.+$/, "")}`;
  return AWS_DOMAINS.some((domain) => name.endsWith(`.${domain}`));
}
