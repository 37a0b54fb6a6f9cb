import { request as httpRequest } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync } from "node:zlib";
import { GetActivityTaskCommand, SendTaskHeartbeatCommand, SendTaskSuccessCommand } from "@aws-sdk/client-sfn";
import { beforeAll, describe, expect, it, onTestFinished } from "vitest";
import type {
  CacheContents,
  ConsoleEvent,
  FailedNode,
  Failure,
  GraphAnswer,
  Logs,
  PendingTokens,
  Replica,
  Replicas,
  Service,
  StateMachines,
} from "../../../../infra/run/console/api.ts";
import type { Timeline } from "../../../../infra/run/timeline/model.ts";
import { servedProject } from "../../../support/served-project.ts";

const MODULE = `
import { setTimeout as sleep } from "node:timers/promises";
import { ActorEnvironment, mapTask, task, workflow } from "lambent";
const actor = new ActorEnvironment({ name: "scoring", replicaCount: 1, whenBusy: "queue" });
const loadModel = actor.cache(async function loadModel(version: string, { size }: { size: number }) { await sleep(20); return version.length + size; });
const score = actor.task(async function score({ text }: { text: string }) { console.log("scores " + text); return text + (await loadModel("v1", { size: 3 })); });
const slow = actor.task(async function slow({ ms }: { ms: number }) { console.error("begins"); await sleep(ms); return ms; });
const plain = task(async function plain({ n }: { n: number }) { process.stdout.write(JSON.stringify({ timestamp: "now", level: "WARN", message: { level: n } }) + "\\n"); return n + 1; });
export const scoring = workflow({ texts: ["a", "b", "c"], from: undefined as string | undefined, limit: 3 }, function scoring({ texts }) { return mapTask(score)({ text: texts }); });
export const apart = workflow({ texts: ["p", "q"] }, function apart({ texts }) { return mapTask(score, { mode: "distributed" })({ text: texts }); });
const refuse = task(async function refuse({ n }: { n: number }) { if (n > 1) throw new RangeError("no " + n); return n; });
export const refusing = workflow({ ns: [1, 2] }, function refusing({ ns }) { return mapTask(refuse)({ n: ns }); });
export const slowly = workflow({ ms: 5 }, function slowly({ ms }) { return plain({ n: slow({ ms }) }); });
`;

const project = servedProject({ "flow.ts": MODULE }, { servedBy: "a test", onLog: () => {} });

async function get<T>(path: string, init: RequestInit = {}): Promise<T> {
  const answer = await fetch(`${project.served.url}/console/api/${path}`, init);
  const body: unknown = await answer.json();
  if (!answer.ok) throw new Error(`${answer.status} ${JSON.stringify(body)}`);
  return body as T;
}

function post<T>(path: string, type = "application/json", body = "{}"): Promise<T> {
  return get<T>(path, { method: "POST", headers: { "content-type": type }, body });
}

async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (const end = Date.now() + 20_000; Date.now() < end; await sleep(20)) {
    const found = await look();
    if (found !== undefined) return found;
  }
  throw new Error(`never came: ${look}`);
}

/** What a page is told from now on. */
async function listen(query = ""): Promise<{ readonly events: ConsoleEvent[]; readonly stop: () => void }> {
  const gone = new AbortController();
  onTestFinished(() => gone.abort());
  const answer = await fetch(`${project.served.url}/console/api/events${query}`, { signal: gone.signal });
  expect(answer.headers.get("content-type")).toBe("text/event-stream");
  const events: ConsoleEvent[] = [];
  void read(answer, events).catch(() => undefined);
  await until(() => events[0]);
  return { events, stop: () => gone.abort() };
}

async function read(answer: Response, events: ConsoleEvent[]): Promise<void> {
  let text = "";
  for await (const chunk of answer.body ?? []) {
    text += Buffer.from(chunk).toString();
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    for (const part of parts) {
      const data = /^data: (.*)$/m.exec(part)?.[1];
      if (data !== undefined) events.push(JSON.parse(data));
    }
  }
}

function arnOf(workflow: string): string {
  return project.served.stateMachines.get(workflow) ?? "";
}

/** The actor's only replica. */
async function scoringReplica(): Promise<Replica> {
  const { replicas } = await get<Replicas>("replicas");
  const found = replicas.find(({ title, state }) => title === "scoring" && state !== "starting");
  return found ?? (await sleep(20), scoringReplica());
}

/** A state machine that somebody has written by hand, of an activity. */
function approval(): { readonly stateMachineArn: string; readonly activityArn: string } {
  const { states } = project.served.emulator;
  const { activityArn } = states.createActivity({ name: "approve" });
  const definition = JSON.stringify({
    StartAt: "Approve",
    States: {
      Approve: { Type: "Task", Resource: activityArn, TimeoutSeconds: 600, HeartbeatSeconds: 300, Next: "Done" },
      Done: { Type: "Pass", End: true },
    },
  });
  const roleArn = "arn:aws:iam::000000000000:role/any";
  return { activityArn, ...states.createStateMachine({ name: "approval", definition, roleArn }) };
}

describe("the console's page", () => {
  it("is where the page at / and the path without its slash lead", async () => {
    const { url } = project.served;
    const led = await fetch(`${url}/console`, { redirect: "manual" });
    expect([led.status, led.headers.get("location")]).toEqual([302, "/console/"]);
    const front = await fetch(url, { headers: { accept: "text/html,*/*" } });
    expect(await front.text()).toContain(`<a href="/console/">${url}/console/</a>`);
    expect((await fetch(`${url}/console/nothing.js`)).status).toBe(404);
    expect((await fetch(`${url}/console/`, { method: "POST" })).status).toBe(405);
  });

  it("may ask nobody but its server, is compressed, and is sent once as long as it is the same", async () => {
    const page = await raw("/console/", { "accept-encoding": "gzip, br" });
    expect(page.status).toBe(200);
    expect(page.headers).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "content-encoding": "gzip",
      "content-length": String(page.body.length),
      "x-content-type-options": "nosniff",
      "x-frame-options": "DENY",
      vary: "accept-encoding",
    });
    expect(page.headers["content-security-policy"]).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    const html = gunzipSync(page.body).toString();
    const named = [...html.matchAll(/(?:src|href)="([^":]+)"/g)].map(([, name]) => `/console/${name}`);
    expect(named).toEqual(expect.arrayContaining(["/console/main.js", "/console/style.css"]));
    let bytes = page.body.length;
    for (const path of named) {
      const file = await raw(path, { "accept-encoding": "gzip" });
      expect(file.status).toBe(200);
      bytes += file.body.length;
      const again = await raw(path, { "accept-encoding": "gzip", "if-none-match": file.headers["etag"] ?? "" });
      expect([again.status, again.body.length]).toEqual([304, 0]);
      const plain = await raw(path, {});
      expect(plain.headers["content-encoding"]).toBeUndefined();
      expect(gunzipSync(file.body).equals(plain.body)).toBe(true);
    }
    expect(bytes).toBeLessThanOrEqual(150_000);
    const head = await raw("/console/main.js", {}, "HEAD");
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });
});

interface RawAnswer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Buffer;
}

/** Not fetch, which sets Host and Origin itself and unpacks what is compressed. */
function raw(
  path: string,
  headers: Record<string, string>,
  method = "GET",
  at = project.served.url,
): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, at), { method, headers }, async (response) => {
      if (/event-stream/.test(response.headers["content-type"] ?? "")) sent.destroy();
      const chunks: Buffer[] = [];
      try {
        for await (const chunk of response) chunks.push(chunk);
      } catch {
        // Events go on until it is said that there are enough.
      }
      // Each of those that are looked at is there once.
      resolve({
        status: response.statusCode,
        headers: response.headers as RawAnswer["headers"],
        body: Buffer.concat(chunks),
      });
    });
    sent.on("error", (error) => (sent.destroyed ? undefined : reject(error)));
    sent.end(method === "POST" ? "{}" : undefined);
  });
}

describe("the console tells", () => {
  let machine: ReturnType<typeof approval>;
  beforeAll(() => {
    machine = approval();
  });

  it("what is served, and by whom", async () => {
    expect(await get<Service>("service")).toEqual({
      run: expect.any(String),
      name: "test",
      stage: "dev",
      region: "us-east-1",
      accountId: "000000000000",
      servedBy: "a test",
      functions: { where: "here" },
      skipsWaits: false,
    });
  });

  it("of each state machine what its form asks for; of one that is written by hand any JSON", async () => {
    const { stateMachines } = await get<StateMachines>("state-machines");
    const byTitle = Object.fromEntries(stateMachines.map((one) => [one.title, one]));
    expect(byTitle["scoring"]).toMatchObject({
      name: "test-dev-scoring",
      isLambent: true,
      isInternal: false,
      type: "STANDARD",
    });
    expect(byTitle["scoring"]?.inputs).toEqual([
      {
        name: "texts",
        type: "array",
        default: ["a", "b", "c"],
        isRequired: false,
        isFile: false,
        hasFiles: false,
        schema: { type: "array", default: ["a", "b", "c"] },
      },
      { name: "from", isRequired: false, isFile: false, hasFiles: false, schema: {} },
      {
        name: "limit",
        type: "number",
        default: 3,
        isRequired: false,
        isFile: false,
        hasFiles: false,
        schema: { type: "number", default: 3 },
      },
    ]);
    expect(byTitle["approval"]).toMatchObject({ isLambent: false, isInternal: false });
    expect(byTitle["approval"]?.inputs).toBeUndefined();
  });

  it("a workflow's graph in its author's nodes, and another's in its states", async () => {
    async function nodes(query: string): Promise<(string | undefined)[]> {
      return (await get<GraphAnswer>(`graph?${query}`)).graph?.boxes.map(({ node }) => node) ?? [];
    }
    expect(await nodes(`stateMachineArn=${arnOf("slowly")}`)).toEqual(["slow", "plain"]);
    expect(await nodes(`stateMachineArn=${machine.stateMachineArn}`)).toEqual(["Approve", "Done"]);
    const { executionArn } = await project.execute("scoring");
    expect(await nodes(`executionArn=${executionArn}`)).toEqual(["score"]);
  });

  it("an execution's timeline, also while it runs", async () => {
    const { states } = project.served.emulator;
    const { executionArn } = states.startExecution({ stateMachineArn: arnOf("slowly"), input: '{"ms":400}' });
    const path = `timeline?executionArn=${executionArn}`;
    const running = await until(async () => {
      const timeline = await get<Timeline>(path);
      return timeline.bars.some(({ status }) => status === "running") ? timeline : undefined;
    });
    expect(running).toMatchObject({ title: "slowly", status: "RUNNING" });
    await project.ended(executionArn);
    const ended = await get<Timeline>(path);
    expect(ended).toMatchObject({ status: "SUCCEEDED", totals: { tasks: 2 } });
    expect(ended.totals.cost?.text).toMatch(/^\$/);
    expect(ended.bars.every(({ status }) => status === "succeeded")).toBe(true);
  });

  it("at which node and item an execution failed, and nothing of one that did not", async () => {
    const { executionArn: failed } = await project.execute("refusing");
    expect(await get<FailedNode>(`failed-node?executionArn=${failed}`)).toEqual({ node: "refuse[1]" });
    const { executionArn: well } = await project.execute("refusing", { ns: [1] });
    expect(await get<FailedNode>(`failed-node?executionArn=${well}`)).toEqual({});
  });

  it("what replicas do, and what is in their caches", async () => {
    await project.execute("scoring");
    const before = await scoringReplica();
    await project.execute("scoring", { texts: ["d", "e"] });
    const after = await scoringReplica();
    const [cache] = after.caches;
    expect(after).toMatchObject({
      id: before.id,
      state: "idle",
      initializationType: "provisioned-concurrency",
      coldStarts: 1,
    });
    expect(cache).toMatchObject({ cache: "loadModel", loads: 1, evictions: 0, entries: 1 });
    expect((cache?.hits ?? 0) + (cache?.joined ?? 0)).toBeGreaterThanOrEqual((before.caches[0]?.hits ?? 0) + 2);
    expect(cache?.loadMs).toBeGreaterThan(15);
    expect(await get<CacheContents>(`replicas/${after.id}/caches`)).toEqual({
      caches: [
        {
          cache: "loadModel",
          entries: 1,
          bytes: cache?.bytes,
          shown: [{ key: '"v1", {size: 3}', bytes: cache?.bytes, isLoading: false }],
        },
      ],
    });
  });

  it("what a task has printed, by execution, node, item and replica", async () => {
    const { executionArn } = await project.execute("scoring", { texts: ["x", "y"] });
    const all = await get<Logs>(`logs?executionArn=${executionArn}`);
    expect(all.lines.map(({ text, node, stream }) => [text, node, stream])).toEqual([
      ["scores x", "score", "stdout"],
      ["scores y", "score", "stdout"],
    ]);
    const { id } = await scoringReplica();
    expect(all.lines.every(({ replica, executionArn: of }) => replica === id && of === executionArn)).toBe(true);
    expect((await get<Logs>(`logs?executionArn=${executionArn}&node=other`)).lines).toEqual([]);
    const { executionArn: leveled } = await project.execute("slowly", {});
    const { lines } = await get<Logs>(`logs?executionArn=${leveled}`);
    expect(lines.map(({ node, level }) => [node, level])).toEqual([
      ["slow", "ERROR"],
      ["plain", "WARN"], // JSON, as a logger writes it
    ]);
    expect((await get<Logs>(`logs?after=${lines.at(-1)?.number}`)).lines).toEqual([]);
    expect((await get<Logs>(`logs?limit=1&replica=${id.slice(0, 6)}`)).lines).toHaveLength(1);
    await expect(get("logs?limit=many")).rejects.toThrow("limit has to be a whole number, not 'many'");
    await expect(get("logs?nodes=score")).rejects.toThrow("There is no parameter nodes; there are after,");
  });

  it("which tasks wait for their token, until they are answered", async () => {
    const { states } = project.served.emulator;
    const { events } = await listen();
    const began = Date.now();
    const { executionArn } = states.startExecution({ stateMachineArn: machine.stateMachineArn, input: '{"by":"me"}' });
    const token = await until(async () => (await get<PendingTokens>("tokens")).tokens[0]);
    expect(token).toMatchObject({
      executionArn,
      stateMachineArn: machine.stateMachineArn,
      where: "Approve",
      input: '{"by":"me"}',
    });
    expect(token.since).toBeGreaterThanOrEqual(began);
    expect(token.timesOutAt).toBe(token.since + 600_000);
    expect(token.heartbeatDueAt).toBeLessThanOrEqual(Date.now() + 300_000);
    const { client } = project;
    const { taskToken } = await client.send(new GetActivityTaskCommand({ activityArn: machine.activityArn }));
    expect(taskToken).toBe(token.taskToken);
    await client.send(new SendTaskHeartbeatCommand({ taskToken }));
    await until(() =>
      events.find((event) => event.type === "token" && (event.token.heartbeatDueAt ?? 0) > (token.heartbeatDueAt ?? 0)),
    );
    await client.send(new SendTaskSuccessCommand({ taskToken, output: '"yes"' }));
    expect(await project.ended(executionArn)).toMatchObject({ status: "SUCCEEDED", output: '"yes"' });
    await until(() => events.find((event) => event.type === "token-ended" && event.taskToken === taskToken));
    expect(await get("tokens")).toEqual({ tokens: [], more: 0 });
  });
});

describe("the console tells as it happens", () => {
  it("of 1,000 tasks that wait for their token, and of the next one when one of these is answered", async () => {
    const { taskTokens } = project.served.emulator.states;
    function wait(number: number): () => void {
      const facts = { executionArn: "none", where: `ask[${number}]`, since: 0, input: null };
      return taskTokens.open(`token ${number}`, {
        facts: () => facts,
        succeed: () => undefined,
        fail: () => undefined,
        heartbeat: () => undefined,
      });
    }
    const answer = Array.from({ length: 1002 }, (_, number) => wait(number));
    onTestFinished(() => answer.forEach((end) => end()));
    const { events } = await listen();
    const [snapshot] = events;
    expect(snapshot?.type === "snapshot" && [snapshot.tokens.tokens.length, snapshot.tokens.more]).toEqual([1000, 2]);
    answer[7]?.();
    await until(() => events.find((event) => event.type === "token-ended" && event.taskToken === "token 7"));
    expect(events.flatMap((event) => (event.type === "token" ? event.token.where : []))).toEqual(["ask[1000]"]);
    expect(await until(() => events.find((event) => event.type === "more-tokens"))).toMatchObject({ more: 1 });
  });

  it("what there is, and then executions, histories, replicas, logs and state machines", async () => {
    const { states } = project.served.emulator;
    const { executionArn } = states.startExecution({ stateMachineArn: arnOf("slowly"), input: '{"ms":300}' });
    const { events } = await listen(`?executionArn=${executionArn}`);
    expect(events[0]).toMatchObject({ type: "snapshot", run: (await get<Service>("service")).run });
    expect(events[0]?.type === "snapshot" && events[0].executions[0]).toMatchObject({
      executionArn,
      status: "RUNNING",
    });
    await project.ended(executionArn);
    const ended = await until(() =>
      events.find((event) => event.type === "execution" && event.execution.status === "SUCCEEDED"),
    );
    expect(ended).toMatchObject({ execution: { executionArn, stateMachineArn: arnOf("slowly"), redriveCount: 0 } });
    const history = await until(() => events.find((event) => event.type === "history" && event.status === "SUCCEEDED"));
    const { length } = states.getExecutionHistory({ executionArn, maxResults: 1000 }).events;
    expect(history).toMatchObject({ executionArn, events: length });
    const { id } = await scoringReplica();
    await until(() => events.find((event) => event.type === "replica" && event.replica.id === id));
    await project.execute("scoring");
    await until(() => events.find((event) => event.type === "logs"));
    const { stateMachineArn } = states.createStateMachine({
      name: "brief",
      definition: '{"StartAt":"A","States":{"A":{"Type":"Succeed"}}}',
      roleArn: "arn:aws:iam::000000000000:role/any",
    });
    await until(() => events.find((event) => event.type === "state-machines"));
    states.deleteStateMachine({ stateMachineArn });
  });
});

describe("of a Distributed Map the console tells", () => {
  it("with the execution that it is in: the histories of children, their logs and their bars", async () => {
    const { states } = project.served.emulator;
    const name = `apart-${Date.now()}`;
    const stateMachineArn = arnOf("apart");
    const executionArn = `${stateMachineArn.replace(":stateMachine:", ":execution:")}:${name}`;
    const { events } = await listen(`?executionArn=${executionArn}`);
    expect(states.startExecution({ stateMachineArn, name }).executionArn).toBe(executionArn);
    await project.ended(executionArn);
    await until(() => events.find((event) => event.type === "history" && event.status === "SUCCEEDED"));
    const { lines } = await get<Logs>(`logs?executionArn=${executionArn}`);
    expect(lines.map(({ text }) => text).toSorted()).toEqual(["scores p", "scores q"]);
    expect(lines.every(({ node, executionArn: own }) => node === "score" && own !== executionArn)).toBe(true);
    const started = events.filter((event) => event.type === "execution").map(({ execution }) => execution.executionArn);
    expect(new Set(started)).toEqual(new Set([executionArn]));
    expect((await get<Timeline>(`timeline?executionArn=${executionArn}`)).totals.tasks).toBe(2);
    expect((await get<GraphAnswer>(`graph?executionArn=${executionArn}`)).graph?.boxes.map(({ node }) => node)).toEqual(
      ["score"],
    );
  });
});

describe("a replica", () => {
  it("that is frozen gets no request until it is thawed, and the request that waits is not lost", async () => {
    const { events } = await listen();
    const { id } = await scoringReplica();
    expect(await post<Replica>(`replicas/${id}/freeze`)).toMatchObject({ id, state: "frozen" });
    const { states } = project.served.emulator;
    const { executionArn } = states.startExecution({ stateMachineArn: arnOf("slowly") });
    await until(() => events.find((event) => event.type === "replica" && event.replica.state === "frozen"));
    expect((await get<CacheContents>(`replicas/${id}/caches`)).caches[0]?.entries).toBe(1);
    expect(states.describeExecution({ executionArn }).status).toBe("RUNNING");
    expect((await scoringReplica()).state).toBe("frozen");
    await post(`replicas/${id}/thaw`);
    expect((await project.ended(executionArn)).status).toBe("SUCCEEDED");
    expect(await scoringReplica()).toMatchObject({ id, state: "idle" });
  });

  it("that is busy ends its request before it is frozen, and tells of its caches afterwards", async () => {
    const { id } = await scoringReplica();
    const { states } = project.served.emulator;
    const { executionArn } = states.startExecution({ stateMachineArn: arnOf("slowly"), input: '{"ms":300}' });
    await until(async () => ((await scoringReplica()).state === "busy" ? true : undefined));
    expect(await post<Replica>(`replicas/${id}/freeze`)).toMatchObject({ state: "busy", next: "freeze" });
    await expect(get(`replicas/${id}/caches`)).rejects.toThrow(
      `409 {"__type":"ConflictException","message":"The replica ${id} is busy`,
    );
    expect((await project.ended(executionArn)).status).toBe("SUCCEEDED");
    const frozen = await scoringReplica();
    expect([frozen.state, frozen.next]).toEqual(["frozen", undefined]);
    await post(`replicas/${id}/thaw`);
  });

  it("that is recycled ends, and another takes its place with nothing in its caches", async () => {
    const { events } = await listen();
    const { id } = await scoringReplica();
    await post(`replicas/${id}/recycle`);
    await until(() => events.find((event) => event.type === "replica-ended" && event.id === id));
    await project.execute("scoring");
    const fresh = await scoringReplica();
    expect(fresh.id).not.toBe(id);
    expect(fresh.caches[0]).toMatchObject({ loads: 1 });
    await expect(post(`replicas/${id}/freeze`)).rejects.toThrow("404");
  });
});

describe("what the console is asked wrongly", () => {
  it.each([
    ["GET", "nothing", 404],
    ["POST", "service", 405],
    ["GET", "replicas/1/freeze", 405],
    ["GET", "graph", 400],
    ["GET", "graph?stateMachineArn=arn:aws:states:us-east-1:000000000000:stateMachine:none", 400],
    ["GET", "timeline?executionArn=none", 400],
    ["GET", "failed-node?executionArn=none", 400],
    ["GET", "failed-node", 400],
    ["GET", "replicas/1/caches", 404],
    [
      "GET",
      "events?executionArn=1&executionArn=2&executionArn=3&executionArn=4&executionArn=5&executionArn=6&executionArn=7&executionArn=8&executionArn=9&executionArn=10&executionArn=11",
      400,
    ],
  ])("%s %s is refused with %i", async (method, path, status) => {
    const { status: got, body } = await raw(`/console/api/${path}`, { "content-type": "application/json" }, method);
    expect(got).toBe(status);
    const { __type: kind, message }: Failure = JSON.parse(body.toString());
    expect([typeof kind, message]).toEqual(["string", expect.stringMatching(/\w{3}/)]);
  });

  it("a POST that is no JSON does nothing, as a form of another page would send it", async () => {
    const { id } = await scoringReplica();
    for (const type of ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
      await expect(post(`replicas/${id}/freeze`, type)).rejects.toThrow("415");
    await expect(post(`replicas/${id}/freeze`, "application/json", "[]")).rejects.toThrow("400");
    expect((await scoringReplica()).state).toBe("idle");
  });
});

describe("whoever is not the console's own page", () => {
  const token = servedProject({ "flow.ts": MODULE }, { access: { token: "secret" }, onLog: () => {} });
  const PATHS = ["/", "/console", "/console/", "/console/main.js"];
  const API = [
    "service",
    "state-machines",
    "graph",
    "replicas",
    "logs",
    "tokens",
    "events",
    "timeline",
    "failed-node",
    "replicas/1/caches",
  ].map((path) => `/console/api/${path}`);
  const POSTS = ["recycle", "freeze", "thaw"].map((action) => `/console/api/replicas/1/${action}`);

  it("is refused on every path: pages of other origins, and names that are not the server's", async () => {
    const { port } = new URL(project.served.url);
    for (const path of [...PATHS, ...API, ...POSTS]) {
      const method = POSTS.includes(path) ? "POST" : "GET";
      for (const headers of [
        { origin: "https://evil.example" },
        { origin: "null" },
        { origin: `http://localhost:${Number(port) + 1}` },
        { "sec-fetch-site": "cross-site" },
        { "sec-fetch-site": "same-site" },
        { host: `evil.example:${port}` },
      ]) {
        const { status } = await raw(
          path,
          { accept: "text/html", "content-type": "application/json", ...headers },
          method,
        );
        expect([path, headers, status]).toEqual([path, headers, 403]);
      }
    }
  });

  it("has to send the token for all but the page, which has nothing of what is served in it", async () => {
    const { url } = token.served;
    for (const path of PATHS) expect((await raw(path, { accept: "text/html" }, "GET", url)).status).toBeLessThan(400);
    for (const path of [...API, ...POSTS]) {
      const method = POSTS.includes(path) ? "POST" : "GET";
      const headers = { "content-type": "application/json" };
      for (const wrong of [{}, { authorization: "Bearer other" }])
        expect([path, (await raw(path, { ...headers, ...wrong }, method, url)).status]).toEqual([path, 403]);
      expect((await raw(`${path}?token=secret`, headers, method, url)).status).toBe(403);
      expect((await raw(path, { ...headers, authorization: "Bearer secret" }, method, url)).status).not.toBe(403);
    }
  });
});
