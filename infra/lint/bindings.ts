import { childrenOf, type SyntaxNode } from "./syntax.ts";

// What is read of the result of eslint-scope, and of the scope managers that ESLint and oxlint have.

export interface ScopeManager {
  readonly scopes: readonly { readonly references: readonly Reference[]; readonly variables: readonly Variable[] }[];
}

export interface Reference {
  readonly identifier: SyntaxNode;
  readonly resolved: Variable | null;
  /** Whether it is the value that a declaration gives. */
  readonly init?: boolean | undefined;
  isRead(): boolean;
  isWrite(): boolean;
}

export interface Variable {
  readonly name: string;
  readonly defs: readonly Definition[];
  readonly references: readonly Reference[];
}

interface Definition {
  readonly type: string;
  /** The identifier. */
  readonly name: SyntaxNode;
  /** What declares it: a declarator, a function, an import's specifier. */
  readonly node: SyntaxNode;
  readonly parent?: SyntaxNode | null | undefined;
}

/** What the names in a module stand for, and what each node is part of. */
export class Bindings {
  readonly #variables = new Map<SyntaxNode, Variable>();
  readonly #parents = new Map<SyntaxNode, SyntaxNode>();
  /** The variables of functions and classes, by what declares them. */
  readonly #declared = new Map<SyntaxNode, Set<Variable>>();
  /** All nodes, outer ones first. */
  readonly nodes: SyntaxNode[] = [];

  constructor(program: SyntaxNode, { scopes }: ScopeManager) {
    for (const { references, variables } of scopes) {
      for (const { identifier, resolved } of references)
        if (resolved !== null) this.#variables.set(identifier, resolved);
      for (const variable of variables) {
        for (const { name, node, type } of variable.defs) {
          this.#variables.set(name, variable);
          if (type === "FunctionName" || type === "ClassName")
            this.#declared.set(node, (this.#declared.get(node) ?? new Set()).add(variable));
        }
      }
    }
    const visit = (node: SyntaxNode): void => {
      this.nodes.push(node);
      for (const child of childrenOf(node)) {
        this.#parents.set(child, node);
        visit(child);
      }
    };
    visit(program);
  }

  /** The variable that an identifier stands for; `undefined` for a global one, and for names that are no variables. */
  variableOf(identifier: SyntaxNode): Variable | undefined {
    const variable = this.#variables.get(identifier);
    return variable === undefined || variable.defs.length === 0 ? undefined : variable;
  }

  /** The variables that a function or a class declares by its name: a class has one within itself too. */
  declaredBy(node: SyntaxNode): Variable[] {
    return [...(this.#declared.get(node) ?? [])];
  }

  isGlobal(node: SyntaxNode | undefined, name: string): boolean {
    return node?.type === "Identifier" && node["name"] === name && this.variableOf(node) === undefined;
  }

  parentOf(node: SyntaxNode): SyntaxNode | undefined {
    return this.#parents.get(node);
  }

  /** The nearest node around one that fits; `undefined` if there is none. */
  around(node: SyntaxNode, fits: (outer: SyntaxNode) => boolean): SyntaxNode | undefined {
    const parent = this.parentOf(node);
    return parent === undefined || fits(parent) ? parent : this.around(parent, fits);
  }
}
