import type { Affinity } from "../../sdk/graph/graph.ts";
import { BUCKET_DIGITS, ITEMS_OVER_MEAN, KEYS_OVER_MEAN, MOST_HASHES } from "../../sdk/values/lanes.ts";
import { digestOf, rankReplicasBy } from "./replica-ranking.ts";

// The same in TypeScript, with what it means, is in sdk/values/lanes.ts.

/**
 * JSONata of the lanes of a map: for each replica that has any items `{replicas, indices}`, with the replicas' numbers as
 * texts.
 * @param keys JSONata of a list with each item's key, as a text or as the text's digest; there is at least one
 */
export function lanesExpression(
  keys: string,
  { replicas, isByRanking }: Affinity,
  form: "text" | "digest" = "text",
): string {
  // A function of its parameter alone: a variable of the author's may have any of these names.
  const digest = form === "text" ? digestOf("$text") : "$text";
  return `function($itemKeys) { (${shareOut(replicas, digest, isByRanking === true)}) }(${keys})[]`;
}

/**
 * @param digest JSONata of the digest of the key `$text`
 * @param isByRanking whether all replicas have room for all keys
 */
function shareOut(replicas: number, digest: string, isByRanking: boolean): string {
  const numbers = Array.from({ length: replicas }, (_, replica) => replica);
  const none = `{${numbers.map((replica) => `"${replica}": 0`).join(", ")}}`;
  const sizes = "$map($texts, function($text) { $count($lookup($groups, $text)) })";
  return [
    "$share := $ceil($count($itemKeys) / REPLICAS)",
    `$room := ${isByRanking ? "$count($itemKeys)" : `$max([$share, $floor(${ITEMS_OVER_MEAN} * $count($itemKeys) / REPLICAS)])`}`,
    '$groups := $map($itemKeys, function($text, $index) { {"text": $text, "index": $index} }){text: [index]}',
    `$groups := $count($keys($groups)) <= ${Math.floor(MOST_HASHES / replicas)} ? $groups : ${buckets(digest)}`,
    "$texts := $sort($keys($groups))",
    `$pieces := $sum($map(${sizes}, function($size) { $ceil($size / $share) }))`,
    `$most := ${isByRanking ? "$count($itemKeys)" : `$max([$ceil($pieces / REPLICAS), $floor(${KEYS_OVER_MEAN} * $pieces / REPLICAS)])`}`,
    "$sized := function($from, $to) { $filter($texts, function($text) { ($size := $count($lookup($groups, $text)); $size > $from and $size <= $to) }) }",
    "$ordered := [$sized($room, $count($itemKeys)), $sized($room - $share, $room), $sized(0, $room - $share)]",
    `$rank := function($text) { ${rankReplicasBy(digest, replicas)} }`,
    '$give := function($state, $replica, $part, $size) { {"items": $merge([$state.items, {$replica: $lookup($state.items, $replica) + $size}]), "keys": $merge([$state.keys, {$replica: $lookup($state.keys, $replica) + 1}]), "parts": $append($state.parts, $part)} }',
    `$split := ${SPLIT}`,
    `$place := ${PLACE}`,
    `$parts := $reduce($ordered, $place, {"items": ${none}, "keys": ${none}, "parts": []}).parts`,
    `$each($parts{replica: [$]}, ${LANE})`,
  ]
    .join("; ")
    .replaceAll("REPLICAS", String(replicas));
}

/** Groups of many keys each, by the beginning of the key's hash. */
function buckets(digest: string): string {
  const bucket = `{"bucket": $substring(${digest}, 0, ${BUCKET_DIGITS}), "indices": $indices}`;
  return `$each($groups, function($indices, $text) { ${bucket} }){bucket: [indices]}`;
}

/** Places one key: a function of what is placed so far and of its text. */
const PLACE = `function($state, $text) { (
  $size := $count($lookup($groups, $text));
  $ranking := $rank($text);
  $fitting := $filter($ranking, function($replica) { $lookup($state.items, $replica) + $size <= $room });
  $free := $filter($fitting, function($replica) { $lookup($state.keys, $replica) < $most });
  $chosen := $exists($free) ? $free[0] : $fitting[0];
  $exists($chosen)
    ? $give($state, $chosen, {"replica": $chosen, "text": $text}, $size)
    : $split($state, $text, $size, $ranking)
) }`.replaceAll(/\s+/g, " ");

/** Shares one key out: what each replica takes is a part with the place of its first item and of the one after its last. */
const SPLIT = `function($before, $text, $size, $ranking) { $reduce($ranking, function($state, $replica) { (
  $from := $state.from;
  $taken := $max([0, $min([$size - $from, $share - $lookup($state.items, $replica)])]);
  $part := {"replica": $replica, "text": $text, "from": $from, "to": $from + $taken};
  $taken = 0 ? $state : $merge([$give($state, $replica, $part, $taken), {"from": $from + $taken}])
) }, $merge([$before, {"from": 0}])) }`.replaceAll(/\s+/g, " ");

/** Makes a lane of the parts that a replica was given. */
const LANE = `function($own, $replica) { {
  "replicas": [$replica, $filter($rank($own[0].text), function($other) { $other != $replica })],
  "indices": $own.(
    $part := $;
    $indices := $lookup($groups, text);
    $exists($part.to) ? $filter($indices, function($index, $at) { $at >= $part.from and $at < $part.to }) : $indices
  )[]
} }`.replaceAll(/\s+/g, " ");
