/** Why the author's modules are loaded: in a script or a test, or `toDescribe` a service whose replicas will load them. */
export const loading: { toDescribe: boolean } = { toDescribe: false };
