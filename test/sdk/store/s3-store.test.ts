import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { S3Store } from "../../../sdk/store/s3-store.ts";
import { unlessInstalled } from "../../support/tools.ts";
import { testObjectStore } from "../../support/object-store-suite.ts";
import { S3Server, s3Server } from "../../support/s3-server.ts";

describe("S3 that answers 403 for what is not there, as it does to whoever may not list the bucket", () => {
  /** Objects of which only those below `own/` may be listed. */
  const objects = ["own/there", "other/there"];
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "", "http://s3");
    const prefix = searchParams.get("prefix");
    const isListing = pathname === "/bucket/" || pathname === "/bucket";
    if (isListing && prefix?.startsWith("own/") === true) {
      const found = objects
        .filter((key) => key.startsWith(prefix))
        .map((key) => `<Contents><Key>${key}</Key></Contents>`);
      response.end(`<?xml version="1.0"?><ListBucketResult>${found.join("")}</ListBucketResult>`);
      return;
    }
    response.writeHead(403);
    response.end("<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>");
  });
  let store: S3Store;
  beforeAll(async () => {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    store = new S3Store({ endpoint, region: "us-east-1", credentials, forcePathStyle: true });
  });
  afterAll(() => void server.close());

  test("it is not there if the key may be listed and is not in the list", async () => {
    expect(await store.head("bucket", "own/gone")).toBeUndefined();
    expect(await store.get("bucket", "own/the")).toBeUndefined();
    await expect(store.stream("bucket", "own/gone")).rejects.toThrow("s3://bucket/own/gone: no such object");
  });

  test("what is there, or may not be listed, is refused as S3 refuses it", async () => {
    for (const key of ["own/there", "other/there", "other/gone"]) {
      await expect(store.get("bucket", key)).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
    }
  });
});

describe.skipIf(s3Server === undefined)(
  `S3 as an object store, on a real server${unlessInstalled("versitygw", s3Server)}`,
  { timeout: 60_000 },
  () => {
    let server: S3Server;
    let store: S3Store;
    beforeAll(async () => {
      server = await S3Server.start();
      store = new S3Store(server.config);
      await server.makeBucket("faults");
    });
    afterAll(() => server.stop());
    beforeEach(() => void server.faults.splice(0));

    testObjectStore(async () => ({ store, bucket: await server.makeBucket("suite") }));

    describe("when the line fails", () => {
      const directory = mkdtempSync(join(tmpdir(), "lambent-s3-store-"));
      const file = join(directory, "file.txt");
      const content = "0123456789".repeat(100_000);
      beforeAll(() => writeFile(file, content));
      afterAll(() => rmSync(directory, { recursive: true, force: true }));

      test.each(["503", "reset"] as const)("%s: reads, writes and uploads of files are tried again", async (fault) => {
        server.faults.push(fault, fault);
        await store.put("faults", `text-${fault}`, Buffer.from("text"));
        server.faults.push(fault, fault);
        await store.put("faults", `file-${fault}`, { file });
        server.faults.push(fault, fault);
        expect((await store.get("faults", `text-${fault}`))?.toString()).toBe("text");
        server.faults.push(fault);
        expect(await text(await store.stream("faults", `file-${fault}`))).toBe(content);
        expect(server.faults).toEqual([]);
      });

      test("a server that stays down fails the call after five attempts", async () => {
        server.faults.push(...Array.from({ length: 5 }, () => "503" as const));
        const before = server.requests;
        await expect(store.put("faults", "never", { file })).rejects.toMatchObject({
          $metadata: { httpStatusCode: 503 },
        });
        expect(server.requests - before).toBe(5);
        expect(await store.head("faults", "never")).toBeUndefined();
      });

      test("a download that is cut goes on where it ended", async () => {
        await store.put("faults", "cut", { file });
        server.faults.push({ cutAfter: 1000 }, { cutAfter: 200_000 }, { cutAfter: 1 });
        expect(await text(await store.stream("faults", "cut"))).toBe(content);
        server.faults.push({ cutAfter: 300_000 });
        expect((await store.get("faults", "cut"))?.toString()).toBe(content);
        server.faults.push({ cutAfter: 10 });
        expect(await text(await store.stream("faults", "cut", undefined, { start: 5, end: 104 }))).toBe(
          content.slice(5, 105),
        );
      });

      test("a download that ends early every time fails, and is never served as if it were whole", async () => {
        await store.put("faults", "short", { file });
        server.faults.push({ cutAfter: 500 }, ...Array.from({ length: 12 }, () => ({ cutAfter: 0 })));
        await expect(text(await store.stream("faults", "short"))).rejects.toMatchObject({
          name: "DownloadFailed",
          message: expect.stringContaining("s3://faults/short: the download ended 999500 bytes early") as string,
        });
      });

      test("a download that is whole but not what was stored fails by its checksum, and is never served", async () => {
        await store.put("faults", "corrupt", { file });
        server.faults.push("corrupt");
        await expect(text(await store.stream("faults", "corrupt"))).rejects.toThrow(
          /^s3:\/\/faults\/corrupt: the download is not what was stored: .*[Cc]hecksum mismatch/,
        );
        server.faults.push("corrupt");
        await expect(store.get("faults", "corrupt")).rejects.toThrow("is not what was stored");
      });

      test("a connection that is cut before anybody reads harms no one, and the reader gets all of it", async () => {
        await store.put("faults", "early", { file });
        server.faults.push({ cutAfter: 1000 });
        const stream = await store.stream("faults", "early");
        await sleep(50);
        expect((await text(stream)) === content).toBe(true);
      });

      test("an object that is overwritten during a download is not mixed with the new one", async () => {
        await store.put("faults", "mixed", { file });
        server.faults.push({ cutAfter: 1000 });
        const stream = await store.stream("faults", "mixed");
        await store.put("faults", "mixed", Buffer.from("x".repeat(1_000_000)));
        await expect(text(stream)).rejects.toMatchObject({
          name: "DownloadFailed",
          message: "s3://faults/mixed was overwritten or deleted while it was downloaded",
        });
      });

      test("a conflict with another writer who then fails is tried again", async () => {
        server.faults.push("409", "503"); // the second is for the look at what the other has written
        const { size } = await store.put("faults", "conflict", Buffer.from("text"), { ifAbsent: true });
        expect(size).toBe(4);
        expect((await store.get("faults", "conflict"))?.toString()).toBe("text");
      });

      test("a reader that goes away takes its connection along", async () => {
        await store.put("faults", "left", { file });
        const stream = await store.stream("faults", "left");
        for await (const _ of stream) break;
        expect(stream.destroyed).toBe(true);
      });
    });
  },
);
