import { isJsonObject, type Json, type JsonObject, printPath } from "../../sdk/base/json.ts";
import { LambentError } from "../../sdk/base/errors.ts";
import { type Path, type TemplateResources, textOf, valueOf } from "./template-values.ts";

/**
 * What a section of a template has where it has `Fn::ForEach`: the fields that each value of the collection gives.
 * @param path of the section, for errors
 * @throws {LambentError} for a loop that is none
 */
export function expanded(section: JsonObject, values: TemplateResources, path: Path): JsonObject {
  return Object.fromEntries(
    Object.entries(section).flatMap(([key, field]): [string, Json][] =>
      key.startsWith("Fn::ForEach::")
        ? Object.entries(looped(field, values, [...path, key]))
        : [[key, within(field, values, [...path, key])]],
    ),
  );
}

function within(value: Json, values: TemplateResources, path: Path): Json {
  if (Array.isArray(value)) return value.map((item: Json, index) => within(item, values, [...path, index]));
  return isJsonObject(value) ? expanded(value, values, path) : value;
}

function looped(loop: Json, values: TemplateResources, path: Path): JsonObject {
  const [name, collection, body] = Array.isArray(loop) ? loop : [];
  if (typeof name !== "string" || collection === undefined || !isJsonObject(body)) {
    const [first = "", ...others] = path;
    throw new LambentError(
      `${printPath(String(first), others)}: a loop is a list of its variable's name, its values and an object for each of them`,
    );
  }
  const list = valueOf(collection, values, [...path, 1]);
  const items = Array.isArray(list) ? list : textOf(list).split(",");
  return Object.assign(
    {},
    ...items.map((item) => {
      const each = withVariable(body, name, textOf(item));
      return isJsonObject(each) ? expanded(each, values, [...path, 2]) : {};
    }),
  );
}

/** `${name}` and `&{name}`, which has letters and digits alone, in keys and texts, and `Ref` of it. */
function withVariable(value: Json, name: string, item: string): Json {
  if (typeof value === "string") return replaced(value, name, item);
  if (Array.isArray(value)) return value.map((one: Json) => withVariable(one, name, item));
  if (!isJsonObject(value)) return value;
  if (value["Ref"] === name) return item;
  return Object.fromEntries(
    Object.entries(value).map(([key, field]) => [replaced(key, name, item), withVariable(field, name, item)]),
  );
}

function replaced(text: string, name: string, item: string): string {
  return text.replaceAll(`\${${name}}`, item).replaceAll(`&{${name}}`, item.replaceAll(/[^A-Za-z0-9]/g, ""));
}
