import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../../../sdk/base/json.ts";
import { StepFunctions } from "../../../../infra/emulator/index.ts";
import { type Definition, jsonpath, localFunctions, only, run } from "../../../support/emulator.ts";

/** As much of S3 as the emulator asks of it: get, put and list, path style. */
class ObjectServer {
  readonly objects = new Map<string, Buffer>();
  readonly #server: Server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? "/", "http://s3");
    const key = decodeURIComponent(pathname.slice(1)).replace(/\/$/, "");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (request.method === "PUT") {
        this.objects.set(key, Buffer.concat(chunks));
        response.end();
      } else if (searchParams.has("list-type")) {
        response.setHeader("content-type", "application/xml").end(this.#listing(key, searchParams.get("prefix") ?? ""));
      } else {
        const body = this.objects.get(key);
        if (body === undefined) {
          response.writeHead(404, { "content-type": "application/xml" });
          response.end("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message></Error>");
        } else response.end(body);
      }
    });
  });

  #listing(bucket: string, prefix: string): string {
    const entries = [...this.objects].filter(([key]) => key.startsWith(`${bucket}/${prefix}`));
    const contents = entries.map(
      ([key, body]) =>
        `<Contents><Key>${key.slice(bucket.length + 1)}</Key><Size>${body.length}</Size><ETag>"e"</ETag></Contents>`,
    );
    return `<?xml version="1.0"?><ListBucketResult><IsTruncated>false</IsTruncated>${contents.join("")}</ListBucketResult>`;
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const s3 = new ObjectServer();
let s3Endpoint = "";
beforeAll(async () => {
  s3Endpoint = await s3.start();
});
afterAll(() => s3.stop());

const pass = { StartAt: "One", States: { One: { Type: "Pass", End: true } } };
const failing = {
  StartAt: "Which",
  States: {
    Which: { Type: "Choice", Choices: [{ Condition: "{% $states.input < 0 %}", Next: "Bad" }], Default: "Good" },
    Bad: { Type: "Fail", Error: "Bad" },
    Good: { Type: "Succeed" },
  },
};

function distributed(fields: Definition = {}, processor: Definition = pass): Definition {
  return only({
    Type: "Map",
    ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...processor },
    ...fields,
  });
}

function withItems(fields: Definition = {}, processor?: Definition): Definition {
  return distributed({ Items: "{% $states.input %}", ...fields }, processor);
}

async function read(config: Definition, key: string, more: Definition = {}): Promise<Json | undefined> {
  const reader = {
    Resource: "arn:aws:states:::s3:getObject",
    ReaderConfig: config,
    Arguments: { Bucket: "b", Key: key },
  };
  const outcome = await run(distributed({ ItemReader: reader, ...more }), {}, {}, { endpointUrl: { s3: s3Endpoint } });
  return outcome.output ?? `${outcome.error}: ${outcome.cause}`;
}

describe("a Distributed Map", () => {
  it("gives the children's outputs, with six events of its own in the parent", async () => {
    const outcome = await run(withItems(), [1, 2, 3]);
    expect(outcome.output).toEqual([1, 2, 3]);
    expect(outcome.events.slice(1, -1)).toEqual([
      "MapStateEntered:State",
      "MapStateStarted",
      "MapRunStarted",
      "MapRunSucceeded",
      "MapStateSucceeded",
      "MapStateExited",
    ]);
  });

  it("gives its children an execution, a context and variables of their own", async () => {
    const look = {
      StartAt: "Look",
      States: { Look: { Type: "Pass", Output: "{% [$exists($x), $states.context.Execution.Id] %}", End: true } },
    };
    const outcome = await run({
      QueryLanguage: "JSONata",
      StartAt: "Set",
      States: {
        Set: { Type: "Pass", Assign: { x: 1 }, Output: [0], Next: "State" },
        ...Object(withItems({}, look)).States,
      },
    });
    expect(outcome.output).toEqual([[false, expect.stringMatching(/:execution:machine\/State:[0-9a-f-]+$/)]]);
  });

  it("selects and batches", async () => {
    const selector = { at: "{% $states.context.Map.Item.Index %}" };
    const batcher = { MaxItemsPerBatch: 2, BatchInput: { shared: "{% $count($states.input) %}" } };
    expect((await run(withItems({ ItemSelector: selector, ItemBatcher: batcher }), ["a", "b", "c"])).output).toEqual([
      { BatchInput: { shared: 3 }, Items: [{ at: 0 }, { at: 1 }] },
      { BatchInput: { shared: 3 }, Items: [{ at: 2 }] },
    ]);
    const bytes = { MaxInputBytesPerBatch: 30 };
    expect((await run(withItems({ ItemBatcher: bytes }), ["aaaaaaa", "bbbbbbb", "c"])).output).toEqual([
      { Items: ["aaaaaaa"] },
      { Items: ["bbbbbbb", "c"] },
    ]);
  });

  it("fails at the first failed child, unless failures are tolerated", async () => {
    expect(await run(withItems({}, failing), [1, -1])).toMatchObject({
      error: "States.ExceedToleratedFailureThreshold",
      cause: "The specified tolerated failure threshold was exceeded",
    });
    expect(await run(withItems({ ToleratedFailureCount: 1 }, failing), [1, -1])).toMatchObject({ output: [1] });
    expect(await run(withItems({ ToleratedFailurePercentage: 40 }, failing), [1, -1])).toMatchObject({
      status: "FAILED",
    });
    expect(await run(withItems({ ToleratedFailurePercentage: 50 }, failing), [1, -1])).toMatchObject({ output: [1] });
  });

  it("counts the items of a failed batch, not the batch", async () => {
    const bad = { StartAt: "Bad", States: { Bad: { Type: "Fail", Error: "Bad" } } };
    const last = {
      StartAt: "Which",
      States: {
        Which: {
          Type: "Choice",
          Choices: [{ Condition: "{% -1 in $states.input.Items %}", Next: "Bad" }],
          Default: "Good",
        },
        ...bad.States,
        Good: { Type: "Succeed" },
      },
    };
    async function batched(fields: Definition): Promise<string> {
      return (await run(withItems({ ItemBatcher: { MaxItemsPerBatch: 3 }, ...fields }, last), [-1, 2, 3, 4, 5])).status;
    }
    expect(await batched({ ToleratedFailureCount: 2 })).toBe("FAILED");
    expect(await batched({ ToleratedFailureCount: 3 })).toBe("SUCCEEDED");
    expect(await batched({ ToleratedFailurePercentage: 59 })).toBe("FAILED");
    expect(await batched({ ToleratedFailurePercentage: 60 })).toBe("SUCCEEDED");
  });

  it("takes an object's fields for its items, in both languages", async () => {
    const input = { a: 1, b: { x: 2 } };
    expect((await run(withItems(), input)).output).toEqual([
      { Key: "a", Value: 1 },
      { Key: "b", Value: { x: 2 } },
    ]);
    const selector = "{% $states.context.Map.Item %}";
    expect((await run(withItems({ ItemSelector: { item: selector } }), input)).output).toMatchObject([
      { item: { Index: 0, Key: "a", Value: 1, Source: "STATE_DATA" } },
      { item: { Index: 1, Key: "b", Value: { x: 2 }, Source: "STATE_DATA" } },
    ]);
    const state = {
      Type: "Map",
      End: true,
      ItemsPath: "$.items",
      ItemSelector: { "key.$": "$$.Map.Item.Key" },
      ItemProcessor: { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...pass },
    };
    expect((await run(jsonpath({ State: state }), { items: input })).output).toEqual([{ key: "a" }, { key: "b" }]);
    expect(await run(jsonpath({ State: state }), { items: 1 })).toMatchObject({ error: "States.Runtime" });
  });

  it("is described as a Map Run, and its children as executions", async () => {
    const states = new StepFunctions({ functions: localFunctions() });
    const definition = JSON.stringify(
      withItems({ Label: "run", ToleratedFailureCount: 1, MaxConcurrency: 2 }, failing),
    );
    const { stateMachineArn } = states.createStateMachine({ name: "m", definition, roleArn: "r" });
    const { executionArn } = states.startExecution({ stateMachineArn, input: "[1,2,-1]" });
    await states.executionEnd(executionArn);
    const { mapRuns } = states.listMapRuns({ executionArn });
    const mapRunArn = String(new Map(Object.entries(mapRuns[0] ?? {})).get("mapRunArn"));
    expect(mapRunArn).toMatch(/:mapRun:m\/run:[0-9a-f-]+$/);
    expect(states.mapRuns.describe(mapRunArn)).toMatchObject({
      executionArn,
      status: "SUCCEEDED",
      maxConcurrency: 2,
      itemCounts: { total: 3, succeeded: 2, failed: 1, pending: 0, running: 0 },
    });
    expect(states.listExecutions({ mapRunArn, statusFilter: "FAILED" }).executions).toHaveLength(1);
    expect(states.listExecutions({ stateMachineArn }).executions).toHaveLength(1);
  });
});

describe("an ItemReader", () => {
  it("reads JSON, and an array within it", async () => {
    s3.objects.set("b/a.json", Buffer.from("[1,2]"));
    s3.objects.set("b/deep.json", Buffer.from('{"data":{"rows":[3]}}'));
    expect(await read({ InputType: "JSON" }, "a.json")).toEqual([1, 2]);
    expect(await read({ InputType: "JSON", ItemsPointer: "/data/rows" }, "deep.json")).toEqual([3]);
    expect(await read({ InputType: "JSON" }, "deep.json")).toBe(
      "States.ItemReaderFailed: Attempting to map over non-iterable node.",
    );
  });

  it("reads JSON Lines", async () => {
    s3.objects.set("b/a.jsonl", Buffer.from('{"a":1}\n\n{"a":2}\n'));
    expect(await read({ InputType: "JSONL" }, "a.jsonl")).toEqual([{ a: 1 }, { a: 2 }]);
  });

  it("reads CSV with headers of its own or given, at most MaxItems", async () => {
    s3.objects.set("b/a.csv", Buffer.from('x,y\r\n1,"two, ""2"""\n3\n'));
    expect(await read({ InputType: "CSV", CSVHeaderLocation: "FIRST_ROW" }, "a.csv")).toEqual([
      { x: "1", y: 'two, "2"' },
      { x: "3", y: "" },
    ]);
    const given = { InputType: "CSV", CSVHeaderLocation: "GIVEN", CSVHeaders: ["p"], MaxItems: 1 };
    expect(await read(given, "a.csv")).toEqual([{ p: "x" }]);
    expect(await read({ ...given, CSVHeaders: ["p", "p"] }, "a.csv")).toContain(
      "CSV headers cannot contain duplicates.",
    );
  });

  it("reads an inventory's manifest and the gzipped files that it names", async () => {
    s3.objects.set("i/data.csv.gz", gzipSync('"bucket","k1"\n"bucket","k2"\n'));
    s3.objects.set(
      "b/manifest.json",
      Buffer.from(
        JSON.stringify({
          destinationBucket: "arn:aws:s3:::i",
          fileSchema: "Bucket, Key",
          files: [{ key: "data.csv.gz" }],
        }),
      ),
    );
    expect(await read({ InputType: "MANIFEST" }, "manifest.json")).toEqual([
      { Bucket: "bucket", Key: "k1" },
      { Bucket: "bucket", Key: "k2" },
    ]);
  });

  it("lists objects", async () => {
    s3.objects.set("l/p/1", Buffer.from("abc"));
    s3.objects.set("l/q/2", Buffer.from("d"));
    const reader = { Resource: "arn:aws:states:::s3:listObjectsV2", Arguments: { Bucket: "l", Prefix: "p/" } };
    const outcome = await run(distributed({ ItemReader: reader }), {}, {}, { endpointUrl: { s3: s3Endpoint } });
    expect(outcome.output).toMatchObject([{ Key: "p/1", Size: 3 }]);
  });

  it("tells where each item is from", async () => {
    s3.objects.set("b/from.json", Buffer.from("[1]"));
    const from = { ItemSelector: { from: "{% $states.context.Map.Item.Source %}" } };
    expect(await read({ InputType: "JSON" }, "from.json", from)).toEqual([{ from: "s3://b/from.json" }]);
    const reader = { Resource: "arn:aws:states:::s3:listObjectsV2", Arguments: { Bucket: "b", Prefix: "from.json" } };
    const listed = await run(distributed({ ItemReader: reader, ...from }), {}, {}, { endpointUrl: { s3: s3Endpoint } });
    expect(listed.output).toEqual([{ from: "s3://b" }]);
  });

  it("refuses a negative MaxItemsPath", async () => {
    const reader = {
      Resource: "arn:aws:states:::s3:getObject",
      ReaderConfig: { InputType: "JSON", MaxItemsPath: "$.n" },
      Parameters: { Bucket: "b", Key: "k" },
    };
    const processor = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...pass };
    const map = { Type: "Map", ItemReader: reader, ItemProcessor: processor, End: true };
    expect(await run(jsonpath({ M: map }), { n: -1 }, {}, { endpointUrl: { s3: s3Endpoint } })).toMatchObject({
      error: "States.ItemReaderFailed",
      cause: "field MaxItems must be positive",
    });
  });

  it("takes a MaxItemsPath to a text", async () => {
    s3.objects.set("b/five.json", Buffer.from("[1, 2, 3, 4, 5]"));
    const reader = {
      Resource: "arn:aws:states:::s3:getObject",
      ReaderConfig: { InputType: "JSON", MaxItemsPath: "$.n" },
      Parameters: { Bucket: "b", Key: "five.json" },
    };
    const processor = { ProcessorConfig: { Mode: "DISTRIBUTED", ExecutionType: "STANDARD" }, ...pass };
    const map = { Type: "Map", ItemReader: reader, ItemProcessor: processor, End: true };
    expect(await run(jsonpath({ M: map }), { n: "2" }, {}, { endpointUrl: { s3: s3Endpoint } })).toMatchObject({
      output: [1, 2],
    });
  });

  it("fails by its name when the object is not there", async () => {
    expect(await read({ InputType: "JSON" }, "none.json")).toBe(
      "States.ItemReaderFailed: The specified key does not exist.",
    );
  });
});

describe("a ResultWriter", () => {
  it("writes a manifest and what succeeded and failed beside it", async () => {
    const writer = { Resource: "arn:aws:states:::s3:putObject", Arguments: { Bucket: "w", Prefix: "out" } };
    const outcome = await run(
      withItems({ ResultWriter: writer, ToleratedFailureCount: 1 }, failing),
      [1, -1],
      {},
      { endpointUrl: { s3: s3Endpoint } },
    );
    const details = new Map<string, Json>(Object.entries(outcome.output ?? {})).get("ResultWriterDetails");
    expect(details).toMatchObject({ Bucket: "w", Key: expect.stringMatching(/^out\/[0-9a-f-]+\/manifest.json$/) });
    function file(name: string): Json {
      return JSON.parse(String([...s3.objects].find(([key]) => key.startsWith("w/") && key.endsWith(name))?.[1]));
    }
    expect(file("manifest.json")).toMatchObject({ ResultFiles: { SUCCEEDED: [{}], FAILED: [{}], PENDING: [] } });
    expect(file("SUCCEEDED_0.json")).toMatchObject([{ Status: "SUCCEEDED", Input: "1", Output: "1" }]);
    expect(file("FAILED_0.json")).toMatchObject([{ Status: "FAILED", Error: "Bad" }]);
  });

  it("flattens in place without a bucket", async () => {
    const writer = { WriterConfig: { Transformation: "FLATTEN", OutputType: "JSON" } };
    expect((await run(withItems({ ResultWriter: writer }), [[1], [2, 3]])).output).toEqual([1, 2, 3]);
  });
});
