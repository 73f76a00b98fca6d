//! The answers, one for each question, from the audit, the survey and what the hub has seen. Every number comes from
//! the report; nothing is said of what is not known but that.

use door::report::{Report, UpgradeResult, WayResult};
use door::survey::{Evidence, Key};

use super::{About, Reason};
use crate::words::{list, say, word};

type Answer = (String, Vec<Reason>);

/// The answer to a question.
pub(super) fn answer(id: &str, about: &About<'_>) -> Answer {
    match id {
        "plain-lock" => plain_lock(about),
        "keyless" => keyless(about),
        "pick-or-bump" => pick_or_bump(about),
        "wifi" => wifi(about),
        "cloud-log" => cloud_log(about),
        "diy" => diy(about),
        "dearer" => dearer(about),
        "first" => first(about),
        _ => weakest(about),
    }
}

fn because(text: String, link: &str) -> Reason {
    Reason { text, link: link.to_owned() }
}

/// A survey answer with how it is known, or that it is not.
fn known(about: &About<'_>, key: Key) -> String {
    let Some(answer) = about.survey.answer(key) else {
        return say("ask.unknown", &[("ask", key.spec().ask)]);
    };
    let how = match &answer.evidence {
        Evidence::Seen { when } => say("ask.seen", &[("when", when)]),
        Evidence::Told => word("ask.told"),
    };
    let words = about.survey.in_words(key).unwrap_or_default();
    say("ask.known", &[("ask", key.spec().ask), ("answer", &words), ("how", &how)])
}

fn hundred(share: f64) -> String {
    // shares lie in 0 to 1
    format!("{:.0}", share * 100.0)
}

/// An upgrade before and after, in words of the attacker for whom it does most.
fn step(about: &About<'_>, id: &str) -> Option<(String, f64, f64)> {
    let upgrade = upgrade(about.report, id)?;
    let (before, after) = (hundred(upgrade.p_before), hundred(upgrade.p_after));
    let minutes = format!("{:.0}", upgrade.within_s / 60.0);
    let who = &upgrade.attacker;
    let places = [
        ("what", &*upgrade.what),
        ("who", &**who),
        ("minutes", &*minutes),
        ("before", &*before),
        ("after", &*after),
    ];
    Some((say("ask.step", &places), upgrade.p_before, upgrade.p_after))
}

fn upgrade<'a>(report: &'a Report, id: &str) -> Option<&'a UpgradeResult> {
    report.upgrades.iter().find(|upgrade| upgrade.id == id)
}

fn plain_lock(about: &About<'_>) -> Answer {
    let picked = &about.report.can_be_picked;
    let common = hundred(picked.common);
    let answer = match picked.skilled {
        None => say("ask.plain.keyless", &[("common", &common)]),
        Some(own) => {
            let mine = hundred(own);
            let key = match own - picked.common {
                more if more > 0.1 => "ask.plain.easier",
                less if less < -0.1 => "ask.plain.harder",
                _ => "ask.plain.same",
            };
            say(key, &[("mine", &mine), ("common", &common)])
        }
    };
    let mut reasons = vec![
        because(known(about, Key::CylinderKind), &about.audit),
        because(known(about, Key::CylinderStandard), "/picked"),
    ];
    reasons.extend(picked.reasons.iter().map(|reason| because(reason.clone(), "/picked")));
    (answer, reasons)
}

fn keyless(about: &About<'_>) -> Answer {
    let layer = about.report.layers.first().map_or_else(String::new, |layer| layer.words.to_owned());
    if about.survey.word(Key::CylinderKind) == Some("none") {
        let reasons = vec![
            because(known(about, Key::CylinderKind), &about.audit),
            because(about.report.lock_out.why.clone(), "/figures"),
        ];
        return (say("ask.keyless.is", &[("layer", &layer)]), reasons);
    }
    let picking = about.report.attackers.iter().flat_map(|attacker| &attacker.ways);
    let picking = picking.filter(|way| ["pick", "rake", "bump"].contains(&way.id));
    let share = hundred(picking.map(|way| way.first_share).fold(0.0, f64::max));
    let Some((step, before, after)) = step(about, "keyless") else {
        let reasons = vec![because(known(about, Key::CylinderKind), &about.audit)];
        return (word("ask.keyless.cannot"), reasons);
    };
    let key = if before - after >= 0.2 { "ask.keyless.much" } else { "ask.keyless.little" };
    let reasons = vec![
        because(step, &about.audit),
        because(say("ask.keyless.share", &[("share", &share)]), &about.audit),
        because(say("ask.keyless.layer", &[("layer", &layer)]), &about.audit),
        because(about.report.lock_out.why.clone(), "/figures"),
    ];
    (say(key, &[("before", &hundred(before)), ("after", &hundred(after))]), reasons)
}

fn pick_or_bump(about: &About<'_>) -> Answer {
    let at = |id: &str| -> Option<&WayResult> {
        let ways = about.report.attackers.iter().flat_map(|attacker| &attacker.ways);
        ways.filter(|way| way.id == id).max_by(|a, b| a.possible.total_cmp(&b.possible))
    };
    let line = |id: &str| {
        let way = at(id)?;
        let possible = hundred(way.possible);
        let median = match way.median_s {
            Some(seconds) => say("ask.picks.median", &[("seconds", &format!("{seconds:.0}"))]),
            None => word("ask.picks.never"),
        };
        let places = [("way", way.words), ("possible", &*possible), ("median", &*median)];
        Some(because(say("ask.picks.line", &places), &about.audit))
    };
    let time = |id: &str| at(id).filter(|way| way.possible > 0.0).and_then(|way| way.median_s);
    let first = ["pick", "rake", "bump"]
        .into_iter()
        .filter_map(|id| Some((time(id)?, at(id)?.words)))
        .min_by(|a, b| a.0.total_cmp(&b.0));
    let mut reasons: Vec<Reason> = ["pick", "rake", "bump"].into_iter().filter_map(line).collect();
    reasons.push(because(known(about, Key::CylinderKind), &about.audit));
    let answer = match first {
        Some((_, words)) => say("ask.picks.first", &[("way", words)]),
        None => word("ask.picks.none"),
    };
    (answer, reasons)
}

fn wifi(about: &About<'_>) -> Answer {
    let mut reasons = vec![
        because(known(about, Key::SmartKind), &about.audit),
        because(known(about, Key::SmartRadio), &about.audit),
        because(known(about, Key::SmartWays), &about.audit),
    ];
    if let Some(sight) = about.sight {
        for lock in sight.locks.iter().filter(|lock| !lock.told) {
            let text = say("ask.wifi.seen", &[("lock", &lock.name), ("gateway", &lock.gateway)]);
            reasons.push(because(text, &format!("/locks/{}", lock.id)));
        }
    }
    let reached = about.sight.is_some_and(|sight| sight.locks.iter().any(|lock| !lock.told));
    let key = match (about.survey.word(Key::SmartKind), about.survey.word(Key::SmartRadio)) {
        (Some("none"), _) => "ask.wifi.none",
        (_, Some("wifi")) => "ask.wifi.wifi",
        (_, Some("none")) => "ask.wifi.no-radio",
        (_, Some("ble")) => "ask.wifi.ble",
        (_, Some("zigbee" | "zwave" | "thread")) => "ask.wifi.gateway",
        _ if reached => "ask.wifi.gateway",
        _ => "ask.wifi.unknown",
    };
    (word(key), reasons)
}

fn cloud_log(about: &About<'_>) -> Answer {
    let mut reasons = vec![
        because(known(about, Key::SmartLogPlace), "/care/privacy"),
        because(known(about, Key::AccountPassword), &about.audit),
        because(known(about, Key::AccountSecondFactor), &about.audit),
    ];
    let place = about.survey.word(Key::SmartLogPlace);
    let told_cloud = about.sight.and_then(|sight| {
        let cloud = |words: &&String| words.to_lowercase().contains("cloud");
        sight.locks.iter().find_map(|lock| lock.log_place.as_ref().filter(cloud))
    });
    if let Some(words) = told_cloud {
        reasons.insert(0, because(say("ask.cloud.told", &[("place", words)]), "/care/privacy"));
    }
    let weak = about.survey.word(Key::AccountPassword).is_some_and(|word| word != "unique")
        || about.survey.word(Key::AccountSecondFactor) == Some("none");
    let key = match (place, told_cloud.is_some(), weak) {
        (Some("cloud"), _, true) | (_, true, true) => "ask.cloud.weak",
        (Some("cloud"), _, false) | (_, true, false) => "ask.cloud.maker",
        (Some("home"), ..) => "ask.cloud.home",
        (Some("lock" | "none"), ..) => "ask.cloud.lock",
        _ => "ask.cloud.unknown",
    };
    (word(key), reasons)
}

fn diy(about: &About<'_>) -> Answer {
    let rents = about.survey.word(Key::HomeTenure) == Some("rent");
    let wired = matches!(about.survey.word(Key::SmartKind), Some("electric-strike" | "access-panel"));
    let mut reasons = vec![because(known(about, Key::HomeTenure), &about.audit)];
    if wired {
        reasons.push(because(known(about, Key::SmartKind), &about.audit));
    }
    let first = about.report.do_first.as_deref().and_then(|id| upgrade(about.report, id));
    if let Some(first) = first {
        let minutes = first.minutes.to_string();
        reasons.push(because(
            say("ask.diy.first", &[("what", &first.what), ("minutes", &minutes)]),
            &about.audit,
        ));
        if let Some(ask) = first.ask.as_ref().filter(|_| rents && !first.renter) {
            reasons.push(because(say("ask.diy.ask", &[("who", ask)]), &about.audit));
        }
    }
    let stripped = about.survey.word(Key::FrameScrewState) == Some("stripped");
    if stripped {
        reasons.push(because(known(about, Key::FrameScrewState), &about.audit));
    }
    let key = if wired {
        "ask.diy.electrician"
    } else if rents && first.is_some_and(|first| !first.renter) {
        "ask.diy.landlord"
    } else if stripped {
        "ask.diy.locksmith"
    } else if first.is_some() {
        "ask.diy.yourself"
    } else {
        "ask.diy.nothing"
    };
    (word(key), reasons)
}

fn dearer(about: &About<'_>) -> Answer {
    let best = about.report.upgrades.first();
    let grades: Vec<(String, f64, f64)> =
        ["higher-grade", "higher-cylinder"].into_iter().filter_map(|id| step(about, id)).collect();
    let mut reasons = vec![
        because(known(about, Key::BoltGrade), &about.audit),
        because(known(about, Key::CylinderStandard), &about.audit),
    ];
    let drop = grades.iter().map(|(_, before, after)| before - after).fold(0.0, f64::max);
    reasons.extend(grades.into_iter().map(|(text, ..)| because(text, &about.audit)));
    if let Some(best) = best {
        let price = match best.price {
            Some((low, high)) => {
                say("ask.dearer.price", &[("low", &format!("{low:.0}")), ("high", &format!("{high:.0}"))])
            }
            None => word("ask.dearer.no-price"),
        };
        let text = say("ask.dearer.best", &[("what", &best.what), ("price", &price)]);
        reasons.push(because(text, &about.audit));
    }
    reasons.push(because(word("ask.dearer.price-is-not"), "/figures"));
    let key = if drop >= 0.1 { "ask.dearer.grade" } else { "ask.dearer.hardly" };
    (say(key, &[("drop", &hundred(drop))]), reasons)
}

fn weakest(about: &About<'_>) -> Answer {
    let Some(weakest) = &about.report.weakest else {
        return (word("ask.weakest.none"), Vec::new());
    };
    let mut reasons: Vec<Reason> = about
        .report
        .layers
        .iter()
        .take(3)
        .map(|layer| {
            let text = say("ask.weakest.layer", &[("layer", layer.words), ("share", &hundred(layer.share))]);
            because(text, &about.audit)
        })
        .collect();
    if !weakest.cannot_tell_from.is_empty() {
        let all: Vec<String> = weakest.cannot_tell_from.iter().map(|way| (*way).to_owned()).collect();
        reasons.push(because(say("ask.weakest.besides", &[("ways", &list(&all))]), &about.audit));
    }
    (weakest.said.clone(), reasons)
}

fn first(about: &About<'_>) -> Answer {
    let upgrade = about.report.do_first.as_deref().and_then(|id| upgrade(about.report, id));
    let Some(upgrade) = upgrade else { return (word("ask.first.none"), Vec::new()) };
    let mut reasons = Vec::new();
    if let Some((text, ..)) = step(about, &upgrade.id) {
        reasons.push(because(text, &about.audit));
    }
    reasons.push(because(upgrade.price_note.clone(), "/figures"));
    for flag in &about.report.flags {
        reasons.push(because(
            say("ask.first.flag", &[("what", flag.what), ("evidence", &flag.evidence)]),
            &about.audit,
        ));
    }
    (say("ask.first.do", &[("what", &upgrade.what), ("minutes", &upgrade.minutes.to_string())]), reasons)
}
