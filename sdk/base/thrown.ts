/** What a function returns; `undefined` if it throws, as getters and Proxies of an author's may. */
export function guarded<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Prototypes that are looked at: a Proxy may have any number of them. */
const MOST_CLASSES = 100;

/**
 * The names that a thrown value goes by, the most specific first: its own `name`, the name of its class, and those of
 * the classes that this extends. None for what is no object. Never throws.
 */
export function errorNames(thrown: unknown): string[] {
  const names = new Set<string>();
  let from: unknown = thrown;
  for (let level = 0; level < MOST_CLASSES; level++) {
    if (typeof from !== "object" || from === null || from === Object.prototype) break;
    const object = from;
    const own = guarded(() =>
      Object.hasOwn(object, "name") ? nameText(Reflect.get(object, "name", thrown)) : undefined,
    );
    const type = guarded(() => (object === thrown ? undefined : className(object)));
    for (const name of [own, type]) if (name !== undefined && name !== "") names.add(errorName(name));
    from = guarded((): unknown => Object.getPrototypeOf(object));
  }
  return [...names];
}

function nameText(name: unknown): string | undefined {
  return typeof name === "string" || typeof name === "number" ? String(name) : undefined;
}

/** The name of the class that has this prototype. */
function className(prototype: object): string | undefined {
  const type: unknown = Object.hasOwn(prototype, "constructor") ? Reflect.get(prototype, "constructor") : undefined;
  return typeof type === "function" && typeof type.name === "string" ? type.name : undefined;
}

/** A name as it can be reported: Lambda's runtime puts it into a header of HTTP. */
export function errorName(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, "?");
}
