/**
 * The protocol between the pool and a replica: frames on a socket pair. A frame is the length of the rest (uint32,
 * little endian), the length of the header (the same), the header (JSON) and the body (UTF-8 text). Bodies are not in
 * the header, so that the pool need not parse the payloads that it passes on.
 */

/** From the pool to a replica: call the handler with the event in the body, a JSON text. */
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

/** From a replica to the pool. */
export type ReplicaHeader =
  | { readonly type: "ready" }
  /** The handler could not be loaded. The body is an error document. The process exits after it. */
  | { readonly type: "init-error" }
  /** The body is the handler's result, a JSON text. */
  | { readonly type: "result" }
  /** The body is an error document. With `fatal`, the process exits after it. */
  | { readonly type: "error"; readonly fatal?: true }
  /** The request's body is no JSON; the body is the parser's message. */
  | { readonly type: "malformed-request" }
  /** A cache of the function begins a load. */
  | { readonly type: "load"; readonly cache: string }
  /** The body is what was printed, without the line break at its end. */
  | { readonly type: "log"; readonly stream: "stdout" | "stderr"; readonly level?: LogLevel };

/** The payload with which Lambda's runtime reports an error. */
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

/** A frame as bytes. */
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

/**
 * Reads frames from chunks of any size. Headers are not checked: both ends of the socket pair are this project's code.
 */
export class FrameReader<Header> {
  #chunks: Buffer[] = [];
  #size = 0;

  /** Returns the frames that are complete with this chunk. */
  push(chunk: Buffer): Frame<Header>[] {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    const frames: Frame<Header>[] = [];
    for (let length = this.#frameLength(); length !== undefined && this.#size >= length; length = this.#frameLength()) {
      frames.push(this.#take(length));
    }
    return frames;
  }

  /** Of the frame that the chunks begin with; undefined until its length has arrived. */
  #frameLength(): number | undefined {
    if (this.#size < 4) return undefined;
    return 4 + this.#joined(4).readUInt32LE(0);
  }

  /**
   * The chunks as one buffer, or the first alone if it has so many bytes: a large frame arrives in many chunks, which
   * are joined once and not with each chunk.
   */
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
