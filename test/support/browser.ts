import { findTool } from "./tools.ts";

/** Debian's browser, which scripts/ci-tools.sh installs. */
export const chromium = findTool("chromium");

/** Without the requests that Chromium makes of its own accord. */
export const CHROMIUM_ARGUMENTS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
