/** Thrown through code whose result no longer matters; never reaches a Retry or a Catch. */
export class Cancelled extends Error {}
