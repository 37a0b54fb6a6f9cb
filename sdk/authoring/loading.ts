/** Why the author's modules are loaded: for a script or a test, or `toDescribe` the service that replicas will load. */
export const loading: {
  toDescribe: boolean;
  /** Called with a workflow's name before its function is traced, and without one after that. */
  onTrace?: (workflow: string | undefined) => void;
} = { toDescribe: false };
