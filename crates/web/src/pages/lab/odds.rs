//! P(open) against time with its three bands, and the row of cylinders ranked by difficulty.

use askama::Template;
use axum::response::Response;
use cylinder::times::Attack;

use super::{Files, band, percent, span};
use crate::drawing::lab::{Line, chart};
use crate::lab::{self, AttackWord, Chosen, Odds, Rank, SHELF, Shelved, figures};
use crate::pages::{Asked, Fields, Frame, Here, Visit, page};
use crate::problem::Problem;

/// Time that a comparison may take in all; what is not done by then is said to be missing and comes with the
/// next look, since results are kept.
const COMPARE_WITHIN: std::time::Duration = std::time::Duration::from_secs(15);

#[derive(Template)]
#[template(path = "pages/lab/odds.html")]
struct OddsPage {
    frame: Frame,
    files: Files,
    name: String,
    path: String,
    slug: String,
    own: Vec<(String, String)>,
    attacks: Vec<(&'static str, &'static str, bool)>,
    attackers: Vec<(String, String, bool)>,
    seed: u64,
    result: Result<Shown, String>,
}

struct Shown {
    said: String,
    chart: String,
    rows: Vec<[String; 5]>,
    basis: String,
}

#[derive(Template)]
#[template(path = "pages/lab/compare.html")]
struct ComparePage {
    frame: Frame,
    files: Files,
    attackers: Vec<(String, String, bool)>,
    chart: Option<String>,
    rows: Vec<CompareRow>,
    missing: bool,
}

struct CompareRow {
    rank: String,
    name: String,
    path: String,
    median: String,
    p: String,
    bands: Option<[String; 3]>,
    why: String,
}

fn attackers(chosen: &str) -> Result<Vec<(String, String, bool)>, Problem> {
    let all = &figures()?.attackers;
    let row = |name: &str| {
        let title = all.get(name).map(|a| a.title.clone()).unwrap_or_default();
        (name.to_owned(), title, name == chosen)
    };
    Ok(all.names().map(row).collect())
}

fn attacker_of(asked: &Fields) -> Result<String, Problem> {
    let name = asked.text("attacker", "Attacker", 20)?;
    Ok(if name.is_empty() { "expert".to_owned() } else { name })
}

/// `GET /lab/odds?cylinder=WORD&attack=pick&attacker=expert`
pub(crate) async fn odds(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    let chosen = Chosen::find(&visit.app, asked.raw("cylinder"), &asked)?;
    let attack = AttackWord::read(asked.raw("attack"))?;
    let attacker = attacker_of(&asked)?;
    let seed = asked.maybe::<u32>("trial", "Seed")?.map_or(1, u64::from);
    let question =
        lab::Asked { description: chosen.description.clone(), attack, attacker: attacker.clone(), seed };
    let result = match visit.app.lab.odds(&question).await {
        Ok(odds) => Ok(shown(attack, &odds)),
        Err(problem) if matches!(problem.code, "not_rated" | "busy") => Err(problem.message),
        Err(problem) => return Err(problem),
    };
    let own: Vec<(String, String)> = serde_urlencoded::from_str(&chosen.query).unwrap_or_default();
    page(&OddsPage {
        frame: visit.frame(format!("{}: how long it takes", chosen.name), Here::None),
        files: Files::new(),
        path: chosen.path(),
        name: chosen.name,
        slug: chosen.slug,
        own,
        attacks: AttackWord::ALL.map(|one| (one.word(), one.title(), one == attack)).to_vec(),
        attackers: attackers(&attacker)?,
        seed,
        result,
    })
}

fn shown(attack: AttackWord, odds: &Odds) -> Shown {
    let p = odds.times.p_open(300.0);
    let who = odds.title.to_lowercase();
    let by = match attack.0 {
        Attack::Pick => format!("{} picks it", capital(&who)),
        Attack::Rake => format!("{} opens it with a rake", capital(&who)),
        Attack::Bump => format!("{} opens it with a bump key", capital(&who)),
        Attack::Snap => format!("{} opens it with a snap gun", capital(&who)),
        Attack::Impression => format!("{} files a key that turns it", capital(&who)),
        Attack::Machine => "A machine that tries every code opens it".to_owned(),
    };
    let said = format!(
        "{by} within five minutes in {} of tries; what we do not know leaves {}.",
        percent(p.value),
        band(p.ignorance)
    );
    let rows = odds
        .points()
        .into_iter()
        .map(|(t, p)| [span(t), percent(p.value), band(p.sampling), band(p.lock_to_lock), band(p.ignorance)]);
    let median = match odds.times.median_extended() {
        Some((s, false)) => format!("Half of all tries are done in {}.", span(s)),
        Some((s, true)) => {
            format!(
                "Fewer than half opened in half an hour; going on at the same rate, half would take {}.",
                span(s)
            )
        }
        None => "Too few opened in half an hour to say how long half would take.".to_owned(),
    };
    let open = if odds.open_questions.is_empty() {
        String::new()
    } else {
        format!(" Not told, and drawn at random: {}.", odds.open_questions.join(", "))
    };
    let cut = if odds.cut {
        " This machine was busy: the run was cut short, and the bands are wider than they need be."
    } else {
        ""
    };
    let basis = format!("{median} {} tries in all.{open}{cut}", odds.times.trials());
    let chart = chart(&[Line { times: &odds.times }], &said);
    Shown { said, chart, rows: rows.collect(), basis }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|l| l.to_uppercase().collect::<String>()).unwrap_or_default() + letters.as_str()
}

/// `GET /lab/compare?attacker=expert`: the row, hardest last.
pub(crate) async fn compare(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    let attacker = attacker_of(&asked)?;
    figures()?.attackers.get(&attacker).map_err(|error| lab::refused(&error))?;
    let end = tokio::time::Instant::now() + COMPARE_WITHIN;
    let mut ranks = Vec::new();
    for one in &SHELF {
        ranks.push(rank(&visit, one, &attacker, end).await?);
    }
    let median = |r: &Rank| {
        r.odds.as_ref().ok().map_or(f64::INFINITY, |o| o.times.median_extended().map_or(1e12, |m| m.0))
    };
    ranks.sort_by(|a, b| median(a).total_cmp(&median(b)));
    let lines: Vec<Line<'_>> =
        ranks.iter().filter_map(|r| r.odds.as_ref().ok().map(|o| Line { times: &o.times })).collect();
    let words = "Share of tries that opened by a time, one line for each cylinder of the row.";
    let chart = (!lines.is_empty()).then(|| chart(&lines, words));
    let missing = ranks.iter().any(|r| r.odds.as_ref().is_err_and(|why| why.starts_with("Not worked out")));
    let rows = ranks.iter().enumerate().map(|(k, r)| compare_row(k + 1, r)).collect();
    page(&ComparePage {
        frame: visit.frame("Cylinders compared", Here::None),
        files: Files::new(),
        attackers: attackers(&attacker)?,
        chart,
        rows,
        missing,
    })
}

async fn rank(
    visit: &Visit,
    one: &'static Shelved,
    attacker: &str,
    end: tokio::time::Instant,
) -> Result<Rank, Problem> {
    let question = lab::Asked {
        description: one.description(),
        attack: AttackWord(Attack::Pick),
        attacker: attacker.to_owned(),
        seed: 1,
    };
    let odds = match tokio::time::timeout_at(end, visit.app.lab.odds(&question)).await {
        Ok(Ok(odds)) => Ok(odds),
        Ok(Err(problem)) if problem.code == "not_rated" => Err(problem.message),
        Ok(Err(problem)) if problem.code != "busy" => return Err(problem),
        _ => Err("Not worked out in time; look again in a moment.".to_owned()),
    };
    Ok(Rank { name: one.name.to_owned(), path: format!("/lab/{}", one.slug), odds })
}

fn compare_row(place: usize, r: &Rank) -> CompareRow {
    let blank = CompareRow {
        rank: "–".to_owned(),
        name: r.name.clone(),
        path: r.path.clone(),
        median: "–".to_owned(),
        p: "–".to_owned(),
        bands: None,
        why: String::new(),
    };
    match &r.odds {
        Err(why) => CompareRow { why: why.clone(), ..blank },
        Ok(odds) => {
            let p = odds.times.p_open(300.0);
            let median = match odds.times.median_extended() {
                Some((s, false)) => span(s),
                Some((s, true)) => format!("about {}", span(s)),
                None => "over 30 min".to_owned(),
            };
            CompareRow {
                rank: place.to_string(),
                median,
                p: percent(p.value),
                bands: Some([band(p.sampling), band(p.lock_to_lock), band(p.ignorance)]),
                ..blank
            }
        }
    }
}
