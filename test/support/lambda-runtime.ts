import { spawn, type ChildProcess } from "node:child_process";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { packageRoot } from "./project-directory.ts";

const TOOLS = join(packageRoot, ".tools", "node", "node_modules");

/** AWS's own runtime of Node functions, and the Node that Lambda runs it on. */
export const runtimeClient: string = join(TOOLS, "aws-lambda-ric", "index.mjs");
export const lambdaNode: string = join(TOOLS, "node", "bin", "node");

export interface Invoked {
  readonly payload: unknown;
  /** Whether the function failed; the payload is then the error as Lambda shows it. */
  readonly failed: boolean;
}

/** One instance of a function, under AWS's runtime: what Lambda runs, with this process in the place of its service. */
export class LambdaInstance {
  readonly #server: Server;
  readonly #child: ChildProcess;
  #output = "";
  #poll: ServerResponse | undefined;
  readonly #waiting: { readonly payload: string; readonly settle: (invoked: Invoked) => void }[] = [];
  readonly #running = new Map<string, (invoked: Invoked) => void>();
  #failure: Invoked | undefined;
  #requests = 0;

  private constructor(server: Server, child: ChildProcess) {
    this.#server = server;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data: Buffer) => (this.#output += data.toString()));
    child.once("exit", (code) =>
      this.#fail({ failed: true, payload: `the runtime ended with ${code}:\n${this.#output}` }),
    );
    server.on("request", (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response));
  }

  /**
   * @param codeDirectory the unzipped bundle
   * @param environment beneath what Lambda itself sets
   * @param node the program that runs it
   */
  static async start(
    codeDirectory: string,
    environment: Readonly<Record<string, string>>,
    node: string = lambdaNode,
  ): Promise<LambdaInstance> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo; // it listens on TCP
    const child = spawn(node, [runtimeClient], {
      cwd: codeDirectory,
      env: {
        PATH: process.env["PATH"],
        HOME: codeDirectory,
        AWS_LAMBDA_RUNTIME_API: `127.0.0.1:${port}`,
        LAMBDA_TASK_ROOT: codeDirectory,
        _HANDLER: "index.handler",
        AWS_LAMBDA_FUNCTION_NAME: "function",
        AWS_LAMBDA_FUNCTION_VERSION: "1",
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "1024",
        AWS_LAMBDA_LOG_GROUP_NAME: "/aws/lambda/function",
        AWS_LAMBDA_LOG_STREAM_NAME: "2026/11/22/[1]0123456789abcdef",
        AWS_LAMBDA_INITIALIZATION_TYPE: "provisioned-concurrency",
        AWS_REGION: "eu-west-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "testtest",
        ...environment,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new LambdaInstance(server, child);
  }

  invoke(payload: object): Promise<Invoked> {
    return new Promise((settle) => {
      if (this.#failure !== undefined) settle(this.#failure);
      else this.#waiting.push({ payload: JSON.stringify(payload), settle });
      this.#give();
    });
  }

  /** What it has printed. */
  get output(): string {
    return this.#output;
  }

  stop(): void {
    this.#child.kill();
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = "" } = request;
    if (url.endsWith("/runtime/invocation/next")) {
      this.#poll = response;
      this.#give();
      return;
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array)); // no encoding is set, so chunks are bytes
    const payload: unknown = JSON.parse(Buffer.concat(chunks).toString() || "null");
    response.writeHead(202).end();
    const [, id, kind] = /\/runtime\/invocation\/([^/]+)\/(response|error)$/.exec(url) ?? [];
    if (id === undefined) {
      this.#fail({ failed: true, payload }); // …/runtime/init/error
      return;
    }
    this.#running.get(id)?.({ payload, failed: kind === "error" });
    this.#running.delete(id);
  }

  #give(): void {
    if (this.#poll === undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const id = `request-${++this.#requests}`;
    this.#running.set(id, next.settle);
    this.#poll.writeHead(200, {
      "content-type": "application/json",
      "lambda-runtime-aws-request-id": id,
      "lambda-runtime-deadline-ms": String(Date.now() + 60_000),
      "lambda-runtime-invoked-function-arn": "arn:aws:lambda:eu-west-1:123456789012:function:function:provisioned",
    });
    this.#poll.end(next.payload);
    this.#poll = undefined;
  }

  #fail(failure: Invoked): void {
    this.#failure = failure;
    for (const settle of this.#running.values()) settle(failure);
    for (const { settle } of this.#waiting.splice(0)) settle(failure);
  }
}
