import { isJsonObject, type Json } from "../../../sdk/base/json.ts";
import { JSON_SERVICES } from "./json-services.ts";
import { lowerFirst, sdkMember, upperFirst } from "./telling.ts";

/** How one service speaks JSON. */
export interface JsonService {
  /** Before the action, in the header X-Amz-Target. */
  readonly target: string;
  readonly version: string;
  readonly signingName: string;
  /** A prefix of the region's host, or a whole one with the region that it signs for: `budgets.amazonaws.com@us-east-1`. */
  readonly host: string;
  /** Errors of its own among those that any service may answer with. */
  readonly ownErrors: ReadonlySet<string>;
  /** The members of one of its actions. @param action as in a Task's Resource */
  members(action: string): Members;
}

/** What is known of the members of an action. */
export interface Members {
  /** A member's name as the service has it. @param name as a Task has it, or as the service itself */
  wireName(name: string): string;
  /**
   * What a member is, by its name and its value: after each `[` a list's items, after each `{` a map's entries, at the
   * end `t` a time, `b` a blob, `d` any JSON, `-` a text that may be an object's JSON, and `s` all else.
   * @param name as the service has it
   */
  kindOf(name: string, value: Json): string;
}

/** @throws {TypeError} if the service speaks otherwise */
export function jsonService(id: string): JsonService {
  const row = JSON_SERVICES.split("\n").find((line) => line.startsWith(`${id}|`));
  if (row === undefined) throw new TypeError(`${id} does not speak JSON`);
  const [, target = "", version = "", signingName = "", host = "", names = "", kinds = "", errors = ""] =
    row.split("|");
  const wireNames = readNames(names);
  const kindsByName = readKinds(kinds);
  const areLower = names.startsWith("-");
  return {
    target,
    version,
    signingName,
    host,
    ownErrors: new Set(errors.split(",")),
    members(action) {
      const prefix = `${upperFirst(action)}.`;
      return {
        wireName(name) {
          const known = sdkMember(name);
          return wireNames.get(prefix + known) ?? wireNames.get(known) ?? (areLower ? lowerFirst(name) : name);
        },
        kindOf(name, value) {
          const known = kindsByName.get(prefix + name) ?? kindsByName.get(name) ?? [];
          return known.find((kind) => fits(value, kind)) ?? "s";
        },
      };
    },
  };
}

/** By the name that a Task has for it, and before that the action, where the name alone does not say which it is. */
function readNames(column: string): ReadonlyMap<string, string> {
  return new Map(
    listOf(column.slice(1)).map((entry) => {
      const [name = "", action] = entry.split(".").reverse();
      return [action === undefined ? sdkMember(name) : `${action}.${sdkMember(name)}`, name];
    }),
  );
}

function readKinds(column: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const group of column.split(" ")) {
    const [, kind = "", names = ""] = /^([[{]*.)(.*)$/.exec(group) ?? [];
    for (const name of listOf(names)) found.set(name, [...(found.get(name) ?? []), kind]);
  }
  return found;
}

function listOf(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}

/** Of a name that stands for several kinds, the value tells which it is. */
function fits(value: Json, kind: string): boolean {
  if (kind.startsWith("[")) return Array.isArray(value);
  if (kind.startsWith("{") || kind === "s") return isJsonObject(value);
  return true;
}
