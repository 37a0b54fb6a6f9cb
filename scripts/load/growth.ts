/** Memory at one moment. */
export interface Sample {
  /** Seconds since the beginning. */
  readonly seconds: number;
  readonly bytes: number;
}

/** What the samples say of the memory's growth. */
export interface Growth {
  /** Bytes. */
  readonly mean: number;
  /** Bytes that the line through them rises from the first to the last. */
  readonly rise: number;
  /** Whether that is at most the part of the mean that was said to count as flat. */
  readonly isFlat: boolean;
}

/**
 * The straight line with the least squares through the samples.
 * @param flat the rise, as a part of the mean, up to which memory counts as flat
 * @throws {Error} if there are fewer than four samples
 */
export function growthOf(samples: readonly Sample[], flat: number): Growth {
  const [first, last] = [samples.at(0), samples.at(-1)];
  if (first === undefined || last === undefined || samples.length < 4)
    throw new Error(`${samples.length} samples of memory are too few to tell whether it grows`);
  const mean = average(samples.map(({ bytes }) => bytes));
  const middle = average(samples.map(({ seconds }) => seconds));
  const covariance = average(samples.map(({ seconds, bytes }) => (seconds - middle) * (bytes - mean)));
  const variance = average(samples.map(({ seconds }) => (seconds - middle) ** 2));
  const rise = (covariance / variance) * (last.seconds - first.seconds);
  return { mean, rise, isFlat: rise <= flat * mean };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
