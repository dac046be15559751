/** @file The page's style sheet, first half: colours for light and dark, text, tables, plots; print. */

const hues = [250, 35, 150, 315, 90, 200, 0, 280, 60, 125, 225, 340];
const series = [
  ["#0b5cad", "#7ab8ff"],
  ["#b04a00", "#ffa560"],
  ["#187544", "#6dd6a0"],
  ["#8437a0", "#d9a4ee"],
  ["#6d5f00", "#d8c64c"],
  ["#ad2d57", "#ff93b4"],
] as const;

function seriesColours(theme: 0 | 1): string {
  return series.map((colours, at) => `.s${at}{--s:${colours[theme]}}`).join("");
}

const dark = `
:root{--paper:#14171c;--card:#1c2027;--ink:#e7e9ee;--quiet:#a3abb8;--line:#39404c;--link:#8ec2ff;--focus:#ffd34d;
--tint:.34;--tint-c:.065;--edge:.78;--edge-c:.12;--heat:#4f9be8;--bad:#f08a4b;--warn:#3a2f12}
${seriesColours(1)}`;

export const pageStyle = `
:root{color-scheme:light dark;--paper:#fff;--card:#f6f7f9;--ink:#1a1d23;--quiet:#5a6270;--line:#d5d9e0;--link:#0b5cad;--focus:#c26a00;
--tint:.93;--tint-c:.045;--edge:.47;--edge-c:.15;--heat:#3f8ade;--bad:#e0702f;--warn:#fff4d6}
${seriesColours(0)}
@media (prefers-color-scheme:dark){${dark}}
${hues.map((hue, at) => `.t${at}{--h:${hue}}`).join("")}
*{box-sizing:border-box}
[hidden]{display:none!important}
html{scroll-padding-top:1rem}
body{margin:0;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif}
body>header,body>main,body>footer{max-width:78rem;margin:0 auto;padding:0 1.5rem}
body>header{padding-top:2rem}
h1{font-size:1.7rem;line-height:1.25;margin:.2rem 0 1rem;text-wrap:balance}
h2{font-size:1.35rem;margin:3rem 0 .6rem;padding-top:.8rem;border-top:2px solid var(--ink)}
h3{font-size:1.1rem;margin:2rem 0 .4rem}
h4{font-size:1rem;margin:0 0 .2rem}
p{max-width:48rem}
a{color:var(--link)}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
.skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem;background:var(--paper);padding:.4rem .8rem}
.overline{color:var(--quiet);margin:0;font-size:.9rem;letter-spacing:.02em}
.lead{font-size:1.16rem;line-height:1.6;max-width:54rem;margin:0 0 1rem}
.note,.interval,.meaning,.tally,figcaption,caption{color:var(--quiet)}
.note{font-size:.92rem;margin:.2rem 0 .8rem}
.warning{background:var(--warn);border-inline-start:4px solid var(--bad);padding:.15rem .6rem;list-style:none}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(27rem,100%),1fr));gap:1rem;margin:1rem 0}
.card{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:1rem 1.2rem;min-width:0}
.card h3{margin-top:0}.card ul{margin:.3rem 0;padding-inline-start:1.1rem}.card li{margin:.25rem 0}.card .warning{margin-inline-start:-1.1rem}
.tiles{display:flex;flex-wrap:wrap;gap:1rem;margin:1.2rem 0}
.tile{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.7rem 1.1rem;min-width:13rem}
.tile dt{font-weight:600}.tile dt svg{display:inline-block;vertical-align:-2px}.tile dd{margin:0}.tile .big{font-size:2rem;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums}
.tile.s0,.tile.s1,.tile.s2,.tile.s3,.tile.s4,.tile.s5{border-top:4px solid var(--s)}.tile .quiet{color:var(--quiet);font-size:.9rem}
nav ul{display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:0;margin:1rem 0 0;list-style:none;font-size:.95rem}
.scroll{overflow-x:auto;margin:1.2rem 0}.plot{margin:.6rem 0}
figure{margin:1rem 0}figcaption{font-size:.95rem}
table{border-collapse:collapse;font-size:.93rem;font-variant-numeric:tabular-nums}
caption{text-align:start;padding-bottom:.4rem;max-width:54rem}
th,td{padding:.28rem 1rem .28rem 0;text-align:start;vertical-align:top}
th{font-weight:600}thead th{border-bottom:1px solid var(--ink);vertical-align:bottom}
tbody tr>*{border-bottom:1px solid var(--line)}
th.n,td.n{text-align:end;white-space:nowrap;padding-inline-start:.8rem}
th.system{font-weight:400}
th bdi,td bdi{overflow-wrap:anywhere}
.interval{font-size:.88em}.meaning{display:block;font-weight:400;font-size:.88em;max-width:22rem}
tbody.macro tr:last-child>*,tr.macro>*{border-bottom:1px solid var(--ink)}
.confusion td,.confusion th{padding-inline-end:.6rem}.zero{color:var(--quiet)}
.confusion td.n{border:1px solid var(--line)}
${[1, 2, 3, 4, 5].map((step) => `.same.h${step}{background:color-mix(in srgb,var(--heat) ${8 * step}%,transparent)}.other.h${step}{background:color-mix(in srgb,var(--bad) ${12 * step}%,transparent)}`).join("")}
details>summary{cursor:pointer;color:var(--link);margin:.3rem 0}
pre{background:var(--card);border:1px solid var(--line);border-radius:6px;padding:.8rem 1rem;overflow-x:auto;font-size:.88rem}
code{overflow-wrap:anywhere}
kbd{border:1px solid var(--line);border-bottom-width:2px;border-radius:4px;padding:0 .35em;font-size:.85em;background:var(--card)}
.settings ul{margin:0;padding-inline-start:1.1rem}
svg{max-width:100%;height:auto;display:block;font:13px system-ui,"Segoe UI",Roboto,"Helvetica Neue",Arial,"Liberation Sans",sans-serif}
.plot svg{min-width:27rem}.card .plot svg{min-width:0}.tables{display:flex;flex-wrap:wrap;gap:0 3rem}.tables caption{max-width:22rem}
svg text{fill:var(--ink)}svg .tick,svg .axis,svg .quiet{fill:var(--quiet)}svg .tick,svg .axis{font-size:12px}
svg .strong{font-weight:650}svg .value{font-variant-numeric:tabular-nums;font-size:12.5px}
.grid{stroke:var(--line);fill:none}.zero{stroke:var(--ink);stroke-width:1.5}td.zero{stroke:none}.diagonal{stroke:var(--quiet);stroke-dasharray:5 4;fill:none}
.whisker{stroke:var(--s);stroke-width:2;fill:none}.marker{fill:var(--s);stroke:var(--s);stroke-width:1.5}.hollow .marker{fill:var(--paper)}
.gap{stroke:var(--s);stroke-width:5;stroke-opacity:.25;fill:none}
.key{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;list-style:none;padding:0!important;margin:.4rem 0;font-size:.92rem}.key svg{display:inline-block;vertical-align:-2px}
.e-correct{--e:#b9d8c4;}.e-boundary{--e:#f2b544}.e-type{--e:#e7a5cb}.e-boundary-type{--e:#bfa8e6}.e-missed{--e:#f08a4b}.e-spurious{--e:#79bdf0}
rect[class]{fill:var(--e)}svg .in{fill:#14171c;font-size:12px;font-variant-numeric:tabular-nums}
.chip{display:inline-block;background:var(--e);color:#14171c;border-radius:3px;min-width:1.4em;padding:0 .3em;text-align:center;font-size:.85em;font-weight:600;line-height:1.5}
body>footer{color:var(--quiet);font-size:.9rem;margin-top:3rem;padding-bottom:6rem}
@media print{
@page{margin:14mm}
:root{color-scheme:light;--paper:#fff;--card:#fff;--ink:#000;--quiet:#444;--line:#bbb;--link:#000;--tint:.93;--tint-c:.045;--edge:.4;--edge-c:.15;--heat:#3f8ade;--bad:#e0702f;--warn:#fff}
${seriesColours(0)}
body{font-size:10.5pt}body>header,body>main,body>footer{max-width:none;padding:0}
nav,form,.keys,.skip,#inspector,details>summary{display:none!important}
.scroll{overflow:visible}.lead{font-size:11.5pt}.tile .big{font-size:17pt}.tile{min-width:0}.cards{grid-template-columns:1fr 1fr}.card{padding:.6rem .8rem}h2{margin-top:1.6rem}svg,mark,.chip,td{print-color-adjust:exact;-webkit-print-color-adjust:exact}
figure,.card,.tile,tr,svg{break-inside:avoid}h2,h3,h4,caption{break-after:avoid}table{font-size:8.5pt}
}
`;
