/** How an `S3File` crosses between two Lambdas. */
export interface FileReference<Format extends string = string> {
  /** `s3://bucket/key` */
  readonly uri: string;
  /** The content's version: what S3 calls its ETag. */
  readonly version: string;
  /** Its extension, without the dot. */
  readonly format: Format;
}
