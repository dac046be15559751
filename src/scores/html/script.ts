/**
 * @file The page's script as plain JavaScript: filters the documents, walks from error to error, tells about a mark.
 * It reads what documents.ts wrote (data-v, data-p, data-k …) and writes text only, never markup.
 */

const model = String.raw`
const byId = (id) => document.getElementById(id);
const form = byId("filters");
const list = byId("documents");
const told = byId("told");
const names = JSON.parse(byId("words").textContent);
const isError = (verdict) => verdict !== "-" && verdict !== "correct";
const classOf = (verdict) => verdict.split("/")[0];
const verdictsOf = (mark) => mark.dataset.v.split(" ");
const laneOf = (mark) => mark.closest(".lane").dataset.l;
const documents = Array.from(list.children, (element, at) => {
  const marks = Array.from(element.querySelectorAll("mark[data-v]"));
  const stops = marks
    .filter((mark) => (laneOf(mark) === "gold" ? verdictsOf(mark).some(isError) : mark.dataset.v === "spurious"))
    .sort((a, b) => a.dataset.o - b.dataset.o);
  const lanes = Array.from(element.querySelectorAll(".lane"));
  const gold = marks.filter((mark) => laneOf(mark) === "gold");
  return { element, at, stops, gold, lanes, corpus: element.dataset.c, number: Number(element.dataset.n), text: "", hits: [] };
});
let view = "all";
let stops = [];
let current = null;
const pieces = (mark, key) => Array.from(mark.closest(".doc").querySelectorAll('mark[data-k="' + key + '"]'));
const typeOf = (mark) => mark.dataset.type || mark.dataset.t;
const inView = (verdicts) => (view === "all" ? verdicts : [verdicts[Number(view)]]);
/** Keys of the marks that a mark was paired with, in the systems that are shown. */
const partnerKeys = (mark) => {
  const partners = mark.dataset.p.split(" ");
  if (laneOf(mark) !== "gold") return partners[0] === "-" ? [] : ["g" + partners[0]];
  return partners.flatMap((partner, system) =>
    partner === "-" || (view !== "all" && view !== String(system)) ? [] : [system + "-" + partner]);
};
`;

const filtering = String.raw`
const readForm = () => {
  const data = new FormData(form);
  const get = (name) => String(data.get(name) ?? "");
  return { classes: new Set(data.getAll("class")), type: get("type"), corpus: get("corpus"), system: get("system") || "all",
    alone: get("alone").replace("alone-", ""), order: get("order"), words: get("text").trim().toLowerCase(), clean: data.has("clean") };
};
const matches = (mark, wanted) => {
  if (wanted.type !== "" && typeOf(mark) !== wanted.type) return false;
  const verdicts = verdictsOf(mark);
  if (laneOf(mark) !== "gold") {
    return wanted.alone === "" && (view === "all" || laneOf(mark) === view) && wanted.classes.has("spurious");
  }
  if (wanted.alone !== "" && !verdicts.every((verdict, system) =>
    verdict === "-" || isError(verdict) === (String(system) === wanted.alone))) return false;
  return inView(verdicts).some((verdict) => verdict && isError(verdict) && wanted.classes.has(classOf(verdict)));
};
const textOf = (entry) => (entry.text ||=
  (entry.element.querySelector("h3").textContent + " " + entry.element.querySelector(".text").textContent).toLowerCase());
/** The shape of gold marks hangs on the system they are seen with. */
const showView = (next) => {
  if (view === next && list.dataset.view !== undefined) return;
  view = list.dataset.view = next;
  for (const { gold, lanes } of documents) {
    for (const lane of lanes) lane.hidden = lane.dataset.l !== "gold" && view !== "all" && lane.dataset.l !== view;
    for (const mark of gold) {
      const kinds = new Set(inView(verdictsOf(mark)).filter((verdict) => verdict && verdict !== "-").map(classOf));
      const kind = kinds.size > 1 ? "mixed" : [...kinds][0] ?? "correct";
      for (const piece of mark.classList.contains("on") || mark.classList.contains("gap-after") ? pieces(mark, mark.dataset.k) : [mark]) {
        piece.className = piece.className.replace(/\bv-[a-z-]+/, "v-" + kind);
      }
    }
  }
};
const dim = (entry, isPlain) => {
  for (const mark of entry.element.querySelectorAll("mark.dim")) mark.classList.remove("dim");
  if (isPlain) return;
  const bright = new Set(entry.hits.flatMap((mark) => [mark.dataset.k, ...partnerKeys(mark)]));
  for (const mark of entry.element.querySelectorAll("mark")) {
    if (!bright.has(mark.dataset.k)) mark.classList.add("dim");
  }
};
const inOrder = (a, b) => b.hits.length - a.hits.length || a.at - b.at;
const inFile = (a, b) => a.corpus - b.corpus || a.number - b.number;
const apply = () => {
  const wanted = readForm();
  showView(wanted.system);
  const isPlain = wanted.classes.size === form.querySelectorAll("[name=class]").length && wanted.type === "" && wanted.alone === "";
  for (const entry of documents) {
    entry.hits = entry.stops.filter((mark) => matches(mark, wanted));
    entry.element.hidden = (entry.hits.length === 0 && !wanted.clean) || (wanted.corpus !== "" && wanted.corpus !== entry.corpus) ||
      (wanted.words !== "" && !textOf(entry).includes(wanted.words));
    if (!entry.element.hidden) dim(entry, isPlain);
  }
  const sorted = [...documents].sort(wanted.order === "file" ? inFile : inOrder);
  if (sorted.some((entry, at) => list.children[at] !== entry.element)) list.append(...sorted.map(({ element }) => element));
  const visible = sorted.filter(({ element }) => !element.hidden);
  stops = visible.flatMap(({ hits }) => hits);
  leave();
  byId("shown").textContent = visible.length + " of " + documents.length + " documents, " + stops.length +
    (stops.length === 1 ? " error" : " errors") + " to look at" + (visible.length === 0 ? ": nothing fits these filters" : "");
};
`;

const telling = String.raw`
const says = (mark, key) => {
  const all = pieces(mark, key);
  const first = all.find((piece) => piece.dataset.v !== undefined) ?? mark;
  const extra = [first.dataset.i, first.dataset.s && "score " + first.dataset.s].filter(Boolean).join(", ");
  return typeOf(first) + " “" + all.map((piece) => piece.textContent).join(" ") + "”" + (extra ? " (" + extra + ")" : "");
};
const verdictWords = (verdict) => verdict.split("/").map((word) => names[word] ?? word).join(", ");
const systemName = (mark, system) => mark.closest(".doc").querySelector('.lane[data-l="' + system + '"] h4 bdi')?.textContent ?? "";
const sentences = (mark) => {
  const lane = laneOf(mark);
  if (lane !== "gold") {
    const gold = partnerKeys(mark).map((key) => "Gold: " + says(mark, key));
    return [systemName(mark, lane) + ": " + says(mark, mark.dataset.k) + " – " + verdictWords(mark.dataset.v), ...gold];
  }
  const partners = mark.dataset.p.split(" ");
  const systems = verdictsOf(mark).flatMap((verdict, system) => {
    if (verdict === "-" || (view !== "all" && view !== String(system))) return [];
    const found = partners[system] === "-" ? "" : ": " + says(mark, system + "-" + partners[system]);
    return [systemName(mark, system) + " – " + verdictWords(verdict) + found];
  });
  return ["Gold: " + says(mark, mark.dataset.k), ...systems];
};
const tell = (mark) => {
  const at = stops.indexOf(mark);
  const place = (at < 0 ? "" : "Error " + (at + 1) + " of " + stops.length + ", ") + "document " + mark.closest(".doc").querySelector("h3").textContent;
  told.replaceChildren(...[...sentences(mark), place].map((text, line, all) => {
    const paragraph = document.createElement("p");
    paragraph.dir = "auto";
    if (line === all.length - 1) paragraph.className = "where";
    paragraph.textContent = text;
    return paragraph;
  }));
};
const light = (mark) => {
  for (const old of list.querySelectorAll(".current,.partner")) old.classList.remove("current", "partner");
  if (mark === null) return;
  for (const piece of pieces(mark, mark.dataset.k)) piece.classList.add("current");
  for (const key of partnerKeys(mark)) for (const piece of pieces(mark, key)) piece.classList.add("partner");
};
const leave = () => {
  current = null;
  light(null);
  told.textContent = "Choose a mark, or press j for the first error.";
};
const go = (mark) => {
  current = mark;
  light(mark);
  tell(mark);
  mark.tabIndex = -1;
  mark.focus({ preventScroll: true });
  mark.scrollIntoView({ block: "center", inline: "nearest" });
};
/** From the current error, else from the document that has the focus, else from the first one. */
const move = (step) => {
  if (stops.length === 0) return;
  const at = stops.indexOf(current);
  if (at >= 0) return go(stops[Math.min(stops.length - 1, Math.max(0, at + step))]);
  const from = current?.closest(".doc") ?? document.activeElement?.closest(".doc");
  go(stops.find((mark) => from && !(from.compareDocumentPosition(mark) & Node.DOCUMENT_POSITION_PRECEDING)) ?? stops[0]);
};
const moveDocument = (step) => {
  const shown = documents.filter(({ hits, element }) => hits.length > 0 && !element.hidden).sort((a, b) =>
    a.element.compareDocumentPosition(b.element) & Node.DOCUMENT_POSITION_FOLLOWING ? -1 : 1);
  const at = shown.findIndex(({ element }) => current !== null && element.contains(current));
  const next = shown[at < 0 ? 0 : Math.min(shown.length - 1, Math.max(0, at + step))];
  if (next) go(next.hits[0]);
};
`;

const listening = String.raw`
const steps = { j: 1, k: -1 };
let hovered = null;
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("input,select,textarea,summary,button,.scroll,pre");
  if (event.key === "Escape") { if (current !== null) { current.blur(); leave(); } return; }
  if (field && (field.matches("input[type=search],select") || !["j", "k", "J", "K", "/"].includes(event.key))) return;
  const onMark = event.target.closest?.("mark") !== null && event.target.closest?.("mark") !== undefined;
  const arrow = onMark ? { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key] : undefined;
  const step = steps[event.key] ?? arrow;
  const step2 = { J: 1, K: -1 }[event.key];
  if (step === undefined && step2 === undefined && event.key !== "/") return;
  event.preventDefault();
  if (event.key === "/") form.elements.text.focus();
  else if (step2 !== undefined) moveDocument(step2);
  else move(step);
});
const firstPiece = (target) => {
  const mark = target.closest?.("mark");
  return mark ? pieces(mark, mark.dataset.k).find((piece) => piece.dataset.v !== undefined) ?? null : null;
};
list.addEventListener("click", (event) => { const mark = firstPiece(event.target); if (mark) go(mark); });
list.addEventListener("mousemove", (event) => {
  if (event.movementX === 0 && event.movementY === 0) return; // the page moved, not the mouse
  const mark = firstPiece(event.target);
  if (mark && mark !== hovered) tell(mark);
  hovered = mark;
});
list.addEventListener("mouseleave", () => { if (current !== null) tell(current); });
byId("previous").addEventListener("click", () => move(-1));
byId("next").addEventListener("click", () => move(1));
let waiting = 0;
form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(apply, 80); });
form.addEventListener("reset", () => setTimeout(apply, 0));
form.addEventListener("submit", (event) => event.preventDefault());
const openTarget = () => {
  const target = documents.find(({ element }) => "#" + element.id === location.hash);
  if (!target) return;
  if (target.element.hidden) { form.reset(); form.elements.clean.checked = true; apply(); }
  leave();
  target.element.scrollIntoView();
  target.element.focus({ preventScroll: true });
};
addEventListener("hashchange", openTarget);
let opened = [];
addEventListener("beforeprint", () => { opened = [...document.querySelectorAll("main details:not([open])")]; for (const one of opened) one.open = true; });
addEventListener("afterprint", () => { for (const one of opened) one.open = false; });
for (const id of ["filters", "keys", "inspector"]) byId(id).hidden = false;
apply();
openTarget();
`;

export const pageScript = `"use strict";\n(() => {${model}${filtering}${telling}${listening}})();\n`;
