import { join } from "node:path";
import { isObject } from "../../sdk/base/json.ts";
import type { ObjectStore } from "../../sdk/store/object-store.ts";
import { readIn } from "../../sdk/values/file-origins.ts";
import { S3File } from "../../sdk/values/file.ts";
import { LAMBENT_DIRECTORY } from "../project/names.ts";
import type { Server } from "../run/remote/server.ts";
import { runningServers } from "../run/servers/running-servers.ts";

/**
 * Have the files in a result be read where its tasks have written them: in S3, or in the directory of the emulator's
 * project. Of an emulator on another machine that is not known, and the environment has to name a store.
 */
export async function findFiles(result: unknown, server: Server): Promise<void> {
  const files = filesIn(result);
  if (files.length === 0) return;
  const open = server.isAws ? () => openS3(server) : await openerOf(server);
  if (open !== undefined) for (const file of files) readIn(file, open);
}

function filesIn(value: unknown): S3File[] {
  if (value instanceof S3File) return [value];
  return isObject(value) ? Object.values(value).flatMap(filesIn) : [];
}

async function openS3({ client }: Server): Promise<ObjectStore> {
  const { S3Store } = await import("../../sdk/store/s3-store.ts");
  return new S3Store({ region: client.config.region });
}

async function openerOf({ name }: Server): Promise<(() => Promise<ObjectStore>) | undefined> {
  const served = (await runningServers()).find(({ url }) => url === new URL(name).origin);
  if (served === undefined) return undefined;
  return async () => {
    const { DirectoryStore } = await import("../../sdk/store/directory-store.ts");
    return new DirectoryStore(join(served.directory, LAMBENT_DIRECTORY, "store"));
  };
}
