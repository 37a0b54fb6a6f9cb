import { isDeepStrictEqual } from "node:util";
import { LambentError } from "../../../sdk/base/errors.ts";
import { ApiError, type StepFunctions } from "../../emulator/index.ts";
import { arnOf } from "../../emulator/service/arns.ts";
import { type MachineFile, readMachineFile } from "../../templates/machine-file.ts";
import type { Surroundings } from "../../templates/template.ts";
import type { NamedFile, WrittenMachine } from "../../templates/written-machine.ts";
import { FileWatch } from "./file-watch.ts";
import { folderOf, namedFiles } from "./named-files.ts";
import { serveMachine } from "./serve-machine.ts";
import { serveAlias, serveVersion } from "./serve-versions.ts";

/** What files are served, and how. */
export interface MachineFilesOptions {
  /** Paths, folders and globs. */
  readonly patterns: readonly string[];
  /** The values of parameters and of what else templates have no value for here. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What paths begin at. */
  readonly directory: string;
  readonly say: (line: string) => void;
}

/** What of files is in the emulator. */
export interface ServedFile {
  readonly arn: string;
  /** For people: `Order of template.yaml`. */
  readonly origin: string;
}

/** Milliseconds after which a file that is not there is gone, and is not just being replaced. */
const GONE_MS = 300;

/** Keeps the state machines of files in an emulator: creates them, and updates them as the files change. */
export class MachineFiles {
  readonly #options: MachineFilesOptions;
  readonly #states: StepFunctions;
  /** By ARN. */
  readonly #served = new Map<string, WrittenMachine>();
  /** Versions and aliases. */
  readonly #published = new Map<string, string>();
  /** The numbers of versions, by the ARNs of their state machines. */
  readonly #versions = new Map<string, number>();
  /** What was said last of what is wrong, so that it is not said again with each change of another file. */
  #problems: ReadonlySet<string> = new Set();
  #files: readonly NamedFile[] = [];
  #read: readonly string[] = [];
  #watch: FileWatch | undefined;
  #reloading: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(states: StepFunctions, options: MachineFilesOptions) {
    this.#states = states;
    this.#options = options;
  }

  /**
   * Create or update all state machines, and their versions and aliases.
   * @returns their ARNs, with what they are of
   * @throws {LambentError} with a line for each that is refused, and for each pattern that names nothing
   */
  start(): readonly ServedFile[] {
    const { patterns, directory } = this.#options;
    const nameless = patterns.filter((pattern) => namedFiles(pattern, directory).length === 0);
    if (nameless.length > 0)
      throw new LambentError(nameless.map((one) => `${one}: ${whyNone(one, directory)}`).join("\n"));
    this.#files = this.#named();
    const problems = this.#serveAll(() => undefined);
    if (problems.length > 0) throw new LambentError(problems.join("\n"));
    const machines = [...this.#served].map(([arn, { origin }]) => ({ arn, origin }));
    return [...machines, ...[...this.#published].map(([arn, origin]) => ({ arn, origin }))];
  }

  /** Follow the files from now on. Resolves when they are watched. */
  async watch(): Promise<void> {
    const { patterns, directory } = this.#options;
    const folders = patterns.flatMap((pattern) => folderOf(pattern, directory) ?? []);
    this.#watch = new FileWatch(this.#read, folders, () => void this.#reload());
    await this.#watch.ready;
    await this.#reload(); // what has changed since they were read
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([this.#watch?.close(), this.#reloading]);
  }

  #reload(): Promise<void> {
    this.#reloading = this.#reloading.then(async () => {
      if (this.#named().length < this.#files.length) await new Promise((pass) => setTimeout(pass, GONE_MS));
      if (!this.#isClosed) this.#reloadNow();
    });
    return this.#reloading;
  }

  #reloadNow(): void {
    const { say } = this.#options;
    const files = this.#named();
    for (const { path, shown } of this.#files) {
      if (files.some((file) => file.path === path)) continue;
      say(`${shown} is gone: its state machines stay as they were`);
    }
    this.#files = files;
    const problems = this.#serveAll(say);
    for (const problem of problems) {
      if (!this.#problems.has(problem)) say(`not updated, the last good version stays: ${problem}`);
    }
    this.#problems = new Set(problems);
    this.#watch?.follow(this.#read);
  }

  #named(): NamedFile[] {
    const { patterns, directory } = this.#options;
    const all = patterns.flatMap((pattern) => namedFiles(pattern, directory));
    return [...new Map(all.map((file) => [file.path, file])).values()];
  }

  #readAll(): MachineFile[] {
    const { parameters } = this.#options;
    const surroundings: Surroundings = { ...this.#states.account, parameters, versions: this.#versions };
    const read = this.#files.map((file) => readMachineFile(file, surroundings));
    // Those that are gone are waited for.
    this.#read = [...new Set([...this.#read, ...read.flatMap(({ files }) => files)])];
    return read;
  }

  /**
   * A version has its number when it is published: what refers to that is read again then.
   * @returns what is wrong with what is refused
   */
  #serveAll(say: (line: string) => void): string[] {
    for (let passes = 0; ; passes++) {
      this.#published.clear();
      const read = this.#readAll();
      const { problems, refused } = this.#serve(read, say);
      // Of a file that is not whole, AWS would deploy nothing: its versions and aliases stay as they were.
      const whole = read.filter(({ problems: own, files: [path = ""] }) => own.length === 0 && !refused.has(path));
      const { areNew, problems: unpublished } = this.#publish(whole, say);
      if (areNew && passes <= this.#served.size) continue;
      const ofAliases = this.#serveAliases(whole, say);
      const circle = areNew ? ["versions of state machines refer to each other in a circle"] : [];
      return [...read.flatMap((file) => file.problems), ...problems, ...unpublished, ...ofAliases, ...circle];
    }
  }

  #publish(read: readonly MachineFile[], say: (line: string) => void): { areNew: boolean; problems: string[] } {
    let areNew = false;
    const problems = read
      .flatMap(({ versions }) => versions)
      .flatMap((version) =>
        told(version.origin, () => {
          const { arn, number, isChanged } = serveVersion(this.#states, version);
          areNew ||= (this.#versions.get(version.stateMachineArn) ?? 1) !== number;
          this.#versions.set(version.stateMachineArn, number);
          this.#published.set(arn, version.origin);
          if (isChanged) say(`published ${arn} (${version.origin})`);
        }),
      );
    return { areNew, problems };
  }

  #serveAliases(read: readonly MachineFile[], say: (line: string) => void): string[] {
    return read
      .flatMap(({ aliases }) => aliases)
      .flatMap((alias) =>
        told(alias.origin, () => {
          const { arn, isChanged } = serveAlias(this.#states, alias);
          this.#published.set(arn, alias.origin);
          if (isChanged) say(`routed ${arn} (${alias.origin})`);
        }),
      );
  }

  /** @returns what is wrong with state machines that are refused, and the paths of their files */
  #serve(
    read: readonly MachineFile[],
    say: (line: string) => void,
  ): { readonly problems: readonly string[]; readonly refused: ReadonlySet<string> } {
    const problems: string[] = [];
    const refused = new Set<string>();
    const origins = new Map<string, string>();
    for (const { activities, files } of read)
      for (const name of activities)
        problems.push(...told(files[0] ?? name, () => this.#states.createActivity({ name })));
    for (const machine of read.flatMap(({ machines }) => machines)) {
      const other = origins.get(machine.name);
      origins.set(machine.name, other ?? machine.origin);
      const own =
        other === undefined
          ? this.#serveOne(machine, say)
          : [`${machine.origin}: ${other} is called ${machine.name} too: give each a name of its own`];
      if (own.length > 0) refused.add(machine.file);
      problems.push(...own);
    }
    // What is refused, or is in a file that cannot be read, is no less in the file.
    const whole = new Set(read.filter((file) => file.problems.length === 0).map(({ files: [path] }) => path));
    for (const [arn, { name, origin, file }] of this.#served) {
      if (origins.has(name) || !whole.has(file)) continue;
      say(`${origin} is gone: ${arn} stays as it was`);
      this.#served.delete(arn);
    }
    return { problems, refused };
  }

  #serveOne(machine: WrittenMachine, say: (line: string) => void): string[] {
    const known = this.#served.get(arnOf(this.#states.account, "stateMachine", machine.name));
    if (isDeepStrictEqual(known, machine)) return [];
    const problems = told(machine.origin, () => {
      const { arn, change } = serveMachine(this.#states, machine);
      this.#served.set(arn, machine);
      if (change !== "none") say(`${change} ${arn} (${machine.origin})`);
    });
    return problems.map((problem) => problem + hint(machine));
  }
}

/** What AWS says against it, if it does. */
function told(origin: string, create: () => void): string[] {
  try {
    create();
    return [];
  } catch (error) {
    if (error instanceof ApiError) return [`${origin}: ${error.name}: ${error.message}`];
    throw error;
  }
}

function whyNone(pattern: string, directory: string): string {
  return folderOf(pattern, directory) === undefined
    ? "there is no such file"
    : "no file matches: name definitions (*.asl.json, *.asl.yaml) or templates";
}

function hint({ leftOver }: WrittenMachine): string {
  if (leftOver.length === 0) return "";
  const [name] = leftOver;
  return ` (\${${leftOver.join("}, ${")}} stands for nothing: give it a value with --parameter ${name}=VALUE, or in DefinitionSubstitutions)`;
}
