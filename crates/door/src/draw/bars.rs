//! Bars: layers of the door, ways in, before and after, and the waterfall of upgrades.

use std::fmt::Write as _;

use crate::draw::{escape, percent};
use crate::report::{BeforeAfter, Step};

/// One bar: its words, its share and, if it has one, its interval.
#[derive(Debug, Clone, PartialEq)]
pub struct Bar<'a> {
    /// What stands beside it.
    pub words: &'a str,
    /// 0 to 1.
    pub share: f64,
    /// 0 to 1 each.
    pub interval: Option<(f64, f64)>,
}

const ROW: usize = 30;
const WIDTH: f64 = 300.0;

/// Bars one below the other, their words above each.
pub fn bars_svg(id: &str, title: &str, bars: &[Bar<'_>]) -> String {
    let mut svg =
        head(id, title, bars.len() * ROW + 4, bars.iter().map(|bar| (bar.words, percent(bar.share))));
    for (at, bar) in bars.iter().enumerate() {
        let y = at * ROW;
        row_text(&mut svg, y, bar.words, &percent(bar.share));
        let _ = write!(
            svg,
            "<rect x=\"0\" y=\"{top}\" width=\"{WIDTH}\" height=\"8\" rx=\"4\" fill=\"var(--line)\"/>\
             <rect x=\"0\" y=\"{top}\" width=\"{:.1}\" height=\"8\" rx=\"4\" fill=\"var(--accent)\"/>",
            bar.share * WIDTH,
            top = y + 18
        );
        if let Some((low, high)) = bar.interval {
            let _ = write!(
                svg,
                "<path d=\"M{a:.1} {t}v12M{b:.1} {t}v12M{a:.1} {m}H{b:.1}\" stroke=\"var(--ink)\" stroke-opacity=\".6\"/>",
                a = low * WIDTH,
                b = high * WIDTH,
                t = y + 16,
                m = y + 22
            );
        }
    }
    svg.push_str("</svg>");
    svg
}

/// Before and after for each attacker: a hollow mark before, a full one after.
pub fn before_after_svg(id: &str, title: &str, rows: &[BeforeAfter]) -> String {
    let said = |row: &BeforeAfter| format!("{} to {}", percent(row.p_before), percent(row.p_after));
    let described: Vec<(String, String)> = rows.iter().map(|row| (row.attacker.clone(), said(row))).collect();
    let pairs = described.iter().map(|(name, said)| (name.as_str(), said.clone()));
    let mut svg = head(id, title, rows.len() * ROW + 4, pairs);
    for (at, row) in rows.iter().enumerate() {
        let y = at * ROW;
        row_text(&mut svg, y, &row.attacker, &said(row));
        let _ = write!(
            svg,
            "<path d=\"M0 {m}h{WIDTH}\" stroke=\"var(--line)\" stroke-width=\"2\"/>\
             <path d=\"M{a:.1} {m}H{b:.1}\" stroke=\"var(--accent)\" stroke-width=\"4\"/>\
             <circle cx=\"{a:.1}\" cy=\"{m}\" r=\"5\" fill=\"var(--card)\" stroke=\"var(--ink)\" stroke-width=\"2\"/>\
             <circle cx=\"{b:.1}\" cy=\"{m}\" r=\"5\" fill=\"var(--accent)\"/>",
            a = 6.0 + row.p_before * (WIDTH - 12.0),
            b = 6.0 + row.p_after * (WIDTH - 12.0),
            m = y + 22
        );
    }
    svg.push_str("</svg>");
    svg
}

/// Upgrades one after the other: each bar starts where the one before ended.
pub fn waterfall_svg(id: &str, title: &str, start: f64, steps: &[Step]) -> String {
    let described = steps.iter().map(|step| (step.what.as_str(), percent(step.p_after)));
    let mut svg = head(id, title, (steps.len() + 1) * ROW + 4, described);
    row_text(&mut svg, 0, "as it is", &percent(start));
    let _ = write!(
        svg,
        "<rect x=\"0\" y=\"18\" width=\"{:.1}\" height=\"8\" fill=\"var(--soft)\"/>",
        start * WIDTH
    );
    let mut before = start;
    for (at, step) in steps.iter().enumerate() {
        let y = (at + 1) * ROW;
        row_text(&mut svg, y, &step.what, &percent(step.p_after));
        let (low, high) = (step.p_after.min(before), step.p_after.max(before));
        let _ = write!(
            svg,
            "<rect x=\"0\" y=\"{t}\" width=\"{:.1}\" height=\"8\" fill=\"var(--line)\"/>\
             <rect x=\"{:.1}\" y=\"{t}\" width=\"{:.1}\" height=\"8\" fill=\"var(--accent)\"/>",
            low * WIDTH,
            low * WIDTH,
            (high - low) * WIDTH,
            t = y + 18
        );
        before = step.p_after;
    }
    svg.push_str("</svg>");
    svg
}

fn head<'a>(id: &str, title: &str, height: usize, rows: impl Iterator<Item = (&'a str, String)>) -> String {
    let described: Vec<String> = rows.map(|(words, share)| format!("{words} {share}")).collect();
    format!(
        "<svg class=\"bars\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\">\
         <title id=\"{id}-t\">{}</title><desc id=\"{id}-d\">{}.</desc>",
        escape(title),
        escape(&described.join("; "))
    )
}

fn row_text(svg: &mut String, y: usize, words: &str, share: &str) {
    let short: String = if words.chars().count() > 46 {
        words.chars().take(45).chain(std::iter::once('…')).collect()
    } else {
        words.to_owned()
    };
    let _ = write!(
        svg,
        "<text x=\"0\" y=\"{y}\" font-size=\"11\" fill=\"var(--ink)\">{}</text>\
         <text x=\"{WIDTH}\" y=\"{y}\" font-size=\"11\" text-anchor=\"end\" fill=\"var(--ink)\">{}</text>",
        escape(&short),
        escape(share),
        y = y + 12
    );
}
