//! Bringing people and their access in from a list: checked as a whole on a copy of the house, then written in one
//! transaction, or not at all. What is there already is left as it is, so the same list can be brought in twice.

use access::{
    Change, Command, CredentialId, Foreseen, GiveAccess, GrantId, House, PersonId, PersonKind, Pin, Target,
};
use jiff::Timestamp;
use jiff::civil::DateTime;
use journal::SubjectKey;

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::{Scope, Write};
use crate::usecases::CODE_DIGITS;
use crate::words;

/// Most lines of one list.
pub const LINES_MAX: usize = 1_000;

/// One line of a list: a person, and where they may go.
pub struct ImportLine {
    /// Its number in the file, for messages.
    pub number: u64,
    /// Name of the person; entered if it is new.
    pub person: String,
    /// What a new person is.
    pub kind: PersonKind,
    /// Name of a door or of a group; empty: the person only.
    pub place: String,
    /// Name of a schedule; empty: always.
    pub schedule: String,
    /// First moment, by the clock at the door.
    pub from: Option<DateTime>,
    /// End, by the clock at the door.
    pub until: Option<DateTime>,
    /// Opens once.
    pub once: bool,
    /// Why.
    pub reason: String,
    /// Their code; without it the newest they have, or a new one.
    pub code: Option<Pin>,
}

/// What became of a line, or would.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// Its number in the file.
    pub number: u64,
    /// The person's name.
    pub person: String,
    /// The person is new.
    pub new_person: bool,
    /// Access is given that was not there.
    pub gives: bool,
    /// What that does to each lock.
    pub locks: Vec<Foreseen>,
    /// Why the line cannot be taken; then none is.
    pub problem: Option<String>,
}

/// A command with what it needs beside.
struct Step {
    command: Command,
    subject: Option<(PersonId, SubjectKey, Vec<u8>)>,
}

impl Hub {
    /// Brings a list in, or with `dry_run` only says what it would do. With a problem in any line nothing is changed;
    /// the answer says which.
    ///
    /// # Errors
    /// `Forbidden`; `Refused` for more than [`LINES_MAX`] lines, or when the house changed while it was checked.
    pub async fn import(
        &self,
        actor: &Actor,
        lines: Vec<ImportLine>,
        dry_run: bool,
    ) -> Result<Vec<Imported>, HubError> {
        actor.need(Scope::Manage)?;
        if lines.len() > LINES_MAX {
            let text = format!("the list has {} lines, at most {LINES_MAX} are taken at once", lines.len());
            return Err(HubError::Refused(text));
        }
        let mut house = self.state().house.clone();
        let now = self.clock.now();
        let (mut steps, mut told) = (Vec::new(), Vec::with_capacity(lines.len()));
        for line in lines {
            let number = line.number;
            let person = line.person.trim().to_owned();
            let mut one = Imported {
                number,
                person,
                new_person: false,
                gives: false,
                locks: Vec::new(),
                problem: None,
            };
            if let Err(error) = self.import_line(&mut house, line, now, &mut steps, &mut one) {
                one.problem = Some(error.to_string());
            }
            told.push(one);
        }
        let good = told.iter().all(|one| one.problem.is_none());
        if good && !dry_run && !steps.is_empty() {
            self.bring_in(actor.name.clone(), steps).await?;
        }
        Ok(told)
    }

    /// Works one line out on the copy of the house.
    fn import_line(
        &self,
        house: &mut House,
        line: ImportLine,
        now: Timestamp,
        steps: &mut Vec<Step>,
        told: &mut Imported,
    ) -> Result<(), HubError> {
        let wanted = told.person.to_lowercase();
        let known =
            house.people.values().find(|one| one.removing.is_none() && one.name.to_lowercase() == wanted);
        let person = match known {
            Some(known) => known.id,
            None => {
                let id = PersonId::new(self.ids.uuid());
                let (name, kind, note) = (told.person.clone(), line.kind, String::new());
                let command = Command::AddPerson { id, name, kind, note };
                let subject = Some(self.new_subject(id)?);
                apply(house, command.clone(), now)?;
                steps.push(Step { command, subject });
                told.new_person = true;
                id
            }
        };
        let code = match &line.code {
            Some(pin) => Some(self.line_code(house, person, pin, now, steps)?),
            None => newest(house, person),
        };
        if line.place.trim().is_empty() {
            return Ok(());
        }
        let target = target(house, line.place.trim())?;
        let schedule = match line.schedule.trim() {
            "" => None,
            name => Some(schedule(house, name)?),
        };
        let same = |grant: &&access::Grant| {
            grant.revoked.is_none()
                && (grant.person, grant.target, grant.schedule) == (person, target, schedule)
                && (grant.from, grant.until, grant.once) == (line.from, line.until, line.once)
                // without a code in the line any of theirs will do
                && (line.code.is_none() || code == Some(grant.credential))
        };
        if house.grants.values().any(|grant| same(&grant)) {
            return Ok(());
        }
        let credential = match code {
            Some(code) => code,
            None => {
                let pin = self.generate(CODE_DIGITS)?;
                self.line_code(house, person, &pin, now, steps)?
            }
        };
        let give = GiveAccess {
            id: GrantId::new(self.ids.uuid()),
            person,
            credential,
            target,
            schedule,
            from: line.from,
            until: line.until,
            once: line.once,
            reason: line.reason,
        };
        let command = Command::Give(give);
        told.locks = access::foresee(house, command.clone(), now).map_err(refused)?;
        apply(house, command.clone(), now)?;
        told.gives = true;
        steps.push(Step { command, subject: None });
        Ok(())
    }

    /// The person's code with these digits: the one they have, or a new one.
    fn line_code(
        &self,
        house: &mut House,
        person: PersonId,
        pin: &Pin,
        now: Timestamp,
        steps: &mut Vec<Step>,
    ) -> Result<CredentialId, HubError> {
        let id = CredentialId::new(self.ids.uuid());
        let (sealed, digest) = self.seal_pin(id, pin)?;
        let theirs = house.credentials.values().find(|one| one.person == person && one.digest == digest);
        if let Some(theirs) = theirs {
            return Ok(theirs.id);
        }
        if let Some(weakness) = access::weakness(pin) {
            return Err(HubError::Weak(weakness.to_string()));
        }
        let command = Command::SetCode { credential: id, person, digits: pin.digits(), sealed, digest };
        apply(house, command.clone(), now)?;
        steps.push(Step { command, subject: None });
        Ok(id)
    }

    async fn bring_in(&self, who: String, steps: Vec<Step>) -> Result<(), HubError> {
        let decide = move |state: &crate::state::State, now: Timestamp| {
            let mut house = state.house.clone();
            let mut draft = Draft::default();
            for Step { command, subject } in steps {
                draft.events.push(words::event(&house, &who, &command));
                draft.changes.extend(apply(&mut house, command, now)?);
                if let Some((id, key, sealed)) = subject {
                    draft.writes.push(Write::SubjectKey { subject: id.uuid(), sealed });
                    draft.subjects.push((id, key));
                }
            }
            draft.events.push(Event::plain("access", format!("{who} brought a list of people in")));
            Ok(draft)
        };
        self.write(Touches::House, Box::new(decide)).await
    }
}

fn refused(no: access::Refusal) -> HubError {
    HubError::Refused(no.to_string())
}

/// Decides, and applies to the copy.
fn apply(house: &mut House, command: Command, now: Timestamp) -> Result<Vec<Change>, HubError> {
    let changes = access::decide(house, command, now).map_err(refused)?;
    changes.iter().cloned().for_each(|change| house.apply(change));
    Ok(changes)
}

fn newest(house: &House, person: PersonId) -> Option<CredentialId> {
    let theirs = house.credentials.values().filter(|one| one.person == person);
    theirs.max_by_key(|one| one.changed).map(|one| one.id)
}

fn target(house: &House, name: &str) -> Result<Target, HubError> {
    let wanted = name.to_lowercase();
    let doors = house.doors.values().map(|door| (&door.name, Target::Door(door.id)));
    let groups = house.groups.values().map(|group| (&group.name, Target::Group(group.id)));
    let all = doors.chain(groups).filter(|(known, _)| known.to_lowercase() == wanted);
    match all.map(|(_, target)| target).collect::<Vec<_>>()[..] {
        [target] => Ok(target),
        [] => Err(HubError::Refused(format!("there is no door and no group named {name}"))),
        _ => Err(HubError::Refused(format!("{name} is the name of a door and of a group: rename one"))),
    }
}

fn schedule(house: &House, name: &str) -> Result<access::ScheduleId, HubError> {
    let wanted = name.to_lowercase();
    let found = house.schedules.values().find(|one| one.name.to_lowercase() == wanted);
    found.map(|one| one.id).ok_or_else(|| HubError::Refused(format!("there is no schedule named {name}")))
}
