import { IncomingMessage } from "node:http";
import { Socket } from "node:net";
import { ActorEnvironment } from "lambent";
import { expect, test } from "vitest";
import { DEFAULT_HOST, guard } from "../../infra/emulator/service/access.ts";
import { callerFiles } from "../../infra/project/caller-files.ts";
import * as marks from "../../sdk/values/mark-names.ts";
import { documentText } from "../support/documents.ts";

// What docs/security.md and docs/limits.md say beside their tables, which test/limits.test.ts and the tests of templates
// compare.

const security = documentText("docs/security.md");
const limits = documentText("docs/limits.md");

function sentence(document: string, pattern: RegExp): string {
  const found = pattern.exec(document)?.[1];
  if (found === undefined) throw new Error(`the document does not say ${pattern.source}`);
  return found;
}

function quoted(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, inside = ""]) => inside);
}

test("security.md names every mark that is data in an input", () => {
  const names = Object.values(marks).filter((value) => typeof value === "string" && value !== marks.VALUE_MARK);
  const listed = quoted(sentence(security, /a name that Lambent keeps for itself: (.*?)\. In an/));
  expect(listed.toSorted()).toEqual(names.toSorted());
});

const OWNER = { bucket: "own", keyPrefix: "shop-dev/", functions: ["shop-dev-scoring"], granted: ["team"] };

test("security.md lists the names that no function may have", () => {
  const listed = quoted(sentence(security, /So none may be named (.*?)\.\n/)).map((name) =>
    name.replace("<service>-<stage>", "shop-dev"),
  );
  expect(listed).toHaveLength(5);
  for (const name of listed) expect(() => callerFiles({ ...OWNER, functions: [name] })).toThrow(name);
});

test("callers may name files where security.md says, and nowhere else", () => {
  expect(security).toContain("objects of the service's own bucket whose keys begin with `files/`");
  expect(security).toContain("what a task of the service made by `S3File.from`, which lies under `<function>/files/`");
  expect(callerFiles(OWNER)).toEqual([
    "s3://own/files/",
    "s3://own/shop-dev-scoring/files/",
    "s3://own/shop-dev/assets/",
    "s3://team/",
  ]);
  expect(() => callerFiles({ ...OWNER, granted: ["own"] })).toThrow("the service's own bucket");
});

/** A request as the emulator's server gets it. */
function request(headers: Readonly<Record<string, string>>): IncomingMessage {
  const message = new IncomingMessage(new Socket());
  Object.assign(message.headers, headers);
  return message;
}

test("the emulator refuses whom security.md says that it refuses", () => {
  expect(security).toContain(`it listens at ${DEFAULT_HOST}`);
  expect(() => guard({ host: "0.0.0.0" })).toThrow("--token SECRET");
  const { refuseForeign: admit } = guard({ allowHosts: ["stepfunctions"] });
  for (const host of ["localhost:8083", "127.0.0.1:8083", "[::1]:8083", "stepfunctions:8083"])
    expect(() => admit(request({ host }))).not.toThrow();
  expect(() => admit(request({ host: "evil.example" }))).toThrow("not a name of this emulator");
  expect(() => admit(request({ host: "localhost", origin: "https://evil.example" }))).toThrow("web page");
  expect(() => admit(request({ host: "localhost", "sec-fetch-site": "cross-site" }))).toThrow("web page");
  const { refuseWithoutToken: withToken } = guard({ token: "s3cret" });
  expect(() => withToken(request({ host: "localhost" }))).toThrow("token");
  expect(() => withToken(request({ host: "localhost", "x-amz-security-token": "s3cret" }))).not.toThrow();
  expect(() => withToken(request({ host: "localhost", authorization: "Bearer s3cret" }))).not.toThrow();
});

test("an actor's ttlSeconds and the replicas of one with affinity have the bounds that limits.md tells", () => {
  const [least = 0, most = 0] = (
    sentence(limits, /An actor's `ttlSeconds` is (.*?), a bound/).match(/[\d,]+/g) ?? []
  ).map((digits) => Number(digits.replaceAll(",", "")));
  function actor(ttlSeconds: number): ActorEnvironment {
    return new ActorEnvironment({ name: "bounded", ttlSeconds });
  }
  for (const seconds of [least, most]) expect(actor(seconds).name).toBe("bounded");
  for (const seconds of [least - 1, most + 1]) expect(() => actor(seconds)).toThrow("ttlSeconds must be");
  const replicas = Number(sentence(limits, /which has one for each replica, (\d+) at most/));
  const affine = { name: "affine", affinity: true };
  expect(new ActorEnvironment({ ...affine, replicaCount: replicas }).name).toBe("affine");
  expect(() => new ActorEnvironment({ ...affine, replicaCount: replicas + 1 })).toThrow("are the most");
});
