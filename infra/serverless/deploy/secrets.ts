import type { Statement } from "./framework.ts";
import { allow, arn } from "./iam.ts";

/** The six characters that Secrets Manager puts behind a name. Six small letters may as well be the name's last word. */
const SUFFIX = /-(?![a-z]{6}$)[A-Za-z0-9]{6}$/;

/** What reading secrets takes: each by its ARN, and by what it was encrypted for where its key is a customer's own. */
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

/** A secret may be read by an ARN without its suffix, but a role has to name it with that. */
function fullArns(secret: string): string[] {
  return SUFFIX.test(secret) ? [secret] : [secret, `${secret}-??????`];
}

/** The key is named nowhere in the secret's ARN; the encryption context is what holds this to these secrets alone. */
function decrypt(service: string, context: string, arns: readonly string[]): Statement {
  return allow(["kms:Decrypt"], [arn("arn:${AWS::Partition}:kms:*:${AWS::AccountId}:key/*")], {
    StringLike: {
      "kms:ViaService": `${service}.*.amazonaws.com`,
      [`kms:EncryptionContext:${context}`]: [...arns],
    },
  });
}
