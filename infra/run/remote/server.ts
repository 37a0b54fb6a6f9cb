import { type SFNClientConfig, SFNClient } from "@aws-sdk/client-sfn";

/** Where `serverless offline` and `lambent emulator` listen if nobody says otherwise. */
export const LOCAL_ENDPOINT = "http://127.0.0.1:8083";

/** Milliseconds in which a server of this machine answers. */
const ANSWERS_WITHIN = 1500;

/** The account of executions of this machine. */
const LOCAL_ACCOUNT = "000000000000";

/** A server that has executions. */
export interface Server {
  readonly client: SFNClient;
  /** For people to read: `http://127.0.0.1:8083`, `AWS in eu-west-1`. */
  readonly name: string;
  readonly isAws: boolean;
}

/** Which server is meant. */
export interface ServerPlace {
  /** Default: what the environment says, as to the AWS SDK. */
  readonly endpoint?: string | undefined;
  /** AWS, though an emulator runs. */
  readonly aws?: boolean | undefined;
  readonly stage?: string | undefined;
  readonly region?: string | undefined;
}

/**
 * The server that is named, or the emulator of this machine if it runs, or else AWS.
 * @param named an ARN, which says where it is, or a name
 */
export async function findServer(place: ServerPlace, named = ""): Promise<Server> {
  // Otherwise the SDK warns at each start that a later version of it will need a newer Node.
  process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";
  const [, , , regionOfArn, account] = named.split(":");
  const { env } = process;
  const region = place.region ?? regionOfArn;
  const endpoint =
    place.endpoint ?? (place.aws === true ? undefined : (env["AWS_ENDPOINT_URL_SFN"] ?? env["AWS_ENDPOINT_URL"]));
  if (endpoint !== undefined) return local(endpoint, region);
  const mayBeLocal = place.aws !== true && (account === undefined || account === LOCAL_ACCOUNT);
  if (account === LOCAL_ACCOUNT || (mayBeLocal && (await answers(LOCAL_ENDPOINT))))
    return local(LOCAL_ENDPOINT, region);
  const client = new SFNClient(region === undefined ? {} : { region });
  return { client, name: region === undefined ? "AWS" : `AWS in ${region}`, isAws: true };
}
function local(endpoint: string, region: string = "us-east-1"): Server {
  const { AWS_ACCESS_KEY_ID: key, AWS_SESSION_TOKEN: sessionToken } = process.env;
  const keys = {
    accessKeyId: "local",
    secretAccessKey: "local",
    ...(sessionToken === undefined ? {} : { sessionToken }),
  };
  // An emulator takes any keys; one with a token takes it as a session's.
  const config: SFNClientConfig = { endpoint, region, ...(key === undefined ? { credentials: keys } : {}) };
  return { client: new SFNClient(config), name: endpoint, isAws: false };
}

/** Whether Step Functions is spoken there. */
async function answers(endpoint: string): Promise<boolean> {
  try {
    const { status } = await fetch(endpoint, {
      method: "POST",
      headers: { "x-amz-target": "AWSStepFunctions.ListStateMachines", "content-type": "application/x-amz-json-1.0" },
      body: "{}",
      signal: AbortSignal.timeout(ANSWERS_WITHIN),
    });
    // 403: it asks for a token.
    return status === 200 || status === 403;
  } catch {
    return false;
  }
}
