import type { Json } from "../../../sdk/base/json.ts";

/** The Serverless Framework's plugin API, as far as Lambent uses it. */
export interface Serverless {
  readonly version: string;
  readonly serviceDir: string;
  readonly processedInput: {
    readonly commands: readonly string[];
    readonly options: Readonly<Record<string, unknown>>;
  };
  /** serverless.yml as it was read; `extendConfiguration` adds to it. */
  readonly configurationInput: Readonly<Record<string, unknown>>;
  readonly service: {
    readonly service: string;
    readonly provider: Provider;
    readonly functions: Record<string, FunctionEntry>;
  } & Readonly<Record<string, unknown>>;
  /** The framework prints errors of this class without a stack. */
  readonly classes: { readonly Error: new (message: string, code: string, options?: ErrorOptions) => Error };
  readonly configSchemaHandler: { defineTopLevelProperty(name: string, schema: object): void };
  getProvider(name: "aws"): AwsProvider;
  /** May only be called while plugins initialise. */
  extendConfiguration(path: readonly string[], value: unknown): void;
  addServiceOutputSection(name: string, lines: readonly string[]): void;
}

/** What serving a service on this machine reads of it: the framework has it, and `lambent dev` makes it of serverless.yml. */
export interface ServedService extends Pick<
  Serverless,
  "serviceDir" | "processedInput" | "configurationInput" | "service"
> {
  getProvider(name: "aws"): Pick<AwsProvider, "getStage" | "getRegion" | "naming">;
}

/** The `provider` block of serverless.yml, as far as Lambent reads it. */
export interface Provider {
  readonly runtime?: string;
  readonly architecture?: "x86_64" | "arm64";
  /** Seconds. */
  readonly timeout?: number;
  readonly environment?: Readonly<Record<string, unknown>>;
  readonly logRetentionInDays?: number;
  readonly tracing?: { readonly lambda?: boolean | string };
  readonly logs?: { readonly lambda?: LambdaLogs };
  readonly iam?: { readonly role?: string | ProviderRole };
  /** Older fields for what `iam.role` has. */
  readonly role?: unknown;
  readonly iamRoleStatements?: readonly Statement[];
  readonly iamManagedPolicies?: readonly Json[];
  readonly rolePermissionsBoundary?: Json;
  /** Set while a service is packaged. */
  readonly compiledCloudFormationTemplate?: Template;
  /** What the stack is created with; absent where its author brings the bucket that code is deployed through. */
  readonly coreCloudFormationTemplate?: Template;
  readonly stackTags?: Readonly<Record<string, string>>;
}

export interface ProviderRole {
  readonly statements?: readonly Statement[];
  readonly managedPolicies?: readonly Json[];
  readonly permissionsBoundary?: Json;
  /** An older spelling. */
  readonly permissionBoundary?: Json;
  readonly path?: string;
  readonly tags?: Readonly<Record<string, string>>;
}

export interface AwsProvider {
  getStage(): string;
  getRegion(): string;
  /** What the keys of all that is deployed begin with. */
  getDeploymentPrefix(): string;
  /** Asks AWS, unless serverless.yml names it. */
  getServerlessDeploymentBucketName(): Promise<string>;
  getAwsSdkV3Config(): Promise<object>;
  /** Asks AWS. */
  getAccountId(): Promise<string>;
  /** The ARN of the role that CloudFormation takes on. */
  getCustomDeploymentRole(): string | undefined;
  /** The URI by digest of an image by tag; it asks ECR. */
  resolveImageUriAndShaFromUri(uri: string): Promise<unknown>;
  readonly naming: {
    getStackName(): string;
    getNormalizedFunctionName(name: string): string;
    getLambdaLogicalId(name: string): string;
    getLogGroupLogicalId(name: string): string;
    getLambdaProvisionedConcurrencyAliasLogicalId(name: string): string;
  };
}

/** How a function's logs are written. */
export interface LambdaLogs {
  readonly logFormat?: "JSON" | "Text";
  readonly applicationLogLevel?: string;
}

/** An entry of `functions` in serverless.yml. The framework sets further fields while it packages. */
export interface FunctionEntry {
  name?: string;
  handler?: string;
  image?: unknown;
  runtime?: string;
  architecture?: "x86_64" | "arm64";
  role?: unknown;
  /** `false` and null: none, though the provider or the actor has one. */
  vpc?: object | false | null;
  disableLogs?: boolean;
  /** `LoggingConfig`. */
  logs?: LambdaLogs;
  events?: unknown;
  environment?: Readonly<Record<string, unknown>>;
  provisionedConcurrency?: number;
  reservedConcurrency?: number;
  layers?: unknown;
  versionFunction?: boolean;
  package?: { individually?: boolean; artifact?: string; patterns?: readonly string[] };
  versionLogicalId?: string;
  targetAlias?: { readonly name: string; readonly logicalId: string };
  [field: string]: unknown;
}

/** A CloudFormation template, which plugins may add to. */
export interface Template {
  readonly Resources: Record<string, Resource>;
  readonly Outputs: Record<string, Json>;
}

export interface Resource {
  readonly Type: string;
  DependsOn?: string | readonly string[];
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties: Readonly<Record<string, Json>>;
}

/** An IAM statement. */
export interface Statement {
  readonly Effect: "Allow" | "Deny";
  readonly Action: string | readonly string[];
  readonly Resource: Json;
  readonly Condition?: Json;
}

/** The third argument of a plugin's constructor. */
export interface PluginTools {
  readonly log: { notice(text: string): void; warning(text: string): void; error(text: string): void };
}
