//! The same trials in NumPy and in plain JavaScript: hands both the same cylinders and figures as JSON, runs
//! them one after the other beside ours, and prints rates and ratios. What cannot be run is told as not
//! measured.

use super::{Bench, median, own_time::timed, row::Row};
use cylinder::{lock::Lock, param::P, rng::Rng};
use serde_json::{Value, json};
use std::{path::Path, process::Command};

/// Cylinders handed to the peers.
const CYLINDERS: u64 = 512;

/// Everything a peer needs, as JSON.
fn input(b: &Bench) -> Value {
    let v = &b.values;
    let mut lock = Lock::empty();
    let locks: Vec<Value> = (0..CYLINDERS)
        .map(|made| {
            b.maker.make(&mut lock, &mut Rng::keyed(1, made << 32));
            let n = lock.n;
            json!({
                "curves": lock.curves[..n].iter().map(|c| c.corners()).collect::<Vec<_>>(),
                "preload": lock.preload[..n], "rate": lock.rate[..n], "set_lift": lock.set_lift[..n],
                "gap": lock.gap[..n], "key_pin": lock.key_pin[..n],
            })
        })
        .collect();
    json!({
        "pins": lock.n, "mu": lock.mu, "stiffness": lock.stiffness, "radius": lock.radius,
        "wrench": lock.wrench, "pace": lock.pace, "jump": lock.jump, "grows": lock.noise_grows,
        "travel": lock.travel, "attacker": b.expert, "locks": locks,
        "blow": {
            "speed": v.get(P::StrikeSpeed), "speed_cv": b.expert.strike_cv, "torque": v.get(P::BumpTorque),
            "density": v.get(P::KeyPinDensity), "driver": v.get(P::DriverMass) * 1e-3,
            "pin_restitution": v.get(P::PinRestitution), "key_restitution": v.get(P::KeyRestitution),
            "ramp": v.get(P::KeyRamp), "recoil": v.get(P::Recoil), "inertia": v.get(P::PlugInertia),
            "chamfer": v.get(P::Chamfer), "key_pin_edge": v.get(P::KeyPinEdge),
        },
    })
}

/// Runs a peer; its JSON, or why there is none.
fn run(program: &Path, script: &Path, given: &Path, seconds: f64) -> Result<Value, String> {
    let out = Command::new(program)
        .args([script, given])
        .arg(seconds.to_string())
        .env("OPENBLAS_NUM_THREADS", "1")
        .output()
        .map_err(|e| format!("{} could not be started: {e}", program.display()))?;
    if !out.status.success() {
        let told = String::from_utf8_lossy(&out.stderr);
        return Err(told.lines().last().unwrap_or("it failed without a word").to_owned());
    }
    serde_json::from_slice(&out.stdout).map_err(|e| format!("it printed no JSON: {e}"))
}

/// Adds the rows of both peers and the ratios.
pub fn measure(b: &Bench, rows: &mut Vec<Row>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/peers");
    let seconds = if b.quick { 0.5 } else { 3.0 };
    let Ok(scratch) = tempfile::tempdir() else { return };
    let given = scratch.path().join("trials.json");
    if std::fs::write(&given, input(b).to_string()).is_err() {
        return;
    }
    let cylinders = if b.quick { 2_000 } else { 20_000 };
    let ours = median(5, |round| {
        let mut picks = 0;
        let took = timed(|| picks = b.picks(round, cylinders).picks);
        picks as f64 / took
    });
    let blows = b.blows();
    let (same, share) = (b.picks(1, CYLINDERS), b.struck(1, 200_000));
    let (mean, opens) = (same.seconds / same.opened as f64, same.opened as f64 / same.picks as f64);
    let js = run(Path::new("node"), &folder.join("trials.mjs"), &given, seconds);
    let same_picks = |v: &Value| {
        format!(
            "mean time to open {:.1} s, ours {mean:.1} s on the same {CYLINDERS} cylinders; {:.3} open, ours {opens:.3}",
            number(v, "mean"),
            number(v, "opened")
        )
    };
    compare(rows, "JavaScript", "picks", js.as_ref().map(|v| &v["pick"]), ours, &same_picks);
    let same_blows = |v: &Value| format!("{:.3} of blows open, ours {share:.3}", number(v, "opened"));
    compare(rows, "JavaScript", "blows", js.as_ref().map(|v| &v["blow"]), blows, &same_blows);
    let setup = Command::new("sh").arg(folder.join("setup.sh")).output();
    let python = folder.join("venv/bin/python");
    let ready = match setup {
        Ok(out) if out.status.success() => Ok(()),
        Ok(out) => {
            Err(String::from_utf8_lossy(&out.stderr).lines().last().unwrap_or("setup failed").to_owned())
        }
        Err(e) => Err(e.to_string()),
    };
    let numpy =
        |script: &str| ready.clone().and_then(|()| run(&python, &folder.join(script), &given, seconds));
    let np = numpy("picks.py");
    compare(rows, "NumPy", "picks", np.as_ref().map(|v| &v["pick"]), ours, &same_picks);
    let np = numpy("blows.py");
    compare(rows, "NumPy", "blows", np.as_ref().map(|v| &v["blow"]), blows, &same_blows);
}

fn number(v: &Value, key: &str) -> f64 {
    v[key].as_f64().unwrap_or(f64::NAN)
}

fn compare(
    rows: &mut Vec<Row>,
    peer: &str,
    what: &str,
    found: Result<&Value, &String>,
    ours: f64,
    note: &dyn Fn(&Value) -> String,
) {
    let name = format!("cylinder: {what} in {peer}, one core");
    match found {
        Ok(v) => {
            let rate = number(v, "per_s");
            rows.push(Row::told(&name, rate, "/s").note(note(v)));
            rows.push(Row::told(&format!("cylinder: {what}, ours against {peer}"), ours / rate, "times"));
        }
        Err(why) => rows.push(Row { met: None, ..Row::missing(&name, "/s", None, why) }),
    }
}
