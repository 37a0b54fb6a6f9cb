import type { ComputeNode } from "../../sdk/graph/graph.ts";
import { MARKS, VALUE } from "../../sdk/values/wire.ts";
import { joined, literal, valueOf } from "./expression.ts";
import { asData } from "./given-value.ts";

/** The JSONata that computes what a node comes to. What is missing is null, and an operand of the wrong type fails. */
export function computed({ name, computation, operands }: ComputeNode): string {
  const what = `${name}: expr.${computation}`;
  const given = operands.map(valueOf);
  const [first = "null", second = "null", third = "null"] = given;
  switch (computation) {
    case "length":
      return `(${listIn(what, first)} $count($list))`;
    case "range":
      return `[(${first})..(${second}) - 1]`;
    case "slice":
      return `(${listIn(what, first)} ${sliced(second, third)})`;
    case "merge":
      return `(${given.map((object, index) => objectIn(what, object, index)).join(" ")} $merge([$object0, $object1]))`;
    case "join":
      return `$join(${first}, ${second})`;
    case "format":
      return joined(given.map(asText), "&");
    case "add":
      return `(${first}) + (${second})`;
    case "sub":
      return `(${first}) - (${second})`;
    case "mul":
      return `(${first}) * (${second})`;
    case "div":
      return `(${first}) / (${second})`;
    case "mod":
      return `(${first}) % (${second})`;
    case "round":
      // JSONata's own rounds a half to the even number.
      return `$floor((${first}) + 0.5)`;
    case "min":
      return `$min([${given.join(", ")}])`;
    case "max":
      return `$max([${given.join(", ")}])`;
    case "parse":
      // The text may be a caller's.
      return asData(`$parse(${first})`, { steps: {} });
    case "hash":
      return `$hash(${first}, "SHA-256")`;
    case "uuid":
      return "$uuid()";
    case "now":
      return `{${literal(VALUE)}: {"Date": $now()}}`;
  }
}

/** JSONata takes any value for a list of one, and null too. */
function listIn(what: string, list: string): string {
  const message = literal(`${what} takes a list, not `);
  return `$list := ${list}; $type($list) != "array" ? $error(${message} & $type($list));`;
}

/** What is a mark, as a Date is, or data that looks like one, has no fields of its own to merge. */
function objectIn(what: string, object: string, index: number): string {
  const name = `$object${index}`;
  const message = literal(`${what} takes objects with fields; merge in a task what is `);
  const isMark = `$count($keys(${name})) = 1 and $keys(${name})[0] in ${literal(MARKS)}`;
  return (
    `${name} := ${object}; $type(${name}) != "object" ? $error(${message} & $type(${name})); ` +
    `${isMark} ? $error(${message} & "a Date, a Map, a file or the like, or has one field alone with a name that Lambent keeps");`
  );
}

/** As `Array.prototype.slice`. By index, since a filter would take a list that is an element apart. */
function sliced(from: string, to: string): string {
  return (
    `$from := ${from}; $to := ${to} = null ? $count($list) : ${to}; ` +
    `$indices := [${clamped("$from")}..${clamped("$to")} - 1]; ` +
    `$count($indices) = 0 ? [] : $map($indices, function($index) { $list[$index] })[]`
  );
}

/** Of an end that is counted from the end of the list the index. */
function clamped(end: string): string {
  return `(${end} < 0 ? $max([$count($list) + ${end}, 0]) : $min([${end}, $count($list)]))`;
}

/** An instance is written as its mark has it: a Date as its ISO text. */
function asText(value: string): string {
  return `(${value.startsWith('"') ? value : `$part := ${value}; $type($part) = "object" ? $part.\`${VALUE}\`.* : $string($part)`})`;
}
