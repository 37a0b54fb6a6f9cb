import { programFile } from "../../program/program-file.ts";

/** The path of the program that replicas run. */
export function replicaProgram(): Promise<string> {
  return programFile("replica-process", import.meta.url);
}
