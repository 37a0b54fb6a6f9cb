import type { BuildContext, BuildOptions, BuildResult, OnLoadArgs, OnResolveArgs, Plugin, PluginBuild } from "esbuild";
import { type Esbuild, withEsbuild } from "./esbuild.ts";

/** One bundle to be made. */
export interface BundleJob {
  /** The same for all bundles that share what is parsed, but for the plugins. */
  readonly options: BuildOptions & { readonly write: false; readonly metafile: true };
  /** Of this bundle alone; they come before the author's. They use `onResolve`, `onLoad` and `resolve` of what they get. */
  readonly first: readonly Plugin[];
  /** The author's plugins: they are set up once. */
  readonly authors: readonly Plugin[];
  /** Of this bundle alone, as `first`; they come after the author's. */
  readonly last: readonly Plugin[];
}

export type Bundled = BuildResult<BundleJob["options"]>;

type Hook =
  | { readonly on: "resolve"; readonly shape: string; readonly filter: Filter; readonly call: ResolveCall }
  | { readonly on: "load"; readonly shape: string; readonly filter: Filter; readonly call: LoadCall };
type Filter = Parameters<PluginBuild["onResolve"]>[0];
type ResolveCall = Parameters<PluginBuild["onResolve"]>[1];
type LoadCall = Parameters<PluginBuild["onLoad"]>[1];

/** How many contexts are kept: those of the actors, of the plain tasks, and one with settings of its own. */
const MOST_CONTEXTS = 3;

/**
 * Makes bundles one after the other that share what esbuild has read and parsed: a package that many functions have is
 * parsed once, and a file again only after it has changed. What differs from one bundle to the next is in plugins.
 */
export class Bundler {
  /** The one used last is at the end. */
  readonly #contexts = new Map<string, SharedContext>();
  #esbuild: Esbuild | undefined;

  make(job: BundleJob): Promise<Bundled> {
    return withEsbuild((esbuild) => {
      if (esbuild !== this.#esbuild) this.#contexts.clear(); // they have ended with its process
      this.#esbuild = esbuild;
      return this.#contextFor(job, esbuild).make(job);
    });
  }

  #contextFor(job: BundleJob, esbuild: Esbuild): SharedContext {
    const key = keyOf(job);
    const context = this.#contexts.get(key) ?? new SharedContext(job, esbuild);
    this.#contexts.delete(key);
    this.#contexts.set(key, context);
    for (const [other, unused] of this.#contexts) {
      if (this.#contexts.size <= MOST_CONTEXTS) break;
      this.#contexts.delete(other);
      unused.dispose();
    }
    return context;
  }
}

/** Numbers for the author's plugins, which are functions: the same plugins are the same context. */
const NUMBERS = new WeakMap<Plugin, number>();
let lastNumber = 0;

function numberOf(plugin: Plugin): number {
  const known = NUMBERS.get(plugin);
  if (known !== undefined) return known;
  lastNumber += 1;
  NUMBERS.set(plugin, lastNumber);
  return lastNumber;
}

function keyOf({ options, first, authors, last }: BundleJob): string {
  return JSON.stringify([options, shapes(first), authors.map(numberOf), shapes(last)]);
}

function shapes(plugins: readonly Plugin[]): string[] {
  return hooksOf(plugins, () => undefined).map(({ shape }) => shape);
}

/** What plugins ask to be called for. @param building the build that they ask to resolve something */
function hooksOf(plugins: readonly Plugin[], building: () => PluginBuild | undefined): Hook[] {
  const hooks: Hook[] = [];
  function shapeOf(on: string, { filter, namespace = "" }: Filter): string {
    return `${on} ${namespace} ${filter.source}`;
  }
  const build: Pick<PluginBuild, "onResolve" | "onLoad" | "resolve"> = {
    onResolve: (filter, call) => void hooks.push({ on: "resolve", shape: shapeOf("resolve", filter), filter, call }),
    onLoad: (filter, call) => void hooks.push({ on: "load", shape: shapeOf("load", filter), filter, call }),
    resolve(path, options) {
      const real = building();
      if (real === undefined) throw new Error("a plugin resolves nothing before it is called");
      return real.resolve(path, options);
    },
  };
  for (const plugin of plugins) void plugin.setup(build as PluginBuild); // Lambent's own plugins use these three
  return hooks;
}

/** One context of esbuild's, with plugins that do for each bundle what that bundle's own do. */
class SharedContext {
  readonly #context: Promise<BuildContext<BundleJob["options"]>>;
  #first: readonly Hook[] = [];
  #last: readonly Hook[] = [];
  #building: PluginBuild | undefined;
  /** The bundle that was asked for last: the next waits for it. */
  #made: Promise<unknown> = Promise.resolve();

  constructor(job: BundleJob, esbuild: Esbuild) {
    this.#setHooks(job);
    const plugins = [
      this.#standIn("lambent-first", this.#first, () => this.#first),
      ...job.authors,
      this.#standIn("lambent-last", this.#last, () => this.#last),
    ];
    this.#context = esbuild.context({ ...job.options, plugins });
    this.#context.catch(() => {}); // `make` tells of it
  }

  make(job: BundleJob): Promise<Bundled> {
    const made = this.#made.then(async () => {
      const context = await this.#context;
      this.#setHooks(job);
      return context.rebuild();
    });
    this.#made = made.catch(() => {});
    return made;
  }

  dispose(): void {
    void this.#made.then(async () => (await this.#context).dispose()).catch(() => {}); // it may have ended already
  }

  #setHooks({ first, last }: BundleJob): void {
    this.#first = hooksOf(first, () => this.#building);
    this.#last = hooksOf(last, () => this.#building);
  }

  /** A plugin that is set up once and calls the hooks of the bundle that is being made, which has the same number. */
  #standIn(name: string, shape: readonly Hook[], current: () => readonly Hook[]): Plugin {
    return {
      name,
      setup: (build) => {
        this.#building ??= build;
        for (const [index, { on, filter }] of shape.entries()) {
          if (on === "resolve") build.onResolve(filter, (args) => resolveBy(current()[index], args));
          else build.onLoad(filter, (args) => loadBy(current()[index], args));
        }
      },
    };
  }
}

function resolveBy(hook: Hook | undefined, args: OnResolveArgs): ReturnType<ResolveCall> {
  return hook?.on === "resolve" ? hook.call(args) : undefined;
}

function loadBy(hook: Hook | undefined, args: OnLoadArgs): ReturnType<LoadCall> {
  return hook?.on === "load" ? hook.call(args) : undefined;
}
