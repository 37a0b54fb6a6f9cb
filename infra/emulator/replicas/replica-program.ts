import { programFile } from "../../program/program-file.ts";

/** A program that the pool runs: the module of that name beside this one. */
export type ProgramName = "replica-process" | "replica-bridge" | "replica-cleanup";

/** The path of a program. */
export function replicaProgram(name: ProgramName): Promise<string> {
  return programFile(name, import.meta.url);
}
