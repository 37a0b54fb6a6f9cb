/** A Task state's `Resource`, taken apart. */
export type Resource =
  | { readonly kind: "function"; readonly arn: string }
  | { readonly kind: "activity"; readonly arn: string }
  | IntegrationResource;

export interface IntegrationResource {
  readonly kind: "integration";
  readonly arn: string;
  /** Undefined where the ARN has none: it is then the execution's. */
  readonly region: string | undefined;
  /** `lambda`, `aws-sdk:s3`. */
  readonly service: string;
  /** Without its pattern: `invoke`. */
  readonly action: string;
  readonly pattern: Pattern;
}

export type Pattern = "" | "sync" | "sync:2" | "waitForTaskToken";

const FUNCTION = /^arn:aws[a-z-]*:lambda:[^:]*:[^:]*:function:.+$/;
const ACTIVITY = /^arn:aws[a-z-]*:states:[^:]*:[^:]*:activity:[^:]+$/;
const INTEGRATION =
  /^arn:aws[a-z-]*:states:([^:]*):[^:]*:((?:aws-sdk:)?[^:.]+):([^:.]+)(?:\.(sync:2|sync|waitForTaskToken))?$/;

/** @throws {TypeError} when the ARN has none of the known forms. */
export function parseResource(arn: string): Resource {
  if (FUNCTION.test(arn)) return { kind: "function", arn };
  if (ACTIVITY.test(arn)) return { kind: "activity", arn };
  const [, region, service, action, pattern = ""] = INTEGRATION.exec(arn) ?? [];
  if (service === undefined || action === undefined || !isPattern(pattern)) {
    throw new TypeError(`The resource provided ${arn} is not recognized.`);
  }
  return { kind: "integration", arn, region: region || undefined, service, action, pattern };
}

function isPattern(text: string): text is Pattern {
  return ["", "sync", "sync:2", "waitForTaskToken"].includes(text);
}
