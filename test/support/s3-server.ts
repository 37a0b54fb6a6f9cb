import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CreateBucketCommand, S3Client, type S3ClientConfig } from "@aws-sdk/client-s3";
import { freePort } from "./moto.ts";
import { findTool } from "./tools.ts";

/** A real S3 server: a gateway to a directory on this machine. */
export const s3Server: string | undefined = findTool("versitygw");

/** What becomes of the next requests, before they reach the server or on their answers' way back. */
export type Fault = "503" | "409" | "reset" | "corrupt" | { readonly cutAfter: number };

/** The server behind a line that can fail. */
export class S3Server {
  /** Of the coming requests; each is used up by one. */
  readonly faults: Fault[] = [];
  requests = 0;
  readonly config: S3ClientConfig;
  readonly #child: ChildProcess;
  readonly #line: Server;
  readonly #directory: string;

  private constructor(child: ChildProcess, line: Server, directory: string, config: S3ClientConfig) {
    this.#child = child;
    this.#line = line;
    this.#directory = directory;
    this.config = config;
  }

  static async start(): Promise<S3Server> {
    const directory = mkdtempSync(join(tmpdir(), "lambent-s3-"));
    mkdirSync(join(directory, "objects"));
    mkdirSync(join(directory, "metadata"));
    const port = await freePort();
    const child = spawn(
      s3Server ?? "versitygw",
      [
        "--port",
        `127.0.0.1:${port}`,
        "--access",
        "test",
        "--secret",
        "testtest",
        "--quiet",
        "posix",
        "--sidecar",
        join(directory, "metadata"),
        join(directory, "objects"),
      ],
      { stdio: "ignore" },
    );
    const line = createServer();
    await new Promise<void>((resolve) => line.listen(0, "127.0.0.1", resolve));
    const { port: linePort } = line.address() as AddressInfo; // it listens on TCP
    const config: S3ClientConfig = {
      endpoint: `http://127.0.0.1:${linePort}`,
      region: "us-east-1",
      credentials: { accessKeyId: "test", secretAccessKey: "testtest" },
      forcePathStyle: true,
    };
    const server = new S3Server(child, line, directory, config);
    line.on("request", (incoming, outgoing) => server.#pass(port, incoming, outgoing));
    for (let attempt = 0; !(await answers(port)); attempt++) {
      if (attempt === 150 || child.exitCode !== null) throw new Error("versitygw does not answer");
      await sleep(100);
    }
    return server;
  }

  async makeBucket(name: string): Promise<string> {
    const client = new S3Client(this.config);
    await client.send(new CreateBucketCommand({ Bucket: name }));
    client.destroy();
    return name;
  }

  stop(): void {
    this.#child.kill();
    this.#line.closeAllConnections();
    this.#line.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  #pass(port: number, incoming: IncomingMessage, outgoing: ServerResponse): void {
    this.requests++;
    const fault = this.faults.shift();
    if (fault === "reset") {
      incoming.socket.destroy();
      return;
    }
    if (fault === "503" || fault === "409") {
      incoming.resume();
      incoming.once("end", () =>
        outgoing
          .writeHead(Number(fault), { "content-type": "application/xml" })
          .end(
            fault === "503"
              ? "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>"
              : "<Error><Code>ConditionalRequestConflict</Code><Message>Another write is under way.</Message></Error>",
          ),
      );
      return;
    }
    const { method, url, headers } = incoming;
    const forwarded = request({ host: "127.0.0.1", port, method, path: url, headers }, (answer) => {
      answer.once("error", () => outgoing.destroy());
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      if (fault === undefined) answer.pipe(outgoing);
      else if (fault === "corrupt") corrupt(answer, outgoing);
      else cut(answer, outgoing, fault.cutAfter);
    });
    forwarded.once("error", () => outgoing.destroy());
    incoming.pipe(forwarded);
  }
}

/** Pass on that many bytes, then hang up. */
function cut(answer: IncomingMessage, outgoing: ServerResponse, bytes: number): void {
  let left = bytes;
  answer.on("data", (chunk: Buffer) => {
    outgoing.write(chunk.subarray(0, left));
    left -= Math.min(left, chunk.byteLength);
    if (left > 0) return;
    answer.destroy();
    setTimeout(() => outgoing.destroy(), 20); // what was written must be on its way first
  });
}

/** Pass on all bytes, the first one changed. */
function corrupt(answer: IncomingMessage, outgoing: ServerResponse): void {
  let first = true;
  answer.on("data", (chunk: Buffer) => {
    if (first) chunk[0] = (chunk[0] ?? 0) ^ 1;
    first = false;
    outgoing.write(chunk);
  });
  answer.once("end", () => outgoing.end());
}

function answers(port: number): Promise<boolean> {
  return fetch(`http://127.0.0.1:${port}/`).then(
    () => true,
    () => false,
  );
}
