"""The opportunist at a mechanical wooden door, sampled as an expert would in NumPy, or with OpenTURNS drawing.

The same door, figures and mechanisms as crates/door has for this survey: everything that such a person can do
there (walk in, key, kick, shoulder, glass). Prints one JSON object: processor seconds for the sampling alone, and P(in
within 300 s), by which the caller sees that the same thing was sampled.

usage: opportunist.py FIGURES_FOLDER numpy|openturns WORLDS
"""

import json
import math
import sys
import time
import tomllib
from pathlib import Path

import numpy as np

Z95 = 1.6448536269514722


def read(folder):
    figures = {}
    for path in sorted(Path(folder).glob("*.toml")):
        for figure in tomllib.loads(path.read_text()).get("figure", []):
            figures[figure["id"]] = figure["value"]
    return figures


# what is drawn: name, figure; quantities that share a figure's draw share a uniform number
SLOTS = [
    ("patience", "patience.opportunist"), ("patience_scale", "patience.scale"), ("tolerance", "noise.opportunist"),
    ("w_kick", "noise.weight.kick"), ("w_shoulder", "noise.weight.shoulder"), ("w_glass", "noise.weight.glass"),
    ("unlocked", "unlocked.share.sometimes"), ("handle", "unlocked.try_s"),
    ("reaches", "key.copy_reaches.stranger"), ("turn", "key.turn_s"), ("control", "key.control.none"),
    ("thrown", "thrown.share.always"), ("latch", "bolt.hold.latch"), ("latch_throw", "bolt.latch_throw_mm"),
    ("kick", "kick.energy"), ("landed_kick", "kick.landed"), ("each_kick", "kick.each_s"),
    ("landed_shoulder", "shoulder.landed"), ("each_shoulder", "shoulder.each_s"),
    ("start", "force.start_s"), ("fatigue", "kick.fatigue"),
    ("leaf", "leaf.hold.solid"), ("plate", "strike.factor.plate"), ("frame", "frame.hold.wood"),
    ("jamb", "frame.jamb_mm"), ("shim", "frame.shim_mm"), ("stud", "screws.stud_j_per_mm"),
    ("bolt", "bolt.hold.deadbolt"), ("hinge_each", "hinges.hold_each"),
    ("break", "glass.break.float"), ("reach", "glass.reach_s"), ("free", "glass.turn_free.turn"),
    ("willing", "glass.willing.opportunist"),
]
LUCK = ["unlocked", "thrown", "copy", "glass", "turn"]
COPIES = 2


def inverse(value, u):
    """Quantiles of a figure at uniform numbers."""
    if "point" in value:
        return np.full_like(u, value["point"])
    if "range" in value:
        low, high = value["range"]
        return low + (high - low) * u
    if "log" in value or "normal" in value:
        low, high = value.get("log") or value["normal"]
        grid = np.clip(np.arange(257) / 256, 0.5 / 256, 1 - 0.5 / 256)
        z = np.array([math.sqrt(2) * erfinv(2 * p - 1) for p in grid]) / Z95
        if "log" in value:
            middle, half = (math.log(low) + math.log(high)) / 2, (math.log(high) - math.log(low)) / 2
            return np.interp(u, np.arange(257) / 256, np.exp(middle + half * z))
        return np.interp(u, np.arange(257) / 256, (low + high) / 2 + (high - low) / 2 * z)
    if "quantiles" in value:
        p, v = np.array(value["quantiles"]).T
        return np.exp(np.interp(u, p, np.log(v)))
    raise SystemExit(f"no rule for {value}")


def erfinv(x):
    """Bisection on erf: for a table, once."""
    low, high = -6.0, 6.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if math.erf(middle) < x else (low, middle)
    return (low + high) / 2


def worlds(q, luck):
    """Time of the quickest way in each world, if he dares and stays; inf otherwise."""
    jamb, length, screws, gap = q["jamb"], 19.0, 2.0, 3.0
    strike = (q["frame"] * np.minimum(length / jamb, 1) * min(screws / 2, 2) * q["plate"]
              + q["stud"] * np.clip(length - jamb - q["shim"], 0, 50) * screws)
    thrown = luck["thrown"] < q["thrown"]
    held = q["bolt"] * min(max((25.4 - gap) / 22, 0.05), 1.2)
    latch = q["latch"] * np.clip((q["latch_throw"] - gap) / q["latch_throw"], 0.05, 1)
    bolt = np.where(thrown, np.maximum(held, latch), latch)
    hinges = q["hinge_each"] * 3.0
    hold = np.minimum(np.minimum(q["leaf"], strike), np.minimum(bolt, hinges))

    def blows(energy, landed, each):
        ratio = np.maximum(hold / (energy * landed), 1)
        return q["start"] + np.ceil(ratio ** q["fatigue"]) * each

    def dared(seconds, weight):
        return np.where(seconds * weight > q["tolerance"], np.inf, seconds)

    times = [np.where(luck["unlocked"] < q["unlocked"], q["handle"], np.inf)]
    each = np.clip(q["reaches"] * q["control"], 0, 0.999)
    copy = luck["copy"] < 1 - (1 - each) ** (COPIES + 1)
    times.append(np.where(copy, q["turn"], np.inf))
    times.append(dared(blows(q["kick"], q["landed_kick"], q["each_kick"]), q["w_kick"]))
    times.append(dared(blows(q["shoulder"], q["landed_shoulder"], q["each_shoulder"]), q["w_shoulder"]))
    can = (~thrown | (luck["turn"] < q["free"])) & (luck["glass"] < q["willing"])
    times.append(dared(np.where(can, q["break"] + q["reach"], np.inf), q["w_glass"]))
    first = np.minimum.reduce(times)
    return np.where(first <= q["patience"] * q["patience_scale"], first, np.inf)


def main():
    folder, library, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    figures = read(folder)
    names = [name for name, _ in SLOTS]
    tables = {name: figures[figure] for name, figure in SLOTS}
    tables["shoulder"] = figures["shoulder.energy"]
    # tables are made before the clock starts: the program makes its own before, too
    grid = np.linspace(0, 1, 257)
    steps = {name: inverse(value, grid) for name, value in tables.items()}
    if library == "numpy":
        rng = np.random.default_rng(1)
        draw = lambda: {name: rng.random(count) for name in names + ["~" + one for one in LUCK]}
    else:
        import openturns as ot
        ot.TBB.Disable()
        ot.RandomGenerator.SetSeed(1)
        columns = names + ["~" + one for one in LUCK]
        together = ot.JointDistribution([ot.Uniform(0, 1)] * len(columns))
        draw = lambda: dict(zip(columns, np.asarray(together.getSample(count)).T))
    start = time.process_time()
    uniform = draw()
    q = {name: np.interp(uniform[name], grid, steps[name]) for name in names}
    # a strong man is strong in both; a sturdy lock has a sturdy bolt and a sturdy latch
    q["shoulder"] = np.interp(uniform["kick"], grid, steps["shoulder"])
    q["latch"] = np.interp(uniform["bolt"], grid, steps["latch"])
    first = worlds(q, {one: uniform["~" + one] for one in LUCK})
    inside = float(np.mean(first <= 300))
    seconds = time.process_time() - start
    print(json.dumps({"seconds": seconds, "p": inside, "worlds": count}))


main()
