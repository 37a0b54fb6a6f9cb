import { afterEach, expect, test } from "vitest";
import { call, createFixture } from "../../../support/replica-fixture.ts";

const fixture = createFixture();
afterEach(() => fixture.cleanUp());

/** Bytes of each thing that an invocation brings and leaves: if one of them is kept, memory grows by as many. */
const LARGE = 10_000;
/** Invocations: what is kept of them is many times what a process has more or less of its own accord, 2 MB. */
const MANY = 2000;

test("a replica keeps nothing of its invocations: neither payload, context, trace, answer, error nor what they print", async () => {
  const pool = await fixture.pool(
    `import { setFlagsFromString } from "node:v8";
     import { runInNewContext } from "node:vm";
     setFlagsFromString("--expose-gc");
     const collectGarbage = runInNewContext("gc");
     export const handler = async ({ look, text, fails }, { clientContext }) => {
       if (look) {
         collectGarbage();
         return process.memoryUsage.rss();
       }
       console.log(text);
       if (fails) throw new Error(text);
       return { text, clientContext, trace: process.env._X_AMZN_TRACE_ID };
     };`,
    { environment: { NODE_OPTIONS: "--max-semi-space-size=1" } }, // young garbage is no memory that is kept
  );
  let invocations = 0;
  async function bytesAfter(count: number): Promise<number> {
    for (const end = invocations + count; invocations < end; invocations++) {
      const text = `${"x".repeat(LARGE)}${invocations}`;
      await pool.invoke({
        functionName: "fn",
        payload: JSON.stringify({ text, fails: invocations % 2 === 0 }),
        clientContext: Buffer.from(JSON.stringify({ custom: { text } })).toString("base64"),
        traceHeader: `Root=1-${text}`,
      });
    }
    return (await call<number>(pool, { look: true }, "fn")).payload;
  }
  const before = await bytesAfter(500); // what is compiled, and read into memory, is there then
  const perInvocation = ((await bytesAfter(MANY)) - before) / MANY;
  expect(perInvocation).toBeLessThan(LARGE / 2);
});
