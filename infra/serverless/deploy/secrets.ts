import { LambentError } from "../../../sdk/base/errors.ts";
import type { FunctionDescription } from "../../../sdk/authoring/service.ts";
import type { Statement } from "./framework.ts";
import { allow, arn } from "./iam.ts";

/**
 * The suffix of six characters that Secrets Manager appends to a secret's name in its ARN. Six lower-case letters are
 * not taken for one, since they may be the last word of the name.
 */
const SUFFIX = /-(?![a-z]{6}$)[A-Za-z0-9]{6}$/;

/**
 * The permissions to read these secrets and parameters, and to decrypt them if they have a key of the customer's own.
 */
export function secretStatements(arns: readonly string[]): Statement[] {
  const secrets = arns.filter((one) => one.includes(":secretsmanager:")).flatMap(fullArns);
  const parameters = arns.filter((one) => one.includes(":ssm:"));
  return [
    ...(secrets.length === 0
      ? []
      : [allow(["secretsmanager:GetSecretValue"], secrets), decrypt("secretsmanager", "SecretARN", secrets)]),
    ...(parameters.length === 0
      ? []
      : [allow(["ssm:GetParameter"], parameters), decrypt("ssm", "PARAMETER_ARN", parameters)]),
  ];
}

/** A secret can be read by an ARN without the suffix, but a policy only matches the ARN with it. */
function fullArns(secret: string): string[] {
  return SUFFIX.test(secret) ? [secret] : [secret, `${secret}-??????`];
}

/**
 * Any key of the account, since secrets' ARNs do not name theirs; the encryption context limits it to these secrets.
 */
function decrypt(service: string, context: string, arns: readonly string[]): Statement {
  return allow(["kms:Decrypt"], [arn("arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*")], {
    StringLike: {
      "kms:ViaService": `${service}.*.amazonaws.com`,
      [`kms:EncryptionContext:${context}`]: [...arns],
    },
  });
}

/** Where the service is deployed, as far as it is known. */
export interface Place {
  readonly region: string;
  /** Undefined without credentials. */
  readonly account: string | undefined;
}

/**
 * A replica asks Secrets Manager and Parameter Store of its own region, and its role may decrypt by keys of its own
 * account. Parameters of other accounts can be shared without a key, so these are let through.
 * @throws {LambentError} if a secret is in another region or account
 */
export function checkSecretPlaces(functions: readonly FunctionDescription[], { region, account }: Place): void {
  let own = account;
  for (const { actor } of functions) {
    for (const [variable, secret] of Object.entries(actor?.secrets ?? {})) {
      const [, , service, itsRegion = "", itsAccount] = secret.split(":");
      const place = `actor ${actor?.name}: secrets.${variable} (${secret})`;
      if (itsRegion !== region) {
        throw new LambentError(
          `${place} is in ${itsRegion}, and the function in ${region}, where replicas ask for it: name one of ${region}, such as a replica of this secret there`,
        );
      }
      if (service !== "secretsmanager") continue;
      own ??= itsAccount;
      if (itsAccount === own) continue;
      throw new LambentError(
        `${place} is of account ${itsAccount}, and ${account === undefined ? "another secret of the service is" : "the service is deployed to"} ${own}: the function's role may only decrypt by keys of its own account: ` +
          "copy the secret there, or bring a role that may read it, provider.iam.role",
      );
    }
  }
}
