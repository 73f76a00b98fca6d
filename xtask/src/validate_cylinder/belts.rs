//! Does the model put locks in the order in which people rank them? Spearman correlation of its median time
//! with the belt, and cross-validation against the mean of the mechanism.

use super::{SEED, Sets};
use anyhow::Context as _;
use cylinder::{
    describe::{Description, Security},
    rank::{plan, rank_one},
    rng::Rng,
    times::{Attack, Figures},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    path::Path,
};

const BELTS: [&str; 13] = [
    "White", "Yellow", "Orange", "Green", "Blue", "Purple", "Brown", "Red", "Black 1", "Black 2", "Black 3",
    "Black 4", "Black 5",
];

struct Entry {
    mechanism: String,
    belt: f64,
    /// First hex digit of the id: the fold.
    fold: String,
    score: f64,
}

/// What an entry says that the model can use, or nothing.
fn describe(e: &serde_json::Value) -> Option<(String, Description, f64)> {
    let list = |key: &str| -> Vec<String> {
        let items = e.get(key).and_then(|v| v.as_array());
        items.into_iter().flatten().filter_map(|v| v.as_str()).map(str::to_owned).collect()
    };
    let belt = BELTS.iter().position(|b| Some(*b) == e["belt"].as_str())? as f64;
    let (mechanisms, features) = (list("lockingMechanisms"), list("features"));
    let kind = match mechanisms.first()?.as_str() {
        "Pin-tumbler" => "pin-tumbler",
        "Dimple" => "dimple",
        "Wafer" => "wafer",
        "Disc detainer" => "disc-detainer",
        "Lever" => "lever",
        "Slider" => "slider",
        _ => return None,
    };
    let text = format!("{} {}", e["version"].as_str().unwrap_or(""), e["notes"].as_str().unwrap_or(""));
    let pins = stated_count(&text.to_lowercase())?;
    let has = |word: &str| features.iter().any(|f| f.to_lowercase().contains(word));
    let secured = has("spool") || has("barrel") || has("drivers") || text.to_lowercase().contains("spool");
    let d = Description {
        kind: kind.into(),
        pins: Some(pins),
        security: if secured { Security::All } else { Security::Unknown },
        sidebar: has("sidebar") || mechanisms.len() > 1,
        false_gates: has("false gates"),
        ..Description::default()
    };
    d.rated().ok()?;
    Some((mechanisms[0].clone(), d, belt))
}

/// The first number that is followed by a word for elements: "6-pin", "10 lever", "5 discs".
fn stated_count(text: &str) -> Option<u8> {
    let words: Vec<&str> = text.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
    let element =
        |w: &str| ["pin", "disc", "lever", "slider", "wafer", "stack"].iter().any(|e| w.starts_with(e));
    words.windows(2).find_map(|w| {
        if let Ok(n) = w[0].parse::<u8>() {
            return (element(w[1]) && (1..=20).contains(&n)).then_some(n);
        }
        None
    })
}

/// Writes the part of the document.
pub fn belts(out: &mut String, sets: &Sets, root: &Path) -> anyhow::Result<()> {
    *out += "## Belts\n\n";
    let path = root.join("../shared/data/locks-by-belt.json");
    let Ok(text) = std::fs::read_to_string(&path) else {
        *out += "The list of locks by belt is not here: skipped.\n";
        return Ok(());
    };
    let data: serde_json::Value = serde_json::from_str(&text)?;
    let all = data["locks"].as_array().context("locks")?;
    let f = Figures::embedded()?;
    let a = f.attackers.get("expert")?;
    let p = plan(SEED, 480, 2);
    let mut entries = Vec::new();
    for e in all {
        let Some((mechanism, d, belt)) = describe(e) else { continue };
        let r = rank_one(&d, 0, Attack::Pick, a, &f, &p)?;
        if !r.rated {
            continue;
        }
        // too few openings for a median: harder than anything with one
        let score = r.median_s.map_or_else(|| f64::ln(1e6), f64::ln);
        let first = e["id"].as_str().unwrap_or("").get(..1).unwrap_or("").to_owned();
        entries.push(Entry { mechanism, belt, fold: first, score });
    }
    report(out, &entries, all.len(), sets)
}

/// Baseline and model fitted on some entries: mean belt of the mechanism, and one slope on the model's score
/// within mechanisms.
struct Fitted {
    belts: BTreeMap<String, f64>,
    scores: BTreeMap<String, f64>,
    grand: (f64, f64),
    slope: f64,
}

impl Fitted {
    fn on(entries: &[&Entry]) -> Self {
        let mean = |es: &[&&Entry], of: &dyn Fn(&Entry) -> f64| {
            es.iter().map(|e| of(e)).sum::<f64>() / es.len().max(1) as f64
        };
        let names: BTreeSet<&str> = entries.iter().map(|e| e.mechanism.as_str()).collect();
        let by = |of: &dyn Fn(&Entry) -> f64| -> BTreeMap<String, f64> {
            let of_one = |name: &str| {
                let own: Vec<&&Entry> = entries.iter().filter(|e| e.mechanism == name).collect();
                (name.to_owned(), mean(&own, of))
            };
            names.iter().map(|n| of_one(n)).collect()
        };
        let all: Vec<&&Entry> = entries.iter().collect();
        let grand = (mean(&all, &|e| e.belt), mean(&all, &|e| e.score));
        let mut fitted = Self { belts: by(&|e| e.belt), scores: by(&|e| e.score), grand, slope: 0.0 };
        let apart = |e: &&Entry| (fitted.score(e), e.belt - fitted.base(e));
        let top: f64 = entries.iter().map(apart).map(|(s, b)| s * b).sum();
        let under: f64 = entries.iter().map(apart).map(|(s, _)| s * s).sum();
        fitted.slope = if under > 0.0 { top / under } else { 0.0 };
        fitted
    }

    fn base(&self, e: &Entry) -> f64 {
        self.belts.get(&e.mechanism).copied().unwrap_or(self.grand.0)
    }

    fn score(&self, e: &Entry) -> f64 {
        e.score - self.scores.get(&e.mechanism).copied().unwrap_or(self.grand.1)
    }

    fn model(&self, e: &Entry) -> f64 {
        self.base(e) + self.slope * self.score(e)
    }
}

/// One entry predicted by a fit that has not seen it.
#[derive(Clone, Copy)]
struct Told {
    belt: f64,
    base: f64,
    model: f64,
}

fn tell(fit: &Fitted, e: &Entry) -> Told {
    Told { belt: e.belt, base: fit.base(e), model: fit.model(e) }
}

fn report(out: &mut String, entries: &[Entry], all: usize, sets: &Sets) -> anyhow::Result<()> {
    let pairs: Vec<(f64, f64)> = entries.iter().map(|e| (e.score, e.belt)).collect();
    let whole = interval(&pairs, &|p| spearman(p.iter().copied()));
    writeln!(
        out,
        "Of {all} entries, {} state a number of elements and a mechanism that the model rates. Spearman\n\
         correlation of the model's median time (expert) with the belt: {:.2} (90 % {:.2} to {:.2}, bootstrap).\n",
        entries.len(),
        spearman(pairs.iter().copied()),
        whole[0],
        whole[1]
    )?;
    // the halves that were written down before the first run
    let (fit, test): (Vec<&Entry>, Vec<&Entry>) =
        entries.iter().partition(|e| sets.belts.fit.contains(&e.fold));
    let halves: Vec<Told> = {
        let fitted = Fitted::on(&fit);
        test.iter().map(|e| tell(&fitted, e)).collect()
    };
    compare(out, &halves, &format!("the half to predict ({} entries, fitted on {})", test.len(), fit.len()))?;
    // and every entry once, by a fit on the fifteen sixteenths that do not hold it
    let folds: BTreeSet<&str> = entries.iter().map(|e| e.fold.as_str()).collect();
    let mut crossed = Vec::new();
    for fold in &folds {
        let rest: Vec<&Entry> = entries.iter().filter(|e| e.fold != *fold).collect();
        let fitted = Fitted::on(&rest);
        crossed.extend(entries.iter().filter(|e| e.fold == *fold).map(|e| tell(&fitted, e)));
    }
    let title = format!("cross-validation over {} folds (by the id's first digit)", folds.len());
    compare(out, &crossed, &title)?;
    *out += "What the intervals allow to say is no more than that; belts also measure rarity, tools and warding,\n\
             and entries do not give tolerances or pinning. A handful of entries of one mechanism can move each\n\
             figure.\n";
    Ok(())
}

fn compare(out: &mut String, told: &[Told], title: &str) -> anyhow::Result<()> {
    let error = |t: &[Told], of: &dyn Fn(&Told) -> f64| {
        t.iter().map(|t| (of(t) - t.belt).abs()).sum::<f64>() / t.len() as f64
    };
    let rho = |t: &[Told], of: &dyn Fn(&Told) -> f64| spearman(t.iter().map(|t| (of(t), t.belt)));
    let (base, model) = (|t: &Told| t.base, |t: &Told| t.model);
    writeln!(out, "| {title} | mean error (belts) | Spearman (90 %) |\n|---|---|---|")?;
    let line = |name: &str, of: &dyn Fn(&Told) -> f64| {
        let band = interval(told, &|t| rho(t, of));
        format!(
            "| {name} | {:.2} | {:.2} ({:.2} to {:.2}) |\n",
            error(told, of),
            rho(told, of),
            band[0],
            band[1]
        )
    };
    *out += &line("mean of the mechanism", &base);
    *out += &line("and the model within it", &model);
    let gain = interval(told, &|t| error(t, &base) - error(t, &model));
    let verdict = if gain[0] > 0.0 {
        "The model beats the baseline."
    } else if gain[1] < 0.0 {
        "The model does worse than the baseline."
    } else {
        "The interval holds zero: the model is not shown to beat the baseline."
    };
    writeln!(
        out,
        "\nGain in mean error {:.2} belts (90 % {:.2} to {:.2}). {verdict}\n",
        error(told, &base) - error(told, &model),
        gain[0],
        gain[1]
    )?;
    Ok(())
}

/// 90 % bootstrap interval of a statistic.
fn interval<T: Clone>(from: &[T], of: &dyn Fn(&[T]) -> f64) -> [f64; 2] {
    let mut rng = Rng::keyed(SEED, 77);
    let mut values: Vec<f64> = (0..1000)
        .map(|_| {
            let drawn: Vec<T> =
                from.iter().map(|_| from[rng.below(from.len() as u32) as usize].clone()).collect();
            of(&drawn)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    [values[50], values[949]]
}

/// Spearman's rank correlation, ties at their mean rank.
fn spearman(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let pairs: Vec<(f64, f64)> = pairs.collect();
    let ranks = |values: Vec<f64>| -> Vec<f64> {
        values
            .iter()
            .map(|v| {
                let below = values.iter().filter(|w| *w < v).count() as f64;
                let same = values.iter().filter(|w| *w == v).count() as f64;
                below + 0.5 * (same - 1.0)
            })
            .collect()
    };
    let (x, y) = (ranks(pairs.iter().map(|p| p.0).collect()), ranks(pairs.iter().map(|p| p.1).collect()));
    let n = x.len() as f64;
    let (mx, my) = (x.iter().sum::<f64>() / n, y.iter().sum::<f64>() / n);
    let cov: f64 = x.iter().zip(&y).map(|(a, b)| (a - mx) * (b - my)).sum();
    let (vx, vy): (f64, f64) =
        (x.iter().map(|a| (a - mx).powi(2)).sum(), y.iter().map(|b| (b - my).powi(2)).sum());
    if vx > 0.0 && vy > 0.0 { cov / (vx * vy).sqrt() } else { 0.0 }
}
