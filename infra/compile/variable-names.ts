/**
 * The names by which the variables of the plan are there, where states are being made. What leaves a branch has another
 * within it; branches may stand in branches.
 */
export class VariableNames {
  readonly #names = new Map<string, string>();

  /** Whether every variable has its own. */
  get areSame(): boolean {
    return this.#names.size === 0;
  }

  of(variable: string): string {
    return this.#names.get(variable) ?? variable;
  }

  /** What `make` returns, when it is called while these variables have other names. */
  within<T>(variables: readonly string[], names: readonly string[], make: () => T): T {
    const before = variables.map((variable) => this.#names.get(variable));
    for (const [index, variable] of variables.entries()) this.#set(variable, names[index]);
    const made = make();
    for (const [index, variable] of variables.entries()) this.#set(variable, before[index]);
    return made;
  }

  #set(variable: string, name: string | undefined): void {
    if (name === undefined) this.#names.delete(variable);
    else this.#names.set(variable, name);
  }
}
