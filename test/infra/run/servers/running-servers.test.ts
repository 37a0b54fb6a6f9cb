import { spawnSync } from "node:child_process";
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { type Emulator, startEmulator } from "../../../../infra/emulator/index.ts";
import { chooseServer } from "../../../../infra/run/remote/choose-server.ts";
import { announceServer } from "../../../../infra/run/servers/announce.ts";
import { listenersIn, mayBeOwn } from "../../../../infra/run/servers/port-owner.ts";
import { runningServers } from "../../../../infra/run/servers/running-servers.ts";
import { type LocalServer, makeServersDirectory } from "../../../../infra/run/servers/server-file.ts";
import { localFunctions } from "../../../support/emulator.ts";

const account = { region: "eu-west-1", accountId: "000000000000" };

beforeEach(() => {
  const before = process.env["TMPDIR"];
  const directory = mkdtempSync(join(tmpdir(), "lambent-servers-"));
  process.env["TMPDIR"] = directory;
  onTestFinished(() => {
    if (before === undefined) delete process.env["TMPDIR"];
    else process.env["TMPDIR"] = before;
    rmSync(directory, { recursive: true });
  });
});

async function emulator(): Promise<Emulator> {
  const running = await startEmulator({ port: 0, functions: localFunctions() });
  onTestFinished(() => running.close());
  return running;
}

function written(server: LocalServer): string {
  const directory = makeServersDirectory() ?? "";
  const file = join(directory, `${server.pid}-${new URL(server.url).port}.json`);
  writeFileSync(file, JSON.stringify(server));
  return file;
}

test("a server is found from its announcement to its end, by this user alone", async () => {
  expect(await runningServers()).toEqual([]);
  const { url } = await emulator();
  const withdraw = announceServer({ url, directory: process.cwd(), ...account, service: "shop", stage: "dev" });
  const directory = realpathSync(process.cwd());
  expect(await runningServers()).toEqual([
    { url, directory, ...account, service: "shop", stage: "dev", pid: process.pid },
  ]);
  const files = makeServersDirectory() ?? "";
  expect(lstatSync(files).mode & 0o777).toBe(0o700);
  expect(readdirSync(files).map((name) => lstatSync(join(files, name)).mode & 0o777)).toEqual([0o600]);
  withdraw();
  expect(readdirSync(files)).toEqual([]);
});

test("the file of a server that was killed is passed over and removed", async () => {
  const { url } = await emulator();
  const { pid = 0 } = spawnSync(process.execPath, ["-e", ""]);
  written({ url, pid, directory: "/killed", ...account });
  expect(await runningServers()).toEqual([]);
  expect(readdirSync(makeServersDirectory() ?? "")).toEqual([]);
});

test("a file whose port another program has now, or nobody, is passed over", async () => {
  const other = createServer((_, response) => response.end("hello"));
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo; // it listens on TCP
  written({ url: `http://127.0.0.1:${port}`, pid: process.pid, directory: "/other", ...account });
  written({ url: "http://127.0.0.1:9", pid: process.pid, directory: "/nobody", ...account });
  expect(await runningServers()).toEqual([]);
});

test("a server that is too busy to answer in time is found: what is meant for it must not go to AWS", async () => {
  const busy = createServer(() => undefined);
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    busy.closeAllConnections();
    busy.close();
  });
  const { port } = busy.address() as AddressInfo; // it listens on TCP
  written({ url: `http://127.0.0.1:${port}`, pid: process.pid, directory: "/busy", ...account });
  expect(await runningServers()).toMatchObject([{ directory: "/busy" }]);
});

test("what is no such file is passed over", async () => {
  const directory = makeServersDirectory() ?? "";
  writeFileSync(join(directory, "half.json"), '{"url":"http://127.0.');
  writeFileSync(join(directory, "list.json"), "[]");
  mkdirSync(join(directory, "folder.json"));
  expect(await runningServers()).toEqual([]);
});

test("a directory in which others can write, or that a link leads to, is not believed", async () => {
  const { url } = await emulator();
  announceServer({ url, directory: process.cwd(), ...account });
  const directory = makeServersDirectory() ?? "";
  chmodSync(directory, 0o777);
  expect(await runningServers()).toEqual([]);
  const moved = `${directory}-elsewhere`;
  mkdirSync(moved);
  rmSync(directory, { recursive: true });
  symlinkSync(moved, directory);
  expect(await runningServers()).toEqual([]);
  expect(makeServersDirectory()).toBeUndefined();
});

function server(port: number, directory: string, stage?: string): LocalServer {
  const service = stage === undefined ? {} : { service: "shop", stage };
  return { url: `http://127.0.0.1:${port}`, pid: 1, directory, ...account, ...service };
}

test("the server of the directory comes before others, and the nearest around it before those further out", () => {
  const here = realpathSync(process.cwd());
  const inner = join(here, "test");
  const [own, parent, other] = [server(1, inner), server(2, here), server(3, "/elsewhere")];
  expect(chooseServer([other, parent, own], { directory: inner })).toBe(own);
  expect(chooseServer([other, parent, own], { directory: here })).toBe(parent);
  expect(chooseServer([other, parent, own], { directory: join(here, "infra") })).toBe(parent);
  expect(chooseServer([other], { directory: here })).toBe(other);
  expect(chooseServer([], { directory: here })).toBeUndefined();
  // `…/test-2` is not within `…/test`.
  expect(
    chooseServer([server(1, `${inner.slice(0, -2)}`), other], { directory: inner, stage: undefined, account: "1" }),
  ).toBeUndefined();
});

test("several that could be meant are refused by naming them", () => {
  const two = [server(1, "/one"), server(2, "/two")];
  expect(() => chooseServer(two, {})).toThrow(
    "2 emulators run and none is of this directory: http://127.0.0.1:1 (/one), http://127.0.0.1:2 (/two). Name one with --endpoint URL, or AWS with --aws",
  );
  const here = realpathSync(process.cwd());
  expect(() => chooseServer([server(1, here), server(2, here), server(3, "/three")], {})).toThrow(
    /^2 emulators run for this directory: http:\/\/127\.0\.0\.1:1 .*:2 [^:]*\. Name one/,
  );
});

test("a server of another stage, or of another account or region than an ARN's, is passed over", () => {
  const dev = server(1, "/one", "dev");
  expect(chooseServer([dev], { stage: "prod" })).toBeUndefined();
  expect(chooseServer([dev], { stage: "dev" })).toBe(dev);
  expect(chooseServer([server(2, "/any")], { stage: "prod" })).toMatchObject({ directory: "/any" });
  const arn = { account: account.accountId, regionOfArn: "eu-west-1" };
  expect(chooseServer([dev], arn)).toBe(dev);
  expect(chooseServer([dev], { ...arn, account: "123456789012" })).toBeUndefined();
  expect(chooseServer([dev], { ...arn, regionOfArn: "us-east-1" })).toBeUndefined();
});

test("whose server listens on a port is known, as far as the system tells", async () => {
  const table = [
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode",
    "   0: 0100007F:1F93 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1001        0 77 1 0 100 0 0 10 0",
    "   1: 0100007F:1F93 0100007F:9C40 01 00000000:00000000 00:00000000 00000000  1002        0 78 1 0 20 4 30 10 -1",
    "   2: 0100007F:1F94 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1003        0 79 1 0 100 0 0 10 0",
  ].join("\n");
  expect(listenersIn(table, 8083)).toEqual([{ user: 1001, inode: "77" }]);
  expect(listenersIn(table, 9)).toEqual([]);
  expect(mayBeOwn((await emulator()).port)).toBe(true);
});
