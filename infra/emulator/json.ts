import type { Json } from "../asl/definition.ts";

/** Sets an own field, `__proto__` too, which plain assignment would take for the prototype. */
export function setField(object: Record<string, Json>, key: string, value: Json): void {
  if (key === "__proto__")
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}
