import type {
  Block,
  Ending,
  Expression,
  MapNode,
  Node,
  Reference,
  Signature,
  TaskAddress,
  TaskNode,
  Test,
} from "./graph.ts";

// Every other file reads graphs through these functions. Each answers for all kinds, with no `default`, so that a new
// kind of node, expression or test does not compile until it is answered for here.

/** The blocks within a node that share the names of the block around it. */
export function blocksOf<B>(node: Node<B>): readonly B[] {
  switch (node.kind) {
    case "task":
    case "compute":
    case "awsCall":
    case "map":
    case "workflowMap":
    case "wait":
    case "input":
    case "start":
    case "workflow":
      return [];
    case "choice":
      return [...node.ways.map(({ block }) => block), node.otherwise];
    case "loop":
      return [node.block];
    case "try":
      return [node.block, node.handler];
  }
}

/** The graphs within a node, each with names of its own. */
export function graphsOf<B>(node: Node<B>): readonly (Signature & B)[] {
  switch (node.kind) {
    case "task":
    case "compute":
    case "awsCall":
    case "map":
    case "choice":
    case "loop":
    case "wait":
    case "try":
    case "input":
    case "start":
      return [];
    case "workflowMap":
    case "workflow":
      return [node.graph];
  }
}

/** The variables that a node's states assign, besides those of the nodes within it. */
export function assignedBy(node: Node<unknown>): readonly string[] {
  const own = ownVariable(node);
  return own === undefined ? [node.variable] : [node.variable, own];
}

/** The variable that the node alone has, for its blocks or its arguments. */
function ownVariable(node: Node<unknown>): string | undefined {
  if (node.kind === "loop") return node.state;
  if (node.kind === "awsCall") return node.token;
  return node.kind === "try" ? node.error : undefined;
}

/** All blocks within a node. */
export function childrenOf<B>(node: Node<B>): readonly B[] {
  return [...blocksOf(node), ...graphsOf(node)];
}

/** The nodes of a block, and those within them, at any depth. */
export function allNodes({ nodes }: Block): Node[] {
  return nodes.flatMap((node) => [node, ...childrenOf(node).flatMap(allNodes)]);
}

/** The nodes of a block that share its names: its own, and those of the blocks within them. */
export function namedNodes({ nodes }: Block): Node[] {
  return nodes.flatMap((node) => [node, ...blocksOf(node).flatMap(namedNodes)]);
}

/** The node, if its state invokes a function. */
export function invokingNode(node: Node<unknown>): TaskNode | MapNode | undefined {
  switch (node.kind) {
    case "task":
    case "map":
      return node;
    case "compute":
    case "awsCall":
    case "workflowMap":
    case "choice":
    case "loop":
    case "wait":
    case "try":
    case "input":
    case "start":
    case "workflow":
      return undefined;
  }
}

/** A graph whose nodes call tasks by other addresses. */
export function mapAddresses<G extends Block>(graph: G, map: (address: TaskAddress) => TaskAddress): G {
  return { ...graph, nodes: graph.nodes.map((node) => withAddresses(node, map)) };
}

function withAddresses(node: Node, map: (address: TaskAddress) => TaskAddress): Node {
  const invoking = invokingNode(node);
  if (invoking !== undefined) return { ...invoking, address: map(invoking.address) };
  if (node.kind === "start") return node.worker === undefined ? node : { ...node, worker: map(node.worker) };
  return mapNode<Block, Block>(node, {
    block: (block) => mapAddresses(block, map),
    graph: (graph) => mapAddresses(graph, map),
  });
}

/** What a node itself reads; what the blocks within it read is theirs. */
export function expressionsOf(node: Node<unknown>): readonly Expression[] {
  switch (node.kind) {
    case "task":
      return node.whole === undefined ? Object.values(node.inputs) : [node.whole];
    case "start":
    case "workflow":
      return Object.values(node.inputs);
    case "compute":
      return node.operands;
    case "awsCall":
      return Object.values(node.arguments);
    case "map":
    case "workflowMap":
      return [...Object.values(node.bound), ...Object.values(node.lists)];
    case "choice":
      return node.ways.flatMap(({ test }) => operandsOf(test));
    case "loop":
      return [node.initial, ...operandsOf(node.test)];
    case "wait":
      return [node.value];
    case "try":
    case "input":
      return [];
  }
}

/** What becomes of the parts of a node in {@link mapNode}; a part that is not named stays as it is. */
export interface NodeMapping<A, B> {
  readonly name?: (name: string) => string;
  readonly variable?: (variable: string) => string;
  /** Of what the node itself reads. */
  readonly expression?: (expression: Expression) => Expression;
  readonly block: (block: A) => B;
  readonly graph: (graph: Signature & A) => Signature & B;
}

/** A node of the same kind, made of what its parts become. */
export function mapNode<A, B>(node: Node<A>, mapping: NodeMapping<A, B>): Node<B> {
  const { name = same, variable = same, expression = same, block, graph } = mapping;
  const names = {
    name: name(node.name),
    variable: variable(node.variable),
    ...(node.after === undefined ? {} : { after: node.after.map(variable) }),
  };
  switch (node.kind) {
    case "task":
      return { ...node, ...names, inputs: mapFields(node.inputs, expression), ...mapWhole(node, expression) };
    case "start":
      return { ...node, ...names, inputs: mapFields(node.inputs, expression) };
    case "compute":
      return { ...node, ...names, operands: node.operands.map(expression) };
    case "awsCall":
      return {
        ...node,
        ...names,
        arguments: mapFields(node.arguments, expression),
        ...(node.token === undefined ? {} : { token: variable(node.token) }),
      };
    case "map":
      return { ...node, ...names, bound: mapFields(node.bound, expression), lists: mapFields(node.lists, expression) };
    case "workflowMap":
      return {
        ...node,
        ...names,
        bound: mapFields(node.bound, expression),
        lists: mapFields(node.lists, expression),
        graph: graph(node.graph),
      };
    case "choice":
      return {
        ...node,
        ...names,
        ways: node.ways.map((way) => ({ test: mapOperands(way.test, expression), block: block(way.block) })),
        otherwise: block(node.otherwise),
      };
    case "loop":
      return {
        ...node,
        ...names,
        initial: expression(node.initial),
        state: variable(node.state),
        test: mapOperands(node.test, expression),
        block: block(node.block),
      };
    case "wait":
      return { ...node, ...names, value: expression(node.value) };
    case "try":
      return {
        ...node,
        ...names,
        block: block(node.block),
        error: variable(node.error),
        handler: block(node.handler),
      };
    case "input":
      return { ...node, ...names };
    case "workflow":
      return { ...node, ...names, inputs: mapFields(node.inputs, expression), graph: graph(node.graph) };
  }
}

/** A graph without what it does. */
export function signatureOf({ workflow, inputs, options }: Signature): Signature {
  return { workflow, inputs, ...(options === undefined ? {} : { options }) };
}

function same<T>(part: T): T {
  return part;
}

/** A reference that is taken apart nowhere becomes another one, or a value with the same fields. */
function mapWhole({ whole }: TaskNode, map: (expression: Expression) => Expression): Pick<TaskNode, "whole"> {
  if (whole === undefined) return {};
  const mapped = map(whole);
  if (mapped.kind !== "ref")
    throw new Error(`the inputs of a call are in ${whole.variable}, which is no variable any more`);
  return { whole: mapped };
}

/** The inputs of a call by name; of those in one value, the ones that its replica is chosen by. */
export function namedInputs({ inputs, whole, address }: TaskNode): Readonly<Record<string, Expression>> {
  if (whole === undefined) return inputs;
  const names = (address.affinity?.paths ?? []).map(([input]) => input);
  return Object.fromEntries(names.map((name) => [name, { ...whole, path: [...whole.path, name] }]));
}

function mapFields(
  fields: Readonly<Record<string, Expression>>,
  map: (expression: Expression) => Expression,
): Record<string, Expression> {
  return Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, map(field)]));
}

/** What a block reads at its end: its result, or its failure. */
export function endingReads({ result, failure }: Ending): readonly Expression[] {
  return failure === undefined ? [result] : [result, failure.error, failure.cause];
}

/** An ending that reads something else. */
export function mapEnding({ result, failure }: Ending, map: (expression: Expression) => Expression): Ending {
  return {
    result: map(result),
    ...(failure === undefined ? {} : { failure: { error: map(failure.error), cause: map(failure.cause) } }),
  };
}

/** The expressions that an expression is made of. */
export function partsOf(expression: Expression): readonly Expression[] {
  switch (expression.kind) {
    case "literal":
    case "ref":
      return [];
    case "object":
      return Object.values(expression.fields);
    case "list":
      return expression.items;
  }
}

/** The node with another expression in the place of each of its references, also of those in the blocks within it. */
export function mapNodeReferences(node: Node, map: (reference: Reference) => Expression): Node {
  return mapNode<Block, Block>(node, {
    expression: (expression) => mapReferences(expression, map),
    block: (block) => mapBlockReferences(block, map),
    graph: (graph) => graph, // its names are its own
  });
}

/** As {@link mapNodeReferences}, for all nodes of a block and its end. */
export function mapBlockReferences(block: Block, map: (reference: Reference) => Expression): Block {
  return {
    ...mapEnding(block, (expression) => mapReferences(expression, map)),
    nodes: block.nodes.map((node) => mapNodeReferences(node, map)),
  };
}

/** All references in an expression. */
export function referencesIn(expression: Expression): Reference[] {
  return expression.kind === "ref" ? [expression] : partsOf(expression).flatMap(referencesIn);
}

/** The expression with something else in the place of each reference. */
export function mapReferences(expression: Expression, map: (reference: Reference) => Expression): Expression {
  switch (expression.kind) {
    case "literal":
      return expression;
    case "ref":
      return map(expression);
    case "object":
      return { kind: "object", fields: mapFields(expression.fields, (field) => mapReferences(field, map)) };
    case "list":
      return { kind: "list", items: expression.items.map((item) => mapReferences(item, map)) };
  }
}

/** What a test reads. */
export function operandsOf(test: Test): readonly Expression[] {
  switch (test.kind) {
    case "compare":
      return [test.left, test.right];
    case "isTrue":
    case "isNull":
      return [test.value];
    case "and":
    case "or":
      return test.tests.flatMap(operandsOf);
    case "not":
      return operandsOf(test.test);
  }
}

function mapOperands(test: Test, map: (expression: Expression) => Expression): Test {
  switch (test.kind) {
    case "compare":
      return { ...test, left: map(test.left), right: map(test.right) };
    case "isTrue":
    case "isNull":
      return { ...test, value: map(test.value) };
    case "and":
    case "or":
      return { ...test, tests: test.tests.map((one) => mapOperands(one, map)) };
    case "not":
      return { ...test, test: mapOperands(test.test, map) };
  }
}

/** The variables of the block around it that a node reads, be it in the blocks within it. */
export function variablesOf(node: Node): Set<string> {
  return outerVariablesOf(node, variablesRead);
}

/** The variables of the block around it that have to be there before a node runs: what it reads, and what it comes after. */
export function needsOf(node: Node): Set<string> {
  return outerVariablesOf(node, (one) => [...variablesRead(one), ...(one.after ?? [])]);
}

function variablesRead(node: Node): string[] {
  return expressionsOf(node)
    .flatMap(referencesIn)
    .map(({ variable }) => variable);
}

/** @param own returns the variables of a node without those of the blocks within it */
function outerVariablesOf(node: Node, own: (node: Node) => readonly string[]): Set<string> {
  const found = new Set([...own(node), ...blocksOf(node).flatMap((block) => [...outerVariables(block, own)])]);
  const hidden = ownVariable(node);
  if (hidden !== undefined) found.delete(hidden);
  return found;
}

function outerVariables(block: Block, own: (node: Node) => readonly string[]): Set<string> {
  const { nodes } = block;
  const found = new Set([
    ...endingReads(block)
      .flatMap(referencesIn)
      .map(({ variable }) => variable),
    ...nodes.flatMap((node) => [...outerVariablesOf(node, own)]),
  ]);
  for (const { variable } of nodes) found.delete(variable);
  return found;
}
