import type { JsonObject } from "../../../sdk/base/json.ts";
import { type Job, type JobFacts, need } from "./job.ts";

/** Training, tuning and use of models, and conversion of media. */
export const MODEL_JOBS: Readonly<Record<string, Job>> = {
  "bedrock:createModelCustomizationJob": {
    describe: ({ started }) => ["getModelCustomizationJob", { JobIdentifier: need(started, "JobArn") }],
    status: "Status",
    succeeded: ["Completed"],
    failed: ["Failed", "Stopped"],
    stop: ({ started }) => ["stopModelCustomizationJob", { JobIdentifier: need(started, "JobArn") }],
  },
  "mediaconvert:createJob": {
    describe: ({ started }) => ["getJob", { Id: need(started, "Job.Id") }],
    document: "Job",
    status: "Status",
    succeeded: ["COMPLETE"],
    failed: ["ERROR", "CANCELED"],
    as: "Job",
    stop: ({ started }) => ["cancelJob", { Id: need(started, "Job.Id") }],
  },
  "sagemaker:createHyperParameterTuningJob": sagemaker("HyperParameterTuningJob"),
  "sagemaker:createLabelingJob": sagemaker("LabelingJob"),
  "sagemaker:createProcessingJob": sagemaker("ProcessingJob"),
  "sagemaker:createTrainingJob": sagemaker("TrainingJob"),
  "sagemaker:createTransformJob": sagemaker("TransformJob"),
};

function sagemaker(kind: string): Job {
  function named({ asked }: JobFacts): JsonObject {
    return { [`${kind}Name`]: need(asked, `${kind}Name`) };
  }
  return {
    describe: (facts) => [`describe${kind}`, named(facts)],
    status: `${kind}Status`,
    succeeded: ["Completed"],
    failed: ["Failed", "Stopped", "DeleteFailed"],
    stop: (facts) => [`stop${kind}`, named(facts)],
  };
}
