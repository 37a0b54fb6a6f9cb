import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json } from "../../sdk/base/json.ts";

/** What resources of a template are on this machine: by logical id, what `Ref` gives, and what `Fn::GetAtt` gives. */
export interface TemplateResources {
  readonly refs: ReadonlyMap<string, string>;
  /** By `Id.Attribute`. */
  readonly attributes: ReadonlyMap<string, string>;
}

/**
 * A template's value on this machine, with values in the places of CloudFormation's functions.
 * @throws {LambentError} that names what has no value here
 */
export function valueOf(value: Json, resources: TemplateResources): Json {
  if (Array.isArray(value)) return value.map((item: Json) => valueOf(item, resources));
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ["", null]] = entries;
  if (entries.length === 1 && (name === "Ref" || name.startsWith("Fn::"))) return applied(name, argument, resources);
  return Object.fromEntries(entries.map(([key, field]) => [key, valueOf(field, resources)]));
}

function applied(name: string, argument: Json, resources: TemplateResources): Json {
  switch (name) {
    case "Ref":
      return known(resources.refs, String(argument), `{ Ref: ${String(argument)} }`);
    case "Fn::GetAtt": {
      const path = Array.isArray(argument) ? argument.join(".") : String(argument);
      return known(resources.attributes, path, `{ Fn::GetAtt: ${path} }`);
    }
    case "Fn::Sub":
      return substituted(argument, resources);
    case "Fn::Join": {
      const [separator, parts] = listOf(valueOf(argument, resources));
      return listOf(parts).join(String(separator));
    }
    case "Fn::Select": {
      const [index, items] = listOf(valueOf(argument, resources));
      return listOf(items)[Number(index)] ?? null;
    }
    case "Fn::Split": {
      const [separator, text] = listOf(valueOf(argument, resources));
      return String(text).split(String(separator));
    }
    default:
      throw new LambentError(`${name} has no value on this machine`);
  }
}

function substituted(argument: Json, resources: TemplateResources): string {
  const [text, given] = Array.isArray(argument) ? argument : [argument];
  const own = new Map(Object.entries(isJsonObject(given) ? given : {}));
  return String(text).replaceAll(/\$\{([^}]*)\}/g, (_, written: string) => {
    if (written.startsWith("!")) return `\${${written.slice(1)}}`; // CloudFormation's way to write one that stays
    const name = written.trim();
    const value = own.get(name);
    if (value !== undefined) return String(valueOf(value, resources));
    return name.includes(".")
      ? known(resources.attributes, name, `\${${name}}`)
      : known(resources.refs, name, `\${${name}}`);
  });
}

function known(values: ReadonlyMap<string, string>, name: string, written: string): string {
  const value = values.get(name);
  if (value === undefined) throw new LambentError(`${written} has no value on this machine`);
  return value;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}
