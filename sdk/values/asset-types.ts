import type { S3File } from "./file.ts";

/**
 * What `asset(path)` returns: a file, or for a pattern a list of files, typed by the path's extension.
 * @example
 * const weights: Asset<"models/weights.json"> = asset("models/weights.json"); // S3File<"json">
 * const tables: Asset<"tables/*.csv"> = asset("tables/*.csv"); // S3File<"csv">[]
 */
export type Asset<Path extends string> = IsPattern<Path> extends true ? S3File<Format<Path>>[] : S3File<Format<Path>>;

/** `asset`, as the whole SDK and a replica have it. */
export type AssetFunction = <const Path extends string>(path: Path) => Asset<Path>;

type IsPattern<Path extends string> = Path extends `${string}${"*" | "?" | "{"}${string}` ? true : false;

/** What follows the last dot; any string where that is not one extension. */
type Format<Path extends string> = Path extends `${string}.${infer Rest}`
  ? Rest extends `${string}.${string}`
    ? Format<Rest>
    : Rest extends `${string}${"/" | "*" | "?" | "{" | "}" | ","}${string}`
      ? string
      : Rest
  : string;
