//! A report as plain text for the terminal.

use std::fmt::Write as _;

use door::draw::page::{most_for_the_price, price};
use door::draw::{class_words, duration, percent};
use door::report::Report;

/// The report in words, 100 columns at most.
pub fn report(report: &Report) -> String {
    let mut out = String::new();
    match &report.weakest {
        Some(weakest) => {
            let _ = writeln!(out, "{}\n", weakest.said);
        }
        None => out.push_str("Nobody got in in any sampled world.\n\n"),
    }
    if let Some(first) =
        report.do_first.as_ref().and_then(|id| report.upgrades.iter().find(|one| one.id == *id))
    {
        let _ = writeln!(
            out,
            "Do this first: {} ({}, {} min).\n  In within {}, {}: {} -> {}\n",
            first.what,
            price(first),
            first.minutes,
            duration(first.within_s),
            first.attacker,
            percent(first.p_before),
            percent(first.p_after)
        );
    }
    attackers(&mut out, report);
    parts(&mut out, report);
    for flag in &report.flags {
        let _ = writeln!(out, "Red flag: {} [{}]", flag.what, flag.evidence);
    }
    if report.maintenance_pass {
        out.push_str("Two red flags or more: a maintenance pass this month.\n");
    }
    upgrades(&mut out, report);
    let _ = writeln!(out, "\nCan it be picked? {}", report.can_be_picked.answer);
    if let Some(question) = &report.next_question {
        let _ = writeln!(
            out,
            "\nMost worth finding out next ({}): {} {}",
            question.key, question.ask, question.help
        );
    }
    let _ = write!(
        out,
        "\n{}\nSeed {}, {} worlds for each attacker, {} figures of which {} estimates.",
        report.about,
        report.seed,
        report.worlds,
        report.figures.len(),
        report.estimates
    );
    out
}

fn attackers(out: &mut String, report: &Report) {
    let _ = writeln!(
        out,
        "In within {:8} {:>10}  {:>14}  {:>14}  quickest way",
        duration(report.within_s),
        "",
        "don't know",
        "by attempt"
    );
    for attacker in &report.attackers {
        let pair = |(low, high): (f64, f64)| format!("{:.0} to {:.0} %", low * 100.0, high * 100.0);
        let way = attacker.ways.first().filter(|way| way.first_share > 0.0).map_or("none", |way| way.words);
        let _ = writeln!(
            out,
            "  {:18} {:>8}  {:>14}  {:>14}  {way}",
            attacker.name,
            percent(attacker.within.p),
            pair(attacker.within.ignorance),
            pair(attacker.within.chance)
        );
    }
    if let Some(what_if) = &report.what_if {
        let _ = writeln!(out, "\nWhat if {}:", what_if.changes.join(", "));
        for row in &what_if.attackers {
            let _ = writeln!(
                out,
                "  {:18} {:>8} -> {}",
                row.attacker,
                percent(row.p_before),
                percent(row.p_after)
            );
        }
    }
}

fn parts(out: &mut String, report: &Report) {
    out.push_str("\nPart by part:\n");
    for part in report.parts.iter().filter(|part| part.there) {
        let _ = writeln!(out, "  {:24} {}", part.words, class_words(part.class));
    }
    out.push('\n');
}

fn upgrades(out: &mut String, report: &Report) {
    out.push_str("\nWhat would help:\n");
    for upgrade in report.upgrades.iter().filter(|one| one.p_before - one.p_after >= 0.005).take(10) {
        let ask = upgrade.ask.as_ref().map_or("a renter may".to_owned(), |who| format!("renters: ask {who}"));
        let _ = writeln!(
            out,
            "  {:>6} -> {:<6} {} [{}; {}; {}]",
            percent(upgrade.p_before),
            percent(upgrade.p_after),
            upgrade.what,
            upgrade.attacker,
            price(upgrade),
            ask
        );
    }
    let ranked: Vec<&str> = most_for_the_price(report).iter().map(|one| one.what.as_str()).collect();
    if !ranked.is_empty() {
        let _ = writeln!(out, "Most for the price: {}.", ranked.join("; "));
    }
}
