/** Milliseconds as people read them: `0.4 ms`, `230 ms`, `10.1 s`, `2 min 5 s`, `1 h 3 min`. */
export function formatMs(ms: number): string {
  if (Math.abs(ms) < 0.0005) return "0 ms";
  if (ms < 9.95) return `${ms.toFixed(1)} ms`;
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

export interface Tick {
  readonly ms: number;
  readonly label: string;
}

const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000,
  900_000, 1_800_000, 3_600_000, 7_200_000, 21_600_000, 86_400_000,
];

/** Time marks at round times, as many as there is room for. */
export function ticksOf(from: number, to: number, most: number): Tick[] {
  const step = stepFor((to - from) / Math.max(1, most));
  const first = Math.ceil(from / step);
  const count = Math.max(0, Math.floor(to / step) - first + 1);
  return Array.from({ length: count }, (_, index) => {
    const ms = (first + index) * step;
    return { ms, label: tickLabel(ms, step) };
  });
}

function stepFor(least: number): number {
  const listed = STEPS.find((step) => step >= least);
  if (least >= 1 && listed !== undefined) return listed;
  const power = 10 ** Math.floor(Math.log10(Math.max(least, 1e-6)));
  return (([1, 2, 5, 10].find((factor) => factor * power >= least) ?? 10) as number) * power;
}

function tickLabel(ms: number, step: number): string {
  if (step < 1) return `${ms.toFixed(Math.min(6, Math.ceil(-Math.log10(step))))} ms`;
  if (step < 100 && ms < 10_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(step < 10 ? 3 : step < 100 ? 2 : step < 1000 ? 1 : 0)} s`;
  const minutes = Math.floor(ms / 60_000);
  const seconds = (ms % 60_000) / 1000;
  const digits = step < 1000 ? (step < 10 ? 3 : step < 100 ? 2 : 1) : 0;
  const short = `${minutes}:${seconds.toFixed(digits).padStart(digits === 0 ? 2 : digits + 3, "0")}`;
  return minutes < 60
    ? short
    : `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}:${short.split(":")[1]}`;
}
