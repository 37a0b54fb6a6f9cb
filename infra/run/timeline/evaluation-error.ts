/**
 * What a failed evaluation says, without the expression that its cause quotes, which may have thousands of characters: the
 * text that was thrown first, then the state and the field. Undefined of any other cause, and of one that was cut.
 */
export function evaluationError(cause: string | undefined): string | undefined {
  const quoted = EXPRESSION.exec(cause ?? "");
  if (quoted?.groups === undefined) return undefined;
  const { before = "", field, thrown, gave } = quoted.groups;
  const state = / executing the state '([^']*)'/.exec(before)?.[1];
  const place = `${state === undefined ? "" : `state ${state}, `}field ${field}`;
  return `${thrown ?? `the expression ${gave}`} (${place})`;
}

/**
 * An expression may have quotes and the words that follow it within it, so that what follows is sought from the end.
 * D3137 and D3141 are what JSONata puts before the texts of `$error` and `$assert`.
 */
const EXPRESSION =
  /^(?<before>.{0,300}?)The JSONata expression '.*' specified for the field '(?<field>[^']*)' (?:threw an error during evaluation[:.]?\s*(?:D31(?:37|41): )?(?<thrown>\S.*)|(?<gave>returned .*?|threw an error during evaluation)\.?)$/s;
