import { createServer, type Server } from "node:http";
import type { Json, JsonObject } from "../../sdk/base/json.ts";
import { listen, shut } from "../../infra/emulator/service/server.ts";

/** One request of an action, with its arguments as they are on the wire. */
export interface ApiRequest {
  readonly action: string;
  readonly input: JsonObject;
}

/** A server on this machine that speaks AWS's protocol of JSON with a target in a header. */
export interface JsonApi {
  readonly url: string;
  readonly requests: readonly ApiRequest[];
  /** Resolves once an action has been asked for. */
  asked(action: string): Promise<ApiRequest>;
  close(): Promise<void>;
}

/** What an action is answered with; an `Error` is an error of the service by its name. */
type Answer = (input: JsonObject) => Json | Error | undefined;

/** @param answers by action; one that gives undefined is not answered at all */
export async function jsonApi(answers: Readonly<Record<string, Answer>>): Promise<JsonApi> {
  const requests: ApiRequest[] = [];
  const waiting: { readonly action: string; readonly resolve: (request: ApiRequest) => void }[] = [];
  const server: Server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const part of request) body.push(part);
    const action = String(request.headers["x-amz-target"]).split(".").at(-1) ?? "";
    const asked = { action, input: JSON.parse(Buffer.concat(body).toString() || "{}") };
    requests.push(asked);
    for (const one of waiting) if (one.action === action) one.resolve(asked);
    const answer = (answers[action] ?? (() => new Error("UnknownOperationException")))(asked.input);
    if (answer === undefined) return;
    const failed = answer instanceof Error;
    const document = failed ? { __type: answer.message, message: "as the test has it" } : answer;
    response.writeHead(failed ? 400 : 200, { "x-amzn-requestid": "r" }).end(JSON.stringify(document));
  });
  const port = await listen(server, "127.0.0.1", 0);
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    asked(action) {
      const made = requests.find((one) => one.action === action);
      return made === undefined ? new Promise((resolve) => waiting.push({ action, resolve })) : Promise.resolve(made);
    },
    close: () => shut(server),
  };
}
