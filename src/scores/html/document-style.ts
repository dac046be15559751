/** @file The page's style sheet, second half: filters, documents, and marks whose shape alone tells the verdict. */

export const documentStyle = `
#filters{border:1px solid var(--line);background:var(--card);border-radius:8px;padding:.7rem 1rem;margin:1rem 0 .4rem;font-size:.95rem}
fieldset{border:0;padding:0;margin:0 0 .5rem;display:flex;flex-wrap:wrap;gap:.2rem 1.1rem}legend{float:inline-start;font-weight:600;margin-inline-end:1rem;padding:0}
#filters label{white-space:nowrap}
#filters .row{display:flex;flex-wrap:wrap;gap:.5rem 1.1rem;align-items:center}
select,input[type=search],button{font:inherit;color:inherit;background:var(--paper);border:1px solid var(--quiet);border-radius:5px;padding:.2rem .5rem}
select{max-width:20rem}button{cursor:pointer}
#shown{margin:.6rem 0 0;font-weight:600}
.keys{max-width:none;font-size:.92rem;color:var(--quiet);margin:.4rem 0}
.legend{display:grid;grid-template-columns:repeat(auto-fit,minmax(17rem,1fr));gap:.6rem 1.2rem;margin:.6rem 0}.legend dd{margin:0;color:var(--quiet);font-size:.9rem}
.doc{border-top:1px solid var(--line);padding:.9rem 0;content-visibility:auto;contain-intrinsic-size:auto 22rem;scroll-margin-top:1rem}
.doc>header{display:flex;flex-wrap:wrap;gap:0 1rem;align-items:baseline}.doc h3{margin:0;overflow-wrap:anywhere}.doc .tally{margin:0;font-size:.9rem;font-weight:400}
.lanes{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(20rem,100%),1fr));gap:1rem 1.6rem;margin-top:.3rem}
.lane{min-width:0}.lane h4{font-size:.92rem}
.text{display:block;white-space:pre-wrap;overflow-wrap:anywhere;line-height:2.05;font-size:.97rem}
.absent{color:var(--quiet);font-style:italic}
mark,.sample{--c:oklch(var(--edge) var(--edge-c) var(--h,250));color:inherit;background:oklch(var(--tint) var(--tint-c) var(--h,250));border:1px solid var(--c);border-radius:4px;padding:.05em .18em;-webkit-box-decoration-break:clone;box-decoration-break:clone;scroll-margin:6rem}
mark.h1{padding-block:.22em}mark.h2{padding-block:.4em}mark.h3{padding-block:.58em}
mark::before,.sample::before{font-size:.72em;font-weight:700;color:var(--paper);background:var(--c);border-radius:2px;padding:0 .3em;margin-inline-end:.3em;vertical-align:.08em;white-space:nowrap}
mark::after{content:attr(data-t);font-size:.64em;color:var(--c);margin-inline-start:.35em;white-space:nowrap;font-weight:600;unicode-bidi:isolate}
.one-type mark::after{content:none}
.v-correct{border-color:color-mix(in srgb,var(--c) 45%,transparent)}
.v-missed{border:2px dashed var(--c);background:none}
.v-spurious{border:3px double var(--c);text-decoration:underline wavy var(--c) 1px;text-underline-offset:.2em}
.v-boundary{border-block:1px dotted var(--c);border-inline:4px solid var(--c);border-radius:0}
.v-type{border:2px dotted var(--c);border-radius:9px}
.v-boundary-type{border-block:2px dotted var(--c);border-inline:4px solid var(--c);border-radius:0}
.v-mixed{border-style:dashed;border-width:2px}
.sample.v-correct::before{content:"✓"}
.v-missed::before{content:"−\\2060" / "missed"}.v-spurious::before{content:"+\\2060" / "spurious"}.v-boundary::before{content:"↔\\2060" / "wrong boundaries"}
.v-type::before{content:"≠\\2060" / "wrong type"}.v-boundary-type::before{content:"↔≠\\2060" / "wrong boundaries and type"}.v-mixed::before{content:attr(data-g) "\\2060"}
mark.from{border-inline-start-style:none;border-start-start-radius:0;border-end-start-radius:0}mark.from::before{content:none}
mark.on{border-inline-end-style:none;border-start-end-radius:0;border-end-end-radius:0}mark.on::after{content:none}
mark.gap-before::before{content:"⋯" / "continued";color:var(--c);background:none}
mark.gap-after::after,.one-type mark.gap-after::after{content:"⋯" / "goes on";font-size:.9em}
mark.empty::before{content:"‸"}
mark.dim{background:none;border-color:color-mix(in srgb,var(--c) 30%,transparent)}mark.dim::before{opacity:.35}
mark.current{outline:3px solid var(--focus);outline-offset:1px}mark.partner{outline:2px dashed var(--focus);outline-offset:1px}
#inspector{position:sticky;bottom:0;background:var(--paper);border:1px solid var(--ink);border-radius:8px 8px 0 0;box-shadow:0 -4px 18px rgb(0 0 0/.18);padding:.6rem 1rem;display:flex;gap:1rem;align-items:center}
#inspector p{margin:0;max-width:none;overflow-wrap:anywhere}#inspector .where{color:var(--quiet);font-size:.9rem}#told{flex:1;min-width:0;max-height:30vh;overflow-y:auto}
#inspector .buttons{display:flex;gap:.4rem;flex:none}
main .wide{max-width:none}
@media screen and (min-width:80rem){.wide{width:min(96vw,108rem);margin-inline-start:calc((100% - min(96vw,108rem))/2)}}
@media print{.doc{content-visibility:visible;break-inside:avoid}.lanes{grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.5rem 1rem}.text{font-size:8.5pt;line-height:1.85}mark.current,mark.partner{outline:none}}
`;
