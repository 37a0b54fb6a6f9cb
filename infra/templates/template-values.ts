import { LambentError } from "../../sdk/base/errors.ts";
import { isJsonObject, type Json, type JsonObject, printPath } from "../../sdk/base/json.ts";

/** Finds the value of a name; undefined if it has none here. */
interface Values {
  get(name: string): Json | undefined;
}

/** What a template's functions give on this machine. */
export interface TemplateResources {
  /** What `Ref` gives, by logical id, parameter or pseudo parameter. */
  readonly refs: Values;
  /** What `Fn::GetAtt` gives, by `Id.Attribute`. */
  readonly attributes: Values;
  /** What `Fn::ImportValue` gives, by the export's name. */
  readonly imports?: Values;
  /** The template's section `Conditions`. */
  readonly conditions?: JsonObject;
  /** The template's section `Mappings`. */
  readonly mappings?: JsonObject;
}

/** Where a value stands in its document. */
export type Path = readonly (string | number)[];

/** Something in a template has no value on this machine. */
export class NoValueHere extends LambentError {
  /** As the template has it, such as `{ Ref: Queue }`. */
  readonly written: string;
  /** What would have a value if it were given one: `Queue`, `Queue.Arn`; undefined if nothing would. */
  readonly key: string | undefined;
  constructor(path: Path, written: string, key?: string, why: string = "has no value on this machine") {
    const [first, ...others] = path;
    super(`${first === undefined ? "" : `${printPath(String(first), others)}: `}${written} ${why}`);
    this.written = written;
    this.key = key;
  }
}

/**
 * A template's value on this machine, with values in the places of CloudFormation's functions.
 * @param path where it stands, for errors. Default: they do not tell it
 * @throws {NoValueHere} that names what has no value here
 */
export function valueOf(value: Json, resources: TemplateResources, path?: Path): Json {
  return resolved(value, { resources, path: path ?? [], tellsPath: path !== undefined }) ?? null;
}

/** Whether a condition of the template holds. @throws {NoValueHere} */
export function holds(name: string, resources: TemplateResources): boolean {
  return conditionHolds(name, { resources, path: ["Conditions", name], tellsPath: true });
}

interface Place {
  readonly resources: TemplateResources;
  readonly path: Path;
  readonly tellsPath: boolean;
}

function within(place: Place, ...steps: Path): Place {
  return { ...place, path: [...place.path, ...steps] };
}

function noValue({ path, tellsPath }: Place, written: string, key?: string, why?: string): NoValueHere {
  return new NoValueHere(tellsPath ? path : [], written, key, why);
}

/** Undefined is AWS::NoValue: what has it is left out. */
function resolved(value: Json, place: Place): Json | undefined {
  if (Array.isArray(value)) {
    return value.flatMap((item: Json, index): Json[] => {
      const found = resolved(item, within(place, index));
      return found === undefined ? [] : [found];
    });
  }
  if (!isJsonObject(value)) return value;
  const entries = Object.entries(value);
  const [[name, argument] = ["", null]] = entries;
  if (entries.length === 1 && (name === "Ref" || name.startsWith("Fn::")))
    return applied(name, argument, within(place, name));
  return Object.fromEntries(
    entries.flatMap(([key, field]): [string, Json][] => {
      const found = resolved(field, within(place, key));
      return found === undefined ? [] : [[key, found]];
    }),
  );
}

function applied(name: string, argument: Json, place: Place): Json | undefined {
  const { refs, attributes, imports } = place.resources;
  switch (name) {
    case "Ref": {
      const id = String(argument);
      return id === "AWS::NoValue" ? undefined : known(refs, id, `{ Ref: ${id} }`, place);
    }
    case "Fn::GetAtt": {
      const path = listOf(resolved(argument, place)).join(".") || String(argument);
      return known(attributes, path, `{ Fn::GetAtt: ${path} }`, place);
    }
    case "Fn::ImportValue": {
      const exported = String(resolved(argument, place));
      return known(imports ?? new Map(), exported, `{ Fn::ImportValue: ${exported} }`, place);
    }
    case "Fn::Sub":
      return substituted(argument, place);
    case "Fn::Join": {
      const [separator, parts] = listOf(resolved(argument, place));
      return listOf(parts).map(textOf).join(String(separator));
    }
    case "Fn::Select": {
      const [index, items] = listOf(resolved(argument, place));
      const found = listOf(items)[Number(index)];
      if (found === undefined)
        throw noValue(place, `{ Fn::Select: ${String(index)} }`, undefined, "is outside of its list");
      return found;
    }
    case "Fn::Split": {
      const [separator, text] = listOf(resolved(argument, place));
      return String(text).split(String(separator));
    }
    case "Fn::If": {
      const [condition, then, otherwise] = listOf(argument);
      const index = conditionHolds(String(condition), place) ? 1 : 2;
      return resolved((index === 1 ? then : otherwise) ?? null, within(place, index));
    }
    case "Fn::FindInMap":
      return foundInMap(argument, place);
    case "Fn::Base64":
      return Buffer.from(textOf(resolved(argument, place) ?? null)).toString("base64");
    case "Fn::ToJsonString":
      return JSON.stringify(resolved(argument, place) ?? null);
    case "Fn::Length":
      return listOf(resolved(argument, place)).length;
    case "Fn::GetAZs":
      return ["a", "b", "c"].map((zone) => `${String(refs.get("AWS::Region"))}${zone}`);
    case "Fn::Equals":
    case "Fn::And":
    case "Fn::Or":
    case "Fn::Not":
      return isTrue({ [name]: argument }, place);
    default:
      throw noValue(place, name);
  }
}

function conditionHolds(name: string, place: Place, within: readonly string[] = []): boolean {
  const written = place.resources.conditions?.[name];
  if (written === undefined) throw noValue(place, `The condition ${name}`, undefined, "is not in the template");
  if (within.includes(name)) throw noValue(place, `The condition ${name}`, undefined, "refers to itself");
  return isTrue(written, place, [...within, name]);
}

/** @param above the names of the conditions that it is part of */
function isTrue(written: Json, place: Place, above: readonly string[] = []): boolean {
  const [[name, argument] = ["", null]] = isJsonObject(written) ? Object.entries(written) : [];
  switch (name) {
    case "Condition":
      return conditionHolds(String(argument), place, above);
    case "Fn::And":
      return listOf(argument).every((one) => isTrue(one, place, above));
    case "Fn::Or":
      return listOf(argument).some((one) => isTrue(one, place, above));
    case "Fn::Not":
      return !listOf(argument).some((one) => isTrue(one, place, above));
    case "Fn::Equals": {
      const [one, other] = listOf(argument).map((side) => resolved(side, place));
      return textOf(one ?? null) === textOf(other ?? null);
    }
    default:
      throw noValue(place, `${JSON.stringify(written)} of a condition`);
  }
}

function foundInMap(argument: Json, place: Place): Json {
  const [map, first, second, options] = listOf(resolved(argument, place));
  const found = fieldOf(fieldOf(place.resources.mappings?.[String(map)], first), second);
  const otherwise = fieldOf(options, "DefaultValue");
  const value = found ?? otherwise;
  if (value === undefined) throw noValue(place, `{ Fn::FindInMap: ${[map, first, second].map(String).join(", ")} }`);
  return value;
}

/** A field of an object; undefined of anything else. */
export function fieldOf(value: Json | undefined, name: Json | undefined): Json | undefined {
  return isJsonObject(value) ? value[String(name)] : undefined;
}

function substituted(argument: Json, place: Place): string {
  const { refs, attributes } = place.resources;
  const [text, given] = Array.isArray(argument) ? argument : [argument];
  const own = new Map(Object.entries(isJsonObject(given) ? given : {}));
  return String(text).replaceAll(/\$\{([^}]*)\}/g, (_, written: string) => {
    if (written.startsWith("!")) return `\${${written.slice(1)}}`; // CloudFormation's way to write one that stays
    const name = written.trim();
    const value = own.get(name);
    if (value !== undefined) return textOf(resolved(value, within(place, 1, name)) ?? null);
    return textOf(known(name.includes(".") ? attributes : refs, name, `\${${name}}`, place));
  });
}

function known(values: Values, name: string, written: string, place: Place): Json {
  const value = values.get(name);
  if (value === undefined) throw noValue(place, written, name);
  return value;
}

function listOf(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : [];
}

/** As it stands in a text: a list of parameters has commas. */
export function textOf(value: Json): string {
  if (Array.isArray(value)) return value.map(textOf).join(",");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
