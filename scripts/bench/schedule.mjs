/**
 * How long random workflows take by the clock of the state machine, as multiples of their critical paths: what would be
 * the time if each node ran as soon as what it needs is there. Of each compiled definition, with durations that the
 * compiler does not know. Needs `npm run build`. Options: --graphs 500 --seed 1.
 * Targets: 1.10 on average, 1.6 at most, 1 where all nodes take the same time.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { compile } from "../../dist/infra/compile/compile.js";
import { task, workflow } from "../../dist/sdk/index.js";
import { criticalPath, DISTRIBUTIONS, randomOf, SHAPES } from "./schedule/graphs.mjs";
import { leastMakespan } from "./schedule/optimum.mjs";

const TARGET = { functionName: () => "arn:aws:lambda:us-east-1:000000000000:function:bench:live", queues: () => true };
const step = task(async ({ from }) => from, { name: "step" });

export async function main(args) {
  const options = { graphs: { type: "string", default: "500" }, seed: { type: "string", default: "1" } };
  const { values } = parseArgs({ args, options });
  const random = randomOf(Number(values.seed));
  const shapes = Object.keys(SHAPES);
  const found = Array.from({ length: Number(values.graphs) }, (_, index) => {
    const shape = shapes[index % shapes.length];
    const needs = SHAPES[shape](random, 5 + Math.floor(random() * 196));
    return { shape, ...measured(needs, random) };
  });
  console.log(`makespan / critical path of ${found.length} graphs, mean (worst), load ${loadavg()[0].toFixed(1)}`);
  const columns = ["unit", ...Object.keys(DISTRIBUTIONS)];
  console.log("".padEnd(20), ...columns.map((column) => column.padStart(14)), "compile p50, worst ms".padStart(24));
  for (const shape of [...shapes, "all"]) {
    const own = found.filter((one) => shape === "all" || one.shape === shape);
    const cells = columns.map((column) => shown(own.map(({ ratios }) => ratios[column])).padStart(14));
    const times = own.map(({ ms }) => ms).toSorted((one, other) => one - other);
    const time = `${times[Math.floor(times.length / 2)].toFixed(1)}, ${times.at(-1).toFixed(1)}`;
    console.log(shape.padEnd(20), ...cells, time.padStart(24));
  }
  const all = found.flatMap(({ ratios }) => Object.keys(DISTRIBUTIONS).map((name) => ratios[name]));
  console.log(`all three distributions: ${shown(all)}`);
  compareWithLeast(random);
}

/** Small graphs, of which the least makespan can be found by looking at every schedule. */
function compareWithLeast(random) {
  const shapes = ["layered", "random", "noisySeriesParallel", "pipelines"];
  const found = Array.from({ length: 200 }, (_, index) => {
    const needs = SHAPES[shapes[index % shapes.length]](random, 6 + Math.floor(random() * 6));
    const durations = needs.map(() => DISTRIBUTIONS.exponential(random));
    const { graph } = traced(needs);
    const path = criticalPath(needs, durations);
    const own = makespan(compile(graph, TARGET), byState(graph, durations));
    return { own: own / path, least: leastMakespan(needs, durations) / path };
  });
  console.log(`200 graphs of 6 to 11 nodes, exponential: ${shown(found.map(({ own }) => own))}`);
  console.log(`the least of any schedule, by one who knows the durations: ${shown(found.map(({ least }) => least))}`);
}

function byState(graph, durations) {
  return new Map(graph.nodes.map(({ name }, node) => [name, durations[node]]));
}

function measured(needs, random) {
  const { graph } = traced(needs);
  const began = process.cpuUsage();
  const definition = compile(graph, TARGET);
  const ms = process.cpuUsage(began).user / 1000;
  const durations = { unit: needs.map(() => 1) };
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) durations[name] = needs.map(() => draw(random));
  const ratios = Object.entries(durations).map(([name, each]) => {
    return [name, makespan(definition, byState(graph, each)) / criticalPath(needs, each)];
  });
  return { ms, ratios: Object.fromEntries(ratios) };
}

function traced(needs) {
  return workflow(
    { n: 1 },
    ({ n }) => {
      const refs = [];
      for (const needed of needs)
        refs.push(step({ from: needed.length === 0 ? n : needed.map((other) => refs[other]) }));
      return refs;
    },
    { name: "random" },
  );
}

/** How long the states take, of which the tasks take so long. */
function makespan({ StartAt, States }, durations) {
  let time = 0;
  for (let name = StartAt; name !== undefined; name = States[name].Next ?? States[name].Default) {
    const { Branches = [] } = States[name];
    time += durations.get(name) ?? Math.max(0, ...Branches.map((branch) => makespan(branch, durations)));
  }
  return time;
}

function shown(ratios) {
  const mean = ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length;
  return `${mean.toFixed(3)} (${Math.max(...ratios).toFixed(2)})`;
}
