import { ABSENT, GIVEN, PLAIN } from "../../sdk/values/wire.ts";
import { KEY_CHARACTERS } from "../../sdk/values/replica-ranking.ts";
import { joined, literal } from "./expression.ts";

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
  return rankReplicasOf(keyText(key), replicas);
}

/** As {@link rankReplicas}, for the JSONata of a key's text. */
export function rankReplicasOf(text: string, replicas: number): string {
  return rankReplicasBy(digestOf(text), replicas);
}

/** JSONata of the hash of a key's text, by which replicas are ranked. */
export function digestOf(text: string): string {
  return `$hash($substring(${text}, 0, ${KEY_CHARACTERS}), "SHA-256")`;
}

/** As {@link rankReplicas}, for the JSONata of a key's digest. */
export function rankReplicasBy(digest: string, replicas: number): string {
  if (replicas === 1) return '["0"]';
  const weight = `$hash($digest & "/" & $replica, "SHA-256") & "/" & $replica`;
  const weights = `$sort($map([0..${replicas - 1}], function($replica) { ${weight} }))`;
  // A parameter is no variable of the state machine's, so that the key may read one of any name.
  return `function($digest) { $map(${weights}, function($weight) { $substringAfter($weight, "/") }) }(${digest})`;
}

/** JSONata of a text that keys have in common if they are equal as JSON values. */
export function keyText(key: readonly string[]): string {
  const parameters = key.map((_, index) => `$key${index}`);
  const values = parameters.map((one) => `$exists(${one}) ? ${one} : ${literal({ [ABSENT]: true })}`);
  const texts = values.map((value) => `$canonical(${value}, $canonical)`);
  const body = `"(" & ${texts.length === 0 ? '""' : joined(texts, '& "," &')} & ")"`;
  return `function(${["$canonical", ...parameters].join(", ")}) { ${body} }(${[CANONICAL, ...key].join(", ")})`;
}

/**
 * Only a function that calls itself can go through a value of any depth. It is given to itself, since one that is
 * assigned to a variable is not known within its own text. `$string` of a list writes JSON, and a text alone as it is.
 */
const CANONICAL = ((): string => {
  const unwrapped = `$count($names) = 1 and $names[0] in ${literal([GIVEN, PLAIN])}`;
  const fields = `$join($map($sort($names), function($name) { $string([$name]) & ":" & $self($lookup($value, $name), $self) }), ",")`;
  const object = `($names := $keys($value); ${unwrapped} ? $self($lookup($value, $names[0]), $self) : "{" & ${fields} & "}")`;
  const elements = `$join($map($value, function($item) { $self($item, $self) }), ",")`;
  // Element by element takes 0.1 ms each, and is needed where there may be an object among them.
  const list = `"(" & ($contains($string($value), "{") ? ${elements} : $string($value)) & ")"`;
  return `function($value, $self) { $type($value) = "object" ? ${object} : $type($value) = "array" ? ${list} : $string([$value]) }`;
})();
