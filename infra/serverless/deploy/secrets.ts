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
