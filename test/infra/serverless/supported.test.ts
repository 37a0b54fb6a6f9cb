import { expect, test } from "vitest";
import LambentPlugin from "lambent/plugin";
import { checkSurroundings } from "../../../infra/serverless/supported.ts";
import { valueOf } from "../../../infra/templates/template-values.ts";
import type { Serverless } from "../../../infra/serverless/deploy/framework.ts";

/** What a plugin's constructor sees of a framework: of osls its provider has what others have not. */
function framework(version: string, provider: object | undefined): Serverless {
  class FrameworkError extends Error {}
  return {
    version,
    classes: { Error: FrameworkError },
    configurationInput: {},
    configSchemaHandler: { defineTopLevelProperty: () => undefined },
    getProvider: () => provider,
  } as unknown as Serverless;
}
const log = { notice: () => undefined, warning: () => undefined, error: () => undefined };

test.each(["3.40.0", "4.43.0"])(
  "the plugin says at once that Serverless Framework %s is not osls, and what to install",
  (version) => {
    const serverless = framework(version, { request: () => undefined });
    expect(() => new LambentPlugin(serverless, {}, { log })).toThrow(
      `Lambent runs with osls 4, the open-source Serverless Framework, and this is another one, of version ${version}: in the project's directory run \`npm uninstall serverless && npm install --save-dev serverless@npm:osls@4.3.1`,
    );
    expect(() => new LambentPlugin(serverless, {}, { log })).toThrow(serverless.classes.Error);
  },
);

test("osls passes, and a Node.js that is too old does not", () => {
  const osls = framework("4.3.1", { getAwsSdkV3Config: () => undefined });
  expect(() => new LambentPlugin(osls, {}, { log })).not.toThrow();
  expect(() => checkSurroundings(osls, "18.20.4")).toThrow("Lambent needs Node.js 20.19 or newer, and this is 18.20.4");
  expect(() => checkSurroundings(osls, "20.18.3")).toThrow("and this is 20.18.3");
  expect(() => checkSurroundings(osls, "22.1.0")).not.toThrow();
});

test("CloudFormation's functions have the values of this machine, and what has none is named", () => {
  const resources = {
    refs: new Map([
      ["AWS::Region", "eu-west-1"],
      ["Hello", "hello-dev"],
    ]),
    attributes: new Map([["Hello.Arn", "arn:hello"]]),
  };
  const written = {
    ref: { Ref: "Hello" },
    list: [{ "Fn::GetAtt": ["Hello", "Arn"] }, { "Fn::GetAtt": "Hello.Arn" }],
    sub: { "Fn::Sub": "${AWS::Region}/${Hello.Arn}/${!Kept}" },
    own: { "Fn::Sub": ["${a}-${Hello}", { a: { Ref: "AWS::Region" } }] },
    join: { "Fn::Join": [":", ["a", { Ref: "Hello" }]] },
    select: { "Fn::Select": [1, { "Fn::Split": ["-", "a-b"] }] },
    plain: { Ref: "Hello", beside: 1 },
  };
  expect(valueOf(written, resources)).toEqual({
    ref: "hello-dev",
    list: ["arn:hello", "arn:hello"],
    sub: "eu-west-1/arn:hello/${Kept}",
    own: "eu-west-1-hello-dev",
    join: "a:hello-dev",
    select: "b",
    plain: { Ref: "Hello", beside: 1 },
  });
  expect(() => valueOf({ Ref: "Table" }, resources)).toThrow("{ Ref: Table } has no value on this machine");
  expect(() => valueOf({ "Fn::Sub": "x${Table.Arn}" }, resources)).toThrow("${Table.Arn} has no value");
  expect(() => valueOf({ "Fn::ImportValue": "x" }, resources)).toThrow("{ Fn::ImportValue: x } has no value");
});
