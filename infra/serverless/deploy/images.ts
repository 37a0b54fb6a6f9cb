import type { AwsProvider, PluginTools } from "./framework.ts";

/** What the framework has found out about a function's image. */
interface ResolvedImage {
  readonly functionImageUri: string;
  /** Part of what tells the framework that a function has changed. */
  readonly functionImageSha: string;
}

type Resolve = (uri: string) => Promise<ResolvedImage>;

/**
 * Let `serverless package` do without credentials for images by their URI: the framework asks ECR which digest a tag
 * has, and where nobody can ask, the tag stays.
 */
export function resolveImagesWithoutCredentials(provider: AwsProvider, log: PluginTools["log"]): void {
  const resolve = provider.resolveImageUriAndShaFromUri.bind(provider) as Resolve; // as osls 4 has it
  const value: Resolve = async (uri) => {
    try {
      return await resolve(uri);
    } catch (error) {
      if (!/credential/i.test(String(error))) throw error;
      log.warning(
        `Lambent: without credentials ECR cannot be asked for the digest of ${uri}: the package has the tag, and deploying it again does not notice an image that was pushed since`,
      );
      return { functionImageUri: uri, functionImageSha: uri };
    }
  };
  // The framework defines it without a setter.
  Object.defineProperty(provider, "resolveImageUriAndShaFromUri", { value });
}
