import { createServer, type ServerResponse } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import type { ConsoleEvent } from "../../../../infra/run/console/api.ts";
import { EventStream } from "../../../../infra/run/console/event-stream.ts";

const SNAPSHOT: ConsoleEvent = {
  type: "snapshot",
  run: "r".repeat(100_000),
  executions: [],
  replicas: [],
  tokens: { tokens: [], more: 0 },
  lastLog: 0,
};

/** A stream, and what its page has been sent so far. */
async function opened(): Promise<{ stream: EventStream; page: Socket; sent: () => string; response: ServerResponse }> {
  let found: (response: ServerResponse) => void = () => undefined;
  const asked = new Promise<ServerResponse>((resolve) => (found = resolve));
  const server = createServer((_, response) => found(response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  // It listens on TCP.
  const page = connect((server.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => {
    page.destroy();
    server.close();
  });
  let text = "";
  page.on("data", (chunk: Buffer) => (text += chunk.toString()));
  page.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  const response = await asked;
  const stream = new EventStream(response, new Set(), () => SNAPSHOT);
  await expect.poll(() => text).toContain('"lastLog":0}\n\n');
  return { stream, page, sent: () => text, response };
}

function count(text: string, type: ConsoleEvent["type"]): number {
  return text.split(`event: ${type}\n`).length - 1;
}

it("tells a page of one thing its latest state alone, however often it has changed", async () => {
  const { stream, sent } = await opened();
  for (let lastLog = 1; lastLog <= 10_000; lastLog++) stream.add("logs", () => ({ type: "logs", lastLog }));
  stream.flush();
  await expect.poll(() => sent()).toContain('"lastLog":10000}');
  expect(count(sent(), "logs")).toBe(1);
});

it("holds no more for a page that takes nothing than a snapshot, which it gets when it looks again", async () => {
  const { stream, page, sent, response } = await opened();
  page.pause();
  for (let number = 0; number < 200_000; number++) {
    stream.add(`token ${number}`, () => ({ type: "token-ended", taskToken: `${number} ${"x".repeat(500)}` }));
    if (number % 500 === 0) {
      stream.flush();
      await turn();
    }
  }
  // What the connection has not taken yet is what was sent last before it was full.
  expect(response.writableLength).toBeLessThan(2_000_000);
  const before = count(sent(), "snapshot");
  page.resume();
  await expect
    .poll(() => {
      stream.flush();
      return count(sent(), "snapshot");
    })
    .toBeGreaterThan(before);
  expect(count(sent(), "token-ended")).toBeLessThan(100_000);
});
