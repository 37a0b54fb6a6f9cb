/**
 * An error that an API operation answers with, by the name that AWS gives it.
 * @example
 * const states = new StepFunctions({ functions: httpFunctions("http://127.0.0.1:3002") });
 * try {
 *   states.describeExecution({ executionArn: "arn:aws:states:eu-west-1:000000000000:execution:none:none" });
 * } catch (error) {
 *   if (error instanceof ApiError) console.error(error.name); // ExecutionDoesNotExist
 * }
 */
export class ApiError extends Error {
  override readonly name: string;
  /** The status of the answer over HTTP. */
  readonly statusCode: number;
  /** Further members of the error's document, as `resourceName`. */
  readonly members: Readonly<Record<string, string>>;

  constructor(name: string, message: string, members: Readonly<Record<string, string>> = {}, statusCode = 400) {
    super(message);
    this.name = name;
    this.statusCode = statusCode;
    this.members = members;
  }
}
