import { tmpdir } from "node:os";
import { expect, test } from "vitest";
import { replicaProgram } from "../../../../infra/emulator/replicas/replica-program.ts";

test("a program that could not be written is written when it is next asked for", async () => {
  const usual = tmpdir();
  process.env["TMPDIR"] = "/dev/null"; // no directory, so nothing can be written below it
  await expect(replicaProgram("replica-process")).rejects.toThrow("/dev/null");
  process.env["TMPDIR"] = usual;
  expect(await replicaProgram("replica-process")).toMatch(/lambent-program/);
});
