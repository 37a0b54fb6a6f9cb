import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fetchStored } from "../../../sdk/values/fetch-stored.ts";
import { storeLarge } from "../../../sdk/values/large-value.ts";
import type { Json } from "../../../sdk/base/json.ts";
import { unlessInstalled } from "../../support/tools.ts";
import { S3Server, s3Server } from "../../support/s3-server.ts";

describe.skipIf(s3Server === undefined)(
  `large values in S3, on a real server${unlessInstalled("versitygw", s3Server)}`,
  { timeout: 60_000 },
  () => {
    const items = Array.from({ length: 20 }, (_, index) => `item ${index} €`.repeat(10_000));
    const receipt = {
      replica: "r",
      start: "warm",
      initializationType: "provisioned-concurrency",
      task: "make",
      startedAt: 0,
      durationMs: 1,
      output: "computed",
      caches: [],
    } as const;
    async function store(output: readonly string[] = items): Promise<Json> {
      return (await storeLarge({ output, receipt }, { bytes: 200_000, reads: { by: "read", fields: {} } })).output;
    }
    function keysOf(list: Json): Json[] {
      return (list as { $stored: string }[]).flatMap(({ $stored }) => ($stored === undefined ? [] : [$stored]));
    }
    let server: S3Server;
    beforeAll(async () => {
      server = await S3Server.start();
      Object.assign(process.env, {
        LAMBENT_BUCKET: await server.makeBucket("values"),
        AWS_LAMBDA_FUNCTION_NAME: "shop-dev-maker",
        AWS_ENDPOINT_URL_S3: server.config.endpoint,
        AWS_REGION: "us-east-1",
        AWS_ACCESS_KEY_ID: "test",
        AWS_SECRET_ACCESS_KEY: "testtest",
      });
    });
    afterAll(() => server.stop());

    test("the elements of a list are stored under the function's own name, as many as need be, and come back", async () => {
      const crossing = await store();
      const keys = keysOf(crossing);
      expect(keys).toHaveLength(19);
      expect(keys[0]).toMatch(/^shop-dev-maker\/values\/[0-9a-f]{64}\.json$/);
      expect(await fetchStored(crossing)).toEqual(items);
      // Tried again, as Step Functions does: the same marks.
      expect(await store()).toEqual(crossing);
    });

    test("a download that is cut goes on where it ended; one that is changed on its way is an error", async () => {
      const others = items.map((item) => `another ${item}`);
      const [first, second] = (await store(others)) as [{ $stored: string }, { $stored: string }];
      server.faults.push({ cutAfter: 1000 });
      expect(await fetchStored(first)).toBe(others[0]);
      server.faults.push("corrupt");
      await expect(fetchStored(second)).rejects.toThrow("is not what was stored");
    });
  },
);
