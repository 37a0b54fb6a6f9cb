import type { Block, ErrorClasses, GraphData, Node, NodeOptions, Retry } from "../../sdk/graph/graph.ts";
import { allNodes, invokingNode, mapNode } from "../../sdk/graph/walk.ts";
import { NonRetryableError } from "../../sdk/base/errors.ts";
import { PASSING_ERRORS } from "../../sdk/base/passing-errors.ts";

// A task's error is reported by one name, and is to match each retrier and catcher that waits for one of its classes.
// So it is reported by the most specific name that anything around it waits for, and whatever waits for a class waits for
// the classes that extend it too, as far as they are named anywhere in the graph, or in those of the workflows that it
// starts. To these executions it hands on what is waited for around them.

const NON_RETRYABLE = NonRetryableError.name;

/**
 * A graph whose tasks know by which names to report errors, and whose retriers and catchers name all classes that they
 * wait for.
 */
export function withAwaitedErrors(graph: GraphData, workflows: readonly GraphData[] = []): GraphData {
  const found = [...withStarted(graph, workflows)].map(classesIn);
  const classes = Object.assign({}, ...found) as ErrorClasses; // Object.assign of several is any
  function widened(errors: readonly string[]): string[] {
    const extending = Object.entries(classes).filter(([, bases]) => bases.some((base) => errors.includes(base)));
    return [...new Set([...errors, ...extending.map(([name]) => name)])];
  }
  const never = widened([NON_RETRYABLE]);

  function retried(retries: number | Retry): Retry {
    const retry = typeof retries === "number" ? { maxAttempts: retries } : retries;
    if (isOfPassing(retry)) return retry;
    return { ...retry, never, ...(retry.errors === undefined ? {} : { errors: widened(retry.errors) }) };
  }

  /** @param around the names that something around the block waits for */
  function ofBlock<B extends Block>(block: B, around: readonly string[]): B {
    return { ...block, nodes: block.nodes.map((node) => ofNode(node, around)) };
  }

  function ofNode(node: Node, around: readonly string[]): Node {
    const invoking = invokingNode(node);
    if (invoking !== undefined) {
      const { retries, ...others } = invoking.options;
      const own = retries === undefined ? {} : { retries: retried(retries) };
      return { ...invoking, options: { ...others, ...own, ...awaiting([...around, ...namesOf(own.retries)]) } };
    }
    if (node.kind === "try") {
      const errors = node.errors === undefined ? undefined : widened(node.errors);
      return {
        ...node,
        ...(errors === undefined ? {} : { errors }),
        block: ofBlock(node.block, [...around, ...(errors ?? [])]),
        handler: ofBlock(node.handler, around),
      };
    }
    const retries = retriesOf(node);
    const own = retries === undefined ? {} : { retries: retried(retries) };
    const within = [...around, ...namesOf(own.retries)];
    if (node.kind === "start") return { ...node, ...own, ...awaiting(within) };
    const inner = mapNode<Block, Block>(node, {
      block: (block) => ofBlock(block, around),
      graph: (one) => ofBlock(one, within),
    });
    return { ...inner, ...own };
  }

  return ofBlock(graph, []);
}

/** A graph, and those of the workflows that it starts, at any depth. */
function withStarted(graph: GraphData, workflows: readonly GraphData[]): Set<Block> {
  const found = new Set<Block>([graph]);
  for (const one of found) {
    for (const node of allNodes(one)) {
      const started = node.kind === "start" ? workflows.find(({ workflow }) => workflow === node.workflow) : undefined;
      if (started !== undefined && started.workflow !== graph.workflow) found.add(started); // the loop comes to it
    }
  }
  return found;
}

/** AWS's own names are no task's. */
function awaiting(names: readonly string[]): Pick<NodeOptions, "awaited"> {
  const awaited = [...new Set(names)].filter((name) => !name.startsWith("States."));
  return awaited.length === 0 ? {} : { awaited };
}

/** The names that a retrier waits for, to try again or to give up. */
function namesOf(retry: Retry | undefined): readonly string[] {
  if (retry === undefined || retry.maxAttempts === 0 || isOfPassing(retry)) return [];
  return [...(retry.errors ?? []), ...(retry.never ?? [])];
}

/** Whether it is Lambent's own, of errors that are reported by these very names: no class of an author's is waited for. */
function isOfPassing({ errors }: Retry): boolean {
  return errors?.length === PASSING_ERRORS.length && errors.every((name) => PASSING_ERRORS.includes(name));
}

function classesIn(graph: Block): ErrorClasses {
  const found = allNodes(graph).map((node) => {
    if (node.kind === "try") return node.classes;
    const retries = retriesOf(node) ?? invokingNode(node)?.options.retries;
    return typeof retries === "object" ? retries.classes : undefined;
  });
  return Object.assign({ [NON_RETRYABLE]: ["Error"] }, ...found) as ErrorClasses; // Object.assign of several is any
}

/** Of a call of a workflow. */
function retriesOf(node: Node): number | Retry | undefined {
  return node.kind === "workflow" || node.kind === "workflowMap" || node.kind === "start" ? node.retries : undefined;
}
