/**
 * How long random workflows take by the clock of the state machine, as multiples of their critical paths: what would be
 * the time if each node ran as soon as what it needs is there. Of each compiled definition, with durations that the
 * compiler does not know. Then how long compiling takes. Needs `npm run build`. Options: --graphs 500 --seeds 1,2,3,4,5.
 * Targets: 1.10 on average, 1.6 at most, 1 where all nodes take the same time; 20 ms for 200 nodes, 500 ms for 5,000.
 */
import { loadavg } from "node:os";
import { parseArgs } from "node:util";
import { compile } from "../../dist/infra/compile/compile.js";
import { task, workflow } from "../../dist/sdk/index.js";
import { criticalPath, DISTRIBUTIONS, randomOf, SHAPES } from "./schedule/graphs.mjs";
import { leastMakespan, leastOfLevels } from "./schedule/optimum.mjs";
import { printSpeeds } from "./schedule/speeds.mjs";

const TARGET = { functionName: () => "arn:aws:lambda:us-east-1:000000000000:function:bench:live", queues: () => true };
const MOST = 1.6;
const step = task(async ({ from }) => from, { name: "step" });

export async function main(args) {
  const options = { graphs: { type: "string", default: "500" }, seeds: { type: "string", default: "1,2,3,4,5" } };
  const { values } = parseArgs({ args, options });
  console.log(`makespan / critical path, mean (worst), load ${loadavg()[0].toFixed(1)}`);
  const all = values.seeds.split(",").flatMap((seed) => ofSeed(Number(seed), Number(values.graphs)));
  printShapes(all);
  compareWithLeast(randomOf(1));
  printSpeeds(TARGET);
}

function ofSeed(seed, graphs) {
  const random = randomOf(seed);
  const shapes = Object.keys(SHAPES);
  const found = Array.from({ length: graphs }, (_, index) => {
    const shape = shapes[index % shapes.length];
    const needs = SHAPES[shape](random, 5 + Math.floor(random() * 196));
    return { shape, ...measured(needs, random) };
  });
  const draws = found.flatMap(({ ratios, least }) =>
    Object.keys(DISTRIBUTIONS).map((name) => ({ ratio: ratios[name], least: least[name] })),
  );
  const over = draws.filter(({ ratio }) => ratio > MOST);
  const must = over.filter(({ least }) => least > MOST).length;
  const leasts = Math.max(...draws.map(({ least }) => least));
  console.log(
    `seed ${seed}: ${shown(draws.map(({ ratio }) => ratio))}, unit ${shown(found.map(({ ratios }) => ratios.unit))}; ` +
      `${over.length} of ${draws.length} draws over ${MOST}, ${must} of them by any schedule with unit 1 (up to ${leasts.toFixed(2)})`,
  );
  return found;
}

function printShapes(found) {
  const columns = ["unit", ...Object.keys(DISTRIBUTIONS)];
  console.log("".padEnd(20), ...columns.map((column) => column.padStart(14)));
  for (const shape of [...Object.keys(SHAPES), "all"]) {
    const own = found.filter((one) => shape === "all" || one.shape === shape);
    const cells = columns.map((column) => shown(own.map(({ ratios }) => ratios[column])).padStart(14));
    console.log(shape.padEnd(20), ...cells);
  }
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
  const definition = compile(graph, TARGET);
  const durations = { unit: needs.map(() => 1) };
  for (const [name, draw] of Object.entries(DISTRIBUTIONS)) durations[name] = needs.map(() => draw(random));
  const [ratios, least] = [{}, {}];
  for (const [name, each] of Object.entries(durations)) {
    const path = criticalPath(needs, each);
    ratios[name] = makespan(definition, byState(graph, each)) / path;
    // It takes long, and matters where the schedule is over the target.
    least[name] = ratios[name] > MOST ? leastOfLevels(needs, each) / path : 0;
  }
  return { ratios, least };
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
