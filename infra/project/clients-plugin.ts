import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Plugin } from "esbuild";
import type { ActorDefinition } from "../../sdk/authoring/definition.ts";
import { isInstalled, requirePeer } from "./peer-package.ts";
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
  "step-functions": sourceFile("sdk/invocation/step-functions-client"),
  ssm: sourceFile("handlers/ssm-client"),
  secrets: sourceFile("handlers/secrets-client"),
};

/** The clients that only those need who have secrets. */
const PEERS = { ssm: "@aws-sdk/client-ssm", secrets: "@aws-sdk/client-secrets-manager" } as const;

/** The modules of clients to be bundled, by the name that each gets. @param hasSecrets whether functions read secrets */
export function clientModules(hasSecrets: boolean): Record<string, string> {
  const readers = Object.entries(PEERS).flatMap(([name, peer]) => (hasSecrets && isInstalled(peer) ? [name] : []));
  return Object.fromEntries(
    ["s3", "step-functions", ...readers].map((name) => [`lambent-${name}`, MODULES[name] ?? ""]),
  );
}

/** @throws {LambentError} if a client that the actor's secrets are read with is not installed */
export function checkSecretClients({ name, secrets = {} }: ActorDefinition): void {
  for (const [variable, arn] of Object.entries(secrets)) {
    const peer = arn.includes(":ssm:") ? PEERS.ssm : PEERS.secrets;
    requirePeer({ name: peer, use: `secret ${variable} of actor ${name} is read` });
  }
}

/** Has a bundle import the clients from where they are. */
export function clientsPlugin(place: ClientsPlace): Plugin {
  return {
    name: "lambent-clients",
    setup(build) {
      // Nothing loads it: `checkSecretClients` has seen to those that are needed.
      build.onResolve({ filter: /^@aws-sdk\/client-(?:ssm|secrets-manager)$/ }, ({ path, importer }) =>
        isOwnFile(importer) && !isInstalled(path) ? { path, external: true } : undefined,
      );
      if (place === "here") {
        const { resolve } = createRequire(import.meta.url);
        build.onResolve({ filter: /^@aws-sdk\// }, ({ path, importer }) =>
          isOwnFile(importer) ? { path: pathToFileURL(resolve(path)).href, external: true } : undefined,
        );
      } else if (place === "beside") {
        build.onResolve(
          { filter: /[\\/](?:s3|step-functions|ssm|secrets)-client\.[jt]s$/ },
          ({ path, importer, resolveDir }) => {
            if (!isOwnFile(importer)) return undefined;
            const file = fileURLToPath(new URL(path, `${pathToFileURL(resolveDir).href}/`));
            const [name] = Object.entries(MODULES).find(([, module]) => module === file) ?? [];
            return name === undefined ? undefined : { path: `${BESIDE}${name}.mjs`, external: true };
          },
        );
      }
    },
  };
}
