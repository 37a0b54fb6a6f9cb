/** What was looked at, and how it is. */
export interface Examination {
  readonly grade: "ok" | "warning" | "failed";
  readonly subject: string;
  readonly says: string;
  /** What to do; with a warning and a failure. */
  readonly remedy?: string;
}

export function ok(subject: string, says: string): Examination {
  return { grade: "ok", subject, says };
}

export function warning(subject: string, says: string, remedy: string): Examination {
  return { grade: "warning", subject, says, remedy };
}

export function failed(subject: string, says: string, remedy: string): Examination {
  return { grade: "failed", subject, says, remedy };
}

/** `1.5 GB`; what is below a GB in MB. */
export function sizeText(bytes: number): string {
  const mib = bytes / 2 ** 20;
  return mib < 1024 ? `${Math.floor(mib)} MiB` : `${(mib / 1024).toFixed(1)} GiB`;
}
