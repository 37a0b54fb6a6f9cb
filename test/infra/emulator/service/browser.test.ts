import { createServer } from "node:http";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type Emulator, startEmulator } from "../../../../infra/emulator/index.ts";
import { lambdaRoutes } from "../../../../infra/emulator/lambda/lambda-api.ts";
import { listen } from "../../../../infra/emulator/service/server.ts";
import { chromium, CHROMIUM_ARGUMENTS } from "../../../support/browser.ts";
import { localFunctions } from "../../../support/emulator.ts";
import { unlessInstalled } from "../../../support/tools.ts";

/** What a page can send, whether or not it may read the answer. The result is what it could read. */
const ATTACKS = `async (url) => {
  const target = "AWSStepFunctions.ListStateMachines";
  const invoke = url + "/2015-03-31/functions/victim/invocations";
  const plain = { "content-type": "text/plain" };
  const read = (answer) => answer.text();
  const attempts = {
    list: fetch(url, { method: "POST", headers: { "x-amz-target": target }, body: "{}" }).then(read),
    invoke: fetch(invoke, { method: "POST", headers: plain, body: "{}" }).then(read),
    invokeBlindly: fetch(invoke, { method: "POST", mode: "no-cors", headers: plain, body: "{}" }).then(read),
    beacon: Promise.resolve(String(navigator.sendBeacon(invoke, "{}"))).then(() => ""),
  };
  const form = Object.assign(document.createElement("form"), { action: invoke, method: "post", enctype: "text/plain", target: "frame" });
  const frame = Object.assign(document.createElement("iframe"), { name: "frame" });
  document.body.append(frame, form);
  const sent = new Promise((resolve) => { frame.onload = resolve; });
  form.submit();
  await sent;
  const results = await Promise.allSettled(Object.values(attempts));
  return Object.fromEntries(Object.keys(attempts).map((name, i) => [name, results[i].value ?? "not readable"]));
}`;

describe.skipIf(chromium === undefined)(`a page in a browser${unlessInstalled("chromium", chromium)}`, () => {
  const invoked: string[] = [];
  const elsewhere = createServer((_, response) => response.setHeader("content-type", "text/html").end("<body>"));
  let emulator: Emulator;
  let browser: Browser;
  let page: Page;
  let foreign = "";

  beforeAll(async () => {
    const functions = localFunctions({
      victim(event) {
        invoked.push(JSON.stringify(event));
        return "done";
      },
    });
    const lambda = lambdaRoutes(functions);
    emulator = await startEmulator({
      port: 0,
      functions,
      async routes(request, response) {
        if (request.url !== "/page") return lambda(request, response);
        response.setHeader("content-type", "text/html").end("<body>");
        return true;
      },
    });
    foreign = `http://localhost:${await listen(elsewhere, "127.0.0.1", 0)}`;
    browser = await playwright.launch({
      executablePath: chromium ?? "",
      // A name server that answers with this machine's address: what an attacker's does at the second question.
      // Chromium's own guard of local addresses is off: other browsers and older ones have none.
      args: [
        ...CHROMIUM_ARGUMENTS,
        "--host-resolver-rules=MAP evil.example 127.0.0.1",
        "--disable-features=LocalNetworkAccessChecks",
      ],
    });
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    elsewhere.close();
    await emulator?.close();
  });
  beforeEach(async () => {
    invoked.length = 0;
    page = await browser.newPage();
    return () => page.close();
  });

  function attack(url: string): Promise<unknown> {
    return page.evaluate(`(${ATTACKS})(${JSON.stringify(url)})`);
  }

  it("of another origin reads nothing and invokes nothing", async () => {
    await page.goto(foreign);
    const unreadable = { list: "not readable", invoke: "not readable", invokeBlindly: "", beacon: "" };
    expect(await attack(emulator.url)).toEqual(unreadable);
    expect(invoked).toEqual([]);
  });

  it("whose own name leads to the emulator reads nothing and invokes nothing", async () => {
    const rebound = `http://evil.example:${emulator.port}`;
    // The page itself comes from the attacker's server, before its name leads here.
    await page.route(`${rebound}/start`, (route) => route.fulfill({ contentType: "text/html", body: "<body>" }));
    await page.goto(`${rebound}/start`);
    const refused = expect.stringContaining("AccessDeniedException");
    expect(await attack(rebound)).toEqual({ list: refused, invoke: refused, invokeBlindly: refused, beacon: "" });
    expect(invoked).toEqual([]);
  });

  it("of the emulator's own reads what it asks for, and invokes", async () => {
    await page.goto(`${emulator.url}/page`);
    expect(await attack(emulator.url)).toEqual({
      list: '{"stateMachines":[]}',
      invoke: '"done"',
      invokeBlindly: '"done"',
      beacon: "",
    });
    expect(invoked.length).toBeGreaterThanOrEqual(3);
  });
});
