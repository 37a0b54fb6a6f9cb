/** The values that a command gives names in templates, and which of them anything has asked for. */
export class GivenParameters extends Map<string, string> {
  readonly #asked = new Set<string>();

  constructor(parameters: Readonly<Record<string, string>>) {
    super(Object.entries(parameters));
  }

  override get(name: string): string | undefined {
    this.#asked.add(name);
    return super.get(name);
  }

  /** Names that no file has, as it is found when all have been read. */
  get unused(): string[] {
    return [...this.keys()].filter((name) => !this.#asked.has(name));
  }
}
