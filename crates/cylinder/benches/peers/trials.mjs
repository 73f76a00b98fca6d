// The trials of `cost.rs` in plain JavaScript: picking by the jump process, and blows of a bump key. The same
// rules on the same cylinders, written for speed: flat typed arrays, no allocation in the loop, one small
// generator. It draws other random numbers, so that only shares and means can be compared.
//
//   node trials.mjs INPUT.json SECONDS      prints {"pick": {...}, "blow": {...}}
import { readFileSync } from "node:fs";

const input = JSON.parse(readFileSync(process.argv[2], "utf8"));
const seconds = Number(process.argv[3] ?? 2);
const a = input.attacker;
const GATE = 5;
const OPEN = 2;
const WALL = 1e-6;
const STEEP = 1e3;
const KINETIC = 0.9;
const EVEN = 1 + 1e-9;
const LOCKED = 1e9;
const LEAST = 1e-7;
const STILL = 0.02;
const STEADY = 3;

// --- random numbers: sfc32 (PractRand) ---
let [ra, rb, rc, rd] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 1];
function bits() {
  const t = (((ra + rb) | 0) + rd) | 0;
  rd = (rd + 1) | 0;
  ra = rb ^ (rb >>> 9);
  rb = (rc + (rc << 3)) | 0;
  rc = (rc << 21) | (rc >>> 11);
  rc = (rc + t) | 0;
  return t >>> 0;
}
const uniform = () => bits() * (1 / 4294967296);
function normal() {
  const [p, q] = [bits(), bits()];
  return ((p & 0xffff) + (p >>> 16) + (q & 0xffff) + (q >>> 16) - 131070) / 37837.2;
}

// --- friction at the shear line ---
const { mu, stiffness } = input;
function resistUp(n, s) {
  if (n <= 0) return 0;
  if (s < 0) {
    const p = -s;
    return mu * p >= 1 ? Infinity : n * (mu + (p + mu) / (1 - mu * p));
  }
  return n * (mu + (mu - s) / (1 + mu * s));
}
const holdDown = (s) => (s > 0 && mu * s >= 1 ? Infinity : mu + (mu + s) / (1 - mu * s));
const pushUp = (s) => (s - mu) / (1 + mu * s) - mu;

// --- cylinders: the curves of all elements in one array each ---
const n = input.pins;
const locks = input.locks.map((l) => {
  const start = new Int32Array(n + 1);
  l.curves.forEach((c, i) => (start[i + 1] = start[i] + c.length));
  const xs = new Float64Array(start[n]);
  const ys = new Float64Array(start[n]);
  const slopes = new Float64Array(start[n]);
  l.curves.forEach((c, i) =>
    c.forEach(([x, y], k) => {
      xs[start[i] + k] = x;
      ys[start[i] + k] = y;
      if (k > 0) slopes[start[i] + k - 1] = (y - c[k - 1][1]) / Math.max(x - c[k - 1][0], WALL);
    }),
  );
  const of = (key) => Float64Array.from(l[key]);
  return { start, xs, ys, slopes, preload: of("preload"), rate: of("rate"), set: of("set_lift"), gap: of("gap"), keyPin: of("key_pin") };
});

// --- one cylinder under hand: state shared by all trials ---
const X = new Float64Array(n);
const P = new Int32Array(n);
const Y = new Float64Array(n);
const foot = new Float64Array(n);
const hold = new Float64Array(n);
const push = new Float64Array(n);
const rest = new Float64Array(n);
const member = new Uint8Array(n);
const feet = new Int32Array(n);
let lock = locks[0];
let [y, force, fallen, events, raised] = [0, 0, 0, 0, 0];

/// Plug travel with `skip` left out (-1: none), and, if `group`, without its members.
function travel(f, skip, group) {
  let least = Infinity;
  for (let i = 0; i < n; i++) if (i !== skip && Y[i] < least && !(group && member[i])) least = Y[i];
  if (least === Infinity) return GATE;
  if (group && least > GATE) least = GATE;
  const wind = f / stiffness;
  let at = least + wind;
  let count = 1;
  for (;;) {
    let [sum, within] = [0, 0];
    for (let i = 0; i < n; i++) {
      if (i === skip) continue;
      const v = group && member[i] ? GATE : Y[i];
      if (v < at) {
        sum += v;
        within++;
      }
    }
    if (within <= count) return at;
    const next = (wind + sum) / within;
    if (next >= at) return at;
    at = next;
    count = within;
  }
}
const solve = () => {
  y = force <= 0 ? 0 : travel(force, -1, false);
};
const load = (i) => (y > Y[i] ? stiffness * (y - Y[i]) : 0);
const spring = (i) => lock.preload[i] + lock.rate[i] * X[i];

function put(i, x, piece, height) {
  const o = lock.start[i];
  if (X[i] > x) fallen += X[i] - x;
  X[i] = x;
  P[i] = piece;
  Y[i] = height;
  const s = lock.slopes[o + piece];
  push[i] = s > 0 ? Math.max(pushUp(s), 0) : 0;
  if (x > 0) {
    raised |= 1 << i;
    const left = x > lock.xs[o + piece] ? piece : Math.max(piece, 1) - 1;
    const t = lock.slopes[o + left];
    if (t > 0) {
      foot[i] = lock.ys[o + left];
      hold[i] = t >= STEEP ? Infinity : Math.min(holdDown(t), LOCKED);
    } else {
      foot[i] = -Infinity;
      hold[i] = holdDown(t);
    }
  } else raised &= ~(1 << i);
}
function place(i, x, piece) {
  const o = lock.start[i] + piece;
  const height = lock.ys[o] + lock.slopes[o] * (x - lock.xs[o]);
  const before = Y[i];
  put(i, x, piece, height);
  if (height !== before) solve();
}
function quiet(lifted) {
  for (let i = 0; i < n; i++) {
    if (push[i] > 0 && load(i) * push[i] > spring(i) * EVEN) return false;
    if ((raised >> i) & 1 && i !== lifted) {
      if (foot[i] >= y) return false;
      if (hold[i] < Infinity && load(i) * hold[i] < spring(i) * (2 - EVEN)) return false;
    }
  }
  return true;
}
function climb() {
  let [carried, starts, any] = [0, false, false];
  for (let i = 0; i < n; i++) {
    member[i] = 0;
    if (push[i] <= 0) continue;
    const up = load(i) * push[i];
    const down = spring(i);
    if (up <= KINETIC * down * EVEN) continue;
    const breaks = up > down * EVEN;
    starts ||= breaks;
    if (breaks && lock.slopes[lock.start[i] + P[i]] >= STEEP) {
      place(i, lock.xs[lock.start[i] + P[i] + 1], P[i] + 1);
      events++;
      return true;
    }
    rest[i] = (KINETIC * down) / push[i];
    carried += rest[i];
    member[i] = 1;
    any = true;
  }
  if (!starts || !any) return false;
  let at = travel(Math.max(force - carried, 0), -1, true);
  for (let i = 0; i < n; i++) if (member[i]) at = Math.min(at, lock.ys[lock.start[i] + P[i] + 1] + rest[i] / stiffness);
  let moved = false;
  for (let i = 0; i < n; i++) {
    if (!member[i]) continue;
    const k = lock.start[i] + P[i];
    const to = at - rest[i] / stiffness;
    if (to >= lock.ys[k + 1] - 1e-12) {
      put(i, lock.xs[k + 1], P[i] + 1, lock.ys[k + 1]);
      moved = true;
    } else if (to > Y[i] + LEAST) {
      put(i, lock.xs[k] + (to - lock.ys[k]) / lock.slopes[k], P[i], to);
      moved = true;
    }
  }
  solve();
  events++;
  return moved;
}
function leftPiece(i) {
  return X[i] > lock.xs[lock.start[i] + P[i]] ? P[i] : P[i] - 1;
}
function sink(lifted) {
  let [carried, starts] = [0, false];
  for (let i = 0; i < n; i++) {
    member[i] = 0;
    if (!((raised >> i) & 1) || i === lifted) continue;
    const left = leftPiece(i);
    if (left < 0) continue;
    const o = lock.start[i] + left;
    const s = lock.slopes[o];
    if (s <= 0 || s >= STEEP) continue;
    const down = spring(i);
    const held = load(i) * hold[i];
    if (held >= (down / KINETIC) * (2 - EVEN) || lock.ys[o] >= (force <= 0 ? 0 : travel(force, i, false))) continue;
    starts ||= held < down * (2 - EVEN);
    rest[i] = down / (KINETIC * hold[i]);
    feet[i] = left;
    carried += rest[i];
    member[i] = 1;
  }
  if (!starts) return false;
  let at = carried <= force ? travel(force - carried, -1, true) : -Infinity;
  for (let i = 0; i < n; i++) if (member[i]) at = Math.max(at, lock.ys[lock.start[i] + feet[i]] + rest[i] / stiffness);
  let moved = false;
  for (let i = 0; i < n; i++) {
    if (!member[i]) continue;
    const k = lock.start[i] + feet[i];
    const to = at - rest[i] / stiffness;
    if (to <= lock.ys[k] + 1e-12) {
      put(i, lock.xs[k], feet[i], lock.ys[k]);
      moved = true;
    } else if (to < Y[i] - LEAST) {
      put(i, lock.xs[k] + (to - lock.ys[k]) / lock.slopes[k], feet[i], to);
      moved = true;
    }
  }
  solve();
  events++;
  return moved;
}
function dropOne(i) {
  const left = leftPiece(i);
  if (left < 0) return false;
  const o = lock.start[i] + left;
  const s = lock.slopes[o];
  if (s >= STEEP && force > 0 && lock.ys[o] < y) return false;
  if (s > 0) {
    if (force > 0 && lock.ys[o] < travel(force, i, false)) return false;
  } else if (load(i) * hold[i] >= spring(i)) return false;
  place(i, lock.xs[o], left);
  events++;
  return true;
}
function settle(lifted) {
  for (let round = 0; round < 40; round++) {
    if (quiet(lifted)) return;
    let slid = climb() || sink(lifted);
    if (!slid) {
      for (let i = 0; i < n; i++) {
        while (i !== lifted && X[i] > 0 && dropOne(i)) slid = true;
      }
    }
    if (!slid) return;
  }
}
function reset() {
  events++;
  [force, y, raised] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const o = lock.start[i];
    [X[i], P[i], Y[i]] = [0, 0, lock.ys[o]];
    push[i] = lock.slopes[o] > 0 ? Math.max(pushUp(lock.slopes[o]), 0) : 0;
  }
}
function tension(f) {
  const before = fallen;
  force = f;
  solve();
  settle(-1);
  return fallen - before;
}
function feel(i) {
  events++;
  if (X[i] > 0) {
    const left = leftPiece(i);
    if (left >= 0 && lock.slopes[lock.start[i] + left] > 0) return 0.03;
  }
  const needed = spring(i) + resistUp(load(i), lock.slopes[lock.start[i] + P[i]]);
  return Math.min(Math.max(needed, 0), 50);
}
function loadAt(i, height) {
  if (force <= 0) return 0;
  const kept = Y[i];
  Y[i] = height;
  const at = travel(force, -1, false);
  Y[i] = kept;
  return Math.max(stiffness * (at - height), 0);
}
function reach(i, s, end, cap) {
  const coefficient = resistUp(1, s);
  const most = Math.max((cap - spring(i)) / coefficient, 0);
  if (coefficient <= 0 || loadAt(i, Y[i] + s * (end - X[i])) <= most) return end;
  const at = travel(Math.max(force - most, 0), i, false);
  return Math.min(Math.max(X[i] + (at - most / stiffness - Y[i]) / s, X[i]), end);
}
const CLICK = 0, STUCK = 1, STOP = 2, NOTHING = 3;
let back = 0;
function lift(i, capN, click, give, overrun, jump, way) {
  events++;
  const [first, begun] = [y, X[i]];
  const o = lock.start[i];
  const last = lock.start[i + 1] - o - 1;
  let [low, felt, blocked, target] = [y, NOTHING, false, begun + way];
  const cap = capN + spring(i);
  for (let turn = 0; turn < 80; turn++) {
    const k = P[i];
    if (X[i] >= target || k >= last) break;
    const s = lock.slopes[o + k];
    const under = spring(i);
    const n0 = load(i);
    const resisted = resistUp(n0, s);
    const corner = lock.xs[o + k + 1];
    const end = Math.min(corner, target);
    if (s < 0) {
      const x = reach(i, s, end, cap);
      if (x < end) {
        place(i, x, k);
        settle(i);
        low = Math.min(low, y);
        blocked = true;
        break;
      }
    } else if (under + resisted > cap) {
      blocked = true;
      break;
    }
    const whole = end >= corner;
    place(i, end, whole ? k + 1 : k);
    const frees =
      whole && s === 0 && n0 > 0 && k + 3 <= last && lock.ys[o + k + 1] < lock.ys[o + k + 2] && lock.ys[o + k + 3] >= GATE;
    if (frees) {
      const x = corner + jump;
      let piece = P[i];
      while (piece + 2 <= last && lock.xs[o + piece + 1] <= x) piece++;
      place(i, x, piece);
    }
    if (s !== 0 || frees) settle(i);
    if (y >= OPEN) {
      felt = CLICK;
      break;
    }
    if (felt === NOTHING && (y - low >= click || (frees && resisted / (under + resisted) >= give))) {
      felt = CLICK;
      target = Math.min(target, X[i] + overrun * (1 - input.grows + (input.grows * (under + resisted)) / STEADY));
    }
    low = Math.min(low, y);
  }
  if (blocked && felt === NOTHING) felt = X[i] - begun < STILL ? STUCK : STOP;
  settle(-1);
  back = Math.max(first - low, 0);
  return felt;
}

// --- the attacker ---
let [time, held, ease] = [0, 0, 1];
const tense = () => tension(Math.max(held * ease * (1 + 0.5 * a.torque_cv * normal()), 0.02));
function pick(horizon) {
  time = a.setup_s;
  for (;;) {
    reset();
    held = (a.torque_nmm / input.radius) * Math.max(1 + a.torque_cv * normal(), 0.2);
    ease = 1;
    tense();
    let [believed, tried, stale, rounds] = [0, 0, 0, 0];
    while (stale < a.patience && rounds < 4) {
      tense();
      let [i, most] = [-1, 0];
      for (let j = 0; j < n; j++) {
        if (((believed | tried) >> j) & 1) continue;
        time += a.probe_s * input.pace;
        const f = feel(j) * Math.max(1 + a.force_noise * normal(), 0);
        if (i < 0 || f > most) [i, most] = [j, f];
      }
      if (time > horizon) return Infinity;
      if (i < 0) {
        rounds++;
        if (tried === 0 && a.aware && rounds % 2 === 1) ease = Math.max(ease * 0.5, 0.15);
        else if (tried === 0) ease = Math.min(ease * 1.5, 2.5);
        else {
          if (!a.aware) break;
          const kept = ease;
          let fell = false;
          for (let step = 0; step < 8 && !fell; step++) {
            ease *= 0.7;
            time += 0.5 * a.probe_s * input.pace;
            fell = tense() > STILL;
          }
          ease = kept;
          tense();
          if (!fell) break;
        }
        [believed, tried] = [0, 0];
        continue;
      }
      tense();
      const click = Math.max(a.click_mm * (input.radius / input.wrench) * (1 + 0.3 * normal()), 1e-4);
      const give = 3.5 * a.force_noise * (1 + 0.3 * normal());
      const overrun = Math.abs(a.lift_noise_mm * normal());
      const jump = input.jump * a.release * Math.max(1 + 0.4 * normal(), 0);
      if (uniform() < a.brush && i > 0) {
        const more = lock.set[i] * (0.3 + 0.75 * uniform()) - X[i - 1];
        if (more > 0) lift(i - 1, 0.5 * a.force_cap_n, Infinity, Infinity, 0, input.jump * (1 + 5 * uniform()), more);
      }
      const felt = lift(i, a.force_cap_n, click, give, overrun, jump, input.travel);
      time += a.lift_s * input.pace * (0.75 + 0.5 * uniform());
      if (y >= OPEN) return time > horizon ? Infinity : time;
      if (back > 0.05) believed = 0;
      if (felt === CLICK) {
        believed |= 1 << i;
        [tried, stale, rounds] = [0, 0, 0];
      } else {
        if (felt === STOP && a.aware) believed |= 1 << i;
        else tried |= 1 << i;
        stale++;
      }
      if (a.aware) {
        if (y > 0.12) ease = Math.min(ease, 0.5);
        if (felt === STUCK) ease = Math.max(ease * 0.8, 0.2);
        else if (felt === CLICK && y <= 0.12) ease = Math.min(ease * 1.3, Math.max(ease, 1));
      }
    }
    time += a.reset_s * input.pace;
  }
}

// --- one blow of a bump key: closed-form flights ---
const b = input.blow;
const order = new Int32Array(n);
const opens = new Float64Array(n);
const shuts = new Float64Array(n);
function blow(ratchet) {
  const speed = b.speed * Math.max(1 + b.speed_cv * normal(), 0.05);
  const torque = b.torque * Math.max(1 + a.torque_cv * normal(), 0.1);
  const f = torque / input.radius;
  for (let i = 0; i < n; i++) {
    let j = i;
    while (j > 0 && lock.gap[order[j - 1]] > lock.gap[i]) order[j] = order[--j];
    order[j] = i;
  }
  for (let i = 0; i < n; i++) {
    const keyMass = b.density * lock.keyPin[i] * 1e-3;
    const e = Math.min(Math.max(b.pin_restitution * (1 + 0.1 * normal()), 0.05), 0.98);
    const rise = Math.max(lock.set[i] - 0.2, 0.05) * 1e-3;
    const kick = (1 + b.key_restitution) * b.ramp * speed * (1 + 0.05 * normal());
    const all = keyMass + b.driver;
    const vd = (((1 + e) * keyMass) / all) * kick;
    const vk = ((keyMass - e * b.driver) / all) * kick;
    const k = Math.max(lock.rate[i], 1e-3) * 1e3;
    const rub = i === order[0] ? 2 * mu * f : 0;
    const w = Math.sqrt(k / b.driver);
    const up = (lock.preload[i] + rub) / k;
    const amplitude = Math.sqrt(up * up + (vd * vd) / (w * w));
    const top = amplitude - up;
    [opens[i], shuts[i]] = [Infinity, 0];
    if (top <= rise) continue;
    const phase = Math.asin(up / amplitude);
    const t1 = (Math.asin((rise + up) / amplitude) - phase) / w;
    const down = Math.max(lock.preload[i] - rub, 0) / k;
    const t2 = (Math.PI / 2 - phase) / w + Math.acos(Math.min((rise + down) / (top + down), 1)) / w;
    const follow = b.recoil * Math.max(vk, 0);
    const shut = Math.min(t2, follow > 0 ? rise / follow : Infinity);
    if (shut > t1) [opens[i], shuts[i]] = [t1, shut];
  }
  const mass = (b.inertia * 1e-6) / (input.radius * 1e-3) ** 2;
  const takes = (mm) => Math.sqrt((2 * Math.max(mm, 0) * 1e-3 * mass) / f);
  if (!ratchet) {
    let [o, s, hi, lo] = [0, Infinity, 0, Infinity];
    for (let i = 0; i < n; i++) {
      o = Math.max(o, opens[i]);
      s = Math.min(s, shuts[i]);
      hi = Math.max(hi, lock.gap[i]);
      lo = Math.min(lo, lock.gap[i]);
    }
    return s - o > takes(hi - lo + b.chamfer + b.key_pin_edge);
  }
  let now = 0;
  for (let k = 0; k < n; k++) {
    const i = order[k];
    const from = Math.max(now, opens[i]);
    if (from + takes(b.chamfer) > shuts[i]) return false;
    const next = k + 1 < n ? lock.gap[order[k + 1]] - lock.gap[i] : 0;
    now = from + takes(Math.max(next, b.chamfer));
  }
  return true;
}

/// Runs `trial` for the time given, eight times on each cylinder, after warming up; processor seconds.
function measure(trial) {
  let [done, opened, sum] = [0, 0, 0];
  const run = (until) => {
    while (process.cpuUsage().user / 1e6 < until) {
      for (let batch = 0; batch < 64; batch++) {
        lock = locks[done % locks.length];
        for (let k = 0; k < 8; k++) {
          const t = trial(k);
          if (t < Infinity) {
            opened++;
            sum += t;
          }
        }
        done++;
      }
    }
  };
  run(process.cpuUsage().user / 1e6 + 0.3 * seconds);
  [opened, sum, events] = [0, 0, 0];
  const before = done;
  const begin = process.cpuUsage().user / 1e6;
  run(begin + seconds);
  const took = process.cpuUsage().user / 1e6 - begin;
  const trials = 8 * (done - before);
  return { per_s: trials / took, events_per_s: events / took, opened: opened / trials, mean: sum / Math.max(opened, 1) };
}

const picked = measure(() => pick(1800));
const struck = measure((k) => (blow(k % 2 === 0) ? 0 : Infinity));
console.log(JSON.stringify({ version: process.version, pick: picked, blow: struck }));
