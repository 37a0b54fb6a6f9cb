/**
 * Compares the emulator with MiniStack and moto, as servers (emulator/servers.mjs), and with aws-local-stepfunctions, as
 * a library. The libraries run on Node 24, since aws-local-stepfunctions needs Node 22 for tasks. Each measurement is a
 * process of its own, ours and theirs in turn. The function does nothing, in the same process. Needs `npm run build`.
 *
 * Options: --rounds 3 (of servers the least is printed, of libraries the median), --servers (these alone), --large
 * (inline Maps of 100,000 items too).
 */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { measureServers } from "./emulator/servers.mjs";
import { measureService } from "./emulator/service.mjs";

const caseFile = fileURLToPath(new URL("emulator/case.mjs", import.meta.url));
function median(values) {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)];
}

function measure(implementation, name, size) {
  const args = ["-y", "-p", "node@24", "node", "--expose-gc", caseFile, implementation, name, String(size)];
  const output = execFileSync("npx", args, {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    maxBuffer: 1 << 24,
  });
  return JSON.parse(output.trim().split("\n").at(-1));
}

/** Measures in turn, so that both are slowed down alike when the machine is busy. */
function compare(name, size, rounds, implementations = ["ours", "theirs"]) {
  const results = implementations.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (const [index, implementation] of implementations.entries())
      results[index].push(measure(implementation, name, size));
  }
  return results.map((some) => ({
    cold: median(some.map(({ cold }) => cold)),
    warm: median(some.map(({ warm }) => warm)),
    peak: median(some.map(({ peak }) => peak)),
  }));
}

function row(...cells) {
  const width = cells.length > 4 ? 16 : 32;
  return console.log(cells.map((cell, index) => String(cell).padEnd(index === 0 ? 36 : width)).join(""));
}
function perUnit(milliseconds, size) {
  return `${((milliseconds * 1000) / size).toFixed(1)} µs`;
}
function megabytes(bytes) {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function comparePair(name, size, rounds) {
  const [ours, theirs] = compare(name, size, rounds);
  function both(kind) {
    return `${perUnit(ours[kind], size)} : ${perUnit(theirs[kind], size)} = ${(ours[kind] / theirs[kind]).toFixed(2)}`;
  }
  row(`${name} ${size}`, both("cold"), both("warm"), `${megabytes(ours.peak)} : ${megabytes(theirs.peak)}`);
  return ours;
}

export async function main(args) {
  const { values } = parseArgs({
    args,
    options: {
      rounds: { type: "string", default: "3" },
      servers: { type: "boolean", default: false },
      large: { type: "boolean", default: false },
    },
  });
  const rounds = Number(values.rounds);
  await measureServers(row, rounds);
  if (values.servers) return;
  console.log();
  row("ours : theirs, per item or state", "first run", "warm", "peak of the first run");
  for (const size of values.large ? [1000, 10_000, 100_000] : [1000, 10_000]) {
    for (const name of ["map", "map+selector"]) {
      const path = comparePair(name, size, rounds);
      const [jsonata] = compare(`${name} JSONata`, size, rounds, ["ours"]);
      row(
        "  ours in JSONata : in JSONPath",
        `${perUnit(jsonata.cold, size)} = ${(jsonata.cold / path.cold).toFixed(2)}`,
        `${perUnit(jsonata.warm, size)} = ${(jsonata.warm / path.warm).toFixed(2)}`,
        megabytes(jsonata.peak),
      );
    }
  }
  comparePair("chain", 5000, rounds);
  console.log();
  await measureService(row);
}
