/** What an object is an instance of, for messages. Replicas do without it. */
export function className(value: object): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  const constructor: unknown = prototype === null ? undefined : Reflect.get(Object(prototype), "constructor");
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "class instance";
}
