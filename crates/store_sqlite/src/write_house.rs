//! One changed row of the house into its table. Mirrors `access::House::apply` row for row: what is loaded
//! later is what memory held.

use access::{
    Change, Credential, Door, Errand, Grant, Group, Holds, Lock, Person, Schedule, Seen, Target, Wanted,
};
use sqlx::SqliteConnection;

use crate::trouble::Trouble;
use crate::values::{Word, civil, count, json, moment};

pub(crate) async fn apply(conn: &mut SqliteConnection, change: &Change) -> Result<(), Trouble> {
    match change {
        Change::Person(row) => person(conn, row).await,
        Change::Door(row) => door(conn, row).await,
        Change::Lock(row) => lock(conn, row).await,
        Change::Group(row) => group(conn, row).await,
        Change::Schedule(row) => schedule(conn, row).await,
        Change::Grant(row) => grant(conn, row).await,
        Change::Credential(row) => credential(conn, row).await,
        Change::Wanted(row) => wanted(conn, row).await,
        Change::Seen(row) => seen(conn, row).await,
        Change::Errand(row) => errand(conn, row).await,
        gone => remove(conn, gone).await,
    }
}

async fn remove(conn: &mut SqliteConnection, change: &Change) -> Result<(), Trouble> {
    macro_rules! delete {
        ($sql:literal, $($value:expr),+) => {{
            sqlx::query!($sql, $($value),+).execute(&mut *conn).await?;
        }};
    }
    match *change {
        Change::PersonGone(id) => {
            let id = id.uuid();
            delete!("DELETE FROM person WHERE id = ?", id);
        }
        Change::DoorGone(id) => {
            let id = id.uuid();
            delete!("DELETE FROM door WHERE id = ?", id);
        }
        Change::LockGone(id) => {
            let id = id.uuid();
            delete!("DELETE FROM lock WHERE id = ?", id);
        }
        Change::GroupGone(id) => {
            let id = id.uuid();
            delete!("DELETE FROM door_group WHERE id = ?", id);
        }
        Change::ScheduleGone(id) => {
            let id = id.uuid();
            delete!("DELETE FROM schedule WHERE id = ?", id);
        }
        Change::GrantGone(id) => {
            let id = id.uuid();
            delete!("DELETE FROM access_grant WHERE id = ?", id);
        }
        Change::CredentialGone(id) => {
            let id = id.uuid();
            delete!("DELETE FROM credential WHERE id = ?", id);
        }
        Change::WantedGone(lock, slot) => {
            let lock = lock.uuid();
            delete!("DELETE FROM wanted WHERE lock = ? AND slot = ?", lock, slot);
        }
        Change::SeenGone(lock, slot) => {
            let lock = lock.uuid();
            delete!("DELETE FROM seen WHERE lock = ? AND slot = ?", lock, slot);
        }
        Change::ErrandGone(lock, slot) => {
            let lock = lock.uuid();
            delete!("DELETE FROM errand WHERE lock = ? AND slot = ?", lock, slot);
        }
        // rows that are set, not removed: `apply` took them
        Change::Person(_)
        | Change::Door(_)
        | Change::Lock(_)
        | Change::Group(_)
        | Change::Schedule(_)
        | Change::Grant(_)
        | Change::Credential(_)
        | Change::Wanted(_)
        | Change::Seen(_)
        | Change::Errand(_) => {}
    }
    Ok(())
}

async fn person(conn: &mut SqliteConnection, row: &Person) -> Result<(), Trouble> {
    let (id, kind) = (row.id.uuid(), row.kind.word());
    let (created, removing) = (moment(row.created), row.removing.map(moment));
    sqlx::query!(
        "INSERT INTO person (id, name, kind, note, created, removing) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, kind = excluded.kind, note = excluded.note,
             created = excluded.created, removing = excluded.removing",
        id,
        row.name,
        kind,
        row.note,
        created,
        removing
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn door(conn: &mut SqliteConnection, row: &Door) -> Result<(), Trouble> {
    let (id, created) = (row.id.uuid(), moment(row.created));
    sqlx::query!(
        "INSERT INTO door (id, name, time_zone, note, created) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, time_zone = excluded.time_zone,
             note = excluded.note, created = excluded.created",
        id,
        row.name,
        row.time_zone,
        row.note,
        created
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn lock(conn: &mut SqliteConnection, row: &Lock) -> Result<(), Trouble> {
    let (id, door, created) = (row.id.uuid(), row.door.uuid(), moment(row.created));
    let (capabilities, told, removing) =
        (json(&row.capabilities)?, json(&row.told)?, row.removing.map(moment));
    sqlx::query!(
        "INSERT INTO lock (id, door, name, link, link_key, capabilities_json, told_json, created, removing)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET door = excluded.door, name = excluded.name, link = excluded.link,
             link_key = excluded.link_key, capabilities_json = excluded.capabilities_json,
             told_json = excluded.told_json, created = excluded.created, removing = excluded.removing",
        id,
        door,
        row.name,
        row.address.link,
        row.address.key,
        capabilities,
        told,
        created,
        removing
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn group(conn: &mut SqliteConnection, row: &Group) -> Result<(), Trouble> {
    let id = row.id.uuid();
    sqlx::query!(
        "INSERT INTO door_group (id, name) VALUES (?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name",
        id,
        row.name
    )
    .execute(&mut *conn)
    .await?;
    sqlx::query!("DELETE FROM door_group_door WHERE door_group = ?", id).execute(&mut *conn).await?;
    for door in &row.doors {
        let door = door.uuid();
        sqlx::query!("INSERT INTO door_group_door (door_group, door) VALUES (?, ?)", id, door)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

async fn schedule(conn: &mut SqliteConnection, row: &Schedule) -> Result<(), Trouble> {
    let (id, windows) = (row.id.uuid(), json(&row.windows)?);
    sqlx::query!(
        "INSERT INTO schedule (id, name, windows_json) VALUES (?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, windows_json = excluded.windows_json",
        id,
        row.name,
        windows
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn grant(conn: &mut SqliteConnection, row: &Grant) -> Result<(), Trouble> {
    let (id, person, credential) = (row.id.uuid(), row.person.uuid(), row.credential.uuid());
    let (door, group) = match row.target {
        Target::Door(door) => (Some(door.uuid()), None),
        Target::Group(group) => (None, Some(group.uuid())),
    };
    let (schedule, from, until) = (row.schedule.map(|s| s.uuid()), civil(row.from), civil(row.until));
    let (created, revoked) = (moment(row.created), row.revoked.map(moment));
    sqlx::query!(
        "INSERT INTO access_grant (id, person, credential, door, door_group, schedule, valid_from,
             valid_until, once, reason, created, revoked)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET person = excluded.person, credential = excluded.credential,
             door = excluded.door, door_group = excluded.door_group, schedule = excluded.schedule,
             valid_from = excluded.valid_from, valid_until = excluded.valid_until, once = excluded.once,
             reason = excluded.reason, created = excluded.created, revoked = excluded.revoked",
        id,
        person,
        credential,
        door,
        group,
        schedule,
        from,
        until,
        row.once,
        row.reason,
        created,
        revoked
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn credential(conn: &mut SqliteConnection, row: &Credential) -> Result<(), Trouble> {
    let (id, person, digest) = (row.id.uuid(), row.person.uuid(), row.digest.as_slice());
    let (version, changed) = (count(row.version)?, moment(row.changed));
    sqlx::query!(
        "INSERT INTO credential (id, person, digits, sealed, digest, version, changed)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET person = excluded.person, digits = excluded.digits,
             sealed = excluded.sealed, digest = excluded.digest, version = excluded.version,
             changed = excluded.changed",
        id,
        person,
        row.digits,
        row.sealed,
        digest,
        version,
        changed
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn wanted(conn: &mut SqliteConnection, row: &Wanted) -> Result<(), Trouble> {
    let (lock, version, since) = (row.lock.uuid(), count(row.version)?, moment(row.since));
    let (mut credential, mut credential_version, mut validity, mut once) = (None, None, None, None);
    if let Some(spec) = &row.spec {
        credential = Some(spec.credential.uuid());
        credential_version = Some(count(spec.credential_version)?);
        validity = Some(json(&spec.validity)?);
        once = Some(spec.once);
    }
    sqlx::query!(
        "INSERT INTO wanted (lock, slot, version, credential, credential_version, validity_json, once, since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (lock, slot) DO UPDATE SET version = excluded.version,
             credential = excluded.credential, credential_version = excluded.credential_version,
             validity_json = excluded.validity_json, once = excluded.once, since = excluded.since",
        lock,
        row.slot,
        version,
        credential,
        credential_version,
        validity,
        once,
        since
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn seen(conn: &mut SqliteConnection, row: &Seen) -> Result<(), Trouble> {
    let (lock, evidence, at) = (row.lock.uuid(), row.evidence.word(), moment(row.at));
    let (version, past) = (count(row.version)?, json(&row.past)?);
    let after = row.after.map(|op| op.uuid());
    let (holds, credential, holds_version, on) = match &row.holds {
        Holds::Unknown => ("unknown", None, None, None),
        Holds::Empty => ("empty", None, None, None),
        Holds::Foreign => ("foreign", None, None, None),
        Holds::Ours { credential, version, enabled } => {
            ("ours", Some(credential.uuid()), Some(count(*version)?), Some(*enabled))
        }
    };
    sqlx::query!(
        "INSERT INTO seen (lock, slot, holds, credential, holds_version, enabled, evidence, at, after_operation,
             version, past_json)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (lock, slot) DO UPDATE SET holds = excluded.holds, credential = excluded.credential,
             holds_version = excluded.holds_version, enabled = excluded.enabled,
             evidence = excluded.evidence, at = excluded.at, after_operation = excluded.after_operation,
             version = excluded.version, past_json = excluded.past_json",
        lock,
        row.slot,
        holds,
        credential,
        holds_version,
        on,
        evidence,
        at,
        after,
        version,
        past
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn errand(conn: &mut SqliteConnection, row: &Errand) -> Result<(), Trouble> {
    let (lock, version, state) = (row.lock.uuid(), count(row.version)?, row.state.word());
    let (op, next, since) = (row.op.map(|op| op.uuid()), row.next_try.map(moment), moment(row.since));
    sqlx::query!(
        "INSERT INTO errand (lock, slot, version, state, operation, tries, next_try, last_error, since)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (lock, slot) DO UPDATE SET version = excluded.version, state = excluded.state,
             operation = excluded.operation, tries = excluded.tries, next_try = excluded.next_try,
             last_error = excluded.last_error, since = excluded.since",
        lock,
        row.slot,
        version,
        state,
        op,
        row.tries,
        next,
        row.last_error,
        since
    )
    .execute(conn)
    .await?;
    Ok(())
}
