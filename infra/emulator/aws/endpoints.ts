import { LambentError } from "../../../sdk/base/errors.ts";
import { isAwsHost } from "./aws-hosts.ts";
import { configuredEndpoint, ignoresConfigured } from "./shared-config.ts";
import { type AwsService, awsService } from "./services.ts";

/** Where AWS's APIs are spoken. */
export interface EndpointOptions {
  /**
   * Where Tasks find AWS's services: one URL for all of them, or one for each by its name, as
   * `{ dynamodb: "http://127.0.0.1:8000", "*": "http://127.0.0.1:4566" }`. Default: the variables
   * `AWS_ENDPOINT_URL_<SERVICE>` and `AWS_ENDPOINT_URL`, and then `endpoint_url` of AWS's shared config file.
   */
  readonly endpointUrl?: string | Readonly<Record<string, string>>;
  /** Requests may go to AWS itself, with the credentials that the AWS SDK finds. Default: nothing leaves for AWS. */
  readonly aws?: boolean;
}

/** Where requests for a service go. */
export type Destination =
  /** To an endpoint that the user has named. */
  | { readonly kind: "named"; readonly url: string }
  /** To AWS itself, at this endpoint, or where AWS has the service. */
  | { readonly kind: "aws"; readonly url?: string };

/** For all services that have no endpoint of their own. */
const ALL = "*";
const VARIABLE = "AWS_ENDPOINT_URL";

/** Which endpoint each of AWS's services has here. */
export class Endpoints {
  readonly #named = new Map<string, string>();
  readonly #allowsAws: boolean;

  /** @throws {LambentError} if a service is unknown, or what is given as an endpoint is no URL */
  constructor({ endpointUrl = {}, aws = false }: EndpointOptions) {
    this.#allowsAws = aws;
    const given = typeof endpointUrl === "string" ? { [ALL]: endpointUrl } : endpointUrl;
    for (const [name, url] of Object.entries(given)) {
      checkUrl(url, `endpointUrl${name === ALL ? "" : ` of ${name}`}`);
      this.#named.set(name === ALL ? ALL : knownService(name).id, url);
    }
    for (const [variable, url] of Object.entries(process.env)) {
      if (url && (variable === VARIABLE || variable.startsWith(`${VARIABLE}_`))) checkUrl(url, variable);
    }
  }

  /** Whether requests may go to AWS itself. */
  get allowsAws(): boolean {
    return this.#allowsAws;
  }

  /** @returns undefined if there is nowhere to send its requests */
  of(service: AwsService): Destination | undefined {
    const url = this.#urlOf(service);
    if (url === undefined) return this.#allowsAws ? { kind: "aws" } : undefined;
    if (!isAwsHost(new URL(url).hostname)) return { kind: "named", url };
    return this.#allowsAws ? { kind: "aws", url } : undefined;
  }

  /** Why requests for a service have nowhere to go, as the end of a sentence. */
  lack({ id, variable }: AwsService): string {
    return `name an endpoint that speaks ${id} (--endpoint-url URL, offline.endpointUrl in the lambent block of serverless.yml, ${variable} or ${VARIABLE}), or allow requests to AWS itself with your own credentials (--aws, offline.aws)`;
  }

  #urlOf(service: AwsService): string | undefined {
    // A variable that is set to nothing counts as not set.
    const named = this.#named.get(service.id) ?? this.#named.get(ALL);
    if (named !== undefined || ignoresConfigured()) return named;
    const { env } = process;
    return [env[service.variable], env[VARIABLE]].find(Boolean) ?? configuredEndpoint(service.id);
  }
}

function knownService(name: string): AwsService {
  const service = awsService(name);
  if (service !== undefined) return service;
  throw new LambentError(
    `endpointUrl names ${name}, which is no service of AWS: write it as after arn:aws:states:::aws-sdk:, as dynamodb or cloudwatchlogs, and "${ALL}" for all others`,
  );
}

function checkUrl(url: string, where: string): void {
  if (URL.canParse(url) && /^https?:$/.test(new URL(url).protocol)) return;
  throw new LambentError(`${where} is not a URL of http or https, as http://127.0.0.1:4566: ${url}`);
}
