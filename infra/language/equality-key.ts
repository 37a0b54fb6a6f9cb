/** The same for values that are equal, whatever the order of their fields, and for no others. */
export function equalityKey(value: unknown): unknown {
  if (typeof value === "string") return JSON.stringify(value);
  return isComposite(value) ? textOf(value) : value;
}

function isComposite(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function textOf(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(textOf).join()}]`;
  if (!isComposite(value)) return typeof value === "string" ? JSON.stringify(value) : String(value);
  const fields = Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${textOf(field)}`).join()}}`;
}
