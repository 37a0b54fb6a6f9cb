import type { Json } from "../../../sdk/base/json.ts";
import type { Clock } from "../kernel/clock.ts";
import { ApiError } from "../kernel/api-error.ts";
import { StateError } from "../../language/state-error.ts";
import type { ActivityQueues } from "../interpreter/pending-task.ts";
import { type Account, arnOf, checkName, resourceOf } from "./arns.ts";
import { paged, type PageRequest } from "./paging.ts";

interface Offer {
  readonly token: string;
  readonly input: Json;
  readonly started: (workerName: string | undefined) => void;
}

interface Worker {
  readonly name: string | undefined;
  readonly take: (offer: Offer) => void;
}

interface Activity {
  readonly arn: string;
  readonly name: string;
  readonly creationDate: Date;
  readonly offers: Offer[];
  readonly workers: Worker[];
}

export interface ActivityDescription {
  readonly activityArn: string;
  readonly name: string;
  readonly creationDate: Date;
}

/** An activity in a file; its creation in milliseconds since the epoch. */
export interface StoredActivity {
  readonly name: string;
  readonly creationDate: number;
}

export interface ActivityTask {
  readonly taskToken?: string;
  readonly input?: string;
}

// AWS holds a worker's request this long before it answers that there is no task.
const LONG_POLL_MILLISECONDS = 60_000;

/** The activities, their waiting tasks and their waiting workers. */
export class Activities implements ActivityQueues {
  readonly #account: Account;
  readonly #clock: Clock;
  readonly #changed: () => void;
  readonly #activities = new Map<string, Activity>();

  /** @param changed Called after every change. */
  constructor(account: Account, clock: Clock, changed: () => void) {
    this.#account = account;
    this.#clock = clock;
    this.#changed = changed;
  }

  create({ name }: { readonly name: string }): { readonly activityArn: string; readonly creationDate: Date } {
    checkName(name);
    const arn = arnOf(this.#account, "activity", name);
    const existing = this.#activities.get(arn);
    if (existing !== undefined) return { activityArn: arn, creationDate: existing.creationDate };
    const creationDate = new Date(this.#clock.now());
    this.#add(name, creationDate);
    this.#changed();
    return { activityArn: arn, creationDate };
  }

  #add(name: string, creationDate: Date): void {
    const arn = arnOf(this.#account, "activity", name);
    this.#activities.set(arn, { arn, name, creationDate, offers: [], workers: [] });
  }

  delete({ activityArn }: { readonly activityArn: string }): Record<string, never> {
    resourceOf(activityArn, "activity");
    this.#activities.delete(activityArn);
    this.#changed();
    return {};
  }

  describe({ activityArn }: { readonly activityArn: string }): ActivityDescription {
    const { name, creationDate } = this.#find(activityArn);
    return { activityArn, name, creationDate };
  }

  list(request: PageRequest): { readonly activities: readonly ActivityDescription[]; readonly nextToken?: string } {
    const { page, ...rest } = paged([...this.#activities.values()], request);
    return {
      activities: page.map(({ arn, name, creationDate }) => ({ activityArn: arn, name, creationDate })),
      ...rest,
    };
  }

  stored(): readonly StoredActivity[] {
    return [...this.#activities.values()].map(({ name, creationDate }) => ({
      name,
      creationDate: creationDate.getTime(),
    }));
  }

  /** There are just these from now on; what waits at one of them goes on waiting. */
  restore(stored: readonly StoredActivity[]): void {
    const names = new Set(stored.map(({ name }) => name));
    for (const { arn, name } of this.#activities.values()) if (!names.has(name)) this.#activities.delete(arn);
    for (const { name, creationDate } of stored) if (!this.isNamed(name)) this.#add(name, new Date(creationDate));
  }

  has(arn: string): boolean {
    return this.#activities.has(arn);
  }

  isNamed(name: string): boolean {
    return this.has(arnOf(this.#account, "activity", name));
  }

  offer(
    activityArn: string,
    token: string,
    input: Json,
    started: (workerName: string | undefined) => void,
  ): () => void {
    const activity = this.#activities.get(activityArn);
    if (activity === undefined)
      throw new StateError("States.Runtime", `Activity Does Not Exist: '${activityArn}'`, { placed: true });
    const offer = { token, input, started };
    const worker = activity.workers.shift();
    if (worker === undefined) activity.offers.push(offer);
    else worker.take(offer);
    return () => {
      const index = activity.offers.indexOf(offer);
      if (index !== -1) activity.offers.splice(index, 1);
    };
  }

  /** GetActivityTask: the next task, or nothing after a minute. @param signal The worker has gone. */
  take(
    request: { readonly activityArn: string; readonly workerName?: string | undefined },
    signal?: AbortSignal,
  ): Promise<ActivityTask> {
    const { offers, workers } = this.#find(request.activityArn);
    const waiting = offers.shift();
    if (waiting !== undefined) return Promise.resolve(handOver(waiting, request.workerName));
    return new Promise((resolve) => {
      function leave(): void {
        clearTimeout(timer);
        const index = workers.indexOf(worker);
        if (index !== -1) workers.splice(index, 1);
      }
      const worker: Worker = {
        name: request.workerName,
        take(offer) {
          leave();
          resolve(handOver(offer, request.workerName));
        },
      };
      function giveUp(): void {
        leave();
        resolve({});
      }
      // Not the run's clock: a worker waits for real.
      const timer = setTimeout(giveUp, LONG_POLL_MILLISECONDS);
      timer.unref();
      signal?.addEventListener("abort", giveUp, { once: true });
      workers.push(worker);
    });
  }

  #find(arn: string): Activity {
    resourceOf(arn, "activity");
    const activity = this.#activities.get(arn);
    if (activity === undefined) throw new ApiError("ActivityDoesNotExist", `Activity Does Not Exist: '${arn}'`);
    return activity;
  }
}

function handOver({ token, input, started }: Offer, workerName: string | undefined): ActivityTask {
  started(workerName);
  return { taskToken: token, input: JSON.stringify(input) };
}
