//! The settings page.

use askama::Template;
use axum::response::Response;
use hub::View;
use hub::ports::{AlertKind, Role, Scope};

use super::typed::{AlertsForm, MqttForm, Refused, TokenForm};
use super::zwave::ZwaveForm;
use crate::drawing::qr_path;
use crate::pages::doors::home_zone;
use crate::pages::{Fields, Frame, Here, Visit, page, page_with};
use crate::problem::Problem;
use crate::words::{self, Moment, Zone};

/// Scopes of a token: key, words.
pub(super) const SCOPES: [(&str, Scope, &str); 5] = [
    ("read", Scope::Read, "Look: doors, people, log; never a code"),
    ("manage", Scope::Manage, "Change people, codes, doors, locks"),
    ("operate", Scope::Operate, "Lock and unlock"),
    ("reveal", Scope::Reveal, "Show codes"),
    ("admin", Scope::Admin, "Accounts, settings, backup, export"),
];

/// Kinds of alerts: key, words.
pub(super) const ALERT_KINDS: [(&str, AlertKind, &str); 17] = [
    ("lockout", AlertKind::Lockout, "Too many wrong codes"),
    ("jam", AlertKind::Jam, "A bolt is jammed"),
    ("ajar", AlertKind::Ajar, "A door stands open too long"),
    ("lost_contact", AlertKind::LostContact, "A lock is not heard any more"),
    ("low_battery", AlertKind::LowBattery, "Battery low"),
    ("change_refused", AlertKind::ChangeRefused, "A lock refused a change"),
    ("unknown_entry", AlertKind::UnknownEntry, "Opened by nobody we know"),
    ("foreign_code", AlertKind::ForeignCode, "A code that nobody here gave"),
    ("duress", AlertKind::Duress, "Opened under duress"),
    ("tamper", AlertKind::Tamper, "Forced, or the cover is off"),
    ("records_lost", AlertKind::RecordsLost, "Entries of a lock are missing"),
    ("clock_jumped", AlertKind::ClockJumped, "The clock of this machine or of a lock jumped"),
    ("budget_spent", AlertKind::BudgetSpent, "Somebody is guessing codes"),
    ("chain_broken", AlertKind::ChainBroken, "The records of a lock were changed"),
    ("storage", AlertKind::Storage, "The nightly copy of the database failed"),
    ("red_flag", AlertKind::RedFlag, "A red flag at a door"),
    ("arrival_at_risk", AlertKind::ArrivalAtRisk, "Somebody comes soon and the code may not be on the lock"),
];

struct Account {
    id: String,
    name: String,
    role: &'static str,
    sessions: usize,
    me: bool,
}

struct Token {
    id: String,
    name: String,
    scopes: String,
    created: Moment,
    used: Option<Moment>,
}

struct Link {
    name: String,
    up: bool,
    since: Moment,
    why: String,
}

#[derive(Template)]
#[template(path = "pages/settings/settings.html")]
struct Settings {
    frame: Frame,
    accounts: Vec<Account>,
    invites: Vec<(String, &'static str, Moment)>,
    tokens: Vec<Token>,
    links: Vec<Link>,
    mqtt: MqttForm,
    zwave: ZwaveForm,
    alerts: AlertsForm,
    token: TokenForm,
    /// Chosen role of an invitation.
    role: String,
    /// The section whose form was refused, and why.
    refused: &'static str,
    why: String,
    /// Whether some forms ask for the password again.
    ask: bool,
    url: String,
    fingerprint: Option<String>,
    qr: Option<(usize, String)>,
    loopback: bool,
}

/// `GET /settings`
pub(crate) async fn show(visit: Visit) -> Result<Response, Problem> {
    page(&settings(&visit, None)?)
}

/// The settings again after a refused form, with what was typed and what is wrong beside it.
pub(super) fn again(
    visit: &Visit,
    part: &'static str,
    form: &Fields,
    problem: &Problem,
) -> Result<Response, Problem> {
    page_with(problem.status, &settings(visit, Some(&Refused { part, form, problem }))?)
}

fn settings(visit: &Visit, refused: Option<&Refused<'_>>) -> Result<Settings, Problem> {
    // a page that answered a form is not asked for again: its address takes forms only
    let topics = if refused.is_some() { "" } else { "links accounts lagged" };
    let frame = visit.frame("Settings", Here::Settings).live(topics);
    let actor = visit.actor()?;
    let hub = &visit.app.hub;
    let (alerts, mqtt, zwave) = (hub.alert_settings(), hub.zigbee2mqtt(), hub.zwave_js());
    let url = visit.app.url.clone();
    let loopback = visit.app.config.listen.ip().is_loopback();
    let fallback = &visit.app.config.time_zone;
    Ok(hub.view(|view| {
        let zone = home_zone(view, fallback);
        Settings {
            frame,
            accounts: accounts(view, actor.id),
            invites: view
                .invites()
                .iter()
                .map(|i| (i.id.to_string(), role_words(i.role), zone.moment(i.expires, view.now)))
                .collect(),
            tokens: tokens(view, &zone),
            links: links(view, &zone),
            mqtt: MqttForm::new(mqtt.as_ref(), refused),
            zwave: ZwaveForm::new(zwave.as_ref(), refused),
            alerts: AlertsForm::new(&alerts, refused),
            token: TokenForm::new(refused),
            role: refused.map_or("viewer", |refused| refused.form.raw("role")).to_owned(),
            refused: refused.map_or("", |refused| refused.part),
            why: refused.map(|refused| refused.problem.message.clone()).unwrap_or_default(),
            ask: !actor.fresh,
            qr: (!loopback).then(|| qr_path(&url)).flatten(),
            url,
            fingerprint: visit.app.certificate.as_ref().map(|made| made.fingerprint.clone()),
            loopback,
        }
    }))
}

fn accounts(view: &View<'_>, me: uuid::Uuid) -> Vec<Account> {
    let account = |owner: &hub::ports::Owner| Account {
        id: owner.id.to_string(),
        name: owner.name.clone(),
        role: role_words(owner.role),
        sessions: view.sessions_of(owner.id),
        me: owner.id == me,
    };
    view.owners().iter().map(account).collect()
}

fn tokens(view: &View<'_>, zone: &Zone) -> Vec<Token> {
    let scope = |scope: &Scope| SCOPES.iter().find(|(_, s, _)| s == scope).map_or("?", |(key, ..)| key);
    let token = |token: &hub::ports::ApiToken| Token {
        id: token.id.to_string(),
        name: token.name.clone(),
        scopes: token.scopes.iter().map(scope).collect::<Vec<_>>().join(", "),
        created: zone.moment(token.created, view.now),
        used: token.used.map(|at| zone.moment(at, view.now)),
    };
    view.tokens().iter().map(token).collect()
}

fn links(view: &View<'_>, zone: &Zone) -> Vec<Link> {
    let link = |link: hub::LinkState| Link {
        name: words::link_name(&link.name).to_owned(),
        up: link.up,
        since: zone.moment(link.since, view.now),
        why: link.why.unwrap_or_default(),
    };
    // virtual locks are listed on a page of their own; here they would stand below another link's name
    view.links().into_iter().filter(|link| link.name != "virtual").map(link).collect()
}

/// A role in words.
fn role_words(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Manager => "manager",
        Role::Viewer => "viewer",
    }
}
