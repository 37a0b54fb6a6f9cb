import { planGraph } from "../../../dist/infra/compile/plan.js";
import { compile } from "../../../dist/infra/compile/compile.js";
import { lt, task, whileLoop, workflow } from "../../../dist/sdk/index.js";
import { randomOf, SHAPES } from "./graphs.mjs";

const step = task(async ({ from }) => from, { name: "step" });

/**
 * How long compiling takes, in ms of the processor and as a multiple of writing the graph as JSON. Of 5,000 nodes it is
 * said how long it takes until the definition is there, be it one that Step Functions would refuse for its size.
 */
export function printSpeeds(target) {
  console.log("ms of compiling, the least of several (of scheduling them) and × writing the graph as JSON");
  for (const count of [200, 5000]) {
    const shapes = {
      chain: () => Array.from({ length: count }, (_, node) => (node === 0 ? [] : [node - 1])),
      fanOut: () => Array.from({ length: count }, (_, node) => (node === 0 ? [] : [0])),
      ...SHAPES,
    };
    for (const [shape, make] of Object.entries(shapes))
      print(`${count} ${shape}`, graphOf(make(randomOf(7), count)), target);
  }
  for (const depth of [5, 10, 20]) print(`${depth} loops of 20 tasks within each other`, nestedLoops(depth), target);
}

function print(name, graph, target) {
  const rounds = graph.nodes.length > 1000 ? 3 : 15;
  const json = least(rounds, () => JSON.stringify(graph));
  const plan = least(rounds, () => planGraph(graph));
  const whole = least(rounds, () => {
    try {
      compile(graph, target);
    } catch (error) {
      if (!/definition has|may have/.test(error.message)) throw error;
    }
  });
  const ratio = (whole / json).toFixed(0);
  console.log(
    `${name.padEnd(42)} ${whole.toFixed(1).padStart(8)} ${`(${plan.toFixed(1)})`.padStart(9)} ${ratio.padStart(6)} ×`,
  );
}

function least(rounds, run) {
  const times = Array.from({ length: rounds }, () => {
    const began = process.cpuUsage();
    run();
    return process.cpuUsage(began).user / 1000;
  });
  return Math.min(...times);
}

/** As data, since tracing takes no 5,000 tasks. */
function graphOf(needs) {
  const { graph } = workflow({ n: 1 }, ({ n }) => step({ from: n }), { name: "random" });
  function name(node) {
    return node === 0 ? "step" : `step${node + 1}`;
  }
  function ref(variable) {
    return { kind: "ref", variable, path: [] };
  }
  const nodes = needs.map((needed, node) => ({
    ...graph.nodes[0],
    name: name(node),
    variable: name(node),
    inputs: { from: { kind: "list", items: (needed.length === 0 ? ["n"] : needed.map(name)).map(ref) } },
  }));
  return { workflow: "random", inputs: graph.inputs, nodes, result: ref(name(needs.length - 1)) };
}

function nestedLoops(depth) {
  function within(level, initial) {
    return whileLoop({
      state: initial,
      while: (state) => lt(state, 10),
      do(state) {
        let out = state;
        for (let count = 0; count < 20; count++) out = step({ from: out });
        return level === 1 ? out : within(level - 1, out);
      },
      maxIterations: 1,
    });
  }
  return workflow({ n: 1 }, ({ n }) => within(depth, n), { name: "loops" }).graph;
}
