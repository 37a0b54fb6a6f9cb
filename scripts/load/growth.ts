/** Memory at one moment. */
export interface Sample {
  /** Seconds since the beginning. */
  readonly seconds: number;
  readonly bytes: number;
}

/** What the samples say of the memory's growth. */
export interface Growth {
  /** Bytes, over the samples looked at. */
  readonly mean: number;
  /** Bytes that the line through them rises from the first to the last. */
  readonly rise: number;
  /** Whether that is at most {@link FLAT} of the mean. */
  readonly isFlat: boolean;
}

/** The part of the samples that is left out: what is filled once (compiled code, the histories that are kept) is filled then. */
const WARM_UP = 0.5;

/** The rise, as a part of the mean, up to which memory counts as flat: a heap is larger before than after its garbage is collected. */
const FLAT = 0.1;

/**
 * The straight line with the least squares through the second half of the samples.
 * @throws {Error} if there are fewer than four samples
 */
export function growthOf(samples: readonly Sample[]): Growth {
  const looked = samples.slice(Math.floor(samples.length * WARM_UP));
  const [first, last] = [looked.at(0), looked.at(-1)];
  if (first === undefined || last === undefined || samples.length < 4)
    throw new Error(`${samples.length} samples of memory are too few to tell whether it grows`);
  const mean = average(looked.map(({ bytes }) => bytes));
  const middle = average(looked.map(({ seconds }) => seconds));
  const covariance = average(looked.map(({ seconds, bytes }) => (seconds - middle) * (bytes - mean)));
  const variance = average(looked.map(({ seconds }) => (seconds - middle) ** 2));
  const rise = (covariance / variance) * (last.seconds - first.seconds);
  return { mean, rise, isFlat: rise <= FLAT * mean };
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
