import { requirePeer } from "../../project/peer-package.ts";

/**
 * The module of CloudFormation's client, which comes with the framework.
 * @throws {LambentError} if a package manager has put it where only the framework finds it
 */
export function cloudFormation(): Promise<typeof import("@aws-sdk/client-cloudformation")> {
  requirePeer({ name: "@aws-sdk/client-cloudformation", use: "the deployed stack is read" });
  return import("@aws-sdk/client-cloudformation");
}
