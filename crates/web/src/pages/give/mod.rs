//! Giving access in two steps: who, where and when; then what the locks make of it, and the code. The code
//! comes last, so that it stands in no address and no page.

use access::{
    Command, CredentialId, DoorId, GiveAccess, GrantId, GroupId, House, Notice, PersonId, Pin, ScheduleId,
    Target,
};
use askama::Template;
use axum::response::Response;
use hub::CodeWish;
use hub::ports::Purpose;

use super::{Asked, Fields, Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::words;

/// Digits of a generated code unless the owner says otherwise.
const DIGITS: u8 = 6;

struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "pages/give/give.html")]
struct Give {
    frame: Frame,
    people: Vec<Choice>,
    doors: Vec<Choice>,
    groups: Vec<Choice>,
    schedules: Vec<Choice>,
    from: String,
    until: String,
    once: bool,
    reason: String,
}

#[derive(Template)]
#[template(path = "pages/give/code.html")]
struct ChooseCode {
    frame: Frame,
    person: String,
    place: String,
    when: String,
    /// The fields of the first step, carried on.
    carried: Vec<(&'static str, String)>,
    notices: Vec<Notice>,
    /// What would change on which lock: place and words.
    ahead: Vec<(String, String)>,
    blocked: bool,
    /// Codes that the person has: id and a description without digits.
    codes: Vec<(String, String)>,
    digits: u8,
    /// Whether a code is to be typed; chosen before and kept when it was refused.
    typed: bool,
    /// What every lock concerned takes.
    lengths: (u8, u8),
    purposes: Vec<(&'static str, &'static str, &'static str, bool)>,
}

/// The fields of the first step.
struct Wish {
    person: PersonId,
    target: Target,
    schedule: Option<ScheduleId>,
    from: Option<jiff::civil::DateTime>,
    until: Option<jiff::civil::DateTime>,
    once: bool,
    reason: String,
}

/// `GET /give`
pub(crate) async fn show(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    page(&first_step(&visit, &query, None))
}

fn first_step(visit: &Visit, query: &Fields, problem: Option<&Problem>) -> Give {
    let frame = visit.frame("Give a code", Here::People).wrong(problem);
    let where_to = query.raw("where");
    let door = if query.raw("door").is_empty() { where_to } else { query.raw("door") };
    let choice = |id: String, name: &str, wanted: &str| Choice {
        chosen: !wanted.is_empty() && wanted.ends_with(&id),
        name: name.to_owned(),
        id,
    };
    let field = |name: &str| query.raw(name).chars().take(200).collect::<String>();
    visit.app.hub.view(|view| Give {
        frame,
        people: sorted(
            view.house
                .people
                .values()
                .filter(|p| p.removing.is_none())
                .map(|p| choice(p.id.to_string(), &p.name, query.raw("person"))),
        ),
        doors: sorted(view.house.doors.values().map(|d| choice(d.id.to_string(), &d.name, door))),
        groups: sorted(view.house.groups.values().map(|g| choice(g.id.to_string(), &g.name, where_to))),
        schedules: sorted(view.house.schedules.values().map(|s| {
            let name = format!("{}: {}", s.name, words::schedule(s));
            choice(s.id.to_string(), &name, query.raw("schedule"))
        })),
        from: field("from"),
        until: field("until"),
        once: query.has("once"),
        reason: field("reason"),
    })
}

fn sorted(choices: impl Iterator<Item = Choice>) -> Vec<Choice> {
    let mut choices: Vec<Choice> = choices.collect();
    choices.sort_by_key(|choice| choice.name.to_lowercase());
    choices
}

/// `GET /give/code`: looks only; what it shows is what would happen.
pub(crate) async fn code(visit: Visit, Asked(query): Asked) -> Result<Response, Problem> {
    match read(&query) {
        Ok(wish) => page(&second_step(&visit, &wish, None, None)?),
        Err(problem) => page_with(problem.status, &first_step(&visit, &query, Some(&problem))),
    }
}

fn second_step(
    visit: &Visit,
    wish: &Wish,
    sent: Option<&Fields>,
    problem: Option<&Problem>,
) -> Result<ChooseCode, Problem> {
    let frame = visit.frame("Which code?", Here::People).wrong(problem);
    // a code that does not exist yet stands for the one to come: its length is judged when it is given
    let credential = CredentialId::new(visit.app.fresh_id());
    let give = grant(visit, wish, credential);
    let notices = visit.app.hub.preview(&give);
    // what stands against it is said by the notices, or when it is given
    let ahead = crate::foresee::foresee(&visit.app, Command::Give(give)).unwrap_or_default();
    let ahead = ahead.into_iter().map(|one| (one.place, one.words)).collect();
    visit.app.hub.view(|view| {
        let house = view.house;
        let person = house.people.get(&wish.person).ok_or_else(|| Problem::not_found("person"))?;
        let zone = crate::pages::doors::home_zone(view, &visit.app.config.time_zone);
        let lengths = lengths(house, wish.target);
        let mut codes: Vec<_> = house.credentials.values().filter(|c| c.person == wish.person).collect();
        codes.sort_by_key(|code| std::cmp::Reverse(code.changed));
        Ok(ChooseCode {
            frame,
            person: person.name.clone(),
            place: place(house, wish.target)?,
            when: when(house, wish),
            carried: carried(wish),
            blocked: notices.iter().any(|notice| notice.blocks),
            notices,
            ahead,
            codes: codes
                .iter()
                .map(|code| {
                    let since = zone.moment(code.changed, view.now).words();
                    (code.id.to_string(), format!("{} digits, set {since}", code.digits))
                })
                .collect(),
            digits: sent
                .and_then(|form| form.raw("digits").parse().ok())
                .unwrap_or(DIGITS.clamp(lengths.0, lengths.1)),
            typed: sent.is_some_and(|form| form.raw("code") == "typed"),
            lengths,
            purposes: purposes(sent),
        })
    })
}

/// What a new code may be for: word, name, meaning, chosen.
fn purposes(sent: Option<&Fields>) -> Vec<(&'static str, &'static str, &'static str, bool)> {
    let chosen = sent.and_then(|form| Purpose::from_code(form.raw("purpose"))).unwrap_or_default();
    Purpose::ALL.map(|one| (one.code(), one.name(), one.meaning(), one == chosen)).to_vec()
}

/// `POST /give`
pub(crate) async fn give(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let wish = read(&form)?;
    match set_and_give(&visit, &wish, &form).await {
        Ok(grant) => Ok(see(&format!("/grants/{grant}"), "given")),
        Err(problem) if problem.code == "fresh_password_needed" => Err(problem),
        Err(problem) => page_with(problem.status, &second_step(&visit, &wish, Some(&form), Some(&problem))?),
    }
}

async fn set_and_give(visit: &Visit, wish: &Wish, form: &Fields) -> Result<GrantId, Problem> {
    let actor = visit.actor()?;
    let hub = &visit.app.hub;
    let new = match form.raw("code") {
        "new" => Some(CodeWish::Generate { digits: digits(form)? }),
        "typed" => Some(CodeWish::Typed(typed(form)?)),
        _ => None,
    };
    let credential = match new {
        // checked before it is made, so that a refused grant does not leave a code behind
        Some(code) => {
            hub.view(|view| code_fits(view.house, wish.target, &code))?;
            let purpose = Purpose::from_code(form.raw("purpose")).unwrap_or_default();
            hub.set_code_for(actor, wish.person, None, code, purpose).await?
        }
        None => form.parsed::<CredentialId>("code", "Code")?,
    };
    let grant = grant(visit, wish, credential);
    let id = grant.id;
    hub.give(actor, grant).await?;
    Ok(id)
}

/// Fewest and most digits that every reachable lock of a target takes. Without one, what any lock takes.
pub(crate) fn lengths(house: &House, target: Target) -> (u8, u8) {
    let doors = house.doors_of(target);
    let locks =
        doors.iter().flat_map(|door| house.locks_of(*door)).filter(|lock| lock.capabilities.slots > 0);
    let (min, max) = locks.fold((4, 10), |(min, max), lock| {
        let code = lock.capabilities.code;
        (code.min.max(min), code.max.min(max))
    });
    if min <= max { (min, max) } else { (4, 10) }
}

/// Whether a new code has a length that the locks take.
pub(crate) fn code_fits(house: &House, target: Target, code: &CodeWish) -> Result<(), Problem> {
    let (min, max) = lengths(house, target);
    let digits = match code {
        CodeWish::Generate { digits } => *digits,
        CodeWish::Typed(pin) => pin.digits(),
    };
    if (min..=max).contains(&digits) {
        return Ok(());
    }
    let text = format!("The locks there take codes of {min} to {max} digits, this one has {digits}.");
    Err(Problem::bad_input(text))
}

/// A code as typed; the error never repeats it.
pub(crate) fn typed(form: &Fields) -> Result<Pin, Problem> {
    Pin::parse(form.raw("typed")).map_err(|error| Problem::bad_input(format!("Typed code: {error}.")))
}

/// The wished length of a generated code.
pub(crate) fn digits(form: &Fields) -> Result<u8, Problem> {
    let digits = form.maybe::<u8>("digits", "Digits")?.unwrap_or(DIGITS);
    if (4..=10).contains(&digits) { Ok(digits) } else { Err(Problem::bad_input("Digits: 4 to 10.")) }
}

fn grant(visit: &Visit, wish: &Wish, credential: CredentialId) -> GiveAccess {
    GiveAccess {
        id: GrantId::new(visit.app.fresh_id()),
        person: wish.person,
        credential,
        target: wish.target,
        schedule: wish.schedule,
        from: wish.from,
        until: wish.until,
        once: wish.once,
        reason: wish.reason.clone(),
    }
}

fn read(form: &Fields) -> Result<Wish, Problem> {
    let target = match form.raw("where").split_once(':') {
        Some(("door", id)) => id.parse::<DoorId>().ok().map(Target::Door),
        Some(("group", id)) => id.parse::<GroupId>().ok().map(Target::Group),
        _ => None,
    };
    Ok(Wish {
        person: form.parsed("person", "Who")?,
        target: target.ok_or_else(|| Problem::bad_input("Where: please choose a door or a group."))?,
        schedule: form.maybe("schedule", "Hours")?,
        from: form.date_time("from", "From")?,
        until: form.date_time("until", "Until")?,
        once: form.has("once"),
        reason: form.text("reason", "Reason", 200)?,
    })
}

fn carried(wish: &Wish) -> Vec<(&'static str, String)> {
    let target = match wish.target {
        Target::Door(id) => format!("door:{id}"),
        Target::Group(id) => format!("group:{id}"),
    };
    let mut fields = vec![("person", wish.person.to_string()), ("where", target)];
    fields.extend(wish.schedule.map(|id| ("schedule", id.to_string())));
    fields.extend(wish.from.map(|at| ("from", at.to_string())));
    fields.extend(wish.until.map(|at| ("until", at.to_string())));
    fields.extend(wish.once.then(|| ("once", "on".to_owned())));
    fields.push(("reason", wish.reason.clone()));
    fields
}

/// A target in words.
pub(crate) fn place(house: &House, target: Target) -> Result<String, Problem> {
    match target {
        Target::Door(id) => {
            house.doors.get(&id).map(|door| door.name.clone()).ok_or_else(|| Problem::not_found("door"))
        }
        Target::Group(id) => house
            .groups
            .get(&id)
            .map(|group| format!("{} ({} doors)", group.name, group.doors.len()))
            .ok_or_else(|| Problem::not_found("group")),
    }
}

fn when(house: &House, wish: &Wish) -> String {
    let hours = wish
        .schedule
        .and_then(|id| house.schedules.get(&id))
        .map_or_else(|| "always".to_owned(), |s| format!("{} ({})", s.name, words::schedule(s)));
    let span = words::span(wish.from, wish.until);
    let once = if wish.once { ", once only" } else { "" };
    if span.is_empty() { format!("{hours}{once}") } else { format!("{hours}, {span}{once}") }
}
