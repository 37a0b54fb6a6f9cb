import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import { isOwnFile, sourceFile } from "./tree-shaking/own-files.ts";

/**
 * Where the AWS clients are that Lambent's own code loads when it needs them: in each bundle; in Lambent's own packages on
 * this machine; or in files beside the bundle, which are made once for all functions (own-clients.ts).
 */
export type ClientsPlace = "bundle" | "here" | "beside";

/** What imports of clients that lie beside a bundle begin with. */
export const BESIDE = "./lambent-";

/** Lambent's modules with nothing in them but clients, by the name that they have beside a bundle. */
const MODULES: Readonly<Record<string, string>> = {
  s3: sourceFile("sdk/store/s3-client"),
  ssm: sourceFile("handlers/ssm-client"),
  secrets: sourceFile("handlers/secrets-client"),
};

/** The modules of clients to be bundled, by the name that each gets. @param hasSecrets whether functions read secrets */
export function clientModules(hasSecrets: boolean): Record<string, string> {
  const wanted = Object.entries(MODULES).filter(([name]) => hasSecrets || name === "s3");
  return Object.fromEntries(wanted.map(([name, file]) => [`lambent-${name}`, file]));
}

/** Has a bundle import the clients from where they are. */
export function clientsPlugin(place: ClientsPlace): Plugin {
  return {
    name: "lambent-clients",
    setup(build) {
      if (place === "here") {
        const { resolve } = createRequire(import.meta.url);
        build.onResolve({ filter: /^@aws-(?:sdk|lambda-powertools)\// }, ({ path, importer }) =>
          isOwnFile(importer) ? { path: pathToFileURL(resolve(path)).href, external: true } : undefined,
        );
      } else if (place === "beside") {
        build.onResolve({ filter: /[\\/](?:s3|ssm|secrets)-client\.[jt]s$/ }, ({ path, importer, resolveDir }) => {
          if (!isOwnFile(importer)) return undefined;
          const file = fileURLToPath(new URL(path, `${pathToFileURL(resolveDir).href}/`));
          const [name] = Object.entries(MODULES).find(([, module]) => module === file) ?? [];
          return name === undefined ? undefined : { path: `${BESIDE}${name}.mjs`, external: true };
        });
      }
    },
  };
}
