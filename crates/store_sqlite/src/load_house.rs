//! The whole house out of its tables, in one read transaction of the caller.

use std::collections::BTreeMap;

use access::{
    Credential, CredentialId, Door, DoorId, Errand, ErrandState, Evidence, Grant, GrantId, Group, GroupId,
    Holds, House, Lock, LockAddress, LockId, OpId, Person, PersonId, PersonKind, Schedule, ScheduleId, Seen,
    SlotSpec, Target, Wanted,
};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::trouble::Trouble;
use crate::values::{Word, read_civil, read_count, read_hash, read_json, read_moment, read_moment_option};

pub(crate) async fn house(conn: &mut SqliteConnection) -> Result<House, Trouble> {
    Ok(House {
        people: people(conn).await?,
        doors: doors(conn).await?,
        locks: locks(conn).await?,
        groups: groups(conn).await?,
        schedules: schedules(conn).await?,
        grants: grants(conn).await?,
        credentials: credentials(conn).await?,
        wanted: wanted(conn).await?,
        seen: seen(conn).await?,
        errands: errands(conn).await?,
    })
}

/// Turns rows into a map, naming the table when one does not read.
fn collect<R, K: Ord, V>(
    table: &str,
    rows: Vec<R>,
    read: impl Fn(R) -> Result<(K, V), Trouble>,
) -> Result<BTreeMap<K, V>, Trouble> {
    rows.into_iter().map(read).collect::<Result<_, _>>().map_err(|trouble| in_table(table, trouble))
}

pub(crate) fn in_table(table: &str, trouble: Trouble) -> Trouble {
    match trouble {
        Trouble::Row(what) => Trouble::Row(format!("a row of the table {table} holds {what}")),
        other => other,
    }
}

async fn people(conn: &mut SqliteConnection) -> Result<BTreeMap<PersonId, Person>, Trouble> {
    let rows = sqlx::query!(r#"SELECT id AS "id: Uuid", name, kind, note, created, removing FROM person"#)
        .fetch_all(conn)
        .await?;
    collect("person", rows, |row| {
        let id = PersonId::new(row.id);
        let (kind, created) = (PersonKind::read(&row.kind)?, read_moment(row.created)?);
        let removing = read_moment_option(row.removing)?;
        Ok((id, Person { id, name: row.name, kind, note: row.note, created, removing }))
    })
}

async fn doors(conn: &mut SqliteConnection) -> Result<BTreeMap<DoorId, Door>, Trouble> {
    let rows = sqlx::query!(r#"SELECT id AS "id: Uuid", name, time_zone, note, created FROM door"#)
        .fetch_all(conn)
        .await?;
    collect("door", rows, |row| {
        let (id, created) = (DoorId::new(row.id), read_moment(row.created)?);
        Ok((id, Door { id, name: row.name, time_zone: row.time_zone, note: row.note, created }))
    })
}

async fn locks(conn: &mut SqliteConnection) -> Result<BTreeMap<LockId, Lock>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: Uuid", door AS "door: Uuid", name, link, link_key, capabilities_json, told_json,
               created, removing
           FROM lock"#
    )
    .fetch_all(conn)
    .await?;
    collect("lock", rows, |row| {
        let id = LockId::new(row.id);
        let lock = Lock {
            id,
            door: DoorId::new(row.door),
            name: row.name,
            address: LockAddress { link: row.link, key: row.link_key },
            capabilities: read_json(&row.capabilities_json)?,
            told: read_json(&row.told_json)?,
            created: read_moment(row.created)?,
            removing: read_moment_option(row.removing)?,
        };
        Ok((id, lock))
    })
}

async fn groups(conn: &mut SqliteConnection) -> Result<BTreeMap<GroupId, Group>, Trouble> {
    let rows = sqlx::query!(r#"SELECT id AS "id: Uuid", name FROM door_group"#).fetch_all(&mut *conn).await?;
    let mut groups: BTreeMap<GroupId, Group> = collect("door_group", rows, |row| {
        let id = GroupId::new(row.id);
        Ok((id, Group { id, name: row.name, doors: Default::default() }))
    })?;
    let members =
        sqlx::query!(r#"SELECT door_group AS "door_group: Uuid", door AS "door: Uuid" FROM door_group_door"#)
            .fetch_all(conn)
            .await?;
    for row in members {
        if let Some(group) = groups.get_mut(&GroupId::new(row.door_group)) {
            group.doors.insert(DoorId::new(row.door));
        }
    }
    Ok(groups)
}

async fn schedules(conn: &mut SqliteConnection) -> Result<BTreeMap<ScheduleId, Schedule>, Trouble> {
    let rows =
        sqlx::query!(r#"SELECT id AS "id: Uuid", name, windows_json FROM schedule"#).fetch_all(conn).await?;
    collect("schedule", rows, |row| {
        let id = ScheduleId::new(row.id);
        Ok((id, Schedule { id, name: row.name, windows: read_json(&row.windows_json)? }))
    })
}

async fn grants(conn: &mut SqliteConnection) -> Result<BTreeMap<GrantId, Grant>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: Uuid", person AS "person: Uuid", credential AS "credential: Uuid",
               door AS "door: Uuid", door_group AS "door_group: Uuid", schedule AS "schedule: Uuid",
               valid_from, valid_until, once AS "once: bool", reason, created, revoked
           FROM access_grant"#
    )
    .fetch_all(conn)
    .await?;
    collect("access_grant", rows, |row| {
        let id = GrantId::new(row.id);
        let target = match (row.door, row.door_group) {
            (Some(door), None) => Target::Door(DoorId::new(door)),
            (None, Some(group)) => Target::Group(GroupId::new(group)),
            _ => return Err(Trouble::Row("not one door or one group".into())),
        };
        let grant = Grant {
            id,
            person: PersonId::new(row.person),
            credential: CredentialId::new(row.credential),
            target,
            schedule: row.schedule.map(ScheduleId::new),
            from: read_civil(row.valid_from)?,
            until: read_civil(row.valid_until)?,
            once: row.once,
            reason: row.reason,
            created: read_moment(row.created)?,
            revoked: read_moment_option(row.revoked)?,
        };
        Ok((id, grant))
    })
}

async fn credentials(conn: &mut SqliteConnection) -> Result<BTreeMap<CredentialId, Credential>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: Uuid", person AS "person: Uuid", digits, sealed, digest, version, changed
           FROM credential"#
    )
    .fetch_all(conn)
    .await?;
    collect("credential", rows, |row| {
        let id = CredentialId::new(row.id);
        let credential = Credential {
            id,
            person: PersonId::new(row.person),
            digits: read_count(row.digits)?,
            sealed: row.sealed,
            digest: read_hash(row.digest)?,
            version: read_count(row.version)?,
            changed: read_moment(row.changed)?,
        };
        Ok((id, credential))
    })
}

async fn wanted(conn: &mut SqliteConnection) -> Result<BTreeMap<(LockId, u16), Wanted>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT lock AS "lock: Uuid", slot, version, credential AS "credential: Uuid", credential_version,
               validity_json, once AS "once: bool", since
           FROM wanted"#
    )
    .fetch_all(conn)
    .await?;
    collect("wanted", rows, |row| {
        let (lock, slot) = (LockId::new(row.lock), read_count(row.slot)?);
        let spec = match (row.credential, row.credential_version, row.validity_json, row.once) {
            (Some(credential), Some(version), Some(validity), Some(once)) => Some(SlotSpec {
                credential: CredentialId::new(credential),
                credential_version: read_count(version)?,
                validity: read_json(&validity)?,
                once,
            }),
            (None, None, None, None) => None,
            _ => return Err(Trouble::Row("half a wish".into())),
        };
        let (version, since) = (read_count(row.version)?, read_moment(row.since)?);
        Ok(((lock, slot), Wanted { lock, slot, version, spec, since }))
    })
}

async fn seen(conn: &mut SqliteConnection) -> Result<BTreeMap<(LockId, u16), Seen>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT lock AS "lock: Uuid", slot, holds, credential AS "credential: Uuid", holds_version,
               enabled AS "enabled: bool", evidence, at, after_operation AS "after_operation: Uuid", version,
               past_json
           FROM seen"#
    )
    .fetch_all(conn)
    .await?;
    collect("seen", rows, |row| {
        let (lock, slot) = (LockId::new(row.lock), read_count(row.slot)?);
        let holds = match (row.holds.as_str(), row.credential, row.holds_version, row.enabled) {
            ("unknown", None, None, None) => Holds::Unknown,
            ("empty", None, None, None) => Holds::Empty,
            ("foreign", None, None, None) => Holds::Foreign,
            ("ours", Some(credential), Some(version), Some(enabled)) => Holds::Ours {
                credential: CredentialId::new(credential),
                version: read_count(version)?,
                enabled,
            },
            (word, ..) => return Err(Trouble::Row(format!("a slot state {word:?} that does not fit"))),
        };
        let seen = Seen {
            lock,
            slot,
            holds,
            evidence: Evidence::read(&row.evidence)?,
            at: read_moment(row.at)?,
            after: row.after_operation.map(OpId::new),
            version: read_count(row.version)?,
            past: read_json(&row.past_json)?,
        };
        Ok(((lock, slot), seen))
    })
}

async fn errands(conn: &mut SqliteConnection) -> Result<BTreeMap<(LockId, u16), Errand>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT lock AS "lock: Uuid", slot, version, state, operation AS "operation: Uuid", tries, next_try,
               last_error, since
           FROM errand"#
    )
    .fetch_all(conn)
    .await?;
    collect("errand", rows, |row| {
        let (lock, slot) = (LockId::new(row.lock), read_count(row.slot)?);
        let errand = Errand {
            lock,
            slot,
            version: read_count(row.version)?,
            state: ErrandState::read(&row.state)?,
            op: row.operation.map(OpId::new),
            tries: read_count(row.tries)?,
            next_try: read_moment_option(row.next_try)?,
            last_error: row.last_error,
            since: read_moment(row.since)?,
        };
        Ok(((lock, slot), errand))
    })
}
