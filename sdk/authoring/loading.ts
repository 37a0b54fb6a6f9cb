/** Why the author's modules are loaded: for a script or a test, or `toDescribe` the service that replicas will load. */
export const loading: { toDescribe: boolean } = { toDescribe: false };
