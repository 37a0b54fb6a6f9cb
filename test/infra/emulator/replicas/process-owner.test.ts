import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, test } from "vitest";
import { hasEnded, ownerName } from "../../../../infra/emulator/replicas/process-owner.ts";

const [namespace = "", pid = "", began = ""] = ownerName().split("-");

test("a living process has not ended, also by a name with more in it", () => {
  expect(hasEnded(ownerName())).toBe(false);
  expect(hasEnded(`${ownerName()}-1`)).toBe(false);
});

test("a process has ended if its id is another's by now", () => {
  expect(hasEnded([namespace, pid, "0"].join("-"))).toBe(began !== "0");
});

test("a process has ended if nobody has its id", async () => {
  const child = spawn(process.execPath, ["-e", ""]);
  await once(child, "exit");
  expect(hasEnded([namespace, Number(child.pid).toString(36), began].join("-"))).toBe(true);
});

test("of a process in another container nothing is known", () => {
  expect(hasEnded(["x", pid, "0"].join("-"))).toBe(false);
  expect(hasEnded("anything else")).toBe(false);
});
