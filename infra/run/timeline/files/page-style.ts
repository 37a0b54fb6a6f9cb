/** The page's style. Its colours are those of the themes. */
export const PAGE_STYLE = `
*{box-sizing:border-box}
html{color-scheme:light dark}
body{margin:0 auto;padding:28px 32px 48px;max-width:1720px;background:var(--ground);color:var(--ink);font:14px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;-webkit-text-size-adjust:100%}
h1{margin:0 0 4px;font-size:24px;line-height:1.25;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{margin:0;font-size:15px;line-height:1.4;font-weight:650}
header p{margin:0;color:var(--muted);display:flex;flex-wrap:wrap;gap:2px 14px;align-items:baseline}
.name{font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
.status{font-weight:650;color:var(--ink);display:inline-flex;gap:7px;align-items:center}
.status::before{content:"";width:9px;height:9px;border-radius:50%;background:var(--node-1)}
.status.running::before{border-radius:2px;background:var(--load)}
.status.bad::before{border-radius:0;transform:rotate(45deg);background:var(--failed)}
.failure pre{margin:18px 0 0;padding:12px 16px;border-left:4px solid var(--failed);border-radius:0 6px 6px 0;background:var(--lane);font:12.5px/1.55 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:240px;overflow:auto}
.tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(136px,1fr));margin:22px 0 30px;border-top:1px solid var(--rule);border-bottom:1px solid var(--rule)}
.tiles div{padding:13px 18px 13px 0}
dt{color:var(--muted);font-size:12px}
dd{margin:0}
.value{font-size:21px;line-height:1.35;font-weight:600;font-variant-numeric:tabular-nums;letter-spacing:-.01em}
.about{color:var(--muted);font-size:12px;line-height:1.4;max-width:26ch}
.columns{display:grid;grid-template-columns:minmax(0,1fr) 320px;gap:36px;align-items:start}
.side{display:grid;grid-template-columns:minmax(0,1fr);gap:28px;position:sticky;top:16px;max-height:calc(100vh - 32px);grid-template-rows:auto minmax(0,1fr)}
.bar{display:flex;justify-content:space-between;align-items:center;gap:12px;min-height:30px}
.seen{margin-left:auto;color:var(--muted);font-size:12px;font-variant-numeric:tabular-nums}
.buttons{display:flex;gap:4px}
button{font:inherit;color:inherit}
.buttons button{min-width:30px;height:30px;padding:0 10px;border:1px solid var(--rule);border-radius:6px;background:var(--ground);cursor:pointer}
.buttons button:hover{background:var(--lane)}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}
.legend{list-style:none;margin:8px 0 10px;padding:0;display:flex;flex-wrap:wrap;gap:4px 18px;color:var(--muted);font-size:12px}
.legend li{display:flex;align-items:center;gap:7px}
.axis{height:28px;border-bottom:1px solid var(--rule)}
canvas{display:block}
.scroller{position:relative;overflow:hidden auto;max-height:min(68vh,760px);border-bottom:1px solid var(--rule);overscroll-behavior-y:auto}
#spacer{position:relative}
#canvas{position:sticky;top:0}
#heads{position:absolute;inset:0;z-index:1;pointer-events:none}
#heads button{position:absolute;left:0;height:34px;padding:8px 6px 0 0;border:0;background:var(--ground);font-size:13px;font-weight:650;text-align:left;cursor:pointer;pointer-events:auto;max-width:100%;overflow:hidden;white-space:nowrap;text-overflow:ellipsis}
#heads button::before{content:"";display:inline-block;width:7px;height:7px;margin:0 9px 2px 2px;border:solid var(--muted);border-width:0 1.5px 1.5px 0;transform:rotate(45deg);transition:transform .12s}
#heads button[aria-expanded=false]::before{transform:rotate(-45deg)}
#heads button span{font-weight:400;color:var(--muted)}
#heads button:focus-visible{outline-offset:-3px}
#bars{position:absolute;inset:0;touch-action:pan-y;cursor:default;outline:none}
.scroller:has(#bars:focus-visible){outline:2px solid var(--focus);outline-offset:1px}
#bars.panning{cursor:grabbing}
#bars [role=option]{position:absolute;pointer-events:none;border-radius:4px;box-shadow:0 0 0 1px var(--ground),0 0 0 3px var(--focus)}
#bars .hovered{box-shadow:0 0 0 1px var(--ground),0 0 0 2px var(--ink);position:absolute;pointer-events:none;border-radius:4px}
#tip{position:fixed;z-index:2;max-width:min(360px,90vw);padding:7px 11px;border-radius:6px;background:var(--ink);color:var(--ground);font-size:12.5px;line-height:1.45;pointer-events:none;box-shadow:0 2px 12px rgb(0 0 0/.25);overflow-wrap:anywhere}
.hint{color:var(--muted);font-size:12px;margin:10px 0 0}
kbd{font:11px ui-monospace,Menlo,Consolas,monospace;padding:1px 5px;border:1px solid var(--rule);border-radius:4px}
.empty{margin:16px 0;padding:28px;border-radius:8px;background:var(--lane);color:var(--muted);text-align:center}
.graph-scroll{margin-top:10px;overflow:auto;max-height:44vh;border-radius:8px;background:var(--lane)}
.graph{display:block;margin:0 auto;font-size:12px}.graph.fits{max-width:100%;height:auto}
.graph text{text-anchor:middle;dominant-baseline:central;font-weight:500}.graph text:not([fill]){fill:var(--ink)}
.graph .box>rect:not([class]){fill:var(--ground);stroke:var(--rule)}
.graph .frame>rect{fill:none;stroke:var(--wait);stroke-dasharray:4 3}
.graph .idle text:not([fill]){fill:var(--muted)}
.graph .idle>rect{stroke:var(--wait);stroke-dasharray:3 3}
.graph [role=button]{cursor:pointer;outline:none}
.graph [role=button]:focus-visible>rect,.graph [aria-pressed=true]>rect{stroke:var(--focus);stroke-width:3;stroke-dasharray:none}
.way{fill:none;stroke:var(--wait);stroke-width:1.3}
.way.back{stroke-dasharray:3 3}
.details{min-height:0;overflow:auto;outline:none}
.details h3{margin:10px 0 2px;font-size:15px;font-weight:600;overflow-wrap:anywhere;display:flex;gap:8px;align-items:baseline}
.details h3 i{flex:none;width:10px;height:10px;border-radius:3px;display:inline-block}
.details p{margin:0 0 4px}
.details h4{margin:14px 0 4px;font-size:12px;font-weight:600;color:var(--muted)}
.details pre{margin:0;padding:8px 11px;border-radius:6px;background:var(--lane);font:12px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre-wrap;overflow-wrap:anywhere;max-height:220px;overflow:auto}
.details pre.error{border-left:3px solid var(--failed)}
.details table{width:100%}
table{border-collapse:collapse;font-size:12.5px;font-variant-numeric:tabular-nums}
th{text-align:left;font-weight:600;color:var(--muted);font-size:12px}
th,td{padding:5px 14px 5px 0;border-bottom:1px solid var(--rule);vertical-align:top;overflow-wrap:anywhere}
th.number,td.number{text-align:right}thead th,.details th,td.number{white-space:nowrap;overflow-wrap:normal}
.table{margin-top:32px}
summary{cursor:pointer;font-weight:600;padding:6px 0}
.table .wide{overflow-x:auto}
.table table{width:100%;min-width:720px}
.pager{display:flex;gap:10px;align-items:center;margin:12px 0;color:var(--muted)}
.pager button{height:30px;padding:0 12px;border:1px solid var(--rule);border-radius:6px;background:var(--ground);color:var(--ink);cursor:pointer}
.pager button:disabled{color:var(--muted);cursor:default}
footer{margin-top:32px;padding-top:14px;border-top:1px solid var(--rule);color:var(--muted);font-size:12px;max-width:92ch}
footer p{margin:0 0 6px}
.note{color:var(--ink);font-weight:500}
@media (max-width:1000px){.columns{grid-template-columns:minmax(0,1fr);gap:28px}.side{position:static;max-height:none;grid-template-rows:auto}.graph-scroll{max-height:320px}}
@media (max-width:640px){body{padding:18px 16px 32px}h1{font-size:21px}.tiles{grid-template-columns:1fr 1fr;margin:16px 0 24px}.tiles div{padding:9px 12px 9px 0}.value{font-size:18px}.scroller{max-height:62vh}}
@media (prefers-reduced-motion:reduce){*{transition:none!important;scroll-behavior:auto!important}}
`;
