import { h, render } from "preact";
import { themeStyle } from "../../timeline/drawing/palette.ts";
import { PAGE_STYLE } from "../../timeline/files/page-style.ts";
import { App } from "./app.tsx";
import { reconnect } from "./live.ts";
import { takeTokenFromAddress } from "./token.ts";

// The colours and the chart's style are those of the timeline's own page. The style sheet of this page goes over them.
const shared = new CSSStyleSheet();
shared.replaceSync(`@layer timeline{${themeStyle()}${PAGE_STYLE}}`);
document.adoptedStyleSheets = [shared];

takeTokenFromAddress();
// An address with a token that is given to the open page loads nothing anew.
addEventListener("hashchange", () => takeTokenFromAddress() && reconnect());
const root = document.getElementById("console");
if (root !== null) render(h(App, {}), root);
