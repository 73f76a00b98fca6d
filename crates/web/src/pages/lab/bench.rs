//! The page with a cylinder under hand. Without scripts every button is a form that makes one more move on a
//! tape that travels in the address: the server keeps nothing, and any address can be sent to a friend.

use askama::Template;
use axum::extract::Path;
use axum::response::Response;
use cylinder::bump::Tool;
use cylinder::coach;
use cylinder::param::P;
use cylinder::session::{Move, Session, Snapshot, State};

use super::Files;
use super::others::{self, Filing};
use crate::drawing::lab as draw;
use crate::lab::{Chosen, Desk, FORCE_N, SHELF, Tape, film_words, state_word};
use crate::pages::{Asked, Fields, Frame, Here, Visit, page};
use crate::problem::Problem;

/// Highest torque on the page's slider (N mm): what hands use when they pick.
const SLIDER_NMM: f64 = 80.0;
/// Torque that the first press holds, and by how much further ones change it (N mm).
const FIRST_NMM: f64 = 14.0;
const STEP_NMM: f64 = 4.0;
/// One press of *up* or *down* (mm), and the step in which *until it clicks* looks.
const STEP_MM: f64 = 0.1;
const FINE_MM: f64 = 0.02;

#[derive(Template)]
#[template(path = "pages/lab/bench.html")]
struct BenchPage {
    frame: Frame,
    files: Files,
    shelf: Vec<ShelfCard>,
    name: String,
    line: String,
    slug: String,
    /// The rest of the address of an own cylinder, with `&` before.
    query: String,
    /// The same as hidden fields of a form.
    hidden: Vec<(String, String)>,
    seed: u64,
    element: &'static str,
    split: bool,
    bump: bool,
    /// Whether the blow asked for was a snap gun's.
    gun: bool,
    door: Option<String>,
    rated: Option<String>,
    side: String,
    face: Option<String>,
    words: String,
    why: String,
    rows: Vec<ElementRow>,
    at: usize,
    torque: i64,
    force: String,
    tape: String,
    moves: usize,
    undo: Option<String>,
    hint: Option<String>,
    watched: Option<Watched>,
    blow: Option<(String, String)>,
    /// Whether a key can be filed after its marks.
    files_keys: bool,
    filing: Option<Filing>,
    machine: Vec<String>,
    own: Own,
}

struct ShelfCard {
    slug: &'static str,
    name: &'static str,
    teaches: &'static str,
    here: bool,
}

struct ElementRow {
    n: usize,
    word: &'static str,
    lift: String,
    play: String,
    load: String,
}

/// Where a watched pick stands.
struct Watched {
    step: usize,
    last: usize,
    did: String,
}

/// What the form of an own cylinder holds.
struct Own {
    kind: String,
    pins: String,
    security: String,
    driver: String,
    tolerance: String,
    springs: String,
    false_gates: bool,
    anti_bump: bool,
}

/// `GET /lab`
pub(crate) async fn first(visit: Visit, Asked(asked): Asked) -> Result<Response, Problem> {
    show(&visit, "", &asked).await
}

/// `GET /lab/{cylinder}`
pub(crate) async fn at(
    visit: Visit,
    Path(slug): Path<String>,
    Asked(asked): Asked,
) -> Result<Response, Problem> {
    show(&visit, &slug, &asked).await
}

async fn show(visit: &Visit, slug: &str, asked: &Fields) -> Result<Response, Problem> {
    let chosen = Chosen::find(&visit.app, slug, asked)?;
    let wishes = Wishes::read(asked)?;
    let lab = visit.app.lab.clone();
    let of = chosen.clone();
    // replaying a tape and drawing take a millisecond or two: off the server's own threads, in the lab's
    let done = lab.on_thread(move || worked(of, wishes)).await;
    let worked = done.ok_or_else(|| Problem::internal("The lab", &"a cylinder could not be worked on"))??;
    page(&fill(visit, asked, &chosen, worked))
}

/// What the address asks of the cylinder.
struct Wishes {
    tape: Tape,
    at: usize,
    press: String,
    torque: Option<f64>,
    watch: Option<usize>,
    strike: bool,
    gun: bool,
    ratchet: bool,
    file: Option<usize>,
}

impl Wishes {
    fn read(asked: &Fields) -> Result<Self, Problem> {
        let torque: Option<u16> = asked.maybe("torque", "Tension")?;
        Ok(Self {
            tape: Tape::parse(asked.raw("tape"))?,
            at: asked.maybe::<usize>("at", "Which one")?.unwrap_or(1).clamp(1, 99) - 1,
            press: asked.text("press", "Button", 12)?,
            torque: torque.map(|t| f64::from(t).min(SLIDER_NMM)),
            watch: asked.maybe("watch", "Step")?,
            strike: asked.has("strike"),
            gun: asked.raw("tool") == "snap-gun",
            ratchet: asked.raw("strike") != "together",
            file: asked.maybe("file", "Round")?,
        })
    }
}

/// The cylinder after everything that was asked.
struct Worked {
    desk: Desk,
    tape: Tape,
    at: usize,
    hint: Option<String>,
    watched: Option<Watched>,
    blow: Option<(String, String)>,
    filing: Option<Filing>,
    machine: Vec<String>,
    side: String,
    face: Option<String>,
    why: String,
}

fn worked(chosen: Chosen, wishes: Wishes) -> Result<Worked, Problem> {
    let (description, seed) = (chosen.description.clone(), chosen.seed);
    let mut desk = Desk::new(chosen)?;
    let (mut tape, mut watched) = (wishes.tape, None);
    let mut at = wishes.at.min(desk.session().lock().n - 1);
    if let Some(step) = wishes.watch {
        let whole = coach::pick(desk.session()).map_err(|error| crate::lab::refused(&error))?;
        let last = whole.len();
        let step = step.min(last);
        tape = Tape::default();
        whole[..step].iter().for_each(|m| tape.push(*m));
        let done = whole[..step].last();
        if let Some(Move::Lift { at: lifted, .. }) =
            whole[..step].iter().rev().find(|m| matches!(m, Move::Lift { .. }))
        {
            at = *lifted;
        }
        watched = Some(Watched { step, last, did: did(desk.session(), done) });
    }
    desk.play(&tape)?;
    for m in pressed(&desk, &wishes.press, at, wishes.torque) {
        let before = tape.0.len();
        tape.push(m);
        desk.play(&Tape(tape.0[before..].to_vec()))?;
    }
    let hint = (wishes.press == "hint").then(|| coach::hint(desk.session(), desk.last()).words);
    let blow =
        if wishes.strike { blow(&description, desk.session(), wishes.gun, wishes.ratchet)? } else { None };
    let filing = others::filing(&description, desk.session(), seed, wishes.file)?;
    let machine = others::machine(desk.session(), seed);
    let (session, last) = (desk.session(), desk.last());
    let side = draw::side(session.lock(), session.kind().element(), last, at);
    let face = draw::face(session.kind(), session.lock(), last, at);
    let why = coach::why(session, last);
    Ok(Worked { tape, at, hint, watched, blow, filing, machine, side, face, why, desk })
}

/// The moves that a button stands for.
fn pressed(desk: &Desk, press: &str, at: usize, torque: Option<f64>) -> Vec<Move> {
    let (session, last) = (desk.session(), desk.last());
    let now = last.torque;
    let tip = match last.tip {
        Some((here, height)) if here == at => height.max(last.elements[at].lower),
        _ => last.elements[at].lower,
    };
    let lift =
        |height: f64| Move::Lift { at, height: height.clamp(0.0, session.lock().travel), force: FORCE_N };
    match press {
        "hold" => torque.map(|torque| Move::Tension { torque }).into_iter().collect(),
        "firmer" if now <= 0.0 => vec![Move::Tension { torque: FIRST_NMM }],
        "firmer" => vec![Move::Tension { torque: (now + STEP_NMM).min(SLIDER_NMM) }],
        "lighter" => vec![Move::Tension { torque: (now - STEP_NMM).max(0.0) }],
        "up" => vec![lift(tip + STEP_MM)],
        "down" => vec![lift(tip - STEP_MM)],
        "until" => vec![lift(until(session, at, tip))],
        "out" => vec![Move::Withdraw],
        "let-go" => vec![Move::Release],
        _ => Vec::new(),
    }
}

/// How high a patient hand lifts: until it clicks, sets, opens, or does not go further.
fn until(session: &Session, at: usize, from: f64) -> f64 {
    let mut trial = session.clone();
    let mut height = from;
    let before = session.look().elements[at].state;
    while height < session.lock().travel {
        height += FINE_MM;
        let Ok(snap) = trial.step(Move::Lift { at, height, force: FORCE_N }) else { break };
        let state = snap.elements[at].state;
        let new = state != before && matches!(state, State::Set | State::FalseSet | State::Overset);
        if snap.open || snap.blocked || snap.click || new {
            break;
        }
    }
    height
}

fn did(session: &Session, m: Option<&Move>) -> String {
    let element = session.kind().element();
    match m {
        None => "At rest.".to_owned(),
        Some(Move::Release) => "Everything let go.".to_owned(),
        Some(Move::Tension { torque }) => format!("Tension of {torque:.0} N mm."),
        Some(Move::Lift { at, height, .. } | Move::Lead { at, wish: height }) => {
            let verb = if session.lock().sprung[*at] { "lifted" } else { "turned" };
            format!("{element} {} {verb} to {height:.2} mm.", at + 1)
        }
        Some(Move::Withdraw) => "The pick taken away.".to_owned(),
    }
}

/// One blow, drawn; nothing where blows are no way to open it.
fn blow(
    d: &cylinder::describe::Description,
    session: &Session,
    gun: bool,
    ratchet: bool,
) -> Result<Option<(String, String)>, Problem> {
    if cylinder::bump::applies(d).is_err() {
        return Ok(None);
    }
    let v = session.values();
    let (tool, speed) = if gun { (Tool::SnapGun, P::SnapSpeed) } else { (Tool::BumpKey, P::StrikeSpeed) };
    let blow = cylinder::slow::Blow { tool, speed: v.get(speed), torque: v.get(P::BumpTorque), ratchet };
    let mut rng = cylinder::rng::Rng::keyed(1, 1);
    let film = cylinder::slow::film(d, session.lock(), v, &blow, &mut rng)
        .map_err(|error| crate::lab::refused(&error))?;
    let words = film_words(&film, ratchet);
    Ok(Some((draw::film(&film, &words), words)))
}

fn fill(visit: &Visit, asked: &Fields, chosen: &Chosen, w: Worked) -> BenchPage {
    let (session, last) = (w.desk.session(), w.desk.last());
    let undo = (!w.tape.0.is_empty()).then(|| Tape(w.tape.0[..w.tape.0.len() - 1].to_vec()).text());
    let shelf = SHELF.iter().map(|one| ShelfCard {
        slug: one.slug,
        name: one.name,
        teaches: one.teaches,
        here: one.slug == chosen.slug,
    });
    let query = if chosen.query.is_empty() { String::new() } else { format!("&{}", chosen.query) };
    let own = Own {
        kind: chosen.description.kind.clone(),
        pins: asked.raw("pins").chars().filter(char::is_ascii_digit).take(2).collect(),
        security: asked.raw("security").to_owned(),
        driver: asked.raw("driver").to_owned(),
        tolerance: asked.raw("tolerance").to_owned(),
        springs: asked.raw("springs").to_owned(),
        false_gates: asked.has("false_gates"),
        anti_bump: asked.has("anti_bump"),
    };
    BenchPage {
        frame: visit.frame(format!("{}: cylinder lab", chosen.name), Here::None),
        files: Files::new(),
        shelf: shelf.collect(),
        name: chosen.name.clone(),
        line: chosen.line.clone(),
        slug: chosen.slug.clone(),
        query,
        hidden: serde_urlencoded::from_str(&chosen.query).unwrap_or_default(),
        seed: chosen.seed,
        element: session.kind().element(),
        split: session.lock().split[0],
        bump: cylinder::bump::applies(&chosen.description).is_ok(),
        gun: asked.raw("tool") == "snap-gun",
        door: chosen.door.map(|id| id.to_string()),
        rated: chosen.description.rated().err().map(|error| error.to_string()),
        words: last.words.clone(),
        rows: rows(last),
        at: w.at,
        torque: last.torque.round() as i64,
        force: format!("{:.1}", last.force),
        moves: w.tape.0.len(),
        tape: w.tape.text(),
        undo,
        side: w.side,
        face: w.face,
        why: w.why,
        hint: w.hint,
        watched: w.watched,
        blow: w.blow,
        files_keys: cylinder::impression::applies(&chosen.description).is_ok(),
        filing: w.filing,
        machine: w.machine,
        own,
    }
}

fn rows(snap: &Snapshot) -> Vec<ElementRow> {
    let row = |(i, e): (usize, &cylinder::session::Seen)| ElementRow {
        n: i + 1,
        word: state_word(e.state),
        lift: format!("{:.2}", e.lift),
        play: if e.play > 1.0 { "clear".to_owned() } else { format!("{:.0}", (e.play * 1000.0).max(0.0)) },
        load: format!("{:.1}", e.load),
    };
    snap.elements.iter().enumerate().map(row).collect()
}
