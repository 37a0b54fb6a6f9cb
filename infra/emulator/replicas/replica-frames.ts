import { isObject } from "../../../sdk/base/json.ts";

/**
 * The protocol between the pool and a replica: frames on a socket pair. A frame is a mark (uint32, little endian), the
 * length of the header and that of the body (the same), the header (JSON) and the body (UTF-8 text). Bodies are not in
 * the header, so that the pool need not parse the payloads that it passes on.
 *
 * A function can write to the replica's end of the socket pair too. By the mark such bytes are recognised at once, or
 * with the next frame if they are fewer than the mark has.
 */

/** From the pool to a replica: call the handler with the event in the body, a JSON text. */
export interface RequestHeader {
  readonly requestId: string;
  /** Milliseconds since the epoch at which the invocation times out. */
  readonly deadline: number;
  /** Milliseconds that the invocation may take. */
  readonly timeout: number;
  readonly functionArn: string;
  readonly traceId: string;
  /** JSON text. */
  readonly clientContext?: string;
}

/** From the pool to a replica: tell what is in the caches. */
export interface LookHeader {
  readonly type: "look";
}

export type PoolHeader = RequestHeader | LookHeader;

/** The levels of Lambda's plain-text logs. */
export type LogLevel = "TRACE" | "DEBUG" | "INFO" | "WARN" | "ERROR";

/** From a replica to the pool. Answers have the id of their request. */
export type ReplicaHeader =
  | { readonly type: "ready" }
  /** The handler could not be loaded. The body is an error document. The process exits after it. */
  | { readonly type: "init-error" }
  /** The body is the handler's result, a JSON text. */
  | { readonly type: "result"; readonly requestId: string }
  /** The body is an error document. */
  | { readonly type: "error"; readonly requestId: string }
  /** The request's body is no JSON; the body is the parser's message. */
  | { readonly type: "malformed-request"; readonly requestId: string }
  /** The handler has ended after its time was up. */
  | { readonly type: "late"; readonly requestId: string }
  /** The process exits after this, by the error in the body, whatever request it was given. */
  | { readonly type: "fatal" }
  /** The body is what is in its caches, as JSON. */
  | { readonly type: "caches" }
  /** A cache of the function begins a load. */
  | { readonly type: "load"; readonly cache: string }
  /** The body is what was printed, without the line break at its end. */
  | { readonly type: "log"; readonly stream: "stdout" | "stderr"; readonly level?: LogLevel };

const LEVELS: readonly unknown[] = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR"] satisfies LogLevel[];

/** Whether a header is one that a replica sends. */
export function isReplicaHeader(header: unknown): header is ReplicaHeader {
  if (!isObject(header) || !("type" in header)) return false;
  switch (header.type) {
    case "result":
    case "error":
    case "malformed-request":
    case "late":
      return "requestId" in header && typeof header.requestId === "string";
    case "log":
      if ("level" in header && !LEVELS.includes(header.level)) return false;
      return "stream" in header && (header.stream === "stdout" || header.stream === "stderr");
    case "load":
      return "cache" in header && typeof header.cache === "string";
    default:
      return ["ready", "init-error", "fatal", "caches"].includes(String(header.type));
  }
}

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

/** "LAMB" */
const MARK = 0x424d_414c;
const MARK_BYTES = 4;
const PREFIX_BYTES = 12;

/** A frame as bytes. */
export function encodeFrame(header: PoolHeader | ReplicaHeader, body: string): Buffer {
  const head = JSON.stringify(header);
  const headBytes = Buffer.byteLength(head);
  const bodyBytes = Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(PREFIX_BYTES + headBytes + bodyBytes);
  frame.writeUInt32LE(MARK, 0);
  frame.writeUInt32LE(headBytes, MARK_BYTES);
  frame.writeUInt32LE(bodyBytes, MARK_BYTES + 4);
  frame.write(head, PREFIX_BYTES);
  frame.write(body, PREFIX_BYTES + headBytes);
  return frame;
}

/** What has arrived is no frame: somebody else has written to the socket. */
export class ForeignBytes extends Error {
  override readonly name = "ForeignBytes";
}

/** Reads frames from chunks of any size. */
export class FrameReader<Header> {
  readonly #isHeader: (header: unknown) => header is Header;
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #size = 0;

  /**
   * @param isHeader checks a header
   * @param maxBytes of a frame without its first twelve
   */
  constructor(isHeader: (header: unknown) => header is Header, maxBytes: number = Infinity) {
    this.#isHeader = isHeader;
    this.#maxBytes = maxBytes;
  }

  /**
   * Gives the frames that are complete with this chunk.
   * @throws {ForeignBytes} after those that came before what is no frame
   */
  *push(chunk: Buffer): Generator<Frame<Header>> {
    this.#chunks.push(chunk);
    this.#size += chunk.length;
    for (let length = this.#frameLength(); length !== undefined && this.#size >= length; length = this.#frameLength()) {
      yield this.#take(length);
    }
  }

  /** Of the frame that the chunks begin with; undefined until its prefix has arrived. */
  #frameLength(): number | undefined {
    if (this.#size < MARK_BYTES) return undefined;
    if (this.#joined(MARK_BYTES).readUInt32LE(0) !== MARK) throw new ForeignBytes("bytes that are no frame");
    if (this.#size < PREFIX_BYTES) return undefined;
    const prefix = this.#joined(PREFIX_BYTES);
    const length = prefix.readUInt32LE(MARK_BYTES) + prefix.readUInt32LE(MARK_BYTES + 4);
    if (length > this.#maxBytes) throw new ForeignBytes(`a frame of ${length} bytes`);
    return PREFIX_BYTES + length;
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
    const bodyStart = PREFIX_BYTES + all.readUInt32LE(MARK_BYTES);
    const header = parse(all.toString("utf8", PREFIX_BYTES, bodyStart));
    if (!this.#isHeader(header)) throw new ForeignBytes("a frame with an unknown header");
    const frame = { header, body: all.toString("utf8", bodyStart, length) };
    if (length === all.length) this.#chunks.shift();
    else this.#chunks[0] = all.subarray(length);
    this.#size -= length;
    return frame;
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
