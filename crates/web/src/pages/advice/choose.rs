//! Choosing for one door: kinds of lock for this home, ways of access side by side, trade-offs, mistakes in a plan.

use access::DoorId;
use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use care::choose::homes::Ranked;
use care::choose::mistakes::Mistake;
use care::choose::options::{Choice, NotHere};
use care::choose::ways::{Cell, Does, Table};

use super::kept::{Question, advice_of, sheets};
use super::{before_after, decided, once_in, percent, price, rests};
use crate::pages::audit::name_of;
use crate::pages::{Asked, Frame, Here, Visit, page};
use crate::problem::Problem;

/// Reasons shown for a kind of lock; the rest is in the API.
const REASONS: usize = 4;

struct KindRow {
    words: String,
    what: String,
    out: bool,
    /// For, in words, and what decided.
    good: Vec<(String, String)>,
    /// Against.
    bad: Vec<(String, String)>,
}

struct WayRow {
    id: &'static str,
    words: String,
    poor_here: usize,
    cells: Vec<CellRow>,
}

/// One question across all ways.
struct AskRow {
    ask: String,
    matters: bool,
    /// Way, tone, mark, word.
    cells: Vec<(&'static str, &'static str, &'static str, String)>,
}

struct CellRow {
    ask: String,
    tone: &'static str,
    mark: &'static str,
    says: String,
    why: String,
    rests: String,
    address: String,
    decided: String,
}

struct ChoiceRow {
    words: String,
    what: String,
    said: String,
    p: String,
    each: Vec<(String, String)>,
    stranded: String,
    stranded_why: String,
    price: String,
    price_note: String,
    minutes: u32,
    ask: String,
    undo: String,
    decided: String,
}

struct MistakeRow {
    what: String,
    mend: String,
    costs: String,
    decided: String,
}

#[derive(Template)]
#[template(path = "pages/advice/choose.html")]
struct ChoosePage {
    frame: Frame,
    id: String,
    name: String,
    kinds: Vec<KindRow>,
    turns: Vec<String>,
    ways: Vec<WayRow>,
    asks: Vec<AskRow>,
    choices: Vec<ChoiceRow>,
    not_here: Vec<(String, String, String)>,
    minutes: String,
    attacker: String,
    weakest: String,
    plan: String,
    planned: String,
    model: String,
    plans: Vec<(&'static str, String)>,
    models: Vec<(String, String)>,
    fit: Option<(String, String)>,
    mistakes: Vec<MistakeRow>,
}

/// Plans that the page offers: upgrades of the audit by name.
const PLANS: &[&str] = &[
    "new-keypad",
    "keyless",
    "higher-cylinder",
    "second-lock",
    "reinforced-strike",
    "screws-3in",
    "deadbolt",
];

/// `GET /doors/{id}/advice`: `plan` and `model` say what the visitor has in mind.
pub(crate) async fn show(
    visit: Visit,
    Path(id): Path<DoorId>,
    Asked(asked): Asked,
) -> Result<Response, Problem> {
    let name = name_of(&visit, id)?;
    let question = Question::read(&asked)?;
    let advice = advice_of(&visit.app, id, &question).await?;
    let figures = visit.app.desk.figures()?;
    let options = &advice.options;
    let plan_of = |plan: &&'static str| {
        let found = figures.upgrades.iter().find(|upgrade| upgrade.id == **plan)?;
        Some((*plan, found.what.clone()))
    };
    page(&ChoosePage {
        frame: visit.frame(format!("{name}: which lock?"), Here::Doors),
        id: id.to_string(),
        name,
        kinds: advice.home.kinds.iter().map(kind).collect(),
        turns: advice.home.turns.iter().map(|turn| turn.said.clone()).collect(),
        asks: asks(&advice.ways),
        ways: ways(&advice.ways),
        choices: options.choices.iter().map(choice).collect(),
        not_here: options.not_here.iter().map(not_here).collect(),
        minutes: format!("{:.0}", options.within_s / 60.0),
        attacker: options.attacker.clone().unwrap_or_default(),
        weakest: options.weakest.clone().unwrap_or_default(),
        plan: question.plan.clone(),
        planned: advice.plan.clone().unwrap_or_default(),
        model: question.model.clone(),
        plans: PLANS.iter().filter_map(plan_of).collect(),
        models: sheets()?.into_iter().map(|sheet| (sheet.id.clone(), sheet.name())).collect(),
        fit: advice.fit.as_ref().map(|fit| (fit.id.clone(), fit.said.clone())),
        mistakes: advice.mistakes.iter().map(mistake).collect(),
    })
}

fn kind(kind: &Ranked) -> KindRow {
    let side = |good: bool| {
        let mine = kind.reasons.iter().filter(move |one| (one.steps > 0 && !one.out) == good);
        mine.take(REASONS).map(|one| (one.why.clone(), decided(&one.decided))).collect()
    };
    KindRow {
        words: kind.words.clone(),
        what: kind.what.clone(),
        out: kind.out,
        good: side(true),
        bad: side(false),
    }
}

fn shown(does: Does) -> (&'static str, &'static str) {
    match does {
        Does::Good => ("good", "✓"),
        Does::Partly => ("amber", "~"),
        Does::Poor => ("bad", "✗"),
    }
}

fn asks(table: &Table) -> Vec<AskRow> {
    let row = |ask: &care::choose::ways::Ask| AskRow {
        ask: ask.words.clone(),
        matters: ask.matters,
        cells: table
            .ways
            .iter()
            .filter_map(|way| Some((way.id, way.cells.iter().find(|cell| cell.ask == ask.id)?)))
            .map(|(id, cell)| (id, shown(cell.does).0, shown(cell.does).1, cell.does.words()))
            .collect(),
    };
    table.asks.iter().map(row).collect()
}

fn ways(table: &Table) -> Vec<WayRow> {
    let cell = |cell: &Cell| {
        let ask = table.asks.iter().find(|ask| ask.id == cell.ask);
        let (tone, mark) = shown(cell.does);
        let (rests, address) = rests(&cell.rests);
        let mut all = decided(&cell.decided);
        if all.is_empty()
            && let Some(needs) = ask.and_then(|ask| ask.decided.as_ref()).filter(|one| one.how != "unknown")
        {
            all = decided(std::slice::from_ref(needs));
        }
        CellRow {
            ask: ask.map(|ask| ask.words.clone()).unwrap_or_default(),
            tone,
            mark,
            says: cell.does.words(),
            why: cell.why.clone(),
            rests,
            address,
            decided: all,
        }
    };
    let row = |way: &care::choose::ways::Way| WayRow {
        id: way.id,
        words: way.words.clone(),
        poor_here: way.poor_here,
        cells: way.cells.iter().map(cell).collect(),
    };
    table.ways.iter().map(row).collect()
}

fn choice(choice: &Choice) -> ChoiceRow {
    let each = choice.each.iter().map(|p| (p.attacker.clone(), before_after(p))).collect();
    let low = choice.stranded.ignorance;
    ChoiceRow {
        words: choice.words.clone(),
        what: choice.what.clone(),
        said: choice.said.clone(),
        p: match (&choice.p, &choice.upgrade) {
            (None, _) => "nobody gets in".to_owned(),
            (Some(p), None) => percent(p.p_after),
            (Some(p), Some(_)) => before_after(p),
        },
        each,
        stranded: format!(
            "{} (90 %: {} to {})",
            once_in(choice.stranded.per_year),
            once_in(low.1),
            once_in(low.0)
        ),
        stranded_why: choice.stranded.why.clone(),
        price: price(choice.price),
        price_note: choice.price_note.clone(),
        minutes: choice.minutes,
        ask: choice.ask.clone().unwrap_or_default(),
        undo: choice.undo.clone(),
        decided: decided(&choice.decided),
    }
}

fn not_here(one: &NotHere) -> (String, String, String) {
    (one.words.clone(), one.why.clone(), decided(&one.decided))
}

fn mistake(one: &Mistake) -> MistakeRow {
    MistakeRow {
        what: one.what.clone(),
        mend: one.mend.clone(),
        costs: one
            .costs
            .as_ref()
            .map(|p| format!("{} ({})", before_after(p), p.attacker))
            .unwrap_or_default(),
        decided: decided(&one.decided),
    }
}
