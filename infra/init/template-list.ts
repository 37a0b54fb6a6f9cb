/** What a new service may begin as. Its files are in `templates` of this package. */
export interface Template {
  readonly name: string;
  /** For people who choose. */
  readonly about: string;
  /** The workflow that it has. */
  readonly workflow: string;
  /** Entries that its package.json has beside those of every service. */
  readonly scripts?: Readonly<Record<string, string>>;
}

export const TEMPLATES: readonly Template[] = [
  {
    name: "inference",
    about: "model inference: a small model on warm replicas, and a map over texts",
    workflow: "languages",
    scripts: { train: "node models/train.mjs" },
  },
  {
    name: "map-file",
    about: "map over a file: each line on the replica that has loaded what it needs",
    workflow: "readings",
  },
  { name: "workflow", about: "plain workflow: tasks, a map with a cache, and a choice", workflow: "checkout" },
];
