/** An error that an API operation answers with, by the name that AWS gives it. */
export class ApiError extends Error {
  override readonly name: string;
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
