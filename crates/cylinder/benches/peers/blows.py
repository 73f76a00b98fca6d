"""The blows of `cost.rs` in NumPy: one array operation for a whole batch of strikes, closed-form flights, both
accounts of why a bump key opens. Picking is in `picks.py`.

    python blows.py INPUT.json SECONDS      prints {"blow": {...}}
"""

import json
import sys
import time

import numpy as np


def load(path):
    with open(path, encoding="utf-8") as file:
        given = json.load(file)
    stack = lambda key: np.array([lock[key] for lock in given["locks"]])
    arrays = {key: stack(key) for key in ("preload", "rate", "set_lift", "gap", "key_pin")}
    order = np.argsort(arrays["gap"], axis=1, kind="stable")
    return given, arrays, order


def blows(given, arrays, order, rng, count, ratchet):
    """`count` strikes, spread over the cylinders; how many opened."""
    b, attacker = given["blow"], given["attacker"]
    which = rng.integers(len(order), size=count)
    gap, lift = arrays["gap"][which], arrays["set_lift"][which]
    preload = arrays["preload"][which]
    rate = np.maximum(arrays["rate"][which], 1e-3) * 1e3
    key_mass = b["density"] * arrays["key_pin"][which] * 1e-3
    row = np.arange(count)
    shape = gap.shape

    speed = b["speed"] * np.maximum(1 + b["speed_cv"] * rng.standard_normal(count), 0.05)
    torque = b["torque"] * np.maximum(1 + attacker["torque_cv"] * rng.standard_normal(count), 0.1)
    force = torque / given["radius"]
    e = np.clip(b["pin_restitution"] * (1 + 0.1 * rng.standard_normal(shape)), 0.05, 0.98)
    kick = (1 + b["key_restitution"]) * b["ramp"] * speed[:, None]
    kick = kick * (1 + 0.05 * rng.standard_normal(shape))
    total = key_mass + b["driver"]
    v_driver = (1 + e) * key_mass / total * kick
    v_key = np.maximum((key_mass - e * b["driver"]) / total * kick, 0) * b["recoil"]

    rub = np.zeros(shape)
    rub[row, order[which, 0]] = 2 * given["mu"] * force
    rise = np.maximum(lift - 0.2, 0.05) * 1e-3
    w = np.sqrt(rate / b["driver"])
    up = (preload + rub) / rate
    amplitude = np.hypot(up, v_driver / w)
    top = amplitude - up
    phase = np.arcsin(up / amplitude)
    with np.errstate(invalid="ignore", divide="ignore"):
        opens = (np.arcsin((rise + up) / amplitude) - phase) / w
        down = np.maximum(preload - rub, 0) / rate
        falls = np.arccos(np.minimum((rise + down) / (top + down), 1)) / w
        back = (np.pi / 2 - phase) / w + falls
        shuts = np.minimum(back, rise / v_key)
    closed = ~((top > rise) & (shuts > opens))
    opens[closed] = np.inf
    shuts[closed] = 0

    mass = b["inertia"] * 1e-6 / (given["radius"] * 1e-3) ** 2
    takes = lambda mm: np.sqrt(2e-3 * np.maximum(mm, 0) * mass / force)
    if not ratchet:
        need = gap.max(axis=1) - gap.min(axis=1) + b["chamfer"] + b["key_pin_edge"]
        with np.errstate(invalid="ignore"):
            return int(np.count_nonzero(shuts.min(axis=1) - opens.max(axis=1) > takes(need)))
    by = order[which]
    gap = np.take_along_axis(gap, by, axis=1)
    opens = np.take_along_axis(opens, by, axis=1)
    shuts = np.take_along_axis(shuts, by, axis=1)
    now = np.zeros(count)
    alive = np.ones(count, dtype=bool)
    edge = takes(np.full(count, b["chamfer"]))
    for k in range(shape[1]):
        begun = np.maximum(now, opens[:, k])
        alive &= begun + edge <= shuts[:, k]
        step = gap[:, k + 1] - gap[:, k] if k + 1 < shape[1] else np.zeros(count)
        now = begun + takes(np.maximum(step, b["chamfer"]))
    return int(np.count_nonzero(alive))


def main():
    given, arrays, order = load(sys.argv[1])
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 2.0
    rng = np.random.default_rng(1)
    batch = 8192  # the arrays of one batch stay in the second-level cache
    for ratchet in (True, False):
        blows(given, arrays, order, rng, batch, ratchet)
    done = opened = 0
    begin = time.process_time()
    while time.process_time() - begin < seconds:
        for ratchet in (True, False):
            opened += blows(given, arrays, order, rng, batch, ratchet)
            done += batch
    took = time.process_time() - begin
    print(json.dumps({"version": np.__version__, "blow": {"per_s": done / took, "opened": opened / done}}))


main()
