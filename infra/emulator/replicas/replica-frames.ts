/**
 * What pool and replica say to each other, as frames on a socket pair: the length of the rest (uint32, little
 * endian), the length of the header (likewise), the header (JSON), the body (text that nobody in between parses).
 */

/** Pool to replica: run the handler on the body, a JSON text. */
export interface RequestHeader {
  readonly requestId: string;
  /** Milliseconds since the epoch at which the invocation times out. */
  readonly deadline: number;
  readonly functionArn: string;
  readonly traceId: string;
  /** JSON text. */
  readonly clientContext?: string;
}

/** The levels of Lambda's plain-text logs. */
export type LogLevel = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";

/** Replica to pool. */
export type ReplicaHeader =
  | { readonly type: "ready" }
  /** The body is an error document; the process ends by itself. */
  | { readonly type: "init-error" }
  /** The body is the handler's result, a JSON text. */
  | { readonly type: "result" }
  /** The body is an error document; `fatal`: the process ends by itself. */
  | { readonly type: "error"; readonly fatal?: true }
  /** The request's body was no JSON text; the body says why. */
  | { readonly type: "malformed-request" }
  /** A cache of the function begins to load. */
  | { readonly type: "load"; readonly cache: string }
  /** The body is what was printed, without its last line break. */
  | { readonly type: "log"; readonly stream: "stdout" | "stderr"; readonly level?: LogLevel };

/** What Lambda's runtime reports of an error. */
export interface ErrorDocument {
  readonly errorType: string;
  readonly errorMessage: string;
  readonly trace?: readonly string[];
}

export interface Frame<Header> {
  readonly header: Header;
  readonly body: string;
}

const PREFIX_BYTES = 8;

/** The bytes of one frame. */
export function encodeFrame(header: RequestHeader | ReplicaHeader, body: string): Buffer {
  const head = JSON.stringify(header);
  const headBytes = Buffer.byteLength(head);
  const bodyBytes = Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + headBytes + bodyBytes);
  frame.writeUInt32LE(4 + headBytes + bodyBytes, 0);
  frame.writeUInt32LE(headBytes, 4);
  frame.write(head, PREFIX_BYTES);
  frame.write(body, PREFIX_BYTES + headBytes);
  return frame;
}

/** Puts frames together from chunks of any size. Both sides are ours, so a header has the type it was sent with. */
export class FrameReader<Header> {
  #chunks: Buffer[] = [];
  #size = 0;

  /** Takes one more chunk and returns the frames that it completes. */
  push(chunk: Buffer): Frame<Header>[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames: Frame<Header>[] = [];
    for (let length = this.#frameLength(); length !== undefined && this.#size >= length; length = this.#frameLength()) {
      frames.push(this.#take(length));
    }
    return frames;
  }

  #frameLength(): number | undefined {
    if (this.#size < 4) return undefined;
    return 4 + this.#joined(4).readUInt32LE(0);
  }

  /** The chunks as one buffer, joined only as far as `bytes` asks: a large frame arrives in many chunks. */
  #joined(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const all = Buffer.concat(this.#chunks, this.#size);
    this.#chunks = [all];
    return all;
  }

  #take(length: number): Frame<Header> {
    const all = this.#joined(length);
    const bodyStart = PREFIX_BYTES + all.readUInt32LE(4);
    const header = JSON.parse(all.toString("utf8", PREFIX_BYTES, bodyStart));
    const frame = { header, body: all.toString("utf8", bodyStart, length) };
    this.#chunks[0] = all.subarray(length);
    this.#size -= length;
    return frame;
  }
}
