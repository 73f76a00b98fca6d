//! The report as one HTML page: self-contained, light and dark, no script, two pages when printed.
//! It can be handed to a landlord or an insurer: it holds no code and no name, and says on each page what
//! it is and is not.

use std::fmt::Write as _;

use crate::draw::bars::{Bar, bars_svg, before_after_svg, waterfall_svg};
use crate::draw::curve::curve_svg;
use crate::draw::door::{door_svg, legend};
use crate::draw::{class_mark, class_words, duration, escape, percent, why};
use crate::report::{AttackerResult, FigureUse, Report, UpgradeResult, Weakest, WhatIf};
use crate::survey::Survey;

/// The page. `survey` is the one the report was made from.
pub fn html(report: &Report, survey: &Survey) -> String {
    let mut page = String::with_capacity(64 * 1024);
    page.push_str(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>Doorward: how would someone get in?</title>\
         <style>",
    );
    page.push_str(STYLE);
    page.push_str(
        "</style></head><body><header><p class=\"brand\">Doorward</p><h1>How would someone get in?</h1>",
    );
    let _ = write!(page, "<p class=\"about\">{}</p></header><main>", escape(report.about));
    begin(&mut page, report.weakest.as_ref());
    in_short(&mut page, report);
    parts(&mut page, report, survey);
    second_page(&mut page, report);
    figures_used(&mut page, report);
    page.push_str("</main>");
    let _ = write!(
        page,
        "<footer><p>{} Made with seed {} and {} worlds for each attacker; {} figures, {} of them estimates{}.</p></footer></body></html>",
        escape(report.about),
        report.seed,
        report.worlds,
        report.figures.len(),
        report.estimates,
        overridden(report)
    );
    page
}

/// The report without the page around it, for a page that brings its own frame and defines the colour
/// tokens: [`opening`], [`lead`] and [`rest`] one after the other. The figures are not in it.
pub fn fragment(report: &Report, survey: &Survey) -> String {
    opening(report.weakest.as_ref()) + &lead(report) + &rest(report, survey)
}

/// The first words of the fragment, which need no more than the first result: a page can send them while the
/// rest is worked out.
pub fn opening(weakest: Option<&Weakest>) -> String {
    let mut page = format!("<p class=\"soft\">{}</p>", escape(crate::audit::ABOUT));
    begin(&mut page, weakest);
    page
}

/// What stands below the first words: what to do first, what to find out, red flags, owner's figures.
pub fn lead(report: &Report) -> String {
    let mut page = String::new();
    in_short(&mut page, report);
    page
}

/// Everything below the lead, but for the figures: they are as heavy as all the rest, and a page that brings its own
/// frame has a place for them.
pub fn rest(report: &Report, survey: &Survey) -> String {
    let mut page = String::with_capacity(48 * 1024);
    parts(&mut page, report, survey);
    second_page(&mut page, report);
    page
}

fn overridden(report: &Report) -> String {
    if report.overridden.is_empty() {
        return String::new();
    }
    format!("; put in by the owner in place of ours: {}", escape(&report.overridden.join(", ")))
}

fn begin(page: &mut String, weakest: Option<&Weakest>) {
    page.push_str("<section class=\"lead\" aria-labelledby=\"lead\"><h2 id=\"lead\">In short</h2>");
    match weakest {
        Some(weakest) => {
            let _ = write!(page, "<p class=\"big\">{}</p>", escape(&weakest.said));
        }
        None => page.push_str("<p class=\"big\">Nobody got in in any sampled world.</p>"),
    }
}

fn in_short(page: &mut String, report: &Report) {
    if let Some(upgrade) =
        report.do_first.as_ref().and_then(|id| report.upgrades.iter().find(|one| one.id == *id))
    {
        let _ = write!(
            page,
            "<p class=\"first\"><b>Do this first: {}.</b> {}, {} min{}. In within {}, {}: <b>{} → {}</b>.</p>",
            escape(&upgrade.what),
            price(upgrade),
            upgrade.minutes,
            renter(upgrade),
            duration(upgrade.within_s),
            escape(&upgrade.attacker),
            percent(upgrade.p_before),
            percent(upgrade.p_after)
        );
    }
    if let Some(question) = &report.next_question {
        let _ = write!(
            page,
            "<p>Most worth finding out next: <b>{}</b> {}</p>",
            escape(question.ask),
            escape(question.help)
        );
    }
    if !report.overridden.is_empty() {
        let _ = write!(
            page,
            "<p><b>The owner's own figures</b> stand in place of ours ({}): {}.</p>",
            report.overridden.len(),
            escape(&report.overridden.join(", "))
        );
    }
    flags(page, report);
    page.push_str("</section>");
}

fn parts(page: &mut String, report: &Report, survey: &Survey) {
    page.push_str("<section class=\"drawing\" aria-labelledby=\"parts\"><h2 id=\"parts\">Part by part</h2><div class=\"two\"><figure>");
    page.push_str(&door_svg(report, survey));
    page.push_str(&legend());
    page.push_str(
        "<p class=\"soft screen\">Touch a part: why it gives, and what would help.</p></figure><div>",
    );
    why::cards(page, report, survey);
    parts_table(page, report);
    page.push_str("</div></div></section>");
    layers(page, report);
}

fn flags(page: &mut String, report: &Report) {
    if report.flags.is_empty() {
        return;
    }
    let _ = write!(page, "<h3>Red flags: {}</h3><ul class=\"flags\">", report.flags.len());
    for flag in &report.flags {
        let _ = write!(
            page,
            "<li><b>{}</b> <span class=\"soft\">{}</span></li>",
            escape(flag.what),
            escape(&flag.evidence)
        );
    }
    page.push_str("</ul>");
    if report.maintenance_pass {
        page.push_str("<p><b>Two or more: this door wants a maintenance pass this month.</b></p>");
    }
}

fn parts_table(page: &mut String, report: &Report) {
    page.push_str(
        "<table><caption>Share of worlds in which the part has given, had somebody gone for it</caption>\
         <thead><tr><th>Part</th><th>Gives</th><th>1 min</th><th>5 min</th><th>20 min</th><th class=\"screen\">What helps there</th></tr></thead><tbody>",
    );
    for part in report.parts.iter().filter(|part| part.there) {
        // ranked by what they bring: the first of a part is its best
        let helps = report.upgrades.iter().find(|one| one.part == Some(part.id) && one.mean_drop > 0.002);
        let helps = helps.map_or_else(
            || "nothing on the list".to_owned(),
            |one| format!("{} ({} → {})", one.what, percent(one.p_before), percent(one.p_after)),
        );
        let _ = write!(
            page,
            "<tr><th scope=\"row\"><a href=\"#part-{}\">{}</a></th><td>{} {}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"screen\">{}</td></tr>",
            part.id,
            escape(part.words),
            class_mark(part.class),
            class_words(part.class),
            percent(part.within[0]),
            percent(part.within[1]),
            percent(part.within[2]),
            escape(&helps)
        );
    }
    page.push_str("</tbody></table>");
}

fn layers(page: &mut String, report: &Report) {
    let Some(weakest) = &report.weakest else { return };
    let _ = write!(
        page,
        "<section aria-labelledby=\"layers\"><h2 id=\"layers\">Which layer matters most</h2><p class=\"soft\">For {}: which part gave, of all that succeeded.</p>",
        escape(&weakest.attacker)
    );
    let bars: Vec<Bar<'_>> = report
        .layers
        .iter()
        .take(6)
        .map(|layer| Bar { words: layer.words, share: layer.share, interval: None })
        .collect();
    page.push_str(&bars_svg("layers-bars", "Layers by how often they gave", &bars));
    let rows = report.layers.iter().map(|layer| (layer.words, percent(layer.share)));
    page.push_str(&as_table("Layer", "Share", rows));
    page.push_str("</section>");
}

/// The figures of a picture as a table, folded away on a screen and left out on paper.
fn as_table<'a>(what: &str, figure: &str, rows: impl Iterator<Item = (&'a str, String)>) -> String {
    let mut out = format!(
        "<details class=\"screen\"><summary>The same as a table</summary><table><thead><tr><th scope=\"col\">{what}</th><th scope=\"col\">{figure}</th></tr></thead><tbody>"
    );
    for (words, value) in rows {
        let _ = write!(out, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>", escape(words), escape(&value));
    }
    out.push_str("</tbody></table></details>");
    out
}

fn second_page(page: &mut String, report: &Report) {
    page.push_str("<section class=\"break\" aria-labelledby=\"curves\"><h2 id=\"curves\">Over time</h2>\
        <p class=\"soft\">Line: in by then. Grey field: what we do not know. Dashed: from attempt to attempt. Both 90 %.</p><div class=\"grid\">");
    for attacker in &report.attackers {
        let _ = write!(
            page,
            "<figure>{}<figcaption>{}</figcaption></figure>",
            curve_svg(attacker),
            escape(&attacker.who)
        );
    }
    page.push_str("</div>");
    curve_table(page, report);
    page.push_str("</section>");
    page.push_str("<div class=\"side\">");
    for attacker in
        report.attackers.iter().filter(|one| report.weakest.as_ref().is_some_and(|w| w.attacker == one.name))
    {
        ways_table(page, attacker);
    }
    waterfall(page, report);
    page.push_str("</div>");
    what_if(page, report);
    upgrades_table(page, report);
    cylinder(page, report);
    rests_on(page, report);
}

fn waterfall(page: &mut String, report: &Report) {
    let Some(weakest) = report.weakest.as_ref().filter(|_| !report.waterfall.is_empty()) else { return };
    let start =
        report.attackers.iter().find(|one| one.name == weakest.attacker).map_or(0.0, |one| one.within.p);
    let steps = std::iter::once(("as it is", percent(start)))
        .chain(report.waterfall.iter().map(|step| (step.what.as_str(), percent(step.p_after))));
    let _ = write!(
        page,
        "<section aria-labelledby=\"fall\"><h2 id=\"fall\">One after the other</h2><p class=\"soft\">In within {}, {}, with each change on top of those before.</p>{}{}</section>",
        duration(report.within_s),
        escape(&weakest.attacker),
        waterfall_svg("fall-svg", "Upgrades one after the other", start, &report.waterfall),
        as_table("Change", "In within the time", steps)
    );
}

fn curve_table(page: &mut String, report: &Report) {
    let times: Vec<f64> = [30.0, 60.0, 120.0, 300.0, 600.0].to_vec();
    page.push_str(
        "<table><caption>In by then, with what we do not know in brackets</caption><thead><tr><th>Who</th>",
    );
    for time in &times {
        let _ = write!(page, "<th>{}</th>", duration(*time));
    }
    page.push_str("</tr></thead><tbody>");
    for attacker in &report.attackers {
        let _ = write!(page, "<tr><th scope=\"row\">{}</th>", escape(&attacker.name));
        for time in &times {
            let point = attacker.curve.iter().find(|point| point.t_s >= *time);
            let cell = point.map_or(String::new(), |point| {
                let (low, high) = point.at.ignorance;
                format!(
                    "{} ({}–{})",
                    percent(point.at.p),
                    libm::round(low * 100.0),
                    libm::round(high * 100.0)
                )
            });
            let _ = write!(page, "<td>{cell}</td>");
        }
        page.push_str("</tr>");
    }
    page.push_str("</tbody></table>");
}

fn ways_table(page: &mut String, attacker: &AttackerResult) {
    let _ = write!(
        page,
        "<section aria-labelledby=\"ways\"><h2 id=\"ways\">Ways in: {}</h2><table><thead><tr><th>Way</th><th>First in</th><th>Median time</th></tr></thead><tbody>",
        escape(&attacker.who)
    );
    for way in attacker.ways.iter().filter(|way| way.first_share >= 0.005).take(10) {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{}</th><td>{} ({}–{})</td><td>{}</td></tr>",
            escape(way.words),
            percent(way.first_share),
            libm::round(way.ignorance.0 * 100.0),
            libm::round(way.ignorance.1 * 100.0),
            way.median_s.map_or("never".to_owned(), duration)
        );
    }
    page.push_str("</tbody></table></section>");
}

fn what_if(page: &mut String, report: &Report) {
    let Some(what_if) = &report.what_if else { return };
    let _ = write!(
        page,
        "<section aria-labelledby=\"whatif\"><h2 id=\"whatif\">What if {}</h2>{}</section>",
        escape(&what_if.changes.join(", ")),
        compared(what_if)
    );
}

/// Before and after as a picture and as a table, with the risk of standing outside oneself.
pub fn compared(what_if: &WhatIf) -> String {
    let mut out = before_after_svg("whatif-svg", "Before and after", &what_if.attackers);
    out.push_str("<table><caption>In within the time, before and after</caption><thead><tr><th scope=\"col\">Who</th><th scope=\"col\">Before</th><th scope=\"col\">After</th></tr></thead><tbody>");
    for row in &what_if.attackers {
        let _ = write!(
            out,
            "<tr><th scope=\"row\">{}</th><td>{}</td><td>{}</td></tr>",
            escape(&row.attacker),
            percent(row.p_before),
            percent(row.p_after)
        );
    }
    let _ = write!(
        out,
        "</tbody></table><p>Left outside oneself: {} → {} times a year.</p>",
        rate(what_if.lock_out.0),
        rate(what_if.lock_out.1)
    );
    out
}

fn rate(per_year: f64) -> String {
    format!("{}", libm::round(per_year * 1000.0) / 1000.0)
}

fn upgrades_table(page: &mut String, report: &Report) {
    page.push_str(
        "<section aria-labelledby=\"upgrades\" tabindex=\"0\"><h2 id=\"upgrades\">What would help</h2><table>\
         <thead><tr><th>Change</th><th>Helps most against</th><th>Before → after</th><th>Price, parts</th><th>Work</th></tr></thead><tbody>",
    );
    let helping = report.upgrades.iter().filter(|one| one.p_before - one.p_after >= 0.005).take(12);
    for (at, upgrade) in helping.enumerate() {
        // two sheets of paper hold the first seven
        let more = if at >= 7 { " class=\"more\"" } else { "" };
        let _ = write!(
            page,
            "<tr{more}><th scope=\"row\">{}{}</th><td>{}</td><td>{} → {}</td><td>{}</td><td>{} min</td></tr>",
            escape(&upgrade.what),
            renter(upgrade),
            escape(&upgrade.attacker),
            percent(upgrade.p_before),
            percent(upgrade.p_after),
            price(upgrade),
            upgrade.minutes
        );
    }
    page.push_str("</tbody></table>");
    for_the_price(page, report);
    page.push_str("</section>");
}

/// Changes named in the order of what they bring for their price.
const FOR_THE_PRICE: usize = 5;

/// The changes that bring most for their price, best first.
pub fn most_for_the_price(report: &Report) -> Vec<&UpgradeResult> {
    let bring = |one: &&UpgradeResult| one.p_before - one.p_after >= 0.005 && one.per_100.is_some();
    let mut ranked: Vec<&UpgradeResult> = report.upgrades.iter().filter(bring).collect();
    ranked.sort_by(|a, b| b.per_100.unwrap_or(0.0).total_cmp(&a.per_100.unwrap_or(0.0)));
    ranked.truncate(FOR_THE_PRICE);
    ranked
}

fn for_the_price(page: &mut String, report: &Report) {
    let ranked = most_for_the_price(report);
    if ranked.is_empty() {
        return;
    }
    page.push_str("<div class=\"screen\"><h3>Most for the price</h3><ol>");
    for one in ranked {
        let _ = write!(
            page,
            "<li>{} <span class=\"soft\">({}, {} → {} for {})</span></li>",
            escape(&one.what),
            price(one),
            percent(one.p_before),
            percent(one.p_after),
            escape(&one.attacker)
        );
    }
    page.push_str("</ol><p class=\"soft\">By the mean drop over all attackers for each 100 of the middle price. Prices are ranges in a file of figures; put your own in its place.</p></div>");
}

/// A price range in words.
pub fn price(upgrade: &UpgradeResult) -> String {
    match upgrade.price {
        None => "price not known".to_owned(),
        Some((_, high)) if high <= 0.0 => "costs nothing".to_owned(),
        Some((low, high)) => format!("about {low} to {high}"),
    }
}

fn renter(upgrade: &UpgradeResult) -> String {
    match &upgrade.ask {
        Some(who) => format!(" <span class=\"soft\">(renters: ask {})</span>", escape(who)),
        None => " <span class=\"soft\">(a renter may)</span>".to_owned(),
    }
}

fn cylinder(page: &mut String, report: &Report) {
    let _ = write!(
        page,
        "<section aria-labelledby=\"pick\"><h2 id=\"pick\">Can it be picked?</h2><p>{}</p><ul>",
        escape(&report.can_be_picked.answer)
    );
    for reason in &report.can_be_picked.reasons {
        let _ = write!(page, "<li>{}</li>", escape(reason));
    }
    let _ = write!(
        page,
        "</ul><p><b>Left outside oneself:</b> about {} times a year ({} to {}). {}</p></section>",
        rate(report.lock_out.per_year),
        rate(report.lock_out.ignorance.0),
        rate(report.lock_out.ignorance.1),
        escape(&report.lock_out.why)
    );
}

fn rests_on(page: &mut String, report: &Report) {
    page.push_str("<section class=\"screen\" aria-labelledby=\"rests\"><h2 id=\"rests\">What it rests on</h2><details><summary>Answers given</summary><ul>");
    for given in &report.answers {
        let _ = write!(
            page,
            "<li>{}: {} <span class=\"soft\">{}</span></li>",
            given.key,
            escape(&given.answer),
            escape(&given.how)
        );
    }
    page.push_str("</ul></details></section>");
}

fn figures_used(page: &mut String, report: &Report) {
    page.push_str("<section class=\"screen\"><details><summary>Figures used</summary><table><thead><tr><th>Figure</th><th>How seen, and where</th><th>For</th></tr></thead><tbody>");
    for figure in &report.figures {
        let _ = write!(
            page,
            "<tr><th scope=\"row\">{} <span class=\"soft\">{}</span></th><td>{}{}</td><td>{}</td></tr>",
            escape(&figure.what),
            escape(&figure.id),
            figure.kind,
            source(figure),
            figure.ways.join(", ")
        );
    }
    page.push_str("</tbody></table></details></section>");
}

/// Title and year of a figure's source, as a link where it has an address in the world.
fn source(figure: &FigureUse) -> String {
    let Some(source) = &figure.source else { return String::new() };
    let year = if source.year == 0 { String::new() } else { format!(" ({})", source.year) };
    let title = escape(&source.title);
    if source.address.starts_with("http") {
        format!(": <a href=\"{}\" rel=\"noreferrer\">{title}</a>{year}", escape(&source.address))
    } else {
        format!(": {title}{year}, {}", escape(&source.address))
    }
}

const STYLE: &str = "\
:root{--paper:#faf9f6;--card:#fff;--ink:#1b2025;--soft:#566069;--line:#dcd8cf;--accent:#0a625d;--on-mark:#11161a;\
--holds:#5b93cf;--minutes:#a9cbe8;--soon:#e7b04a;--now:#e0695c;color-scheme:light dark;font:400 1rem/1.45 system-ui,sans-serif;font-variant-numeric:tabular-nums}\
@media (prefers-color-scheme:dark){:root{--paper:#131619;--card:#1b1f24;--ink:#eceae6;--soft:#a9b2bb;--line:#343a41;--accent:#58c5bd;\
--holds:#6fa8e4;--minutes:#476f95;--soon:#dda63c;--now:#ee7a6c}}\
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink)}header,main,footer{max-width:64rem;margin:auto;padding:.6rem 1rem}\
.brand{margin:0;color:var(--accent);font-weight:650}h1{margin:.1rem 0;font-size:1.6rem}h2{font-size:1.1rem;margin:0 0 .4rem}h3{font-size:1rem;margin:.8rem 0 .2rem}\
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem;margin:0 0 1rem}.about,.soft,footer,caption,figcaption{color:var(--soft);font-size:.88rem}\
.big{font-size:1.15rem}.first{border-left:4px solid var(--accent);padding:.3rem .8rem}.flags{margin:.2rem 0;padding-left:1.2rem}\
.two,.side{display:grid;gap:1rem;grid-template-columns:minmax(0,1fr);align-items:start}@media (min-width:46rem){.two{grid-template-columns:17rem minmax(0,1fr)}.side{grid-template-columns:repeat(2,minmax(0,1fr))}}\
.grid{display:grid;gap:.6rem;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr))}figure{margin:0}svg{max-width:100%;height:auto;display:block}.bars{max-width:25rem}\
.legend{list-style:none;margin:.4rem 0;padding:0;display:flex;flex-wrap:wrap;gap:.2rem .9rem;font-size:.88rem}.legend svg{display:inline-block;vertical-align:-2px}\
table{border-collapse:collapse;width:100%;font-size:.92rem}caption{text-align:left;padding:.2rem 0}th,td{text-align:left;padding:.25rem .5rem .25rem 0;border-top:1px solid var(--line);vertical-align:top}\
thead th{border-top:0;color:var(--soft);font-weight:600}tbody th{font-weight:500}.why{display:none;border:2px solid var(--accent);padding:.6rem .8rem}.why:target{display:block}tbody th a{color:inherit}a:focus .part,a:hover .part{stroke-width:3}\
summary{cursor:pointer;padding:.3rem 0}\
@media print{@page{size:A4;margin:11mm 11mm 16mm}:root{--paper:#fff;--card:#fff;--ink:#000;--soft:#444;--line:#bbb;font-size:7.8pt;line-height:1.2}\
section{border:0;padding:0;margin:0 0 1.6mm;break-inside:avoid}.break{break-before:page}.screen,.about,.why:target{display:none}header,main,footer{max-width:none;padding:0}\
.two{grid-template-columns:54mm minmax(0,1fr)}.side{grid-template-columns:repeat(2,minmax(0,1fr));gap:3mm}.grid{grid-template-columns:repeat(3,1fr);gap:1mm}.curve{max-width:40mm}.bars{max-width:60mm}tr.more{display:none}th,td{padding:.35mm 2mm .35mm 0}\
footer{position:fixed;bottom:0;left:0;right:0;font-size:7pt}ul{margin:1mm 0}p{margin:1mm 0}h1{font-size:15pt}}";
