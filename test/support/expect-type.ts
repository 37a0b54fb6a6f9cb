type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** `expectType<number>()(value)` compiles if the value's type is that and no other. It is for files that nothing runs. */
export declare function expectType<Wanted>(): <Given>(
  value: Given,
  ...same: Same<Given, Wanted> extends true ? [] : [never]
) => void;
