import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { CreateStateMachineCommand, SFNClient, StartExecutionCommand } from "@aws-sdk/client-sfn";
import { chromium as playwright, type Browser, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { serve } from "../../../../infra/run/serve.ts";
import type { Served } from "../../../../infra/run/serve-options.ts";
import { chromium, CHROMIUM_ARGUMENTS } from "../../../support/browser.ts";
import { packageRoot, projectDirectory } from "../../../support/project-directory.ts";
import { unlessInstalled } from "../../../support/tools.ts";

/** For people to look at; CI keeps what is there. */
const SCREENSHOTS = join(packageRoot, ".screenshots");

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** The page shows what it has been told of as soon as it is told. */
function eventually<T>(read: () => T): ReturnType<typeof expect.poll> {
  return expect.poll(read, { timeout: 20_000 });
}

/** What is wider than the window, if one can scroll to the side. */
const CUT_OFF = `document.documentElement.scrollWidth <= innerWidth ? [] :
  [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > innerWidth).map((one) => one.outerHTML.slice(0, 120))`;

const EVIL = "<img src=x onerror=alert(1)>";

const FLOW = `
import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, mapTask, required, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "scoring", replicaCount: 2 });
const loadModel = actor.cache(async function loadModel(version: string) { await sleep(200); return version.length; });
const prepare = task(async function prepare({ n }: { n: number }) { return Array.from({ length: n }, (_, index) => "text " + index); });
const score = actor.task(async function score({ text }: { text: string }) {
  console.log("scores " + text);
  await sleep(30);
  return text.length * (await loadModel("v1"));
});
export const scoring = workflow(
  { n: 8, greeting: "hello", isDeep: true, weights: [0.5, 1.5], options: { top: 3 }, label: required<string>() },
  function scoring({ n }) { return mapTask(score)({ text: prepare({ n }) }); },
);
const parse = task(async function parse({ text }: { text: string }) {
  throw new RangeError("cannot read '" + text + "'");
});
export const failing = workflow({ text: ${JSON.stringify(EVIL)} }, function failing({ text }) { return parse({ text }); });
const nap = task(async function nap({ ms }: { ms: number }) { await sleep(ms); return ms; });
export const napping = workflow({ ms: 60_000 }, function napping({ ms }) { return nap({ ms }); });
`;

describe.skipIf(chromium === undefined)(`the Console's page${unlessInstalled("chromium", chromium)}`, () => {
  const project = projectDirectory({ "flow.ts": FLOW });
  let browser: Browser;
  let served: Served;
  let client: SFNClient;
  let page: Page;
  let root: string;
  const told: string[] = [];
  let received = 0;

  async function start(port: number, token?: string): Promise<void> {
    served = await serve({
      root: project.root,
      workflows: ["*.ts"],
      service: "test",
      stage: "dev",
      port,
      say: () => undefined,
      onLog: () => undefined,
      ...(token === undefined ? {} : { access: { token } }),
    });
  }

  beforeAll(async () => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const starting = start(0);
    browser = await playwright.launch({ executablePath: chromium ?? "", args: [...CHROMIUM_ARGUMENTS] });
    await starting;
    root = new URL("/", served.url).href;
    const credentials = { accessKeyId: "a", secretAccessKey: "b" };
    client = new SFNClient({ endpoint: served.url, region: "us-east-1", credentials });
    page = await browser.newPage({ viewport: { width: 1360, height: 900 }, reducedMotion: "reduce" });
    page.setDefaultTimeout(20_000);
    page.on("pageerror", (error) => told.push(String(error)));
    // That a request was refused, or found nobody, Chromium tells by itself: the page tells it too.
    page.on("console", (message) => message.text().startsWith("Failed to load resource") || told.push(message.text()));
    page.on("request", (request) => request.url().startsWith(root) || told.push(`asks for ${request.url()}`));
    page.on("response", async (response) => {
      const { responseBodySize = 0, responseHeadersSize = 0 } = await response
        .request()
        .sizes()
        .catch(() => ({}) as { responseBodySize?: number; responseHeadersSize?: number }); // a stream has no end
      received += responseBodySize + responseHeadersSize;
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    client?.destroy();
    await served?.close();
    project.remove();
  });
  afterEach(() => {
    const all = told.splice(0);
    if (all.length > 0) throw new Error(`The page tells: ${all.join("\n")}`);
  });

  async function open(route: string): Promise<void> {
    await page.goto(`${root}console/#/${route}`);
  }

  function machineArn(name: string): string {
    return served.stateMachines.get(name) ?? `arn:aws:states:us-east-1:000000000000:stateMachine:${name}`;
  }

  async function openMachine(name: string): Promise<void> {
    await open(`state-machines/${encodeURIComponent(machineArn(name))}`);
    await page.getByRole("button", { name: "Start", exact: true }).waitFor();
  }

  function status(text: string): Promise<void> {
    return page.locator(".about-line .status", { hasText: text }).waitFor();
  }

  /** The chart is painted before the browser's next picture. */
  async function settled(): Promise<void> {
    await page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
  }

  /** In both themes nothing is wrong with it for assistive technology, and on a phone nothing is cut off. */
  async function looksGood(name: string): Promise<void> {
    for (const [theme, what] of [
      ["light", {}],
      ["dark", { runOnly: ["color-contrast"] }],
    ] as const) {
      await page.emulateMedia({ colorScheme: theme });
      await page.screenshot({ path: join(SCREENSHOTS, `console-${name}-${theme}.png`), fullPage: true });
      expect(await violations(what), `${name}, ${theme}`).toEqual([]);
    }
    await page.emulateMedia({ colorScheme: "light" });
    await page.setViewportSize({ width: 390, height: 844 });
    await settled();
    expect(await page.evaluate(CUT_OFF), `${name} on a phone`).toEqual([]);
    await page.screenshot({ path: join(SCREENSHOTS, `console-${name}-phone.png`), fullPage: true });
    await page.setViewportSize({ width: 1360, height: 900 });
  }

  /** @param what to look for; in the other theme nothing but the colours is different */
  async function violations(what: object = {}): Promise<string[]> {
    if ((await page.evaluate("typeof axe")) === "undefined") await page.evaluate(axe);
    const found = (await page.evaluate(`axe.run(${JSON.stringify(what)})`)) as {
      violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
    };
    return found.violations.flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
  }

  it("starts a workflow from its form, tells what is wrong beside the field, and shows loads and hits when it has finished", async () => {
    await page.goto(root);
    await page.getByRole("link", { name: "/console/" }).click();
    await page.getByRole("link", { name: "scoring" }).waitFor();
    expect(page.url()).toContain("/console/");
    await page.locator(".connection.open").waitFor();
    await page.waitForLoadState("load");
    expect(received).toBeGreaterThan(10_000);
    expect(received).toBeLessThan(150 * 1024);
    await looksGood("state-machines");

    await page.getByRole("link", { name: "scoring" }).click();
    const form = page.getByRole("form", { name: "Start an execution" });
    expect(await form.getByLabel("n", { exact: true }).inputValue()).toBe("8");
    expect(await form.getByLabel("isDeep").inputValue()).toBe("true");
    expect(JSON.parse(await form.getByLabel("options").inputValue())).toEqual({ top: 3 });
    await form.getByLabel("n", { exact: true }).fill("eight");
    await form.getByLabel("weights").fill("[0.5,");
    await form.getByRole("button", { name: "Start" }).click();
    await form.getByText("'eight' is not a number").waitFor();
    expect(await form.getByText(/This is not JSON: /).count()).toBe(1);
    expect(await form.getByText("Give a value, as JSON").count()).toBe(1);
    expect(await page.evaluate("document.activeElement.id")).toBe("input-n");
    expect(await page.getAttribute("#input-n", "aria-describedby")).toContain("input-n-fault");
    await looksGood("start-form");

    await form.getByLabel("n", { exact: true }).fill("9");
    await form.getByLabel("weights").fill("[1]");
    await form.getByLabel("label").fill('"a b"');
    await form.getByLabel("Execution's name").fill("no such/name");
    await form.getByRole("button", { name: "Start" }).click();
    await page.locator("#name-fault").waitFor();
    await form.getByLabel("Execution's name").fill("first-run");
    await form.getByRole("button", { name: "Start" }).click();

    await page.getByRole("heading", { name: "first-run" }).waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await status("Succeeded");
    await page.locator(".tiles", { hasText: "7 hits, 2 loads" }).waitFor();
    expect(await page.textContent("#heads")).toContain("scoring  2 replicas");
    expect(await page.textContent("#graph")).toMatch(/prepare.*score ×9/);
    expect(await page.textContent("#graph")).not.toContain("MapRuns");
    await eventually(() => page.textContent(".announcement")).toBe("Execution succeeded");
    await page.focus("#bars");
    await page.keyboard.press("ArrowDown");
    await eventually(() => page.locator("[role=option]").getAttribute("aria-label")).toMatch(/score|prepare/);
    await looksGood("execution");

    await page.getByRole("link", { name: "Logs" }).click();
    await page.locator(".log-line", { hasText: "scores text 8" }).waitFor();
    await page.getByRole("combobox", { name: "Task" }).selectOption("score");
    expect(await page.locator(".log-line").count()).toBe(9);
    await looksGood("logs");

    await page.getByRole("link", { name: "Input and output" }).click();
    expect(JSON.parse((await page.getByRole("group", { name: "Input" }).textContent()) ?? "")).toMatchObject({
      n: 9,
      label: "a b",
    });
    await looksGood("data");
  }, 120_000);

  it("lists the events of an execution, and tells of the one that is reached by keys", async () => {
    await page.getByRole("link", { name: "Events" }).click();
    const list = page.getByRole("listbox", { name: "Events of the execution" });
    await list.focus();
    await page.keyboard.press("End");
    await page.locator(".event-details", { hasText: "ExecutionSucceeded" }).waitFor();
    await page.keyboard.press("Home");
    await page.locator(".event-details", { hasText: '"label": "a b"' }).waitFor();
    expect(await list.getByRole("option", { selected: true }).count()).toBe(1);
    await page.getByLabel("Search events").fill("prepare");
    await eventually(() => list.getByRole("option").first().textContent()).toContain("prepare");
    await looksGood("events");
  }, 60_000);

  it("runs a hand-written state machine with JSON, and answers its task that waits for a token", async () => {
    await client.send(
      new CreateStateMachineCommand({
        name: "child",
        roleArn: "arn:aws:iam::000000000000:role/test",
        definition: JSON.stringify({ StartAt: "Done", States: { Done: { Type: "Succeed" } } }),
      }),
    );
    await client.send(
      new CreateStateMachineCommand({
        name: "approval",
        roleArn: "arn:aws:iam::000000000000:role/test",
        definition: JSON.stringify({
          QueryLanguage: "JSONata",
          StartAt: "Ask",
          States: {
            Ask: {
              Type: "Task",
              Resource: "arn:aws:states:::states:startExecution.waitForTaskToken",
              Arguments: {
                StateMachineArn: machineArn("child"),
                Input: { question: "{% $states.input.question %}", token: "{% $states.context.Task.Token %}" },
              },
              End: true,
            },
          },
        }),
      }),
    );
    await openMachine("approval");
    const form = page.getByRole("form", { name: "Start an execution" });
    await form.getByLabel("Input").fill('{"question": ');
    await form.getByRole("button", { name: "Start" }).click();
    await form.getByText(/This is not JSON/).waitFor();
    await form.getByLabel("Input").fill(JSON.stringify({ question: EVIL }));
    await form.getByRole("button", { name: "Start" }).click();
    await page.getByRole("heading", { name: "Waits for an answer" }).waitFor();
    await status("Running");

    await page.getByRole("link", { name: /^Tokens/ }).click();
    const answer = page.getByRole("form", { name: "Answer Ask" });
    await answer.getByLabel("Output").fill("{");
    await answer.getByRole("button", { name: "Send success" }).click();
    await answer.getByText(/This is not JSON/).waitFor();
    await looksGood("tokens");
    await page.getByRole("link", { name: /^execution / }).click();
    await page.getByRole("link", { name: "Input and output" }).waitFor(); // the list's form has gone
    await answer.getByLabel("Output").fill('{"isApproved": true}');
    await answer.getByRole("button", { name: "Send success" }).click();
    await status("Succeeded");
    await page.getByRole("link", { name: "Input and output" }).click();
    expect(await page.getByRole("group", { name: "Output" }).textContent()).toContain('"isApproved": true');

    // The execution that the state has started is a link in the event which tells of it.
    await page.getByRole("link", { name: "Events" }).click();
    await page.getByLabel("Search events").fill("TaskSubmitted");
    await page.getByRole("option").first().click();
    await page.locator(".event-details a", { hasText: ":execution:child:" }).click();
    await page.locator(".way-back", { hasText: "child" }).waitFor();
  }, 60_000);

  it("shows what an author or a caller writes as text, and where in the author's file an execution has failed", async () => {
    await openMachine("failing");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await status("Failed");
    const failure = page.getByRole("region", { name: "What it failed of" });
    await failure.getByText("RangeError", { exact: true }).waitFor();
    await failure.getByText("RangeError at parse").waitFor();
    expect(await failure.textContent()).toContain(`cannot read '${EVIL}'`);
    expect(await failure.textContent()).toMatch(/at parse \(.*flow\.ts:\d+:\d+\)/);
    await looksGood("failed");
    expect(await page.locator("img").count()).toBe(0);
  }, 60_000);

  it("stops an execution, redrives it and what has failed, and starts one again with its input", async () => {
    await openMachine("napping");
    await page.getByRole("button", { name: "Start", exact: true }).click();
    await status("Running");
    await page.locator("#bars").waitFor();
    await looksGood("running");
    // What is looked at stays while the timeline grows.
    await page.focus("#bars");
    await page.keyboard.press("ArrowRight");
    const bar = page.locator("#bars [role=option]");
    await eventually(() => bar.getAttribute("aria-label")).toBe("nap, still running");
    const duration = page.locator(".tiles .value").first();
    const before = await duration.textContent();
    await eventually(() => duration.textContent()).not.toBe(before);
    expect(await page.evaluate("document.activeElement.id")).toBe("bars");
    expect(await bar.getAttribute("aria-label")).toBe("nap, still running");
    await page.getByRole("button", { name: "Stop …" }).click();
    const dialog = page.getByRole("dialog", { name: "Stop this execution?" });
    await dialog.getByLabel("Error").fill("Tired");
    await dialog.getByRole("button", { name: "Stop it" }).click();
    await status("Aborted");
    await page.getByRole("region", { name: "What it failed of" }).getByText("Tired").waitFor();
    await page.getByRole("button", { name: "Redrive" }).click();
    await status("Running");
    await page.getByText("redriven once").waitFor();
    await page.getByRole("button", { name: "Stop …" }).click();
    await dialog.getByRole("button", { name: "Stop it" }).click();
    await status("Aborted");

    await page.getByRole("link", { name: "Start again …" }).click();
    const form = page.getByRole("form", { name: "Start an execution" });
    await form.getByRole("button", { name: "JSON" }).click();
    expect(JSON.parse(await form.getByRole("textbox", { name: "Input" }).inputValue())).toEqual({ ms: 60_000 });
    await form.getByRole("textbox", { name: "Input" }).fill('{"ms": 5}');
    await form.getByRole("button", { name: "Form" }).click();
    expect(await form.getByLabel("ms").inputValue()).toBe("5");
    await form.getByRole("button", { name: "Start" }).click();
    await status("Succeeded");

    await open("executions");
    await page.getByRole("button", { name: "Aborted" }).click();
    await eventually(() => page.locator(".lines tbody tr").count()).toBe(1);
    expect(await page.textContent(".lines tbody")).toContain("napping");
    await looksGood("executions");
    // What others start appears by itself.
    await page.getByRole("button", { name: "All", exact: true }).click();
    await client.send(new StartExecutionCommand({ stateMachineArn: machineArn("child"), name: "from-elsewhere" }));
    await page.getByRole("link", { name: "from-elsewhere" }).waitFor();
  }, 60_000);

  it("shows replicas with their caches, freezes and thaws one, and recycles it", async () => {
    await open("replicas");
    const scoring = page.getByRole("region", { name: "scoring" });
    const card = scoring.getByRole("article").first();
    await card.getByText("idle").waitFor();
    expect(await scoring.getByRole("article").count()).toBe(2);
    expect(await card.locator("tbody tr").textContent()).toMatch(/loadModel/);
    await card.getByText("Entries now").click();
    await card.locator(".entries", { hasText: "v1" }).waitFor();
    await looksGood("replicas");
    const name = await card.getByRole("heading", { level: 3 }).textContent();
    await card.getByRole("button", { name: "Freeze" }).click();
    await card.getByText("frozen: no invocation goes to it").waitFor();
    // The button that was pressed is the one that undoes it, and has the focus.
    expect(await page.evaluate("document.activeElement.textContent")).toBe("Thaw");
    await card.getByRole("button", { name: "Thaw" }).click();
    await card.getByText("idle").waitFor();
    await card.getByRole("button", { name: "Recycle" }).click();
    await page.getByRole("article", { name: `replica ${name}` }).waitFor({ state: "detached" });
    await eventually(() => scoring.getByRole("article").count()).toBe(2);
  }, 60_000);

  it("shows a Map Run with its child executions, and a history of thousands of events", async () => {
    const machine = {
      QueryLanguage: "JSONata",
      StartAt: "Each",
      States: {
        Each: {
          Type: "Map",
          Items: "{% [1..30] %}",
          Label: "each",
          ItemProcessor: {
            ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" },
            StartAt: "One",
            States: { One: { Type: "Pass", End: true } },
          },
          Assign: { n: 0 },
          Next: "Count",
        },
        Count: { Type: "Pass", Assign: { n: "{% $n + 1 %}" }, Next: "Enough" },
        Enough: { Type: "Choice", Choices: [{ Condition: "{% $n >= 2000 %}", Next: EVIL }], Default: "Count" },
        [EVIL]: { Type: "Succeed" },
      },
    };
    await client.send(
      new CreateStateMachineCommand({
        name: "counting",
        roleArn: "arn:aws:iam::000000000000:role/test",
        definition: JSON.stringify(machine),
      }),
    );
    const { executionArn = "" } = await client.send(
      new StartExecutionCommand({ stateMachineArn: machineArn("counting"), input: "{}" }),
    );
    await open(`executions/${encodeURIComponent(executionArn)}?tab=events`);
    await status("Succeeded");
    const list = page.getByRole("listbox", { name: "Events of the execution" });
    await list.focus();
    const last = list.getByRole("option", { selected: true });
    async function goToEnd(): Promise<string | null> {
      await page.keyboard.press("End");
      return last.textContent();
    }
    await eventually(goToEnd).toContain("ExecutionSucceeded");
    expect(Number(await last.getAttribute("aria-setsize"))).toBeGreaterThan(8000);
    expect(await list.getByRole("option").count()).toBeLessThan(100);
    await page.keyboard.press("PageUp");
    await eventually(() => page.locator(".event-details h3").first().textContent()).toMatch(/PassState|ChoiceState/);

    await page.getByLabel("Search events").fill("<img");
    await eventually(() => list.getByRole("option").first().textContent()).toContain(EVIL);
    await page.getByRole("link", { name: "Timeline" }).click();
    await page.locator("#graph text", { hasText: EVIL.slice(0, 20) }).waitFor();
    expect(await page.locator("img").count()).toBe(0);

    await page.getByRole("link", { name: "each", exact: true }).click();
    await page.locator(".tiles", { hasText: "30 of 30" }).first().waitFor();
    await eventually(() => page.locator(".lines tbody tr").count()).toBe(30);
    await looksGood("map-run");
    await page.locator(".lines tbody a").first().click();
    await page.getByRole("link", { name: "Map Run each" }).waitFor();
    await status("Succeeded");
  }, 60_000);

  it("says that it is not connected when the server has ended, and goes on with the next one, of which it asks the token", async () => {
    await open("state-machines");
    await page.locator(".connection.open").waitFor();
    const port = Number(new URL(served.url).port);
    await served.close();
    await page.getByText("Not connected, trying again").waitFor();
    await looksGood("not-connected");
    await start(port, "secret");
    await page.getByRole("heading", { name: "This server asks for its token" }).waitFor();
    await looksGood("asks-for-token");
    await page.getByLabel("Token").fill("secret €");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByText("A token has no characters beyond Latin-1").waitFor();
    await page.getByLabel("Token").fill("another");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.getByText("The token that this tab has is not this server's").waitFor();
    await page.getByLabel("Token").fill("secret");
    await page.getByRole("button", { name: "Connect" }).click();
    await page.locator(".connection.open").waitFor();
    await page.getByRole("link", { name: "scoring" }).waitFor();

    const other = await browser.newPage();
    await other.goto(`${root}console/#token=secret`);
    await other.getByRole("link", { name: "scoring" }).waitFor();
    expect(other.url()).not.toContain("secret");
    // Given once more to the open page, and as nobody encodes it.
    await other.goto(`${root}console/#token=secret`);
    await other.locator(".connection.open").waitFor();
    await other.goto(`${root}console/#token=50%`);
    await other.reload();
    await other.getByText("The token that this tab has is not this server's").waitFor();
    await other.close();
  }, 120_000);
});
