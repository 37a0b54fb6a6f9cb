/** What Lambda tells of an alias's or a version's provisioned concurrency. */
export interface ProvisionedConcurrencyConfig {
  readonly RequestedProvisionedConcurrentExecutions: number;
  /** Those that are initialised. */
  readonly AvailableProvisionedConcurrentExecutions: number;
  readonly AllocatedProvisionedConcurrentExecutions: number;
  readonly Status: "IN_PROGRESS" | "READY" | "FAILED";
  /** Only with `FAILED`. */
  readonly StatusReason?: string;
  /** As Lambda writes it: `2026-01-01T00:00:00+0000`. */
  readonly LastModified: string;
}

/** Which function, as Lambda's API names it: a name or an ARN, and an alias or a version. */
export interface ProvisionedTarget {
  readonly functionName: string;
  readonly qualifier: string;
}

/**
 * Lambda's operations on provisioned concurrency.
 * They fail with a `FunctionServiceError` under the names that Lambda's API uses
 */
export interface ProvisionedConcurrency {
  put(target: ProvisionedTarget, count: number): Promise<ProvisionedConcurrencyConfig>;
  get(target: ProvisionedTarget): Promise<ProvisionedConcurrencyConfig>;
  delete(target: ProvisionedTarget): Promise<void>;
  /** Of one function: each configuration with the ARN that it is of. */
  list(functionName: string): Promise<readonly (ProvisionedConcurrencyConfig & { readonly FunctionArn: string })[]>;
}
