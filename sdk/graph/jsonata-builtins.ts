/** The functions that JSONata 2 has of its own, `eval` among them, which Step Functions takes away. */
const JSONATA =
  "abs append assert average base64decode base64encode boolean ceil clone contains count decodeUrl decodeUrlComponent " +
  "distinct each encodeUrl encodeUrlComponent error eval exists filter floor formatBase formatInteger formatNumber " +
  "fromMillis join keys length lookup lowercase map match max merge millis min not now number pad parseInteger power " +
  "random reduce replace reverse round shuffle sift single sort split spread sqrt string substring substringAfter " +
  "substringBefore sum toMillis trim type uppercase zip";

/** The functions that Step Functions adds, or gives other parameters: its `$random` takes a seed. */
export const AWS_FUNCTIONS = ["hash", "parse", "partition", "random", "range", "uuid"] as const;

export type AwsFunction = (typeof AWS_FUNCTIONS)[number];

/** Names of functions in an expression: a variable of such a name would hide the function. */
export const JSONATA_FUNCTIONS: ReadonlySet<string> = new Set([...JSONATA.split(" "), ...AWS_FUNCTIONS]);
