import { FunctionServiceError } from "../lambda/functions.ts";

/** The function that a request names, with its qualifier. */
export interface Target {
  readonly name: string;
  /** `$LATEST`, a version's number or an alias. */
  readonly qualifier: string | undefined;
}

const FUNCTION_NAME =
  /^(?:arn:aws[a-zA-Z-]*:lambda:(?:[a-z]{2}(?:-[a-z]+)+-\d)?:)?(?:(?:\d{12}:)?function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$/;

/**
 * Parse `FunctionName` and `Qualifier` of Lambda's `Invoke`: a name, `name:qualifier`, `account:function:name` or an
 * ARN. The region and the account in an ARN are ignored.
 * @throws {FunctionServiceError} `ValidationException` if it is none of these, `InvalidParameterValueException` if the
 * name has another qualifier than `Qualifier`
 */
export function parseTarget(functionName: string, qualifier?: string): Target {
  const [, name, inName] = FUNCTION_NAME.exec(functionName) ?? [];
  if (name === undefined) {
    const message = `1 validation error detected: Value '${functionName}' at 'functionName' failed to satisfy constraint: Member must satisfy regular expression pattern: ${FUNCTION_NAME.source}`;
    throw new FunctionServiceError("ValidationException", 400, message);
  }
  if (inName !== undefined && qualifier !== undefined && inName !== qualifier) {
    const message = "The derived qualifier from the function name does not match the specified qualifier.";
    throw new FunctionServiceError("InvalidParameterValueException", 400, message);
  }
  return { name, qualifier: qualifier ?? inName };
}
