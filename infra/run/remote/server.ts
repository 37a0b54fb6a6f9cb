import { type SFNClientConfig, SFNClient } from "@aws-sdk/client-sfn";
import { LambentError } from "../../../sdk/base/errors.ts";
import { mayBeOwn } from "../servers/port-owner.ts";
import { answersStepFunctions, runningServers } from "../servers/running-servers.ts";
import type { LocalServer } from "../servers/server-file.ts";
import { chooseServer, serves } from "./choose-server.ts";

/** Where `serverless offline` and `lambent emulator` listen if nobody says otherwise. */
const LOCAL_PORT = 8083;
const LOCAL_ENDPOINT = `http://127.0.0.1:${LOCAL_PORT}`;

/** The account of executions of this machine. */
const LOCAL_ACCOUNT = "000000000000";

/** For StartSyncExecution clients put `sync-` before the host's name, which no local name server knows. */
const LOCAL = { disableHostPrefix: true } as const;

/** A service at one stage, by which workflows are found. */
export interface ServiceHere {
  readonly service: string;
  readonly stage: string;
  readonly region?: string | undefined;
}

/** A server that has executions. */
export interface Server {
  readonly client: SFNClient;
  /** For people to read: `http://127.0.0.1:8083`, `AWS in eu-west-1`. */
  readonly name: string;
  readonly isAws: boolean;
  /** Absent if it is not known. */
  readonly service?: ServiceHere | undefined;
  /** The directory of an emulator that is not this directory's, and was taken as the only one that runs. */
  readonly strangeDirectory?: string | undefined;
}

/** Which server is meant. */
export interface ServerPlace {
  /** Default: what the environment says, as to the AWS SDK. */
  readonly endpoint?: string | undefined;
  /** AWS, though an emulator runs. */
  readonly aws?: boolean | undefined;
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
  /** The emulator of this directory's service comes before others. Default: where the process is. */
  readonly directory?: string | undefined;
  /** Is told which server it is, if no option has named it. */
  readonly tell?: ((line: string) => void) | undefined;
  /** The service of the directory, of which AWS may have the workflows. Default: none is known. */
  readonly readService?: (() => Promise<ServiceHere | undefined>) | undefined;
}

/**
 * The server that is named; or the emulator of this directory, or the only one of this machine; or else AWS.
 * @param named an ARN, which says where it is, or a name
 * @throws {LambentError} if several emulators could be meant, or none runs that could have the ARN
 */
export async function findServer(place: ServerPlace, named = ""): Promise<Server> {
  // Otherwise the SDK warns at each start that a later version of it will need a newer Node.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  if (place.endpoint !== undefined) return atEndpoint(place.endpoint, place, named);
  if (place.aws === true) return onAws(place, named);
  const variable = ["AWS_ENDPOINT_URL_SFN", "AWS_ENDPOINT_URL"].find((name) => (process.env[name] ?? "") !== "");
  if (variable !== undefined) {
    const endpoint = process.env[variable] ?? "";
    if (!URL.canParse(endpoint)) throw new LambentError(`$${variable} is not a URL: ${endpoint}`);
    place.tell?.(`at ${endpoint}, by $${variable}`);
    return atEndpoint(endpoint, place, named);
  }
  return (await onThisMachine(place, named)) ?? onAws(place, named);
}

/** An emulator of this machine, if one can be meant. */
async function onThisMachine(place: ServerPlace, named: string): Promise<Server | undefined> {
  const running = await runningServers();
  const { region, account } = partsOf(named);
  const isLocal =
    account === undefined || account === LOCAL_ACCOUNT || running.some((one) => one.accountId === account);
  if (!isLocal) return undefined;
  const chosen = chooseServer(running, { ...place, account, regionOfArn: region });
  if (chosen !== undefined) {
    place.tell?.(`at ${toldServer(chosen)}`);
    return { ...local(chosen), ...(serves(chosen, place.directory) ? {} : { strangeDirectory: chosen.directory }) };
  }
  // In a container, say, whose files are not here. Another user's could have inputs sent to them. It tells no stage.
  const isPassedOver = place.stage !== undefined || running.some(({ url }) => url === LOCAL_ENDPOINT);
  if (!isPassedOver && mayBeOwn(LOCAL_PORT) && (await answersStepFunctions(LOCAL_ENDPOINT))) {
    place.tell?.(`at ${LOCAL_ENDPOINT}`);
    return atEndpoint(LOCAL_ENDPOINT, place, named);
  }
  if (account === undefined) return undefined;
  throw new LambentError(
    `no emulator runs that could have ${named}: start \`npx serverless offline\` or \`npx lambent emulator\`, or name a server with --endpoint URL`,
  );
}

/** `http://127.0.0.1:8083, which serves shop (dev) of /home/me/shop`. */
export function toldServer({ url, directory, service, stage }: LocalServer): string {
  return service === undefined
    ? `${url}, started in ${directory}`
    : `${url}, which serves ${service} (${stage}) of ${directory}`;
}

async function onAws(place: ServerPlace, named: string): Promise<Server> {
  const service = named.startsWith("arn:") ? undefined : await place.readService?.();
  const region = place.region ?? partsOf(named).region ?? service?.region;
  const client = new SFNClient(region === undefined ? {} : { region });
  // Without one, there is no name for it, and the first request says what is to be set.
  const name = await client.config.region().then(
    (known) => `AWS in ${known}`,
    () => "AWS",
  );
  place.tell?.(`at ${name}${service === undefined ? "" : `, ${service.service} (${service.stage})`}`);
  return { client, name, isAws: true, service };
}

function atEndpoint(endpoint: string, { region }: ServerPlace, named: string): Server {
  const config: SFNClientConfig = { endpoint, region: region ?? partsOf(named).region ?? "us-east-1" };
  // An endpoint of AWS's own, as in a VPC, takes the keys that the SDK finds.
  if (/\.(?:amazonaws\.com(?:\.cn)?|api\.aws)$/.test(new URL(endpoint).hostname))
    return { client: new SFNClient(config), name: endpoint, isAws: true };
  return { client: new SFNClient({ ...config, ...localKeys(), ...LOCAL }), name: endpoint, isAws: false };
}

function local({ url, region, service, stage }: LocalServer): Server {
  return {
    client: new SFNClient({ endpoint: url, region, ...localKeys(), ...LOCAL }),
    name: url,
    isAws: false,
    ...(service === undefined || stage === undefined ? {} : { service: { service, stage, region } }),
  };
}

/** An emulator takes any keys; one with a token takes it as a session's. */
function localKeys(): Pick<SFNClientConfig, "credentials"> {
  const { AWS_ACCESS_KEY_ID: key, AWS_SESSION_TOKEN: sessionToken } = process.env;
  if ((key ?? "") !== "") return {};
  return {
    credentials: {
      accessKeyId: "local",
      secretAccessKey: "local",
      ...(sessionToken === undefined ? {} : { sessionToken }),
    },
  };
}

function partsOf(arn: string): { readonly region?: string | undefined; readonly account?: string | undefined } {
  if (!arn.startsWith("arn:")) return {};
  const [, , , region, account] = arn.split(":");
  return { region, account };
}
