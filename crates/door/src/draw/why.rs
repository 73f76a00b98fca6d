//! Behind each part of the drawn door: which ways go through it, what is known of it, and what would help. One
//! card for each part; a part that was touched in the drawing shows its card, without script.

use std::fmt::Write as _;

use crate::draw::page::price;
use crate::draw::{class_words, escape, percent};
use crate::report::{PartResult, Report};
use crate::survey::{SPECS, Survey};
use crate::upgrades::part_of;

/// Most changes named on a card.
const CHANGES: usize = 3;
/// Ways under this share of what goes through a part are left out.
const LEAST: f64 = 0.02;

/// The cards of all parts that this door has.
pub fn cards(page: &mut String, report: &Report, survey: &Survey) {
    page.push_str("<div class=\"whys\">");
    for part in report.parts.iter().filter(|part| part.there) {
        let _ = write!(
            page,
            "<section class=\"why\" id=\"part-{0}\" aria-labelledby=\"part-{0}-h\"><h3 id=\"part-{0}-h\">{1}: {2}</h3>",
            part.id,
            escape(part.words),
            class_words(part.class)
        );
        through(page, part);
        answers(page, report, survey, part.id);
        helps(page, report, part.id);
        page.push_str("<p><a href=\"#parts\">Back to the door</a></p></section>");
    }
    page.push_str("</div>");
}

fn through(page: &mut String, part: &PartResult) {
    let ways: Vec<String> = part
        .ways
        .iter()
        .filter(|way| way.share >= LEAST)
        .map(|way| format!("{} ({})", way.words, percent(way.share)))
        .collect();
    let Some(attacker) = part.attacker.as_deref().filter(|_| !ways.is_empty()) else {
        page.push_str("<p>No way in that was sampled went through it within 20 minutes.</p>");
        return;
    };
    let _ = write!(
        page,
        "<p>Gone for, it gives within 20 minutes in {} of the worlds, soonest to {}. The quickest way through it then is to {}.</p>",
        percent(part.within[2]),
        escape(attacker),
        escape(&ways.join("; "))
    );
}

/// What is known of the part, and what is not and would matter.
fn answers(page: &mut String, report: &Report, survey: &Survey, part: &str) {
    page.push_str("<ul>");
    for key in
        SPECS.iter().map(|spec| spec.key).filter(|key| part_of(*key).is_some_and(|one| one.id() == part))
    {
        let asked = key.spec().ask;
        if let Some(answer) = survey.in_words(key) {
            let _ = write!(page, "<li>{} <b>{}</b></li>", escape(asked), escape(&answer));
        } else if report.questions.iter().any(|question| question.key == key.path()) {
            let _ = write!(page, "<li>{} <b>not known</b>, and it matters</li>", escape(asked));
        }
    }
    page.push_str("</ul>");
}

fn helps(page: &mut String, report: &Report, part: &str) {
    // ranked by what they bring, the best first
    let mut changes = report
        .upgrades
        .iter()
        .filter(|one| one.part == Some(part) && one.mean_drop > 0.002)
        .take(CHANGES)
        .peekable();
    if changes.peek().is_none() {
        page.push_str("<p>Nothing on the list of changes makes it stronger here.</p>");
        return;
    }
    page.push_str("<p><b>What helps</b></p><ul>");
    for one in changes {
        let ask = one.ask.as_deref().map_or("a renter may".to_owned(), |who| format!("renters: ask {who}"));
        let _ = write!(
            page,
            "<li>{}: {} → {} for {}; {}, {} min <span class=\"soft\">({})</span></li>",
            escape(&one.what),
            percent(one.p_before),
            percent(one.p_after),
            escape(&one.attacker),
            price(one),
            one.minutes,
            escape(&ask)
        );
    }
    page.push_str("</ul>");
}

#[cfg(test)]
mod tests {
    use crate::figures::Figures;
    use crate::survey::Survey;
    use crate::{Options, audit};

    const DOOR: &str = "[door]\nleaf = \"solid\"\n[frame]\nmaterial = \"wood\"\nstrike = \"plate\"\nscrew_length_mm = 19\n[bolt]\nkind = \"deadbolt\"\n[cylinder]\nkind = \"pin-tumbler\"\n[smart]\nkind = \"none\"\n";

    /// D3: touching a part says which way goes through it, what is known, and what would help.
    #[test]
    fn d3_every_part_that_is_drawn_says_why_and_what_helps() {
        let survey = Survey::from_toml(DOOR).unwrap();
        let options = Options { worlds: 2000, upgrade_worlds: 500, ..Options::default() };
        let report = audit(&survey, &Figures::builtin().unwrap(), &options).unwrap();
        let mut page = String::new();
        super::cards(&mut page, &report, &survey);
        for part in &report.parts {
            assert_eq!(page.contains(&format!("id=\"part-{}\"", part.id)), part.there, "{}", part.id);
            let sum: f64 = part.ways.iter().map(|way| way.share).sum();
            assert!((sum - 1.0).abs() < 1e-9 || part.ways.is_empty() && part.within[2] == 0.0, "{}", part.id);
            assert!(part.ways.windows(2).all(|pair| pair[0].share >= pair[1].share));
        }
        let card = |id: &str| {
            let from = page.split_once(&format!("id=\"part-{id}\"")).unwrap().1;
            from.split_once("</section>").unwrap().0.to_owned()
        };
        let strike = card("strike");
        assert!(strike.contains("kick the door in (") && strike.contains("<b>19 mm</b>"), "{strike}");
        assert!(strike.contains("What helps") && strike.contains("3-inch"), "{strike}");
        let cylinder = card("cylinder");
        assert!(cylinder.contains("cylinder") && !cylinder.contains("kick"), "{cylinder}");
    }
}
