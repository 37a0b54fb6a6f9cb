import { request } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, it, onTestFinished } from "vitest";
import { type AccessOptions, exposure, startEmulator } from "../../../../infra/emulator/index.ts";
import { localFunctions } from "../../../support/emulator.ts";

const LIST = { "x-amz-target": "AWSStepFunctions.ListStateMachines" };

interface Answer {
  readonly status: number | undefined;
  readonly body: string;
}

async function emulator(
  options: AccessOptions = {},
): Promise<(headers: object, method?: string, path?: string) => Promise<Answer>> {
  const { port, close } = await startEmulator({ port: 0, functions: localFunctions(), ...options });
  onTestFinished(close);
  return (headers, method = "POST", path = "/") =>
    new Promise((resolve, reject) => {
      // Not fetch, which sets Host and Origin itself.
      const sent = request(
        { host: "127.0.0.1", port, method, path, headers: { ...LIST, ...headers } },
        async (response) => {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString() });
        },
      );
      sent.on("error", reject);
      sent.end(method === "POST" ? "{}" : undefined);
    });
}

/** By Host header, the answer's status. */
async function statuses(options: AccessOptions, hosts: readonly string[]): Promise<object> {
  const send = await emulator(options);
  const pairs = hosts.map(async (host) => [host, (await send({ host })).status]);
  return Object.fromEntries(await Promise.all(pairs));
}

describe("a request is for a name of the emulator", () => {
  it.each([
    "localhost",
    "LOCALHOST:8083",
    "localhost.",
    "a.localhost",
    "127.0.0.1:1",
    "127.9.9.9",
    "127.1",
    "[::1]:8083",
    "[::ffff:127.0.0.1]",
    "sync-localhost:8083",
    "sync-127.0.0.1:8083",
  ])("as %s, which leads to this machine alone", async (host) => {
    expect(await statuses({}, [host])).toEqual({ [host]: 200 });
  });

  it.each([
    "evil.example:8083",
    "localhost.evil.example",
    "127.0.0.1.nip.io",
    "localhost@evil.example",
    "10.0.0.5",
    "*",
    "evil.example#localhost",
    "evil.example/localhost",
    "sync-evil.example",
    "evillocalhost",
    " ",
    "0.0.0.0",
  ])("and not %j, which somebody else may have let lead here", async (host) => {
    expect(await statuses({}, [host])).toEqual({ [host]: 403 });
  });

  it("unless the name is allowed", async () => {
    const allowHosts = ["StepFunctions", "[fd00::1]", "other:8083"];
    expect(await statuses({ allowHosts }, ["stepfunctions:8083", "[fd00::1]", "other", "evil"])).toEqual({
      "stepfunctions:8083": 200,
      "[fd00::1]": 200,
      other: 200,
      evil: 403,
    });
  });

  it("or is an address, where all addresses are listened at", async () => {
    const options = { host: "0.0.0.0", insecure: true };
    expect(await statuses(options, ["192.168.1.5:8083", "[fd00::1]:8083", "localhost", "evil.example"])).toEqual({
      "192.168.1.5:8083": 200,
      "[fd00::1]:8083": 200,
      localhost: 200,
      "evil.example": 403,
    });
  });

  it("and the refusal says how to allow it", async () => {
    const send = await emulator();
    const { body } = await send({ host: "evil.example:8083" });
    expect(JSON.parse(body)).toEqual({
      __type: "AccessDeniedException",
      message:
        "The request is for the host 'evil.example:8083', which is not a name of this emulator, as when a web page has its own name lead here. If it is meant: --allow-host evil.example, or offline.allowHosts in the lambent block of serverless.yml",
    });
  });

  it("by the request target rather than by the Host header, if the target is a whole URL", async () => {
    const send = await emulator();
    const host = "localhost:8083";
    expect(await send({ host }, "POST", "http://evil.example/")).toMatchObject({ status: 403 });
    expect(await send({ host }, "POST", "HTTP://evil.example:8083?a")).toMatchObject({ status: 403 });
    expect(await send({ host }, "POST", "http://localhost@evil.example/")).toMatchObject({ status: 403 });
    expect(await send({ host: "evil.example" }, "POST", "http://localhost:8083/")).toMatchObject({ status: 200 });
    const origin = "http://evil.example";
    expect(await send({ host: "evil.example", origin }, "POST", "http://localhost/")).toMatchObject({ status: 403 });
  });

  it("and not by two Host headers", async () => {
    const { port, close } = await startEmulator({ port: 0, functions: localFunctions() });
    onTestFinished(close);
    const socket = connect(port, "127.0.0.1");
    const head = "POST / HTTP/1.1\r\nHost: localhost\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 2\r\n";
    socket.write(`${head}X-Amz-Target: ${LIST["x-amz-target"]}\r\n\r\n{}`);
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 [^]*The request has more than one Host header/);
  });

  it("whatever is asked for, Lambda's Invoke and unknown paths among it", async () => {
    const send = await emulator({});
    expect(await send({ host: "evil.example", "x-amz-target": "" }, "GET")).toMatchObject({ status: 403 });
  });
});

describe("a request from a web page", () => {
  it.each([
    [{ origin: "https://evil.example" }],
    [{ origin: "null" }],
    [{ origin: "http://localhost:3000" }],
    [{ origin: "" }],
    [{ "sec-fetch-site": "cross-site" }],
    [{ "sec-fetch-site": "same-site" }],
    [{ origin: "https://evil.example", "content-type": "text/plain" }],
  ])("of another origin is refused: %j", async (headers) => {
    const send = await emulator();
    expect(await send({ host: "localhost:8083", ...headers })).toMatchObject({ status: 403 });
  });

  it("of the emulator itself is answered", async () => {
    const send = await emulator();
    const own = { host: "localhost:8083", origin: "http://localhost:8083", "sec-fetch-site": "same-origin" };
    expect(await send(own)).toMatchObject({ status: 200 });
  });
});

it.each(["GET", "HEAD", "PUT", "DELETE", "PATCH"])("an operation is not performed by %s", async (method) => {
  const send = await emulator();
  expect(await send({}, method)).toMatchObject({ status: 405 });
});

describe("an address beyond this machine", () => {
  it.each(["0.0.0.0", "::", "192.168.1.5", "example.org", "::ffff:10.0.0.1"])(
    "%s is listened at only with a token or as insecure",
    async (host) => {
      await expect(startEmulator({ port: 0, functions: localFunctions(), host })).rejects.toThrow(
        `Listening at ${host} lets every machine that reaches this one create and run state machines and invoke functions here. Give --token SECRET`,
      );
    },
  );

  it("is told with who may do what", () => {
    expect(exposure({})).toBeUndefined();
    expect(exposure({ host: "::1" })).toBeUndefined();
    expect(exposure({ host: "0.0.0.0", token: "s" })).toBe(
      "Listening at all addresses of this machine: whoever sends the token may create and run state machines and invoke functions here",
    );
    expect(exposure({ host: "10.0.0.5", insecure: true })).toBe(
      "Listening at 10.0.0.5: everybody who reaches it may create and run state machines and invoke functions here",
    );
  });
});

describe("a token", () => {
  it("comes as AWS's session token or as a bearer's", async () => {
    const send = await emulator({ token: "s3cret" });
    expect(await send({})).toMatchObject({ status: 403 });
    expect(await send({ "x-amz-security-token": "wrong" })).toMatchObject({ status: 403 });
    expect(await send({ authorization: "Bearer s3cre" })).toMatchObject({ status: 403 });
    expect(await send({ "x-amz-security-token": "s3cret" })).toMatchObject({ status: 200 });
    expect(await send({ authorization: "Bearer s3cret" })).toMatchObject({ status: 200 });
    expect(await send({ authorization: "bearer  s3cret" })).toMatchObject({ status: 200 });
    expect(await send({ authorization: "Basic s3cret" })).toMatchObject({ status: 403 });
  });

  it("is not empty", async () => {
    await expect(startEmulator({ port: 0, functions: localFunctions(), token: "" })).rejects.toThrow(
      "must not be empty",
    );
  });
});

it.each(["*", "http://evil.example", "a/b", ""])("'%s' is no name of a host to allow", async (name) => {
  await expect(startEmulator({ port: 0, functions: localFunctions(), allowHosts: [name] })).rejects.toThrow(
    `'${name}' is not the name of a host`,
  );
});
