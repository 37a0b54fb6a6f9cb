import { createRequire } from "node:module";

export type Esbuild = typeof import("esbuild");

/** For so long esbuild's process stays when nothing is built: 40 MB, and several hundred with the files it has parsed. */
const IDLE_MS = 15_000;

// Its process writes a stack of its own to stderr if this one goes while a context is open.
process.on("exit", stop);

let instance: Esbuild | undefined;
let users = 0;
let timer: NodeJS.Timeout | undefined;

/**
 * Build something with esbuild. Its process ends some seconds after the last build, and gives its memory back. Its
 * contexts end with it: one belongs to the object that `work` is called with, and is of no use with another.
 */
export async function withEsbuild<T>(work: (esbuild: Esbuild) => Promise<T>): Promise<T> {
  clearTimeout(timer);
  users += 1;
  try {
    return await work((instance ??= ownInstance()));
  } finally {
    users -= 1;
    if (users === 0) timer = setTimeout(stop, IDLE_MS).unref();
  }
}

function stop(): void {
  void instance?.stop();
  instance = undefined;
}

/** A copy of the module that nobody else has: its `stop` would end what another plugin in this process builds. */
function ownInstance(): Esbuild {
  const require = createRequire(import.meta.url);
  const path = require.resolve("esbuild");
  const shared = require.cache[path];
  delete require.cache[path];
  try {
    return require(path) as Esbuild; // what `import` of the same package gives
  } finally {
    if (shared === undefined) delete require.cache[path];
    else require.cache[path] = shared;
  }
}
