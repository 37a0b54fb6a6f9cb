/**
 * How long it takes to trace a workflow of 200 tasks and to compile its graph, compared with what any tool has to do
 * with the definition: write it as JSON, and check it with asl-validator. Needs `npm run build`.
 */
import aslValidator from "asl-validator";
import { Bench } from "tinybench";

function built(file) {
  return import(new URL(`../../dist/${file}`, import.meta.url).href);
}

export async function main() {
  const { task, workflow } = await built("sdk/index.js");
  const { compile } = await built("infra/compile/compile.js");
  const step = task(async ({ n }) => n, { name: "step" });
  /** Ten chains of twenty tasks, side by side. */
  function trace() {
    return workflow(
      { n: 1 },
      ({ n }) =>
        Array.from({ length: 10 }, () => {
          let out = n;
          for (let length = 0; length < 20; length++) out = step({ n: out });
          return out;
        }),
      { name: "wide" },
    );
  }
  const target = {
    functionName: () => "arn:aws:lambda:us-east-1:000000000000:function:bench:live",
    queues: () => true,
  };
  const { graph } = trace();
  const definition = compile(graph, target);

  const bench = new Bench({ time: 1000 });
  bench.add("write the definition as JSON", () => JSON.stringify(definition));
  bench.add("trace", trace);
  bench.add("compile", () => compile(graph, target));
  bench.add("asl-validator", () => aslValidator(definition));
  await bench.run();
  const [{ result: base }] = bench.tasks;
  for (const { name, result } of bench.tasks) {
    const ratio = (result.latency.p50 / base.latency.p50).toFixed(1);
    console.log(
      `${name.padEnd(30)} ${result.latency.p50.toFixed(3).padStart(9)} ms  ${ratio.padStart(7)} × writing it`,
    );
  }
}
