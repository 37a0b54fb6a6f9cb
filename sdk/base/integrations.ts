// https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html

const ACTIONS = {
  apigateway: ["invoke"],
  athena: ["startQueryExecution", "stopQueryExecution", "getQueryExecution", "getQueryResults"],
  batch: ["submitJob"],
  bedrock: ["createModelCustomizationJob", "invokeModel"],
  codebuild: [
    "startBuild",
    "stopBuild",
    "batchDeleteBuilds",
    "batchGetReports",
    "startBuildBatch",
    "stopBuildBatch",
    "retryBuildBatch",
    "deleteBuildBatch",
  ],
  databrew: ["startJobRun"],
  dynamodb: ["getItem", "putItem", "updateItem", "deleteItem"],
  ecs: ["runTask"],
  eks: [
    "createCluster",
    "deleteCluster",
    "createFargateProfile",
    "deleteFargateProfile",
    "createNodegroup",
    "deleteNodegroup",
    "runJob",
    "call",
  ],
  elasticmapreduce: [
    "createCluster",
    "setClusterTerminationProtection",
    "terminateCluster",
    "addStep",
    "cancelStep",
    "modifyInstanceFleetByName",
    "modifyInstanceGroupByName",
  ],
  "emr-containers": ["createVirtualCluster", "deleteVirtualCluster", "startJobRun"],
  "emr-serverless": [
    "createApplication",
    "deleteApplication",
    "startApplication",
    "stopApplication",
    "startJobRun",
    "cancelJobRun",
  ],
  events: ["putEvents"],
  glue: ["startJobRun"],
  http: ["invoke"],
  lambda: ["invoke"],
  mediaconvert: ["createJob"],
  sagemaker: [
    "createEndpoint",
    "createEndpointConfig",
    "createHyperParameterTuningJob",
    "createLabelingJob",
    "createModel",
    "createProcessingJob",
    "createTrainingJob",
    "createTransformJob",
    "updateEndpoint",
  ],
  sns: ["publish"],
  sqs: ["sendMessage"],
  states: ["startExecution"],
} as const;

/** The optimised integrations of Step Functions, by service. */
export const OPTIMISED: Readonly<Record<string, readonly string[]>> = ACTIONS;

type Service = keyof typeof ACTIONS;

/** One of them, as `dynamodb:putItem`. */
export type OptimisedAction = { [S in Service]: `${S}:${(typeof ACTIONS)[S][number]}` }[Service];

/** Those of them that `.sync` may follow. */
export const SYNCHRONOUS: Readonly<Record<string, readonly string[]>> = {
  athena: ["startQueryExecution"],
  batch: ["submitJob"],
  bedrock: ["createModelCustomizationJob"],
  databrew: ["startJobRun"],
  ecs: ["runTask"],
  eks: [
    "createCluster",
    "deleteCluster",
    "createFargateProfile",
    "deleteFargateProfile",
    "createNodegroup",
    "deleteNodegroup",
    "runJob",
  ],
  glue: ["startJobRun"],
  mediaconvert: ["createJob"],
  states: ["startExecution"],
  codebuild: ["startBuild", "startBuildBatch", "retryBuildBatch", "deleteBuildBatch"],
  sagemaker: [
    "createHyperParameterTuningJob",
    "createLabelingJob",
    "createProcessingJob",
    "createTrainingJob",
    "createTransformJob",
  ],
  elasticmapreduce: ["createCluster", "terminateCluster", "addStep"],
  "emr-containers": ["createVirtualCluster", "deleteVirtualCluster", "startJobRun"],
  "emr-serverless": ["createApplication", "deleteApplication", "startApplication", "stopApplication", "startJobRun"],
};
/** The services of those that `.waitForTaskToken` may follow. */
export const TOKEN: ReadonlySet<string> = new Set([
  "apigateway",
  "bedrock",
  "ecs",
  "eks",
  "events",
  "lambda",
  "sns",
  "sqs",
  "states",
]);
