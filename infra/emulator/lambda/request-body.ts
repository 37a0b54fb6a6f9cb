import type { IncomingMessage } from "node:http";

/** The client has gone before it had sent everything: there is nobody to answer. */
export class RequestGone extends Error {}

/** More bytes than are taken. */
export class BodyTooLarge extends Error {}

/** Bytes that are no UTF-8, or are compressed. */
export class BodyUnreadable extends Error {}

/**
 * The text of a request. What is too long is told at once, and the rest of it is read and thrown away: a client that
 * sends everything before it reads would otherwise find the connection reset, and no answer.
 * @param most Bytes. @throws {RequestGone | BodyTooLarge | BodyUnreadable}
 */
export async function readBody(request: IncomingMessage, most: number): Promise<string> {
  const bytes = await readBytes(request, most);
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    throw new BodyUnreadable(`The body has the Content-Encoding ${encoding}: send it without one`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new BodyUnreadable("The body is not UTF-8");
  }
}

/** Whether the headers say that the body is longer than `most` bytes. */
export function isAnnouncedTooLarge(request: IncomingMessage, most: number): boolean {
  return Number(request.headers["content-length"] ?? 0) > most;
}

function readBytes(request: IncomingMessage, most: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let length = 0;
    function refuse(): void {
      chunks = [];
      reject(new BodyTooLarge(`The request is longer than ${most} bytes`));
    }
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > most) refuse();
      else chunks.push(chunk);
    });
    request.once("end", () => resolve(Buffer.concat(chunks)));
    request.once("error", () => reject(new RequestGone()));
    request.once("close", () => reject(new RequestGone()));
    if (isAnnouncedTooLarge(request, most)) refuse();
  });
}
