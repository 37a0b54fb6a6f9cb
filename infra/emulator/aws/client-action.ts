import { pathToFileURL } from "node:url";
import { messageOf } from "../../../sdk/base/errors.ts";
import { StateError } from "../../language/state-error.ts";
import { excerpt, readAll } from "./answer-body.ts";
import type { Call, Called } from "./aws-call.ts";
import { fromClient, isStream, toClient } from "./client-shapes.ts";
import { keysForNamed } from "./keys.ts";

/** A client of the SDK, as far as it is used here. */
interface Client {
  send(command: object, options: { readonly abortSignal: AbortSignal }): Promise<object>;
  destroy(): void;
  readonly config: { readonly requestHandler: { readonly metadata?: { readonly handlerProtocol?: string } } };
  readonly middlewareStack: {
    add(middleware: Middleware, options: { readonly step: "deserialize"; readonly priority: "low" }): void;
  };
}
interface Response {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  body?: AsyncIterable<Uint8Array> | Uint8Array | undefined;
}
type Step = (request: unknown) => Promise<{ readonly response: unknown }>;
type Middleware = (next: Step) => Step;

/** Of a command's operation, the fifth and sixth part describe input and output. */
interface Command {
  readonly schema?: { readonly 4?: unknown; readonly 5?: unknown };
}
type Constructor<T> = new (input: object) => T;

/** An error as the SDK throws it. */
interface SdkError extends Error {
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: Partial<Response>;
}

/**
 * Calls an action of a service with its client of the AWS SDK, which speaks its protocol.
 * @param file of the client's package
 * @throws {StateError}
 */
export async function callClient(call: Call, file: string): Promise<Called> {
  const { service, action, input, style, signal } = call;
  const sdk = new Map<string, unknown>(Object.entries(await import(pathToFileURL(file).href)));
  const CommandClass = commandClass(sdk, action);
  if (CommandClass === undefined) throw style.failure(`${service.clientPackage} has no action ${action}`);
  const { schema } = new CommandClass({});
  if (schema?.[4] === undefined) throw style.failure(tooOld(service.clientPackage));
  const client = await clientFor(call, clientClass(sdk));
  const lastResponse = watch(client, isStream(schema[5]));
  try {
    const output = await client.send(new CommandClass(toClient(input, schema[4])), { abortSignal: signal });
    const { statusCode, headers } = lastResponse();
    return {
      output: await fromClient(output, schema[5], call.telling),
      status: statusCode,
      headers: new Headers({ ...headers }),
    };
  } catch (error) {
    throw failureOf(error, sdk, call, lastResponse());
  } finally {
    client.destroy();
  }
}

function tooOld(name: string): string {
  return `the ${name} that is installed is too old to say what its actions take: npm install ${name}@latest`;
}

/** `describeDBInstances` is done by `DescribeDBInstancesCommand`. */
function commandClass(sdk: ReadonlyMap<string, unknown>, action: string): Constructor<Command> | undefined {
  const name = `${action}Command`.toLowerCase();
  const found = [...sdk.keys()].find((one) => one.toLowerCase() === name);
  // What a client's package exports under such a name is a command.
  return found === undefined ? undefined : (sdk.get(found) as Constructor<Command>);
}

function clientClass(sdk: ReadonlyMap<string, unknown>): Constructor<Client> {
  const name = [...sdk.keys()].find((one) => one.endsWith("Client") && one !== "__Client");
  return sdk.get(name ?? "") as Constructor<Client>; // each client's package exports one
}

/** Some speak HTTP/2 with AWS, as that of Bedrock; servers of one's own speak HTTP/1.1. */
async function clientFor(call: Call, ClientClass: Constructor<Client>): Promise<Client> {
  const client = new ClientClass(settings(call));
  if (call.destination.kind === "aws" || client.config.requestHandler.metadata?.handlerProtocol !== "h2") return client;
  client.destroy();
  const { SFNClient } = await import("@aws-sdk/client-sfn");
  const { requestHandler } = new SFNClient({ region: call.region }).config;
  return new ClientClass({ ...settings(call), requestHandler });
}

function settings({ destination, region }: Call): object {
  const common = { region, maxAttempts: 1 };
  if (destination.kind === "aws")
    return destination.url === undefined ? common : { ...common, endpoint: destination.url };
  // One address answers for all names: no host per bucket, and no prefix of one operation.
  const oneHost = { forcePathStyle: true, disableHostPrefix: true };
  return { ...common, ...oneHost, endpoint: destination.url, credentials: keysForNamed() };
}

/**
 * Tells of the response that has come last.
 * @param isStream its body is what the action is asked for, and may be anything
 */
function watch({ middlewareStack }: Client, isStream: boolean): () => Response {
  let last: Response = { statusCode: 200, headers: {} };
  middlewareStack.add(
    (next) => async (request) => {
      const result = await next(request);
      const response = result.response as Response; // the transport's, in every version of the SDK
      last = response;
      // As it has come: what reads it puts other things in the place of its body.
      if (!isStream || response.statusCode >= 300) last = { ...response, body: await refusePage(response) };
      return result;
    },
    { step: "deserialize", priority: "low" },
  );
  return () => last;
}

/** The SDK finds nothing that it looks for in a page, and would take that for an answer without members. */
async function refusePage(response: Response): Promise<Response["body"]> {
  const { body, statusCode } = response;
  if (body === undefined) return undefined;
  const bytes = body instanceof Uint8Array ? body : await readAll(body);
  response.body = bytes;
  const start = Buffer.from(bytes.subarray(0, 1000)).toString().trimStart();
  if (!/^<(?:!doctype\s+html|html)/i.test(start) || statusCode >= 300) return bytes;
  throw new Error(`the endpoint has answered ${statusCode} with a page: ${excerpt(start)}`);
}

function failureOf(
  error: unknown,
  sdk: ReadonlyMap<string, unknown>,
  { style, service, action, destination }: Call,
  { body }: Response,
): StateError {
  if (error instanceof StateError) return error;
  const { name, message, $fault, $metadata, $response } = error as SdkError; // whatever it is, its members are looked at
  const status = $metadata?.httpStatusCode ?? $response?.statusCode;
  if (name === "CredentialsProviderError") return style.failure(`Unable to load credentials: ${message}`);
  const where = destination.url === undefined ? "" : new URL(destination.url).origin;
  if (status === undefined)
    return style.failure(`Unable to execute HTTP request: ${messageOf(error)}${where && ` (${where})`}`);
  const text = body instanceof Uint8Array ? Buffer.from(body).toString() : message;
  const isRead = $fault !== undefined && !/^Unknown(?:Error)?$/.test(message);
  if (!isRead && status < 300)
    return style.failure(
      `Unable to unmarshall response: ${where || service.id} has answered ${status} with what cannot be read: ${excerpt(text)}`,
    );
  const about = { status, requestId: $metadata?.requestId };
  if (!isRead && name !== "NotFound")
    return style.fault({ ...about, name: undefined, message: `answered with: ${excerpt(text)}` });
  // An error that the service's model has is a class of the package.
  const ErrorClass = sdk.get(name);
  const isOwn = typeof ErrorClass === "function" && error instanceof ErrorClass;
  // A HEAD request is answered without a body; the SDK for Java goes by what was asked for.
  if (service.id === "S3" && name === "NotFound")
    return style.fault({ ...about, name: action === "headBucket" ? "NoSuchBucket" : "NoSuchKey", message: "null" });
  return style.fault({ ...about, name: isOwn ? name : undefined, message });
}
