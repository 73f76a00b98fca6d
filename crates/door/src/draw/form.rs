//! The survey as a plain HTML form: every question with its pictures and a "don't know", the most useful
//! first;
//! and what a sent form says. Works without script; answers seen by the hub are shown and not asked.

use std::fmt::Write as _;

use crate::draw::escape;
use crate::draw::pictures::{measure, picture};
use crate::report::Question;
use crate::survey::{Evidence, Key, Kind, Opt, Problem, SECTIONS, SPECS, Survey, Value, write};

/// Questions put first because they would narrow the result most.
const FIRST: usize = 6;

/// The questions as fieldsets, to stand in a `<form method="post">` of the page; `questions` orders the
/// unknown ones.
pub fn fields(survey: &Survey, questions: &[Question]) -> String {
    let first: Vec<Key> =
        questions.iter().take(FIRST).filter_map(|question| Key::of_path(question.key)).collect();
    let mut out = String::new();
    if !first.is_empty() {
        out.push_str("<section class=\"card\"><h2>Most useful to know now</h2>");
        for key in &first {
            question(&mut out, survey, *key);
        }
        out.push_str("</section>");
    }
    for (section, title) in SECTIONS {
        let rest =
            SPECS.iter().map(|spec| spec.key).filter(|key| key.section() == *section && !first.contains(key));
        let _ = write!(out, "<details class=\"card\"><summary><h2>{}</h2></summary>", escape(title));
        for key in rest {
            question(&mut out, survey, key);
        }
        out.push_str("</details>");
    }
    out
}

/// One question by itself, to be answered on the spot; `asked` is the answer put in beforehand.
pub fn one(asked: &Survey, key: Key) -> String {
    let mut out = String::new();
    question(&mut out, asked, key);
    out
}

fn question(out: &mut String, survey: &Survey, key: Key) {
    let spec = key.spec();
    let id = spec.path.replace('.', "-");
    let _ = write!(out, "<fieldset id=\"q-{id}\"><legend>{}</legend>", escape(spec.ask));
    if let Some(answer) = survey.answer(key)
        && let Evidence::Seen { when } = &answer.evidence
    {
        let _ = write!(
            out,
            "<p>{} <span class=\"soft\">seen by the hub, {}</span></p></fieldset>",
            escape(&write::in_words(key, answer.value)),
            escape(when)
        );
        return;
    }
    if !spec.help.is_empty() {
        let _ = write!(out, "<p class=\"soft\" id=\"h-{id}\">{}</p>", escape(spec.help));
    }
    if let Some(drawn) = measure(spec.path) {
        out.push_str(&drawn);
    }
    let now = survey.value(key);
    match spec.kind {
        Kind::Choice(options) => {
            for (at, opt) in options.iter().enumerate() {
                choice(out, key, opt, "radio", now == Some(Value::Choice(at as u8)));
            }
            dont_know(out, key, "radio", now.is_none());
        }
        Kind::Many(options) => {
            let bits = if let Some(Value::Many(bits)) = now { bits } else { 0 };
            for (at, opt) in options.iter().enumerate() {
                choice(out, key, opt, "checkbox", bits >> at & 1 == 1);
            }
            choice(
                out,
                key,
                &Opt { word: "none", means: "none of these", also: &[] },
                "checkbox",
                now == Some(Value::Many(0)),
            );
            dont_know(out, key, "checkbox", now.is_none());
        }
        Kind::YesNo => {
            choice(
                out,
                key,
                &Opt { word: "true", means: "yes", also: &[] },
                "radio",
                now == Some(Value::Yes(true)),
            );
            choice(
                out,
                key,
                &Opt { word: "false", means: "no", also: &[] },
                "radio",
                now == Some(Value::Yes(false)),
            );
            dont_know(out, key, "radio", now.is_none());
        }
        Kind::Length { .. } => text(out, key, "mm, or inches as 3in; empty: don't know", now),
        Kind::Count { unit, .. } => text(out, key, &format!("{unit}; empty: don't know"), now),
    }
    out.push_str("</fieldset>");
}

fn choice(out: &mut String, key: Key, opt: &Opt, kind: &str, checked: bool) {
    let _ = write!(
        out,
        "<label><input type=\"{kind}\" name=\"{}\" value=\"{}\"{}> {}{}</label>",
        key.path(),
        opt.word,
        if checked { " checked" } else { "" },
        picture(key.path(), opt.word).unwrap_or_default(),
        escape(opt.means)
    );
}

fn dont_know(out: &mut String, key: Key, kind: &str, checked: bool) {
    choice(out, key, &Opt { word: "unknown", means: "don't know", also: &[] }, kind, checked);
}

fn text(out: &mut String, key: Key, hint: &str, now: Option<Value>) {
    let id = key.path().replace('.', "-");
    let described =
        if key.spec().help.is_empty() { String::new() } else { format!(" aria-describedby=\"h-{id}\"") };
    let _ = write!(
        out,
        "<label>{}<input type=\"text\" name=\"{}\" value=\"{}\" inputmode=\"text\" maxlength=\"20\" autocomplete=\"off\"{described}></label>",
        escape(hint),
        key.path(),
        escape(&now.map(|value| write::as_text(key, value)).unwrap_or_default())
    );
}

/// What a sent form says: the survey with those answers told. Seen answers stay; keys not sent stay as
/// they were.
///
/// # Errors
/// Everything wrong with it, each with the question's key; nothing is changed then.
pub fn read(survey: &Survey, sent: &[(String, String)]) -> Result<Survey, Vec<(String, Problem)>> {
    let mut changed = survey.clone();
    let mut problems = Vec::new();
    for spec in SPECS {
        let values: Vec<&str> = sent
            .iter()
            .filter(|(name, _)| name == spec.path)
            .map(|(_, value)| value.as_str())
            .take(32)
            .collect();
        let seen = survey.answer(spec.key).is_some_and(|answer| answer.evidence != Evidence::Told);
        if values.is_empty() || seen {
            continue;
        }
        let text = match spec.kind {
            Kind::Many(_) if values.contains(&"unknown") => "unknown".to_owned(),
            Kind::Many(_) => {
                values.iter().copied().filter(|word| *word != "none").collect::<Vec<_>>().join(",")
            }
            _ => values[0].to_owned(),
        };
        let text =
            if text.is_empty() && matches!(spec.kind, Kind::Many(_)) { "none".to_owned() } else { text };
        if let Err(problem) = changed.set_text(spec.path, &text) {
            problems.push((spec.path.to_owned(), problem));
        }
    }
    problems.extend(changed.contradictions().into_iter().map(|problem| (String::new(), problem)));
    if problems.is_empty() { Ok(changed) } else { Err(problems) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn d1_every_question_can_be_answered_with_dont_know() {
        let form = fields(&Survey::default(), &[]);
        for spec in SPECS {
            assert!(form.contains(&format!("name=\"{}\"", spec.path)), "{}", spec.path);
        }
        let sent: Vec<(String, String)> =
            SPECS.iter().map(|spec| (spec.path.to_owned(), "unknown".to_owned())).collect();
        assert_eq!(read(&Survey::default(), &sent).unwrap(), Survey::default());
    }

    #[test]
    fn d1_a_sent_form_is_read_and_refused_whole() {
        let told = read(
            &Survey::default(),
            &pairs(&[
                ("frame.screw_length_mm", "3in"),
                ("smart.ways", "keypad"),
                ("smart.ways", "phone"),
                ("bolt.deadlocks", "true"),
            ]),
        )
        .unwrap();
        assert!((told.number(Key::FrameScrewLength).unwrap() - 76.2).abs() < 1e-9);
        assert_eq!(told.has(Key::SmartWays, "phone"), Some(true));
        let wrong =
            read(&told, &pairs(&[("frame.gap_mm", "-1"), ("cylinder.kind", "none"), ("cylinder.pins", "5")]))
                .unwrap_err();
        assert_eq!(wrong.len(), 2);
        assert_eq!(wrong[0].0, "frame.gap_mm");
    }

    #[test]
    fn d1_what_the_hub_has_seen_is_not_asked() {
        let survey =
            Survey::from_toml("[smart]\ncode_length = 4\n[seen]\n\"smart.code_length\" = \"2026-11-20\"")
                .unwrap();
        assert!(!fields(&survey, &[]).contains("name=\"smart.code_length\""));
        assert_eq!(read(&survey, &pairs(&[("smart.code_length", "8")])).unwrap(), survey);
    }
}
