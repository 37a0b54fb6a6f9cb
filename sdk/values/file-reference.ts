/**
 * The fields of an {@link S3File}: what is passed from one Lambda function to another, and what its constructor takes.
 * @example
 * const reference: FileReference<"csv"> = { uri: "s3://team-data/rows.csv", version: "0123abcd", format: "csv" };
 * const rows = new S3File(reference);
 */
export interface FileReference<Format extends string = string> {
  /** `s3://bucket/key` */
  readonly uri: string;
  /** The version of the content: the `ETag` that S3 answers to PutObject and HeadObject. */
  readonly version: string;
  /** The file's extension, without the dot. */
  readonly format: Format;
}
