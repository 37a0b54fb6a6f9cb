import { ABSENT, GIVEN, PLAIN } from "../../sdk/values/wire.ts";
import { KEY_CHARACTERS } from "../../sdk/values/replica-ranking.ts";
import { literal } from "./expression.ts";

// The same in TypeScript, with what it means, is in sdk/values/replica-ranking.ts.

/**
 * JSONata of the number, as a text, of the replica that is meant for a key.
 * @param key the JSONata of each value of the key; where nothing comes out there is none
 * @param rank JSONata: 0 for the first of the ranking, and so on
 */
export function replicaAt(key: readonly string[], replicas: number, rank: string): string {
  return `(${rankReplicas(key, replicas)})[${rank}]`;
}

/** JSONata of all the replicas' numbers, as texts, in the order in which they are meant for a key. */
export function rankReplicas(key: readonly string[], replicas: number): string {
  if (replicas === 1) return '["0"]';
  const digest = `$hash($substring(${keyText(key)}, 0, ${KEY_CHARACTERS}), "SHA-256")`;
  const weight = `$hash($digest & "/" & $replica, "SHA-256") & "/" & $replica`;
  const weights = `$sort($map([0..${replicas - 1}], function($replica) { ${weight} }))`;
  // A parameter is no variable of the state machine's, so that the key may read one of any name.
  return `function($digest) { $map(${weights}, function($weight) { $substringAfter($weight, "/") }) }(${digest})`;
}

/** JSONata of a text that keys have in common if they are equal as JSON values. */
export function keyText(key: readonly string[]): string {
  const parameters = key.map((_, index) => `$key${index}`);
  const values = parameters.map((one) => `$canonical($exists(${one}) ? ${one} : ${literal({ [ABSENT]: true })})`);
  const texts = values.length === 0 ? '""' : values.join(' & "," & ');
  return `function(${parameters.join(", ")}) { (${CANONICAL}; "(" & ${texts} & ")") }(${key.join(", ")})`;
}

/** Only a function can go through a value of any depth. `$string` of a list writes JSON, and a text alone as it is. */
const CANONICAL = ((): string => {
  const unwrapped = `$count($keys) = 1 and $keys[0] in ${literal([GIVEN, PLAIN])}`;
  const fields = `$join($map($sort($keys), function($key) { $string([$key]) & ":" & $canonical($lookup($value, $key)) }), ",")`;
  const object = `($keys := $keys($value); ${unwrapped} ? $canonical($lookup($value, $keys[0])) : "{" & ${fields} & "}")`;
  const list = `"(" & $join($map($value, function($item) { $canonical($item) }), ",") & ")"`;
  return `$canonical := function($value) { $type($value) = "object" ? ${object} : $type($value) = "array" ? ${list} : $string([$value]) }`;
})();
