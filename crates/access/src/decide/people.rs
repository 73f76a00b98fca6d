//! People: entered, changed, removed. Removal ends every grant first; the row goes when no lock can hold a
//! code of theirs any more.

use std::collections::BTreeSet;

use super::draft::Draft;
use super::{Change, words};
use crate::house::House;
use crate::ids::{CredentialId, LockId, PersonId};
use crate::model::{Person, PersonKind};
use crate::refusal::Refusal;

const PEOPLE_MAX: usize = 20_000;

pub(super) fn add(
    d: &mut Draft<'_>,
    id: PersonId,
    name: &str,
    kind: PersonKind,
    note: &str,
) -> Result<(), Refusal> {
    words::room("people", d.house.people.len(), PEOPLE_MAX)?;
    if d.house.people.contains_key(&id) {
        return Err(Refusal::Exists("person"));
    }
    let created = d.now;
    put(d, Person { id, name: String::new(), kind, note: String::new(), created, removing: None }, name, note)
}

pub(super) fn change(
    d: &mut Draft<'_>,
    id: PersonId,
    name: &str,
    kind: PersonKind,
    note: &str,
) -> Result<(), Refusal> {
    let person = living(d.house, id)?.clone();
    put(d, Person { kind, ..person }, name, note)
}

fn put(d: &mut Draft<'_>, row: Person, name: &str, note: &str) -> Result<(), Refusal> {
    let name = words::name("person", name)?;
    let others = d.house.people.values().filter(|p| p.id != row.id && p.removing.is_none());
    words::unique("person", &name, others.map(|p| p.name.as_str()))?;
    let note = words::free("note", note, words::NOTE_MAX)?;
    d.push(Change::Person(Person { name, note, ..row }));
    Ok(())
}

/// A person who is there and not being removed.
pub(super) fn living(house: &House, id: PersonId) -> Result<&Person, Refusal> {
    let person = house.people.get(&id).ok_or(Refusal::NotFound("person"))?;
    if person.removing.is_some() { Err(Refusal::Removing(person.name.clone())) } else { Ok(person) }
}

pub(super) fn remove(d: &mut Draft<'_>, id: PersonId) -> Result<(), Refusal> {
    let person = living(d.house, id)?.clone();
    let theirs: Vec<_> = d.house.grants.values().filter(|g| g.person == id && g.revoked.is_none()).collect();
    let codes = codes_of(d.house, id);
    for grant in theirs {
        let mut grant = grant.clone();
        grant.revoked = Some(d.now);
        d.put_grant(grant);
    }
    let slots: Vec<_> = d
        .house
        .wanted
        .values()
        .filter(|row| row.spec.as_ref().is_some_and(|spec| codes.contains(&spec.credential)))
        .map(|row| (row.lock, row.slot))
        .collect();
    for (lock, slot) in slots {
        d.end_slot(lock, slot);
    }
    for lock in d.house.locks.values().filter(|lock| lock.told.codes.iter().any(|code| code.person == id)) {
        let mut lock = lock.clone();
        lock.told.codes.retain(|code| code.person != id);
        d.push(Change::Lock(lock));
    }
    if may_be_on_a_lock(d, &codes, None) {
        d.push(Change::Person(Person { removing: Some(d.now), ..person }));
    } else {
        codes.iter().for_each(|code| d.push(Change::CredentialGone(*code)));
        d.push(Change::PersonGone(id));
    }
    Ok(())
}

/// The credentials of a person.
pub(crate) fn codes_of(house: &House, person: PersonId) -> BTreeSet<CredentialId> {
    house.credentials.values().filter(|code| code.person == person).map(|code| code.id).collect()
}

fn may_be_on_a_lock(d: &Draft<'_>, codes: &BTreeSet<CredentialId>, gone: Option<LockId>) -> bool {
    d.house.wanted.keys().filter(|(lock, _)| Some(*lock) != gone).any(|(lock, slot)| {
        let wanted = d.wanted(*lock, *slot);
        let past = d.seen(*lock, *slot).map(|seen| seen.past.as_slice()).unwrap_or_default();
        wanted.is_some_and(|row| match &row.spec {
            Some(spec) => codes.contains(&spec.credential),
            None => past.iter().any(|p| p.digest.is_some() && codes.contains(&p.credential)),
        })
    })
}

/// Removes those people who were being removed and whose codes no lock can hold any more. `gone` is a lock
/// that is being taken away in this decision.
pub(crate) fn finish_removed(d: &mut Draft<'_>, gone: Option<LockId>) {
    let leaving: Vec<PersonId> =
        d.house.people.values().filter(|person| person.removing.is_some()).map(|person| person.id).collect();
    for id in leaving {
        let codes = codes_of(d.house, id);
        if !may_be_on_a_lock(d, &codes, gone) {
            codes.iter().for_each(|code| d.push(Change::CredentialGone(*code)));
            d.push(Change::PersonGone(id));
        }
    }
}
