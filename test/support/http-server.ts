import { createServer, type IncomingMessage } from "node:http";
import { listen, shut } from "../../infra/emulator/service/server.ts";

/** A request as a server has seen it. */
export interface SeenRequest {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a server answers with; undefined: never. */
export interface ServedAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Buffer;
}

export interface HttpServer {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  close(): Promise<void>;
}

/** A server on this machine, at a free port. */
export async function httpServer(answer: (request: SeenRequest) => ServedAnswer | undefined): Promise<HttpServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const { method = "", url: path = "", headers } = request;
    const one = { method, path, headers, body: Buffer.concat(parts).toString() };
    seen.push(one);
    const answered = answer(one);
    if (answered === undefined) return;
    const { status = 200, headers: given = {}, body = "" } = answered;
    for (const [name, value] of Object.entries(given))
      response.setHeader(name, typeof value === "string" ? value : [...value]);
    response.writeHead(status).end(body);
  });
  const port = await listen(server, "127.0.0.1", 0);
  return { url: `http://127.0.0.1:${port}`, seen, close: () => shut(server) };
}
