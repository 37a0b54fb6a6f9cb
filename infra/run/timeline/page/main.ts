import type { Timeline } from "../model.ts";
import { element } from "./elements.ts";
import { showTimeline } from "./show-timeline.ts";

// The data are those that the page was written with: of the same version as this script.
const timeline = JSON.parse(element("timeline").textContent ?? "") as Timeline;

if (timeline.bars.length > 0) showTimeline(timeline, new AbortController().signal);
document.documentElement.dataset["ready"] = String(Math.round(performance.now()));
