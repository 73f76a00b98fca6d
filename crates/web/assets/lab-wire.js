// The stream to the hub, and the tape. One order, one answer, in order; at most two under way, so that a slow
// line is never flooded: a hand that has moved on replaces one that was not sent yet.

const UNDER_WAY = 2;
export const TAPE_MAX = 20000;

export class Wire {
  /** `on`: hello, snap, hint, show, film, wrong, closed(words, again). */
  constructor(query, on) {
    this.on = on;
    this.url = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/lab/hands?${query}`;
    this.sent = [];
    this.others = [];
    this.hand = null;
    this.stats = { sent: 0, answered: 0, waits: [] };
    this.open();
  }

  open() {
    this.over = false;
    const socket = new WebSocket(this.url);
    this.socket = socket;
    socket.onmessage = (event) => this.heard(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (this.over) return;
      this.over = true;
      this.sent = [];
      this.others = [];
      this.hand = null;
      const words = event.reason || "The house cannot be reached, or you are signed out. Reload the page.";
      this.on.closed(words, event.code);
    };
  }

  ready() { return !this.over && this.socket.readyState === WebSocket.OPEN; }

  /** Where the hands are; only the newest counts. */
  move(order) { this.hand = order; this.flush(); }

  /** Everything else goes in turn. */
  ask(order) {
    if (this.hand) { this.others.push(this.hand); this.hand = null; }
    this.others.push(order);
    this.flush();
  }

  flush() {
    while (this.ready() && this.sent.length < UNDER_WAY) {
      const order = this.others.shift() ?? this.hand;
      if (!order) return;
      if (order === this.hand) this.hand = null;
      this.sent.push(performance.now());
      this.stats.sent += 1;
      this.socket.send(JSON.stringify(order));
    }
  }

  idle() { return !this.sent.length && !this.others.length && !this.hand; }

  heard(message) {
    const [kind] = Object.keys(message);
    if (kind !== "hello") {
      const began = this.sent.shift();
      this.stats.answered += 1;
      if (this.stats.waits.length < 5000) this.stats.waits.push(performance.now() - began);
    }
    this.on[kind]?.(message[kind]);
    this.flush();
  }
}

/** What was done, with its times: `[ms, order]`. */
export class Tape {
  constructor() { this.clear(); }
  clear() { this.moves = []; this.began = 0; }
  add(order) {
    if (this.moves.length >= TAPE_MAX) return;
    const now = performance.now();
    if (!this.moves.length) this.began = now;
    this.moves.push([Math.round(now - this.began), order]);
  }
  text(cylinder, seed) {
    return JSON.stringify({ tape: 1, cylinder, seed, moves: this.moves });
  }
  /** Reads a kept tape; says in words what is wrong with it. */
  static read(text, cylinder, seed) {
    let kept;
    try { kept = JSON.parse(text); } catch { throw new Error("That file is no tape."); }
    if (kept?.tape !== 1 || !Array.isArray(kept.moves) || kept.moves.length > TAPE_MAX) throw new Error("That file is no tape.");
    if (kept.cylinder !== cylinder || kept.seed !== seed) {
      throw new Error(`That tape belongs to another cylinder (${String(kept.cylinder).slice(0, 40)}, number ${Number(kept.seed)}).`);
    }
    return kept.moves.map((move) => {
      const [at, order] = Array.isArray(move) ? move : [];
      if (!Number.isFinite(at) || !["hand", "lift", "tension", "release"].includes(order?.do)) throw new Error("That tape has a move that is none.");
      return [at, order];
    });
  }
}

/** The server's short tape as orders with times, lifts spread over time so that one sees them. */
export function spread(text) {
  const out = [];
  let now = 0, torque = 0, tip = null;
  const height = new Map();
  for (const part of text.split("_")) {
    const word = part[0], rest = part.slice(1);
    if (word === "t") { torque = Number(rest) / 10; out.push([now, { do: "tension", torque }]); now += 450; }
    if (word === "r") { torque = 0; height.clear(); out.push([now, { do: "release" }]); now += 250; }
    if (word === "w") { out.push([now, { do: "hand", torque }]); now += 150; }
    if (word === "l" || word === "d") {
      const [at, to] = rest.split("-").map(Number);
      const i = at - 1, end = to / 100;
      let from = tip === i ? height.get(i) ?? 0 : 0;
      if (end < from) from = end;
      const steps = Math.max(1, Math.ceil((end - from) / 0.04));
      for (let k = 1; k <= steps; k += 1) {
        out.push([now, { do: "lift", at: i, height: Math.round((from + (end - from) * k / steps) * 100) / 100 }]);
        now += 24;
      }
      height.set(i, end);
      tip = i;
      now += 220;
    }
  }
  return out;
}
