import { Readable } from "node:stream";
import type { FaultKind, PlannedFaults } from "./fault.ts";
import type { Chance } from "./chance.ts";
import type { ReplicaClock } from "./replica-clock.ts";
import type { S3Object, SimulatedS3 } from "./simulated-s3.ts";

/** The replica that asks. */
export interface S3Caller {
  readonly s3: SimulatedS3;
  readonly clock: ReplicaClock;
  readonly faults: PlannedFaults;
  readonly chance: Chance;
  /** Told before and after each request. Resolves when the replica goes on; never, if it does not. */
  step(): Promise<void>;
}

interface Input {
  readonly Bucket: string;
  readonly Key: string;
  readonly IfMatch?: string;
  readonly IfNoneMatch?: string;
  readonly Range?: string;
  readonly Prefix?: string;
  readonly Body?: Buffer | Readable;
}

class Command {
  readonly input: Input;
  constructor(input: Input) {
    this.input = input;
  }
}
class GetObjectCommand extends Command {}
class HeadObjectCommand extends Command {}
class PutObjectCommand extends Command {}
class ListObjectsV2Command extends Command {}

/** As of the AWS SDK. */
class S3ServiceException extends Error {
  override readonly name: string;
  readonly $metadata: { readonly httpStatusCode: number };
  constructor(name: string, httpStatusCode: number, message: string = name) {
    super(message);
    this.name = name;
    this.$metadata = { httpStatusCode };
  }
}

/** Milliseconds that a request takes, and after which one without an answer is given up. */
const REQUEST_MS = { least: 2, most: 40 } as const;
const SOCKET_TIMEOUT_MS = 5_000;

/** `@aws-sdk/client-s3` of a replica, as far as sdk/store/s3-store.ts uses it: the store's own code runs on it. */
export function s3ClientModule(caller: S3Caller): object {
  class S3Client {
    readonly #attempts: number;
    constructor({ maxAttempts = 3 }: { readonly maxAttempts?: number } = {}) {
      this.#attempts = maxAttempts;
    }

    /** As the SDK's: what failed for the time being is tried again, after growing pauses; a stream is sent once. */
    async send(command: Command): Promise<object> {
      const { Body } = command.input;
      const attempts = Body instanceof Readable ? 1 : this.#attempts;
      // Whoever reads it is told of its errors. Without a listener, one that comes before that would end the process.
      if (Body instanceof Readable) Body.on("error", ignore);
      for (let attempt = 1; ; attempt++) {
        try {
          return await request(caller, command);
        } catch (error) {
          if (attempt >= attempts || !isTransient(error)) throw error;
          await caller.clock.sleep(100 * 2 ** attempt);
        }
      }
    }
  }
  return { S3Client, S3ServiceException, GetObjectCommand, HeadObjectCommand, PutObjectCommand, ListObjectsV2Command };
}

function ignore(): void {}

function isTransient(error: unknown): boolean {
  if (error instanceof S3ServiceException) return error.$metadata.httpStatusCode >= 500;
  return error instanceof Error && error.name === "TimeoutError";
}

/** How many requests in a row find S3 unavailable: up to as many as the client sends, so that some fail for good. */
const MOST_UNAVAILABLE = 5;

async function request(caller: S3Caller, command: Command): Promise<object> {
  const { s3, clock, chance } = caller;
  const { input } = command;
  const name = requestName(command);
  const nth = s3.count(name);
  await caller.step();
  await clock.sleep(chance.between(`${name} ${nth}`, REQUEST_MS.least, REQUEST_MS.most));
  const body = input.Body instanceof Readable ? await wholeOf(input.Body) : input.Body;
  function struck(kind: FaultKind) {
    return caller.faults.takeOne(name, nth, kind);
  }
  const unavailable = struck("storeUnavailable");
  if (unavailable !== undefined) {
    // The requests that follow are this one, tried again.
    const times = Math.floor(unavailable.moment * MOST_UNAVAILABLE);
    if (times > 0) caller.faults.add({ ...unavailable, nth: nth + 1, moment: (times - 0.5) / MOST_UNAVAILABLE });
    throw new S3ServiceException("SlowDown", 503, "Please reduce your request rate.");
  }
  const lost = struck("storeTimeout");
  if (lost !== undefined && lost.moment < 0.5) await noAnswer(clock);
  const isStale = struck("storeStale") !== undefined;
  const answer = await answered(caller, command, body, isStale);
  if (lost !== undefined) await noAnswer(clock);
  await caller.step();
  if (!("Body" in answer)) return answer;
  const cut = struck("storeTruncated");
  return { ...answer, Body: streamOf(answer.Body as Buffer, cut?.moment) };
}

async function noAnswer(clock: ReplicaClock): Promise<never> {
  await clock.sleep(SOCKET_TIMEOUT_MS);
  throw Object.assign(new Error("Connection timed out"), { name: "TimeoutError", code: "ETIMEDOUT" });
}

/** `get results/task/double/v1/….json`: by it a plan says which request a fault strikes. */
function requestName(command: Command): string {
  const { Key, Prefix = "" } = command.input;
  if (command instanceof GetObjectCommand) return `get ${Key}`;
  if (command instanceof HeadObjectCommand) return `head ${Key}`;
  return command instanceof PutObjectCommand ? `put ${Key}` : `list ${Prefix}`;
}

async function answered(
  { s3 }: S3Caller,
  command: Command,
  body: Buffer | undefined,
  isStale: boolean,
): Promise<object> {
  const { Bucket, Key, IfMatch, IfNoneMatch, Range, Prefix = "" } = command.input;
  if (command instanceof PutObjectCommand) {
    const written = s3.write(Bucket, Key, body ?? Buffer.alloc(0), { ifMatch: IfMatch, isNew: IfNoneMatch === "*" });
    if (written === 412) throw new S3ServiceException("PreconditionFailed", 412);
    if (written === 404) throw new S3ServiceException("NoSuchKey", 404);
    return { ETag: written.etag };
  }
  if (command instanceof ListObjectsV2Command) {
    const keys = [...s3.all()].map(([address]) => address.slice(Bucket.length + 1)).toSorted();
    return { Contents: keys.filter((key) => key.startsWith(Prefix)).map((key) => ({ Key: key })) };
  }
  const found = await s3.read(Bucket, Key, isStale);
  if (found === undefined)
    throw new S3ServiceException(command instanceof HeadObjectCommand ? "NotFound" : "NoSuchKey", 404);
  if (IfMatch !== undefined && found.etag !== IfMatch) throw new S3ServiceException("PreconditionFailed", 412);
  const about = { ETag: found.etag, LastModified: secondsOf(found) };
  if (command instanceof HeadObjectCommand) return { ...about, ContentLength: found.body.byteLength };
  const Body = rangeOf(found.body, Range);
  return { ...about, ContentLength: Body.byteLength, Body };
}

/** S3 tells whole seconds. */
function secondsOf({ writtenAt }: S3Object): Date {
  return new Date(Math.floor(writtenAt / 1000) * 1000);
}

function rangeOf(body: Buffer, range: string | undefined): Buffer {
  const [, start, end] = /^bytes=(\d+)-(\d*)$/.exec(range ?? "") ?? [];
  if (start === undefined) return body;
  return body.subarray(Number(start), end === undefined || end === "" ? undefined : Number(end) + 1);
}

async function wholeOf(body: Readable): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of body) chunks.push(Buffer.from(chunk as Uint8Array)); // a file's bytes
  return Buffer.concat(chunks);
}

/** @param cut in [0, 1): after that part of the bytes the connection breaks; undefined: it does not */
function streamOf(body: Buffer, cut: number | undefined): Readable {
  if (cut === undefined) return Readable.from([body], { objectMode: false });
  const sent = body.subarray(0, Math.floor(cut * body.byteLength));
  return Readable.from(
    (function* () {
      if (sent.byteLength > 0) yield sent;
      throw Object.assign(new Error("aborted"), { code: "ECONNRESET" });
    })(),
    { objectMode: false },
  );
}
