import type { Integration } from "../emulator/index.ts";
import { checkKinds, FLAG, type Kinds, OBJECT, TEXT, TEXTS } from "../emulator/kernel/check-options.ts";
import type { Answers } from "./answers.ts";
import type { BundledOptions } from "./bundled-run.ts";

/**
 * How {@link run} runs a workflow's tasks: `root`, `workflows` and `settings` are for bundled ones, `buckets` for all.
 * @example
 * const options: RunOptions = { bundled: true, buckets: ["team-data"] };
 * console.log(await run(wf, {}, options));
 */
export interface RunOptions extends BundledOptions {
  /** As on Lambda: bundled, in replicas that are processes of their own, away from the project. Default: in this process. */
  readonly bundled?: boolean;
  /** What nodes are answered with that wait for their tokens. A run in which one waits without an answer is rejected. */
  readonly answers?: Answers;
  /**
   * What stands for the AWS services that `awsCall` calls, by its action, such as `dynamodb:getItem`, or by `aws-sdk:` and
   * the action. A run of a workflow with a call that goes nowhere is rejected before it begins.
   */
  readonly integrations?: Readonly<Record<string, Integration>>;
  /** Compute the outputs of tasks with `cache: true` anew, and have them replace those that are stored. Default: false. */
  readonly overwriteCache?: boolean;
}

const OPTIONS: Kinds<RunOptions> = {
  bundled: FLAG,
  answers: OBJECT,
  integrations: OBJECT,
  overwriteCache: FLAG,
  root: TEXT,
  workflows: TEXTS,
  settings: OBJECT,
  buckets: TEXTS,
};

/** @throws {LambentError} for an option that is unknown, or whose value does not fit */
export function checkRun(options: RunOptions): void {
  checkKinds("run(…)", options, OPTIONS);
}
