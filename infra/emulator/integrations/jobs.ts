import { CONTAINER_JOBS } from "./container-jobs.ts";
import { DATA_JOBS } from "./data-jobs.ts";
import type { Job } from "./job.ts";
import { MODEL_JOBS } from "./model-jobs.ts";

/** By the action that begins them, as it stands in the Resource before `.sync`. */
export const JOBS: Readonly<Record<string, Job>> = { ...CONTAINER_JOBS, ...DATA_JOBS, ...MODEL_JOBS };
