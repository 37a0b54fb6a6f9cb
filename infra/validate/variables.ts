import { NAME_CHARACTERS } from "../../sdk/base/aws-limits.ts";
import { JSONATA_FUNCTIONS } from "../../sdk/graph/jsonata-builtins.ts";
import { type Findings, membersOf } from "./diagnostics.ts";
import type { Reference } from "./expressions.ts";

/** The variables that a block of states may read and those that it assigns itself. */
export class Scope {
  readonly #outer: Scope | undefined;
  readonly #assigned = new Set<string>();

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  has(name: string): boolean {
    return this.#assigned.has(name) || (this.#outer?.has(name) ?? false);
  }

  /** Notes what the block's states assign; a name of an outer scope may not be assigned again. */
  assign(value: unknown, at: string, findings: Findings): void {
    for (const key of membersOf(value)?.keys() ?? []) {
      const name = key.endsWith(".$") ? key.slice(0, -2) : key;
      if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) || name.length > NAME_CHARACTERS) {
        const why =
          name.length > NAME_CHARACTERS
            ? `the variable name is longer than ${NAME_CHARACTERS} characters`
            : "the variable name contains invalid characters";
        findings.error(`Invalid variable name '${name}': ${why}.`, at, "INVALID_VARIABLE_NAME");
      } else if (name === "states") {
        findings.error("Cannot assign to reserved variable '$states'.", at, "RESERVED_VARIABLE_NAME");
      } else if (this.#outer?.has(name) === true) {
        findings.error(
          `The variable '${name}' is already defined in an outer scope and can not be assigned in this scope`,
          at,
        );
      } else this.#assigned.add(name);
    }
  }
}

/** AWS accepts a variable that nothing assigns and fails when it is read: a warning, then. */
export function checkReferences(references: readonly Reference[], scope: Scope, findings: Findings): void {
  for (const { name, at } of references) {
    if (name === "states" || JSONATA_FUNCTIONS.has(name) || scope.has(name)) continue;
    findings.warning(
      `The variable '$${name}' is not assigned by any state that can be seen from here`,
      at,
      "UNDEFINED_VARIABLE",
    );
  }
}
