import { LambentError } from "../../sdk/base/errors.ts";
import type { Serverless } from "./deploy/framework.ts";

/** The versions that Lambent is tested with. */
const INSTALL = "npm install --save-dev serverless@npm:osls@4.3.1 serverless-offline@14.8.2";

/** Node.js's oldest version: that of package.json's `engines`. */
const OLDEST_NODE = [20, 19] as const;

/**
 * See to it that this is osls, the open-source Serverless Framework, on a Node.js that Lambent runs on. The framework of
 * Serverless, Inc. has other ways to AWS's SDK and refuses to run without a login, and its version 3 knows no current Node.js.
 * @throws {LambentError} that says what this is, and what to install
 */
export function checkSurroundings(serverless: Serverless, node: string = process.versions.node): void {
  const [major = 0, minor = 0] = node.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_NODE;
  if (major < oldestMajor || (major === oldestMajor && minor < oldestMinor)) {
    throw new LambentError(`Lambent needs Node.js ${OLDEST_NODE.join(".")} or newer, and this is ${node}`);
  }
  const { version } = serverless;
  // Only osls has it, from its version 4 on, and Lambent cannot do without it.
  if (typeof serverless.getProvider("aws")?.getAwsSdkV3Config === "function") return;
  throw new LambentError(
    `Lambent runs with osls 4, the open-source Serverless Framework, and this is another one, of version ${version}: ` +
      `in the project's directory run \`npm uninstall serverless && ${INSTALL}\`, and start it with \`npx serverless\``,
  );
}
