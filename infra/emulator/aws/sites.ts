import type { Destination } from "./endpoints.ts";
import type { JsonService } from "./json-service.ts";
import { type Keys, keysForNamed } from "./keys.ts";

/** Where exactly a request goes, and what it is signed with. */
export interface Site {
  readonly url: URL;
  readonly keys: Keys;
  readonly region: string;
}

/** @param region of the Task */
export async function siteOf(destination: Destination, { host }: JsonService, region: string): Promise<Site> {
  if (destination.kind === "named") return { url: new URL(destination.url), keys: keysForNamed(), region };
  const keys = await keysOfAws(region);
  if (destination.url !== undefined) return { url: new URL(destination.url), keys, region };
  const [name = "", only] = host.split("@");
  if (only !== undefined) return { url: new URL(`https://${name}`), keys, region: only };
  return { url: new URL(`https://${name}.${region}.${suffixOf(region)}`), keys, region };
}

function suffixOf(region: string): string {
  return region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com";
}

/** As the AWS SDK finds them: of the environment, profiles, containers and so on. */
export async function keysOfAws(region: string): Promise<Keys> {
  const { SFNClient } = await import("@aws-sdk/client-sfn");
  const client = new SFNClient({ region });
  try {
    return await client.config.credentials();
  } finally {
    client.destroy();
  }
}
