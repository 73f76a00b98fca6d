// Moves the parts of the picture that the server drew. The formulas are those of drawing/lab/layout.rs; what is
// not drawn by the server is not drawn here either.

const EXAGGERATED = 12, WIDEST = 20, DRIVER_MM = 4.6, BEND_MM = 0.02, END_MM = 5, OPEN = 1.9;
const WORDS = { r: "free", b: "binds", s: "set", f: "false set", o: "too high", u: "lifted" };
const CLASSES = { r: "is-free", b: "is-binds", s: "is-set", f: "is-false-set", o: "is-too-high", u: "is-lifted" };
const FACE = { s: 8.2, mid: 110, half: 12 };

const bent = (y) => Math.min(1, Math.log1p(Math.max(0, y) / BEND_MM) / Math.log1p(END_MM / BEND_MM));
const deep = (y) => (y >= 1 ? 11 : Math.min(1, Math.max(0, y) / 0.6) * 8);
const f = (v) => Math.round(v * 100) / 100;

/** Sets an attribute only when it changes: most of a picture stands still. */
function put(node, name, value) {
  if (!node || node[`_${name}`] === value) return;
  node[`_${name}`] = value;
  node.setAttribute(name, value);
}
function tell(node, text) {
  if (node && node.textContent !== text) node.textContent = text;
}

export { WORDS };

export class View {
  constructor(root, hello) {
    this.root = root;
    this.hello = hello;
    this.side = root.querySelector("#side");
    this.face = root.querySelector("#face");
    const data = this.side.dataset;
    for (const name of ["s", "y0", "pitch", "half", "left", "plan"]) this[name] = Number(data[name]);
    this.width = this.side.viewBox.baseVal.width;
    this.columns = [...this.side.querySelectorAll(".ch")].map((g) => ({
      g, driver: g.querySelector(".driver"), key: g.querySelector(".keypin"), spring: g.querySelector(".spring"),
      plate: g.querySelector(".plate"), fence: g.querySelector(".fence"), now: g.querySelector(".now"),
      dot: g.querySelector(".dot"), word: g.querySelector(".st"),
    }));
    this.holes = [...this.side.querySelectorAll(".hole")].map((g) => ({ g, plug: g.querySelector(".inplug") }));
    const pick = this.side.querySelector("#pick");
    this.pick = { g: pick, shank: pick.querySelector(".shank"), hook: pick.querySelector(".hook") };
    const part = (id) => this.face?.querySelector(id);
    this.end = { turning: part("#turning"), slot: part("#slot"), driver: part("#f-driver"), key: part("#f-key"),
      pin: part("#f-keypin"), disc: part("#f-disc"), bar: part("#f-bar"), title: part("title") };
    this.trueScale = false;
    this.turned = 0;
  }

  cx(i) { return this.left + this.pitch * i + this.half + 4; }

  /** The column under a place on the screen, and how many millimetres of lift a pixel is. */
  at(event) {
    const box = this.side.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * this.width;
    const i = Math.round((x - this.cx(0) - 6) / this.pitch);
    return Math.min(this.columns.length - 1, Math.max(0, i));
  }
  mmPerPixel() { return this.width / this.side.getBoundingClientRect().width / this.s; }

  /** Everything at one moment. `shown` are positions that may lag behind the snapshot so that they move. */
  draw(snap, shown, chosen) {
    const { hello, s, y0 } = this;
    const curveGap = hello.split ? 4 : 12;
    this.columns.forEach((c, i) => {
      const letter = snap.s[i], set = hello.set[i], lift = shown.l[i];
      put(c.g, "class", `ch ${CLASSES[letter]}${i === chosen ? " chosen" : ""}`);
      tell(c.word, WORDS[letter]);
      const parting = y0 + (set - lift) * s;
      if (hello.split) {
        put(c.driver, "transform", `translate(${f(this.cx(i))} ${f(parting)})`);
        put(c.key, "transform", `translate(${f(this.cx(i))} ${f(y0 + (set - shown.k[i]) * s)})`);
        put(c.spring, "transform", `translate(${f(this.cx(i))} 7) scale(1 ${f(Math.max(4, parting - DRIVER_MM * s - 7))})`);
      } else {
        put(c.plate, "transform", `translate(${f(this.cx(i))} ${f(parting)})`);
        put(c.fence, "transform", `translate(${f(this.cx(i) + this.half - deep(shown.y))} ${f(y0)})`);
      }
      const x0 = this.cx(i) + this.half + curveGap;
      const wide = this.left + this.pitch * (i + 1) - x0 - 2;
      put(c.now, "transform", `translate(${f(x0 + wide * bent(shown.y))} 0)`);
      put(c.dot, "transform", `translate(${f(x0 + wide * bent(snap.p[i] >= OPEN ? END_MM : snap.p[i] + snap.y))} ${f(parting)})`);
    });
    const scale = this.trueScale ? 1 : EXAGGERATED;
    this.holes.forEach((hole, i) => {
      const clear = snap.p[i] > 1;
      put(hole.g, "class", `hole ${CLASSES[snap.s[i]]}${clear ? " clear" : ""}`);
      const gap = Math.min(WIDEST, Math.max(0, snap.p[i]) * s * scale);
      put(hole.plug, "transform", `translate(${f(this.cx(i) + 10 - gap)} ${f(this.plan)})`);
    });
    this.drawPick(snap, shown);
    this.drawEnd(snap, shown, chosen, scale);
  }

  drawPick(snap, shown) {
    const { hello, s, y0 } = this;
    const base = Number(this.pick.shank.getAttribute("d").match(/ (\S+?)H/)[1]);
    put(this.pick.g, "class", snap.tip ? "pick" : "pick away");
    const at = snap.tip ? snap.tip[0] : 0;
    const low = hello.split ? y0 + (hello.set[at] + hello.key[at]) * s : y0 + (hello.travel + 1.4) * s;
    const up = snap.tip ? base - low + shown.tip * s : 4;
    const x = f(snap.tip ? this.cx(at) : this.cx(0) - 24);
    put(this.pick.shank, "transform", `translate(${x} 0)`);
    put(this.pick.hook, "transform", `translate(${x} ${base}) scale(1 ${f(Math.max(2, up))})`);
  }

  drawEnd(snap, shown, i, scale) {
    const { hello, end } = this;
    if (!this.face) return;
    const { s, mid, half } = FACE;
    const set = hello.set[i];
    tell(end.title, `Cut through ${hello.element} ${i + 1}, seen from the end`);
    if (end.disc) {
      put(end.disc, "transform", `rotate(${f((shown.l[i] - set) * 12.85)} ${mid} ${mid})`);
      put(end.bar, "transform", `translate(0 ${f(snap.o ? 17 : Math.min(8, shown.y * 20))})`);
      return;
    }
    const r = hello.radius * s, top = mid - r;
    const want = snap.o ? 80 : shown.y / hello.radius * 180 / Math.PI * scale;
    this.turned += (want - this.turned) * (this.still ? 1 : 0.25);
    if (Math.abs(want - this.turned) < 0.05) this.turned = want;
    const room = Math.min(24, hello.gap[i] * s * scale);
    put(end.turning, "transform", `rotate(${f(this.turned)} ${mid} ${mid})`);
    put(end.slot, "d", `M${f(mid - half - room)} ${f(top - 2)}H${mid + half + 2}V${mid + 18}H${f(mid - half - room)}Z`);
    put(end.driver, "transform", `translate(0 ${f(top + (set - shown.l[i]) * s)})`);
    put(end.key, "transform", snap.p[i] > 1 ? `rotate(${f(this.turned)} ${mid} ${mid})` : "rotate(0)");
    put(end.pin, "transform", `translate(0 ${f(top + (set - shown.k[i]) * s)})`);
    put(end.pin, "height", f(Math.min(70, hello.key[i] * s)));
    this.moving = this.turned !== want;
  }
}

/** The force at the pick over the last four seconds. */
export class Trace {
  constructor(svg, most) {
    this.line = svg.querySelector("polyline");
    this.most = most;
    this.values = new Float32Array(240);
    this.clicks = svg.querySelector("path");
    this.marks = [];
  }
  add(force, click) {
    this.values.copyWithin(0, 1);
    this.values[239] = force;
    this.marks = this.marks.map((x) => x - 1).filter((x) => x > 0);
    if (click) this.marks.push(239);
  }
  draw() {
    let points = "";
    for (let x = 0; x < 240; x += 2) points += `${x},${f(58 - Math.min(1, this.values[x + 1] / this.most) * 54)} `;
    put(this.line, "points", points);
    put(this.clicks, "d", this.marks.map((x) => `M${x} 2V58`).join("") || "M-9 0");
  }
  quiet() { return this.values[0] === 0 && this.values.every((v) => v === 0); }
}
