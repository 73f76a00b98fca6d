// The lab under one's hands: mouse, touch and keyboard move a wrench and a pick, the hub works out what the
// cylinder does, the picture follows. Without this file the same form makes one move at a time.

import { Trace, View, WORDS } from "./lab-view.js";
import { Film, Sound } from "./lab-extra.js";
import { spread, Tape, Wire } from "./lab-wire.js";

const lab = document.getElementById("lab");
const $ = (id) => document.getElementById(id);
const STEP = 0.05, FINE = 0.01, TENSION_STEP = 2, FIRST_TENSION = 14, SAY_AFTER = 700, AHEAD_MAX = 0.9, CLIMB_MM_S = 1.5;
const still = matchMedia("(prefers-reduced-motion: reduce)").matches;

const pose = { torque: 0, at: 0, wish: null };
let hello, view, trace, film, snap, shown;
let odd = false, running = false, blind = false, climbing = null, playing = null, last = 0;
const tape = new Tape(), sound = new Sound();
const frames = [];

// ---- words ------------------------------------------------------------------------------------------------

let pending = 0, wanted = "";
/** Says something politely, once it has stood still for a moment. */
function say(words, at_once = false) {
  wanted = words;
  clearTimeout(pending);
  pending = setTimeout(() => { if ($("said").textContent !== wanted) $("said").textContent = wanted; }, at_once ? 30 : SAY_AFTER);
}

/** What one feels without seeing: the force, whether it moved, a click. */
function feel() {
  if (snap.o) return "It is open.";
  if (snap.t <= 0) return "No tension: everything is soft.";
  if (!snap.tip) return `Tension ${Math.round(snap.t)} N mm. The pick is out.`;
  const what = snap.x ? "does not give" : snap.f < 0.15 ? "loose" : snap.f > 1.6 ? "stiff" : "springy";
  return `${cap(hello.element)} ${snap.tip[0] + 1}: ${what}, ${snap.f.toFixed(1)} N.${snap.c ? " A click." : ""}${snap.b > 0.02 ? " The wrench is pushed back." : ""}`;
}
const cap = (text) => text[0].toUpperCase() + text.slice(1);

/** Text only where it changes: what stands still costs nothing. */
const put = (id, text) => { if ($(id).textContent !== text) $(id).textContent = text; };

let told = 0, telling = 0;
/** Words ten times a second are as many as anybody reads; the picture goes on at its own pace. */
function tellSoon() {
  if (telling) return;
  telling = setTimeout(() => { telling = 0; told = performance.now(); tellState(); }, Math.max(0, told + 100 - performance.now()));
}
function tellState() {
  const words = blind ? feel() : snap.w;
  put("words", words);
  if (!blind) put("why-text", snap.why);
  say(words, snap.o);
  $("torque").value = pose.torque;
  put("torque-out", `${Math.round(pose.torque)} N mm`);
  put("force-out", `${snap.f.toFixed(1)} N`);
  $("force-bar").value = Math.round(snap.f * 10) / 10;
  const rows = $("table").querySelectorAll("tbody tr");
  if ($("table").closest("details").open && !blind) rows.forEach((row, i) => {
    const cells = row.children;
    cells[1].textContent = WORDS[snap.s[i]];
    cells[2].textContent = snap.l[i].toFixed(2);
    cells[3].textContent = snap.p[i] > 1 ? "clear" : Math.max(0, snap.p[i] * 1000).toFixed(0);
    cells[4].textContent = snap.n[i].toFixed(1);
  });
  learn();
}

/** Ticks the steps of the two-minute lesson as they happen. */
const learned = new Set();
function learn() {
  const has = (letter) => snap.s.includes(letter);
  if (snap.t > 0 && has("b")) learned.add(0);
  if (snap.t > 0 && snap.tip && snap.s[snap.tip[0]] === "u") learned.add(1);
  if (has("s")) learned.add(2);
  if ((snap.s.match(/s/g) ?? []).length > 1) learned.add(3);
  if (snap.o) [0, 2, 3, 4].forEach((n) => learned.add(n));
  document.querySelectorAll("#steps > li").forEach((item, n) => {
    const done = learned.has(n);
    if (item.classList.contains("done") === done) return;
    item.classList.toggle("done", done);
    item.querySelector(".tick").textContent = done ? "Done. " : "";
  });
}

// ---- the hands --------------------------------------------------------------------------------------------

function order() {
  const made = { do: "hand", torque: Math.round(pose.torque * 10) / 10 };
  if (pose.wish !== null) { made.at = pose.at; made.wish = Math.round(Math.min(pose.wish, 49) * 1000) / 1000; }
  return made;
}
let before = "";
function moved() {
  if (!hello || playing) return;
  film?.film && film.end();
  const made = order(), text = JSON.stringify(made);
  if (text === before) return;
  before = text;
  tape.add(made);
  wire.move(made);
  wake();
}
const tension = (torque) => { pose.torque = Math.min(Number($("torque").max), Math.max(0, torque)); stop(); moved(); };
const tipNow = () => (snap?.tip && snap.tip[0] === pose.at ? snap.tip[1] : 0);
/** The hand may be ahead of the tip by what the blade bends, not by more. */
function lift(by) {
  const from = pose.wish ?? tipNow();
  const most = Math.max(tipNow(), snap.k[pose.at]) + AHEAD_MAX;
  pose.wish = Math.min(Math.max(0, from + by), most, hello.travel + AHEAD_MAX);
  moved();
}
function choose(i) {
  pose.at = (i + snap.l.length) % snap.l.length;
  if (pose.wish !== null) pose.wish = 0;
  const radio = $(`at-${pose.at + 1}`);
  if (radio) radio.checked = true;
  stop();
  moved();
  wake();
  if (!blind) say(`${hello.element} ${pose.at + 1}: ${WORDS[snap.s[pose.at]]}`);
}
function out() { pose.wish = null; stop(); moved(); }
const nudge = (by) => { stop(); lift(by); };
function letGo() {
  stop();
  pose.torque = 0;
  pose.wish = null;
  before = "";
  tape.add({ do: "release" });
  wire.ask({ do: "release" });
  wake();
}
function stop() { climbing = null; if (playing) endPlay(); }

/** Lifts by itself with a steady hand, until it clicks, sets or does not go on. */
function climb() {
  stop();
  film?.film && film.end();
  climbing = { letter: snap.s[pose.at], at: pose.at, height: Math.max(tipNow(), snap.k[pose.at]), asked: 0, began: wire.stats.answered };
  wake();
}
function climbOn(seconds) {
  const { at } = climbing;
  const heard = wire.stats.answered > climbing.began && climbing.asked > 0;
  const letter = snap.s[at];
  const news = letter !== climbing.letter && "sfo".includes(letter);
  if (snap.o || (heard && (news || snap.c || snap.x)) || climbing.height >= hello.travel) {
    climbing = null;
    pose.wish = tipNow();
    before = JSON.stringify(order());
    return;
  }
  if (!wire.idle()) return;
  climbing.height = Math.min(hello.travel, climbing.height + CLIMB_MM_S * Math.min(0.03, seconds));
  climbing.asked += 1;
  const made = { do: "lift", at, height: Math.round(climbing.height * 100) / 100 };
  tape.add(made);
  wire.ask(made);
}

// ---- drawing ----------------------------------------------------------------------------------------------

function wake() {
  if (running || !view) return;
  running = true;
  last = performance.now();
  requestAnimationFrame(frame);
}
const near = (from, to) => { const d = to - from; return Math.abs(d) < 0.002 || still ? to : from + d * 0.45; };

function frame(now) {
  const started = performance.now();
  const seconds = Math.min(0.05, (now - last) / 1000);
  if (frames.length < 5000) frames.push([now - last, 0]);
  last = now;
  if (playing) playOn(now);
  if (climbing) climbOn(seconds);
  let moving = false;
  for (const name of ["l", "k"]) shown[name] = shown[name].map((v, i) => {
    const next = near(v, snap[name][i]);
    moving ||= next !== snap[name][i];
    return next;
  });
  shown.y = near(shown.y, snap.y);
  shown.tip = near(shown.tip, snap.tip ? snap.tip[1] : 0);
  moving ||= shown.y !== snap.y || shown.tip !== (snap.tip ? snap.tip[1] : 0);
  if (!film?.film) view.draw(snap, shown, pose.at);
  trace.add(snap.tip ? snap.f : 0, snap.fresh && snap.c);
  snap.fresh = false;
  odd = !odd;
  if (odd) trace.draw();
  running = moving || view.moving || climbing || playing || !wire.idle() || !trace.quiet();
  if (frames.length) frames[frames.length - 1][1] = performance.now() - started;
  if (running) requestAnimationFrame(frame);
}

// ---- playing a tape ---------------------------------------------------------------------------------------

function play(moves, words) {
  stop();
  pose.torque = 0;
  pose.wish = null;
  wire.ask({ do: "release" });
  playing = { moves, k: 0, began: performance.now(), words };
  say(words, true);
  $("stop").hidden = false;
  wake();
}
function playOn(now) {
  const { moves } = playing;
  const speed = Number($("speed").value);
  playing.at = (playing.at ?? 0) + Math.min(100, now - (playing.before ?? now)) * speed;
  playing.before = now;
  while (playing.k < moves.length && moves[playing.k][0] <= playing.at && wire.others.length < 2) {
    const made = moves[playing.k][1];
    pose.torque = made.do === "release" ? 0 : made.torque ?? pose.torque;
    pose.at = made.at ?? pose.at;
    wire.ask(made);
    playing.k += 1;
  }
  if (playing.k >= moves.length && wire.idle()) endPlay();
}
function endPlay() {
  playing = null;
  before = "";
  pose.wish = null;
  $("stop").hidden = true;
  const radio = $(`at-${pose.at + 1}`);
  if (radio) radio.checked = true;
}

// ---- the stream -------------------------------------------------------------------------------------------

const on = {
  hello(made) {
    hello = made;
    snap = made.now;
    shown = { l: [...snap.l], k: [...snap.k], y: snap.y, tip: 0 };
    view = new View(lab, hello);
    view.still = still;
    view.trueScale = $("true-scale").checked;
    trace = new Trace($("trace"), 12);
    if ($("film")) film ??= new Film(lab, (s, p) => view.draw(s, p, pose.at), () => { view.draw(snap, shown, pose.at); wake(); }, still);
    pose.torque = snap.t;
    pose.wish = snap.tip ? snap.tip[1] : null;
    pose.at = snap.tip ? snap.tip[0] : Number(document.querySelector("input[name=at]:checked").value) - 1;
    before = JSON.stringify(order());
    tape.clear();
    lab.classList.add("live");
    lab.dataset.ready = "yes";
    $("closed").hidden = true;
    tellState();
    wake();
  },
  snap(made) {
    if (made.c || (made.o && !snap.o)) sound.click(made.o);
    made.fresh = true;
    snap = made;
    if (made.c) learn();
    tellSoon();
    wake();
  },
  hint({ words, at }) {
    $("hint").textContent = words;
    $("hint").hidden = false;
    say(words, true);
    if (at !== null && pose.wish === null) { pose.at = at; $(`at-${at + 1}`).checked = true; wake(); }
  },
  show({ tape: text }) { play(spread(text), "Watch: a patient hand, one step after the other."); },
  film(made) {
    out();
    $("film-words").textContent = made.words;
    say(made.words, true);
    film.load(made, hello, Number($("slow").value));
    $("stage").scrollIntoView({ block: "nearest" });
  },
  wrong({ words }) { $("hint").textContent = words; $("hint").hidden = false; say(words, true); },
  closed(words) {
    lab.classList.remove("live");
    lab.dataset.ready = "no";
    $("closed").hidden = false;
    $("closed-words").textContent = words;
    say(words, true);
    stop();
    [pose.torque, pose.wish] = [0, null];
  },
};
const wire = new Wire(lab.dataset.query + (lab.dataset.tape ? `&tape=${lab.dataset.tape}` : ""), on);

// ---- controls ---------------------------------------------------------------------------------------------

const presses = {
  hold: () => tension(Number($("torque").value)),
  firmer: () => tension(pose.torque > 0 ? pose.torque + 4 : FIRST_TENSION),
  lighter: () => tension(pose.torque - 4),
  up: () => nudge(0.1), down: () => nudge(-0.1), until: climb, out, "let-go": letGo,
  hint: () => wire.ask({ do: "hint" }),
};
$("hands").addEventListener("submit", (event) => {
  event.preventDefault();
  if (hello && wire.ready()) presses[event.submitter?.value]?.();
});
$("torque").addEventListener("input", () => hello && tension(Number($("torque").value)));
$("hands").addEventListener("change", (event) => {
  if (event.target.name === "at" && hello) choose(Number(event.target.value) - 1);
});

const keys = {
  ArrowLeft: () => choose(pose.at - 1), ArrowRight: () => choose(pose.at + 1),
  ArrowUp: (fine) => nudge(fine ? FINE : STEP), ArrowDown: (fine) => nudge(fine ? -FINE : -STEP),
  PageUp: () => nudge(5 * STEP), PageDown: () => nudge(-5 * STEP),
  "+": () => tension(pose.torque + TENSION_STEP), "=": () => tension(pose.torque + TENSION_STEP),
  "-": () => tension(pose.torque - TENSION_STEP),
  " ": () => tension(pose.torque > 0 ? 0 : FIRST_TENSION),
  Enter: climb, Backspace: out, Home: letGo, h: presses.hint,
};
$("stage").addEventListener("keydown", (event) => {
  if (!hello || event.ctrlKey || event.altKey || event.metaKey) return;
  const digit = Number(event.key);
  const act = digit >= 1 && digit <= hello.set.length ? () => choose(digit - 1) : keys[event.key];
  if (!act) return;
  event.preventDefault();
  act(event.shiftKey);
});

let drag = null;
$("stage").addEventListener("pointerdown", (event) => {
  if (!hello || event.button > 0 || !event.target.closest("#side")) return;
  $("stage").focus({ preventScroll: true });
  stop();
  const at = view.at(event);
  if (at !== pose.at) choose(at);
  drag = { id: event.pointerId, y: event.clientY, mm: view.mmPerPixel() };
  $("stage").setPointerCapture(event.pointerId);
  pose.wish = 0;
  moved();
});
$("stage").addEventListener("pointermove", (event) => {
  if (drag?.id !== event.pointerId) return;
  const want = (drag.y - event.clientY) * drag.mm;
  const most = Math.max(tipNow(), snap.k[pose.at]) + 2 * AHEAD_MAX;
  pose.wish = Math.min(Math.max(0, want), most);
  const at = view.at(event);
  if (at !== pose.at && want < 0.15) choose(at);
  moved();
});
for (const end of ["pointerup", "pointercancel"]) $("stage").addEventListener(end, (event) => {
  if (drag?.id !== event.pointerId) return;
  drag = null;
  out();
});

$("true-scale").addEventListener("change", (event) => { if (view) { view.trueScale = event.target.checked; wake(); } });
$("sound").addEventListener("change", (event) => sound.toggle(event.target.checked));
$("blind").addEventListener("change", (event) => {
  blind = event.target.checked;
  lab.classList.toggle("blind", blind);
  if (snap) tellState();
});
$("show").addEventListener("click", () => hello && wire.ask({ do: "show" }));
$("stop").addEventListener("click", () => { stop(); letGo(); });
$("again").addEventListener("click", () => wire.open());
$("play").addEventListener("click", () => {
  if (!tape.moves.length) return say("The tape is empty: nothing was done yet.", true);
  play([...tape.moves], "Your tape, from the start.");
});
$("keep").addEventListener("click", () => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([tape.text(lab.dataset.query, hello.seed)], { type: "application/json" }));
  link.download = "cylinder-tape.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
});
$("load").addEventListener("change", async (event) => {
  const file = event.target.files[0];
  if (!file || !hello) return;
  try {
    if (file.size > 2_000_000) throw new Error("That file is too large for a tape.");
    play(Tape.read(await file.text(), lab.dataset.query, hello.seed), "The tape from the file.");
  } catch (error) { on.wrong({ words: error.message }); }
  event.target.value = "";
});
$("strike")?.addEventListener("submit", (event) => {
  event.preventDefault();
  if (!hello || !wire.ready()) return;
  stop();
  wire.ask({ do: "strike", tool: $("blow-tool").value, speed: Number($("blow-speed").value), torque: Number($("blow-torque").value), ratchet: event.submitter?.value !== "together" });
});
for (const [slider, unit] of [["blow-speed", "m/s"], ["blow-torque", "N mm"]]) {
  $(slider)?.addEventListener("input", () => { $(`${slider}-out`).textContent = `${$(slider).value} ${unit}`; });
}
for (const one of document.querySelectorAll(".scripted")) one.hidden = false;

// for measuring: times between frames, times spent in them, answers (`crates/e2e/browser/lab.test.mjs`)
lab.measured = () => ({ frames, ...wire.stats });
