import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** Actors, each with a map of the workflow. */
export const ACTORS = 4;
/** Items of each map. */
export const ITEMS = 10;

/** MiB of a replica's young objects: little, since they are garbage soon. */
const YOUNG = "--max-semi-space-size=1";
/** Invocations of a replica after which it collects its garbage: V8 leaves it lying for minutes, and it is no memory that is kept. */
const BETWEEN_COLLECTIONS = 200;

/** A module with one actor: its task adds a number that is loaded once for each replica. */
function actorModule(index: number): string {
  return `import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { ActorEnvironment } from "lambent";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;
let calls = 0;

const actor = new ActorEnvironment({ name: "load${index}", replicaCount: 2, environment: { NODE_OPTIONS: "${YOUNG}" } });
const step = actor.cache(async function step${index}(power: number) { return 10 ** power; });
export const add${index} = actor.task(async function add${index}({ n }: { n: number }) {
  if (++calls % ${BETWEEN_COLLECTIONS} === 0) collectGarbage();
  return n + (await step(${index}));
});
`;
}

const INDICES = Array.from({ length: ACTORS }, (_, index) => index);

const WORKFLOW_MODULE = `import { mapTask, workflow } from "lambent";
${INDICES.map((index) => `import { add${index} } from "./actor${index}.ts";`).join("\n")}

export const load = workflow({ numbers: [1, 2, 3] }, function load({ numbers }) {
  return ${INDICES.reduce((items, index) => `mapTask(add${index})({ n: ${items} })`, "numbers")};
});
`;

/** What the workflow returns: one is added by the first actor, ten by the second, and so on. */
export function expectedOutput(numbers: readonly number[]): number[] {
  const added = INDICES.reduce((sum, index) => sum + 10 ** index, 0);
  return numbers.map((number) => number + added);
}

/** A directory with a service of four actors and one workflow. */
export interface ServiceDirectory {
  readonly root: string;
  remove(): void;
}

export function serviceDirectory(): ServiceDirectory {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "lambent-load-")));
  mkdirSync(join(root, "node_modules"));
  mkdirSync(join(root, "workflows"));
  // This file is in dist/scripts/load when it runs.
  symlinkSync(fileURLToPath(new URL("../../..", import.meta.url)), join(root, "node_modules/lambent"));
  writeFileSync(join(root, "package.json"), '{ "name": "load", "type": "module" }');
  for (const index of INDICES) writeFileSync(join(root, `workflows/actor${index}.ts`), actorModule(index));
  writeFileSync(join(root, "workflows/load.ts"), WORKFLOW_MODULE);
  return { root, remove: () => rmSync(root, { recursive: true, force: true }) };
}
