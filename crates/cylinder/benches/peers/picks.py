"""The picks of `cost.rs` in NumPy: the jump process of `trials.mjs`, many attempts at once. Every attempt is a lane;
each operation works on all lanes that are at the same place of the loop, and a lane whose attempt has ended begins
the next one. The forces at the shear line are solved for all lanes by one sort and one running sum.

    python picks.py INPUT.json SECONDS      prints {"pick": {...}}
"""

import json
import sys
import time

import numpy as np

GATE, OPEN, WALL, STEEP, KINETIC, LOCKED, LEAST, STILL, STEADY = 5.0, 2.0, 1e-6, 1e3, 0.9, 1e9, 1e-7, 0.02, 3.0
EVEN = 1 + 1e-9
CLICK, STUCK, STOP, NOTHING = 0, 1, 2, 3
LANES = 2048


class Cylinders:
    """All cylinders as padded arrays: corners behind the last repeat it, slopes there are flat."""

    def __init__(self, given):
        locks, n = given["locks"], given["pins"]
        most = max(len(curve) for lock in locks for curve in lock["curves"]) + 3
        self.x = np.full((len(locks), n, most), np.inf)
        self.y = np.zeros((len(locks), n, most))
        self.slope = np.zeros((len(locks), n, most))
        self.last = np.zeros((len(locks), n), dtype=np.int64)
        for m, lock in enumerate(locks):
            for i, curve in enumerate(lock["curves"]):
                xs, ys = np.array(curve).T
                self.x[m, i, : len(xs)], self.y[m, i, : len(ys)] = xs, ys
                self.y[m, i, len(ys) :] = ys[-1]
                self.slope[m, i, : len(xs) - 1] = np.diff(ys) / np.maximum(np.diff(xs), WALL)
                self.last[m, i] = len(xs) - 1
        for key in ("preload", "rate", "set_lift"):
            setattr(self, key, np.array([lock[key] for lock in locks]))


class Hands:
    """The lanes: where every pin is, what the plug does, and how far each attempt has come."""

    def __init__(self, given, rng):
        self.g, self.a, self.rng, self.c = given, given["attacker"], rng, Cylinders(given)
        self.n, self.mu, self.stiff = given["pins"], given["mu"], given["stiffness"]
        shape = (LANES, self.n)
        self.all = np.arange(LANES)
        self.ones = np.arange(1, self.n + 1)
        self.X, self.Y = np.zeros(shape), np.zeros(shape)
        self.P = np.zeros(shape, dtype=np.int64)
        self.foot, self.hold, self.push = np.zeros(shape), np.zeros(shape), np.zeros(shape)
        self.y, self.force, self.fallen = np.zeros(LANES), np.zeros(LANES), np.zeros(LANES)
        self.time, self.held, self.ease = np.zeros(LANES), np.zeros(LANES), np.ones(LANES)
        self.believed, self.tried = np.zeros(shape, dtype=bool), np.zeros(shape, dtype=bool)
        self.stale, self.rounds = np.zeros(LANES, dtype=np.int64), np.zeros(LANES, dtype=np.int64)
        self.trial = self.all.copy()
        self.next = LANES
        self.x, self.ys = np.empty(self.c.x[:1].repeat(LANES, 0).shape), np.empty(self.c.x[:1].repeat(LANES, 0).shape)
        self.slope = np.empty_like(self.x)
        self.last = np.empty(shape, dtype=np.int64)
        self.preload, self.rate, self.set = np.empty(shape), np.empty(shape), np.empty(shape)
        self.done = self.opened = 0
        self.sum = 0.0
        self.begin_trial(self.all)

    # --- friction at the shear line ---
    def resist_up(self, n, s):
        mu, p = self.mu, -s
        with np.errstate(divide="ignore", invalid="ignore"):
            steep = np.where(mu * p >= 1, np.inf, n * (mu + (p + mu) / (1 - mu * p)))
            return np.where(n <= 0, 0.0, np.where(s < 0, steep, n * (mu + (mu - s) / (1 + mu * s))))

    def hold_down(self, s):
        mu = self.mu
        with np.errstate(divide="ignore"):
            return np.where((s > 0) & (mu * s >= 1), np.inf, mu + (mu + s) / (1 - mu * s))

    def push_up(self, s):
        return np.where(s > 0, np.maximum((s - self.mu) / (1 + self.mu * s) - self.mu, 0), 0)

    def level(self, force, heights):
        """Where the plug comes to rest against these heights: the least of all running means with the wrench's wind."""
        heights = np.sort(heights, axis=1)
        return ((force / self.stiff)[:, None] + np.cumsum(heights, axis=1)).__truediv__(self.ones).min(axis=1)

    def level_with(self, force, heights, member):
        """The same with a group of pins that no longer stand in the way but for the gate's far side."""
        at = self.level(force, np.where(member, GATE, heights))
        return np.where(member.all(axis=1), GATE, at)

    def level_without(self, rows, i):
        heights = self.Y[rows].copy()
        heights[np.arange(len(rows)), i] = np.inf
        return self.level(self.force[rows], heights)

    def solve(self, rows):
        force = self.force[rows]
        self.y[rows] = np.where(force <= 0, 0.0, self.level(force, self.Y[rows]))

    def load(self, rows):
        return np.maximum(self.stiff * (self.y[rows][:, None] - self.Y[rows]), 0)

    def spring(self, rows):
        return self.preload[rows] + self.rate[rows] * self.X[rows]

    # --- moving pins ---
    def put(self, rows, i, x, piece, height):
        self.fallen[rows] += np.maximum(self.X[rows, i] - x, 0)
        self.X[rows, i], self.P[rows, i], self.Y[rows, i] = x, piece, height
        self.push[rows, i] = self.push_up(self.slope[rows, i, piece])
        left = np.where(x > self.x[rows, i, piece], piece, np.maximum(piece, 1) - 1)
        t = self.slope[rows, i, left]
        hold = self.hold_down(t)
        steep = np.where(t >= STEEP, np.inf, np.minimum(hold, LOCKED))
        up = x > 0
        self.foot[rows, i] = np.where(up, np.where(t > 0, self.ys[rows, i, left], -np.inf), self.foot[rows, i])
        self.hold[rows, i] = np.where(up, np.where(t > 0, steep, hold), self.hold[rows, i])

    def place(self, rows, i, x, piece):
        height = self.ys[rows, i, piece] + self.slope[rows, i, piece] * (x - self.x[rows, i, piece])
        changed = height != self.Y[rows, i]
        self.put(rows, i, x, piece, height)
        self.solve(rows[changed])

    def left_piece(self, rows, i):
        return np.where(self.X[rows, i] > self.x[rows, i, self.P[rows, i]], self.P[rows, i], self.P[rows, i] - 1)

    def unquiet(self, rows, lifted):
        load, spring = self.load(rows), self.spring(rows)
        push, hold = self.push[rows], self.hold[rows]
        moves = (push > 0) & (load * push > spring * EVEN)
        others = (self.X[rows] > 0) & (np.arange(self.n) != lifted[:, None])
        with np.errstate(invalid="ignore"):
            falls = (self.foot[rows] >= self.y[rows][:, None]) | ((hold < np.inf) & (load * hold < spring * (2 - EVEN)))
        return (moves | (others & falls)).any(axis=1)

    def slide(self, rows, member, rest, piece, at, up):
        """Moves the members of each lane to where the plug lets them; which lanes moved."""
        lane, i = np.nonzero(member)
        to = at[lane] - rest[lane, i] / self.stiff
        r, k = rows[lane], piece[lane, i]
        corner = k + 1 if up else k
        edge, now = self.ys[r, i, corner], self.Y[r, i]
        whole = to >= edge - 1e-12 if up else to <= edge + 1e-12
        part = ~whole & (to > now + LEAST if up else to < now - LEAST)
        with np.errstate(divide="ignore", invalid="ignore"):
            between = self.x[r, i, k] + (to - self.ys[r, i, k]) / self.slope[r, i, k]
        move = whole | part
        x = np.where(whole, self.x[r, i, corner], between)
        self.put(r[move], i[move], x[move], np.where(whole, corner, k)[move], np.where(whole, edge, to)[move])
        self.solve(rows)
        moved = np.zeros(len(rows), dtype=bool)
        moved[lane[move]] = True
        return moved

    def climb(self, rows):
        load, down, push = self.load(rows), self.spring(rows), self.push[rows]
        up = load * push
        member = (push > 0) & (up > KINETIC * down * EVEN)
        breaks = member & (up > down * EVEN)
        piece = self.P[rows]
        cols = np.arange(self.n)
        steep = breaks & (self.slope[rows[:, None], cols, piece] >= STEEP)
        moved = steep.any(axis=1)
        if moved.any():
            r, i = rows[moved], steep[moved].argmax(axis=1)
            k = self.P[r, i] + 1
            self.place(r, i, self.x[r, i, k], k)
        go = breaks.any(axis=1) & ~moved
        if go.any():
            r, m = rows[go], member[go]
            with np.errstate(divide="ignore"):
                rest = np.where(m, KINETIC * down[go] / push[go], 0)
            at = self.level_with(np.maximum(self.force[r] - rest.sum(axis=1), 0), self.Y[r], m)
            corner = self.ys[r[:, None], cols, piece[go] + 1] + rest / self.stiff
            at = np.minimum(at, np.where(m, corner, np.inf).min(axis=1))
            moved[go] = self.slide(r, m, rest, piece[go], at, True)
        return moved

    def sink(self, rows, lifted):
        cols = np.arange(self.n)
        x, piece = self.X[rows], self.P[rows]
        left = np.where(x > self.x[rows[:, None], cols, piece], piece, piece - 1)
        feet = np.maximum(left, 0)
        s = self.slope[rows[:, None], cols, feet]
        down, hold = self.spring(rows), self.hold[rows]
        with np.errstate(invalid="ignore"):
            held = self.load(rows) * hold
        foot = self.ys[rows[:, None], cols, feet]
        member = (x > 0) & (cols != lifted[:, None]) & (left >= 0) & (s > 0) & (s < STEEP)
        member &= ~(held >= down / KINETIC * (2 - EVEN))
        starts = member & (held < down * (2 - EVEN))
        moved = np.zeros(len(rows), dtype=bool)
        go = np.flatnonzero(starts.any(axis=1))
        if not len(go):
            return moved
        for i in range(self.n):
            has = go[member[go, i]]
            if len(has):
                r = rows[has]
                free = np.where(self.force[r] <= 0, 0.0, self.level_without(r, np.full(len(r), i)))
                member[has, i] = foot[has, i] < free
        go = go[(starts & member)[go].any(axis=1)]
        if len(go):
            r, m = rows[go], member[go]
            with np.errstate(divide="ignore", invalid="ignore"):
                rest = np.where(m, down[go] / (KINETIC * hold[go]), 0)
            carried = rest.sum(axis=1)
            at = self.level_with(np.maximum(self.force[r] - carried, 0), self.Y[r], m)
            at = np.where(carried <= self.force[r], at, -np.inf)
            at = np.maximum(at, np.where(m, foot[go] + rest / self.stiff, -np.inf).max(axis=1))
            moved[go] = self.slide(r, m, rest, feet[go], at, False)
        return moved

    def drop(self, rows, lifted):
        moved = np.zeros(len(rows), dtype=bool)
        for i in range(self.n):
            at = np.flatnonzero((lifted != i) & (self.X[rows, i] > 0))
            while len(at):
                r = rows[at]
                left = self.left_piece(r, i)
                foot = np.maximum(left, 0)
                s, ys, force = self.slope[r, i, foot], self.ys[r, i, foot], self.force[r]
                stays = (left < 0) | ((s >= STEEP) & (force > 0) & (ys < self.y[r]))
                load = np.maximum(self.stiff * (self.y[r] - self.Y[r, i]), 0)
                with np.errstate(invalid="ignore"):
                    flat = load * self.hold[r, i] >= self.preload[r, i] + self.rate[r, i] * self.X[r, i]
                free = self.level_without(r, np.full(len(r), i))
                stays |= np.where(s > 0, (force > 0) & (ys < free), flat)
                at, foot = at[~stays], foot[~stays]
                self.place(rows[at], np.full(len(at), i), self.x[rows[at], i, foot], foot)
                moved[at] = True
                at = at[self.X[rows[at], i] > 0]
        return moved

    def settle(self, rows, lifted):
        for _ in range(40):
            keep = self.unquiet(rows, lifted)
            rows, lifted = rows[keep], lifted[keep]
            if not len(rows):
                return
            slid = self.climb(rows)
            still = np.flatnonzero(~slid)
            if len(still):
                slid[still] = self.sink(rows[still], lifted[still])
                still = still[~slid[still]]
                slid[still] = self.drop(rows[still], lifted[still])
            rows, lifted = rows[slid], lifted[slid]

    def tension(self, rows, force):
        before = self.fallen[rows].copy()
        self.force[rows] = force
        self.solve(rows)
        self.settle(rows, np.full(len(rows), -1))
        return self.fallen[rows] - before

    def tense(self, rows):
        wobble = 1 + 0.5 * self.a["torque_cv"] * self.rng.standard_normal(len(rows))
        return self.tension(rows, np.maximum(self.held[rows] * self.ease[rows] * wobble, 0.02))

    def feel(self, rows):
        """What every pin resists the pick with (N)."""
        cols = np.arange(self.n)
        piece = self.P[rows]
        needed = self.spring(rows) + self.resist_up(self.load(rows), self.slope[rows[:, None], cols, piece])
        left = np.where(self.X[rows] > self.x[rows[:, None], cols, piece], piece, piece - 1)
        stands = self.slope[rows[:, None], cols, np.maximum(left, 0)] > 0
        return np.where((self.X[rows] > 0) & (left >= 0) & stands, 0.03, np.clip(needed, 0, 50))

    def reach(self, r, i, s, end, cap):
        """How far a rising load lets the pick go."""
        x, y = self.X[r, i], self.Y[r, i]
        spring = self.preload[r, i] + self.rate[r, i] * x
        coefficient = self.resist_up(np.ones(len(r)), s)
        most = np.maximum((cap - spring) / coefficient, 0)
        height = y + s * (end - x)
        trial = self.Y[r].copy()
        trial[np.arange(len(r)), i] = height
        load = np.where(self.force[r] <= 0, 0, np.maximum(self.stiff * (self.level(self.force[r], trial) - height), 0))
        at = self.level_without(r, i)
        rest = np.maximum(self.force[r] - most, 0)
        others = self.Y[r].copy()
        others[np.arange(len(r)), i] = np.inf
        at = self.level(rest, others)
        short = np.clip(x + (at - most / self.stiff - y) / s, x, end)
        return np.where((coefficient <= 0) | (load <= most), end, short)

    def lift(self, rows, i, cap, click, give, overrun, jump, way):
        """Lifts pin `i` of each lane; what was felt and how far the plug came back."""
        first, begun = self.y[rows].copy(), self.X[rows, i].copy()
        low, felt = first.copy(), np.full(len(rows), NOTHING)
        blocked = np.zeros(len(rows), dtype=bool)
        target = begun + way
        cap = cap + self.preload[rows, i] + self.rate[rows, i] * begun
        grows = self.g["grows"]
        go = np.arange(len(rows))
        for _ in range(80):
            go = go[(self.X[rows[go], i[go]] < target[go]) & (self.P[rows[go], i[go]] < self.last[rows[go], i[go]])]
            if not len(go):
                break
            r, ii = rows[go], i[go]
            k, x = self.P[r, ii], self.X[r, ii]
            s = self.slope[r, ii, k]
            under = self.preload[r, ii] + self.rate[r, ii] * x
            load = np.maximum(self.stiff * (self.y[r] - self.Y[r, ii]), 0)
            resisted = self.resist_up(load, s)
            corner = self.x[r, ii, k + 1]
            end = np.minimum(corner, target[go])
            stop = (s >= 0) & (under + resisted > cap[go])
            falling = np.flatnonzero(s < 0)
            if len(falling):
                f = falling
                to = self.reach(r[f], ii[f], s[f], end[f], cap[go][f])
                held = to < end[f]
                f, to = f[held], to[held]
                self.place(r[f], ii[f], to, k[f])
                self.settle(r[f], ii[f])
                low[go[f]] = np.minimum(low[go[f]], self.y[r[f]])
                stop[f] = True
            blocked[go[stop]] = True
            on = ~stop
            go, r, ii, k, s, end, corner = go[on], r[on], ii[on], k[on], s[on], end[on], corner[on]
            load, under, resisted = load[on], under[on], resisted[on]
            whole = end >= corner
            self.place(r, ii, end, np.where(whole, k + 1, k))
            frees = whole & (s == 0) & (load > 0) & (k + 3 <= self.last[r, ii])
            frees &= (self.ys[r, ii, k + 1] < self.ys[r, ii, k + 2]) & (self.ys[r, ii, np.minimum(k + 3, self.ys.shape[2] - 1)] >= GATE)
            if frees.any():
                fr, fi = r[frees], ii[frees]
                beyond = corner[frees] + jump[go[frees]]
                piece = (self.x[fr, fi, 1:] <= beyond[:, None]).sum(axis=1)
                self.place(fr, fi, beyond, np.maximum(self.P[fr, fi], np.minimum(piece, self.last[fr, fi] - 1)))
            wakes = (s != 0) | frees
            self.settle(r[wakes], ii[wakes])
            y = self.y[r]
            opened = y >= OPEN
            felt[go[opened]] = CLICK
            clicks = ~opened & (felt[go] == NOTHING)
            clicks &= (y - low[go] >= click[go]) | (frees & (resisted / (under + resisted) >= give[go]))
            felt[go[clicks]] = CLICK
            run_on = overrun[go] * (1 - grows + grows * (under + resisted) / STEADY)
            target[go] = np.where(clicks, np.minimum(target[go], self.X[r, ii] + run_on), target[go])
            low[go] = np.minimum(low[go], y)
            go = go[~opened]
        silent = blocked & (felt == NOTHING)
        felt[silent] = np.where(self.X[rows, i] - begun < STILL, STUCK, STOP)[silent]
        self.settle(rows, np.full(len(rows), -1))
        return felt, np.maximum(first - low, 0)

    # --- the attacker ---
    def begin_trial(self, rows):
        """The next attempt of these lanes: eight on each cylinder."""
        self.trial[rows] = np.arange(self.next, self.next + len(rows))
        self.next += len(rows)
        m = self.trial[rows] // 8 % len(self.c.x)
        self.x[rows], self.ys[rows], self.slope[rows] = self.c.x[m], self.c.y[m], self.c.slope[m]
        self.last[rows], self.preload[rows] = self.c.last[m], self.c.preload[m]
        self.rate[rows], self.set[rows] = self.c.rate[m], self.c.set_lift[m]
        self.time[rows] = self.a["setup_s"]
        self.start_over(rows)

    def start_over(self, rows):
        self.force[rows] = self.y[rows] = 0
        self.X[rows], self.P[rows], self.Y[rows] = 0, 0, self.ys[rows, :, 0]
        self.push[rows] = self.push_up(self.slope[rows, :, 0])
        torque = np.maximum(1 + self.a["torque_cv"] * self.rng.standard_normal(len(rows)), 0.2)
        self.held[rows] = self.a["torque_nmm"] / self.g["radius"] * torque
        self.ease[rows] = 1
        self.tense(rows)
        self.believed[rows], self.tried[rows] = False, False
        self.stale[rows] = self.rounds[rows] = 0

    def ended(self, rows, opened):
        self.done += len(rows)
        self.opened += int(opened.sum())
        self.sum += float(self.time[rows][opened].sum())
        self.begin_trial(rows)

    def step(self, horizon):
        """One choice and one lift of every lane."""
        a, pace = self.a, self.g["pace"]
        spent = np.flatnonzero((self.stale >= a["patience"]) | (self.rounds >= 4))
        if len(spent):
            self.time[spent] += a["reset_s"] * pace
            self.start_over(spent)
        rows = self.all
        self.tense(rows)
        out = self.believed | self.tried
        self.time += a["probe_s"] * pace * (~out).sum(axis=1)
        felt = self.feel(rows) * np.maximum(1 + a["force_noise"] * self.rng.standard_normal(out.shape), 0)
        felt[out] = -1
        chosen = felt.argmax(axis=1)
        late = self.time > horizon
        none = out.all(axis=1) & ~late
        if none.any():
            self.think(np.flatnonzero(none))
        r = np.flatnonzero(~none & ~late)
        over = self.work(r, chosen[r])
        late[r[over]] = True
        if late.any():
            rows = np.flatnonzero(late)
            self.ended(rows, (self.time[rows] <= horizon) & (self.y[rows] >= OPEN))

    def think(self, rows):
        """All pins are believed set or were tried in vain."""
        a, pace = self.a, self.g["pace"]
        self.rounds[rows] += 1
        vain = ~self.tried[rows].any(axis=1)
        lighter = vain & bool(a["aware"]) & (self.rounds[rows] % 2 == 1)
        ease = self.ease[rows]
        ease = np.where(lighter, np.maximum(ease * 0.5, 0.15), np.where(vain, np.minimum(ease * 1.5, 2.5), ease))
        self.ease[rows] = ease
        again = rows[vain]
        rest = rows[~vain]
        if len(rest) and a["aware"]:
            kept = self.ease[rest].copy()
            fell = np.zeros(len(rest), dtype=bool)
            for _ in range(8):
                on = np.flatnonzero(~fell)
                if not len(on):
                    break
                self.ease[rest[on]] *= 0.7
                self.time[rest[on]] += 0.5 * a["probe_s"] * pace
                fell[on] = self.tense(rest[on]) > STILL
            self.ease[rest] = kept
            self.tense(rest)
            again = np.concatenate([again, rest[fell]])
            rest = rest[~fell]
        # a belief is wrong and nothing told which: from the start
        self.stale[rest] = a["patience"]
        self.believed[again], self.tried[again] = False, False

    def work(self, rows, i):
        """Lifts the pin that was chosen; which of the lanes opened."""
        a, rng, n = self.a, self.rng, len(rows)
        self.tense(rows)
        click = a["click_mm"] * (self.g["radius"] / self.g["wrench"]) * (1 + 0.3 * rng.standard_normal(n))
        click = np.maximum(click, 1e-4)
        give = 3.5 * a["force_noise"] * (1 + 0.3 * rng.standard_normal(n))
        overrun = np.abs(a["lift_noise_mm"] * rng.standard_normal(n))
        jump = self.g["jump"] * a["release"] * np.maximum(1 + 0.4 * rng.standard_normal(n), 0)
        beside = np.flatnonzero((rng.random(n) < a["brush"]) & (i > 0))
        if len(beside):
            r, j = rows[beside], i[beside] - 1
            more = self.set[r, i[beside]] * (0.3 + 0.75 * rng.random(len(r))) - self.X[r, j]
            r, j, more = r[more > 0], j[more > 0], more[more > 0]
            never, zero = np.full(len(r), np.inf), np.zeros(len(r))
            self.lift(r, j, 0.5 * a["force_cap_n"], never, never, zero, self.g["jump"] * (1 + 5 * rng.random(len(r))), more)
        felt, back = self.lift(rows, i, a["force_cap_n"], click, give, overrun, jump, self.g["travel"])
        self.time[rows] += a["lift_s"] * self.g["pace"] * (0.75 + 0.5 * rng.random(n))
        opened = self.y[rows] >= OPEN
        self.believed[rows[back > 0.05]] = False
        clicks, aware = felt == CLICK, bool(a["aware"])
        self.believed[rows, i] |= clicks | ((felt == STOP) & aware)
        self.tried[rows[clicks]] = False
        self.tried[rows, i] |= ~clicks & ~((felt == STOP) & aware)
        self.stale[rows] = np.where(clicks, 0, self.stale[rows] + 1)
        self.rounds[rows[clicks]] = 0
        if aware:
            y, ease = self.y[rows], self.ease[rows]
            ease = np.where(y > 0.12, np.minimum(ease, 0.5), ease)
            more = np.minimum(ease * 1.3, np.maximum(ease, 1))
            self.ease[rows] = np.where(felt == STUCK, np.maximum(ease * 0.8, 0.2), np.where(clicks & (y <= 0.12), more, ease))
        return opened


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        given = json.load(file)
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
    hands = Hands(given, np.random.default_rng(1))
    while hands.done < 3 * LANES:  # until long and short attempts are mixed; short ones end first
        hands.step(1800.0)
    hands.done = hands.opened = 0
    hands.sum = 0.0
    begin = time.process_time()
    while time.process_time() - begin < seconds or hands.done < LANES:
        hands.step(1800.0)
    took = time.process_time() - begin
    mean = hands.sum / max(hands.opened, 1)
    found = {"per_s": hands.done / took, "opened": hands.opened / max(hands.done, 1), "mean": mean}
    print(json.dumps({"version": np.__version__, "pick": found}))


main()
