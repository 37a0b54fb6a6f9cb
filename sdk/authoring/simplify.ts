/** Flattened, so that editors show the fields and not the operators. */
export type Simplify<T> = { [K in keyof T]: T[K] } & {};
