import type { Failure } from "../api.ts";
import { tokenHeaders } from "./token.ts";

/** What the server has refused, under AWS's name for it. */
export class Refused extends Error {
  readonly status: number;

  constructor({ __type, message }: Failure, status: number) {
    super(message);
    this.name = __type;
    this.status = status;
  }

  /** Whether it asks for the token that it was started with. */
  get wantsToken(): boolean {
    return this.status === 403 && this.message.includes("token");
  }
}

/** Nobody has answered. */
export class Unreachable extends Error {
  override readonly name: string = "Unreachable";
}

/**
 * Ask the server that the page came from.
 * @throws {Refused} with what it says
 * @throws {Unreachable} if it does not answer
 */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = { ...tokenHeaders(), ...(init.headers as Record<string, string> | undefined) }; // given as an object throughout this page
  let answer: Response;
  try {
    answer = await fetch(path, { ...init, headers });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new Unreachable("The server does not answer: it has ended, or is being started anew.");
  }
  if (answer.ok) return answer;
  throw new Refused(await failureIn(answer), answer.status);
}

async function failureIn(answer: Response): Promise<Failure> {
  const text = await answer.text();
  try {
    const { __type = "Error", message = text } = JSON.parse(text) as Partial<Failure>; // checked by its defaults
    return { __type, message };
  } catch {
    return { __type: `HTTP ${answer.status}`, message: text };
  }
}

/** `GET /console/api/…`; the server and this page are of one version, so that the answer is what `api.ts` says. */
export async function read<T>(
  path: string,
  query: Readonly<Record<string, string>> = {},
  signal?: AbortSignal,
): Promise<T> {
  const search = new URLSearchParams(query).toString();
  const answer = await send(
    `/console/api/${path}${search === "" ? "" : `?${search}`}`,
    signal === undefined ? {} : { signal },
  );
  return (await answer.json()) as T;
}

/** `POST /console/api/…` */
export async function post<T>(path: string, input: object = {}): Promise<T> {
  const answer = await send(`/console/api/${path}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  return (await answer.json()) as T;
}

/** An operation of Step Functions' own API, by the same origin. */
export async function call<T>(operation: string, input: object, signal?: AbortSignal): Promise<T> {
  const answer = await send("/", {
    method: "POST",
    headers: { "x-amz-target": `AWSStepFunctions.${operation}`, "content-type": "application/x-amz-json-1.0" },
    body: JSON.stringify(input),
    ...(signal === undefined ? {} : { signal }),
  });
  return (await answer.json()) as T;
}
