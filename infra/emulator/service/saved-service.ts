import type { Activities } from "./activities.ts";
import type { StateMachineRegistry } from "./state-machine-registry.ts";
import type { Storage } from "./storage.ts";
import type { Tags } from "./tags.ts";

/** State machines, activities and tags: what of the service is in one file, and is as it was saved last or newer. */
export class SavedService {
  readonly #registry: StateMachineRegistry;
  readonly #activities: Activities;
  readonly #tags: Tags;
  /** Undefined: memory alone. */
  readonly #storage: Storage | undefined;
  #isChanging = false;
  #hasChanged = false;
  #changes = 0;

  constructor(registry: StateMachineRegistry, activities: Activities, tags: Tags, storage: Storage | undefined) {
    this.#registry = registry;
    this.#activities = activities;
    this.#tags = tags;
    this.#storage = storage;
  }

  /** A number that is another one when anything has been changed. */
  get changes(): number {
    return this.#changes;
  }

  /** Saves all that `change` does together. @throws {ApiError} when it cannot be saved; then nothing has changed */
  atOnce<T>(change: () => T): T {
    this.#isChanging = true;
    let result: T;
    try {
      result = change();
    } catch (error) {
      if (this.#hasChanged) this.#restore();
      throw error;
    } finally {
      this.#isChanging = false;
      this.#hasChanged = false;
    }
    this.save();
    return result;
  }

  /** @throws {ApiError} when it cannot be saved; then all is as it was saved last */
  save(): void {
    this.#changes++;
    this.#registry.count();
    this.#hasChanged = this.#isChanging;
    if (this.#storage === undefined || this.#isChanging) return;
    try {
      this.#storage.saveService({
        stateMachines: this.#registry.stored(),
        activities: this.#activities.stored(),
        tags: this.#tags.stored(),
      });
    } catch (error) {
      this.#restore();
      throw error;
    }
  }

  /** Takes what an earlier process has saved. What cannot be read is told and moved aside. */
  load(): void {
    if (this.#storage === undefined) return;
    const faults = [...this.#storage.load(), ...this.#restore()];
    if (faults.length === 0) return;
    this.#storage.lose(faults.join("\n"));
    this.save();
  }

  /** @returns what is wrong with what cannot be restored */
  #restore(): readonly string[] {
    if (this.#storage === undefined) return [];
    const { stateMachines, activities, tags } = this.#storage.saved;
    const faults = this.#registry.restore(stateMachines);
    this.#activities.restore(activities);
    this.#tags.restore(tags);
    this.#registry.count();
    return faults;
  }
}
