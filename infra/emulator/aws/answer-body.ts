// Far more than a state may be given; what has no end is not read to one.
const LONGEST = 32 * 1024 * 1024;

/** @throws {Error} if it is too long, or breaks off */
export async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of body) {
    bytes += part.byteLength;
    if (bytes > LONGEST) throw new Error(`the answer is longer than ${LONGEST} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts);
}

/** What is told of an answer that cannot be read. */
export function excerpt(text: string): string {
  if (text.trim() === "") return "nothing";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
