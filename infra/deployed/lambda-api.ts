import type { LambdaClient } from "@aws-sdk/client-lambda";
import type { SFNClient } from "@aws-sdk/client-sfn";
import { ALIAS } from "../../sdk/base/function-names.ts";

/** What Lambda tells of a function's alias. */
export interface Provisioned {
  /** `none`: it has no replicas. `missing`: there is no such function or alias. */
  readonly status: "READY" | "IN_PROGRESS" | "FAILED" | "none" | "missing";
  readonly requested: number;
  /** Those that are initialised. */
  readonly available: number;
  /** Why it failed. */
  readonly reason?: string;
}

/** What the function is, beside its replicas. An emulator does not tell. */
export interface FunctionConfiguration {
  readonly memoryMiB: number | undefined;
  readonly version: string | undefined;
  readonly runtime: string | undefined;
  readonly lastModified: string | undefined;
}

/** The calls of Lambda's API that replicas take, of AWS and of the emulator alike. */
export interface LambdaApi {
  get(functionName: string): Promise<Provisioned>;
  configuration(functionName: string): Promise<FunctionConfiguration>;
  put(functionName: string, count: number): Promise<Provisioned>;
  /** @returns whether there were any */
  remove(functionName: string): Promise<boolean>;
  close(): void;
}

/**
 * Lambda where a client of Step Functions is: in its region, at its endpoint, with its credentials.
 * @param given an endpoint that is named for both; without it, Lambda may have one of its own in the environment
 */
export async function lambdaBeside(stepFunctions: SFNClient, given?: string): Promise<LambdaApi> {
  const { LambdaClient } = await import("@aws-sdk/client-lambda");
  const { config } = stepFunctions;
  const endpoint = given ?? process.env["AWS_ENDPOINT_URL_LAMBDA"] ?? (await endpointOf(stepFunctions));
  return lambdaApi(
    new LambdaClient({
      region: config.region,
      credentials: config.credentials,
      ...(endpoint === undefined ? {} : { endpoint }),
    }),
  );
}

async function endpointOf({ config }: SFNClient): Promise<string | undefined> {
  const endpoint = await config.endpoint?.();
  if (endpoint === undefined) return undefined;
  const { protocol, hostname, port } = endpoint;
  return `${protocol}//${hostname}${port === undefined ? "" : `:${port}`}`;
}

function lambdaApi(client: LambdaClient): LambdaApi {
  function of(FunctionName: string): { FunctionName: string; Qualifier: string } {
    return { FunctionName, Qualifier: ALIAS };
  }
  return {
    async get(functionName) {
      const { GetProvisionedConcurrencyConfigCommand } = await import("@aws-sdk/client-lambda");
      try {
        return provisioned(await client.send(new GetProvisionedConcurrencyConfigCommand(of(functionName))));
      } catch (error) {
        const status = { ProvisionedConcurrencyConfigNotFoundException: "none", ResourceNotFoundException: "missing" }[
          nameOf(error)
        ];
        if (status !== "none" && status !== "missing") throw error;
        return { status, requested: 0, available: 0 };
      }
    },
    async configuration(functionName) {
      const { GetFunctionConfigurationCommand } = await import("@aws-sdk/client-lambda");
      const { MemorySize, Version, Runtime, LastModified } = await client.send(
        new GetFunctionConfigurationCommand(of(functionName)),
      );
      return { memoryMiB: MemorySize, version: Version, runtime: Runtime, lastModified: LastModified };
    },
    async put(functionName, count) {
      const { PutProvisionedConcurrencyConfigCommand } = await import("@aws-sdk/client-lambda");
      const input = { ...of(functionName), ProvisionedConcurrentExecutions: count };
      return provisioned(await client.send(new PutProvisionedConcurrencyConfigCommand(input)));
    },
    async remove(functionName) {
      // Lambda answers the same whether there were any.
      if ((await this.get(functionName)).status === "none") return false;
      const { DeleteProvisionedConcurrencyConfigCommand } = await import("@aws-sdk/client-lambda");
      await client.send(new DeleteProvisionedConcurrencyConfigCommand(of(functionName)));
      return true;
    },
    close: () => client.destroy(),
  };
}

interface Answer {
  readonly RequestedProvisionedConcurrentExecutions?: number | undefined;
  readonly AvailableProvisionedConcurrentExecutions?: number | undefined;
  readonly Status?: "READY" | "IN_PROGRESS" | "FAILED" | undefined;
  readonly StatusReason?: string | undefined;
}

function provisioned(answer: Answer): Provisioned {
  const { StatusReason: reason, Status: status = "IN_PROGRESS" } = answer;
  return {
    status,
    requested: answer.RequestedProvisionedConcurrentExecutions ?? 0,
    available: answer.AvailableProvisionedConcurrentExecutions ?? 0,
    ...(reason === undefined ? {} : { reason }),
  };
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : "";
}
