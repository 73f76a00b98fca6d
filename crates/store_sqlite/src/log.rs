//! Reading the journal: filtered rows newest first, ranges of leaves, stored inner hashes.
//!
//! A filtered read is two steps: positions by the index that fits the filter best, then their rows. Times
//! are no order of the log (a lock's missed entries come late), positions are.

use std::borrow::Cow;

use data_encoding::HEXUPPER;
use hub::ports::{LeafRow, LogQuery};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::load_house::in_table;
use crate::trouble::Trouble;
use crate::values::{count, json, moment, read_count, read_hash, read_moment};

/// Most leaves or inner hashes in one call.
pub(crate) const RANGE_MAX: u64 = 10_000;
/// Most rows of a filtered read.
const LIMIT_MAX: u32 = 1_000;
/// Entries looked at one by one before the index on times is asked.
const NEWEST: i64 = 4_000;
/// Most kinds in one filter.
const KINDS_MAX: usize = 64;

/// The filter in the units of the columns; `hi` is inclusive.
struct Filter {
    kinds: Option<String>,
    lo: i64,
    hi: i64,
    below: i64,
    limit: u32,
}

pub(crate) async fn log(conn: &mut SqliteConnection, query: &LogQuery) -> Result<Vec<LeafRow>, Trouble> {
    if !(1..=LIMIT_MAX).contains(&query.limit) {
        let limit = query.limit;
        return Err(Trouble::Refused(format!("{limit} log rows were asked for: ask for 1 to {LIMIT_MAX}")));
    }
    if query.kinds.len() > KINDS_MAX {
        return Err(Trouble::Refused(format!("more than {KINDS_MAX} kinds in one filter: leave some out")));
    }
    let filter = Filter {
        kinds: if query.kinds.is_empty() { None } else { Some(json(&query.kinds)?) },
        lo: query.since.map_or(i64::MIN, moment),
        hi: query.before.map_or(i64::MAX, |before| moment(before).saturating_sub(1)),
        below: query.below.map_or(Ok(i64::MAX), count)?,
        limit: query.limit,
    };
    let timed = query.since.is_some() || query.before.is_some();
    let positions = match (query.door, query.subject) {
        (Some(door), subject) => of_door(conn, door, subject, &filter).await?,
        (None, Some(subject)) => of_subject(conn, subject, &filter).await?,
        (None, None) if !query.kinds.is_empty() => of_kinds(conn, &query.kinds, &filter).await?,
        (None, None) if timed => of_time(conn, &filter).await?,
        (None, None) => newest(conn, &filter).await?,
    };
    rows(conn, &positions).await
}

async fn of_door(
    conn: &mut SqliteConnection,
    door: Uuid,
    subject: Option<Uuid>,
    f: &Filter,
) -> Result<Vec<i64>, Trouble> {
    Ok(sqlx::query_scalar!(
        "SELECT position FROM leaf INDEXED BY leaf_door
         WHERE door = ?1 AND position < ?2 AND happened BETWEEN ?3 AND ?4
             AND (?5 IS NULL OR subject = ?5)
             AND (?6 IS NULL OR kind IN (SELECT value FROM json_each(?6)))
         ORDER BY position DESC LIMIT ?7",
        door,
        f.below,
        f.lo,
        f.hi,
        subject,
        f.kinds,
        f.limit
    )
    .fetch_all(conn)
    .await?)
}

async fn of_subject(conn: &mut SqliteConnection, subject: Uuid, f: &Filter) -> Result<Vec<i64>, Trouble> {
    Ok(sqlx::query_scalar!(
        "SELECT position FROM leaf INDEXED BY leaf_subject
         WHERE subject = ?1 AND position < ?2 AND happened BETWEEN ?3 AND ?4
             AND (?5 IS NULL OR kind IN (SELECT value FROM json_each(?5)))
         ORDER BY position DESC LIMIT ?6",
        subject,
        f.below,
        f.lo,
        f.hi,
        f.kinds,
        f.limit
    )
    .fetch_all(conn)
    .await?)
}

/// One walk a kind, merged: a single walk over several kinds would have to sort all of them.
async fn of_kinds(conn: &mut SqliteConnection, kinds: &[String], f: &Filter) -> Result<Vec<i64>, Trouble> {
    let mut positions = Vec::new();
    for kind in kinds {
        positions.extend(
            sqlx::query_scalar!(
                "SELECT position FROM leaf INDEXED BY leaf_kind
                 WHERE kind = ?1 AND position < ?2 AND happened BETWEEN ?3 AND ?4
                 ORDER BY position DESC LIMIT ?5",
                kind,
                f.below,
                f.lo,
                f.hi,
                f.limit
            )
            .fetch_all(&mut *conn)
            .await?,
        );
    }
    positions.sort_unstable_by(|a, b| b.cmp(a));
    positions.dedup();
    positions.truncate(f.limit as usize);
    Ok(positions)
}

/// First a look at the newest entries alone: where enough of them fit, they are the answer, however wide the
/// span. Else the span itself is sorted; the index holds all that this needs.
async fn of_time(conn: &mut SqliteConnection, f: &Filter) -> Result<Vec<i64>, Trouble> {
    let size = i64::try_from(crate::write_rest::journal_size(conn).await?).unwrap_or(i64::MAX);
    let newest = f.below.min(size) - NEWEST;
    let near = sqlx::query_scalar!(
        "SELECT position FROM leaf
         WHERE position >= ?1 AND position < ?2 AND happened BETWEEN ?3 AND ?4
         ORDER BY position DESC LIMIT ?5",
        newest,
        f.below,
        f.lo,
        f.hi,
        f.limit
    )
    .fetch_all(&mut *conn)
    .await?;
    if near.len() >= f.limit as usize {
        return Ok(near);
    }
    Ok(sqlx::query_scalar!(
        "SELECT position FROM leaf INDEXED BY leaf_happened
         WHERE happened BETWEEN ?1 AND ?2 AND position < ?3
         ORDER BY position DESC LIMIT ?4",
        f.lo,
        f.hi,
        f.below,
        f.limit
    )
    .fetch_all(conn)
    .await?)
}

async fn newest(conn: &mut SqliteConnection, f: &Filter) -> Result<Vec<i64>, Trouble> {
    Ok(sqlx::query_scalar!(
        "SELECT position FROM leaf WHERE position < ?1 ORDER BY position DESC LIMIT ?2",
        f.below,
        f.limit
    )
    .fetch_all(conn)
    .await?)
}

/// The columns of a leaf row as they come.
struct Raw {
    position: i64,
    leaf: Vec<u8>,
    hash: Vec<u8>,
    at: i64,
    happened: i64,
    kind: String,
    door: Option<Uuid>,
    subject: Option<Uuid>,
    salt: Option<Vec<u8>>,
    payload: Option<Vec<u8>>,
}

impl Raw {
    fn read(self) -> Result<LeafRow, Trouble> {
        Ok(LeafRow {
            index: read_count(self.position)?,
            leaf: self.leaf,
            hash: read_hash(self.hash)?,
            at: read_moment(self.at)?,
            happened: read_moment(self.happened)?,
            kind: self.kind,
            door: self.door,
            subject: self.subject,
            salt: self.salt,
            payload: self.payload,
        })
    }
}

fn read_all(rows: Vec<Raw>) -> Result<Vec<LeafRow>, Trouble> {
    rows.into_iter().map(Raw::read).collect::<Result<_, _>>().map_err(|trouble| in_table("leaf", trouble))
}

async fn rows(conn: &mut SqliteConnection, positions: &[i64]) -> Result<Vec<LeafRow>, Trouble> {
    let positions = json(&positions)?;
    let rows = sqlx::query_as!(
        Raw,
        r#"SELECT position, leaf, hash, at, happened, kind, door AS "door: Uuid", subject AS "subject: Uuid",
               salt, payload
           FROM leaf WHERE position IN (SELECT value FROM json_each(?)) ORDER BY position DESC"#,
        positions
    )
    .fetch_all(conn)
    .await?;
    read_all(rows)
}

/// Checks a range and turns it into columns' units.
fn range(what: &str, from: u64, to: u64) -> Result<(i64, i64), Trouble> {
    if to.saturating_sub(from) > RANGE_MAX {
        return Err(Trouble::Refused(format!("{what} {from} to {to}: at most {RANGE_MAX} in one call")));
    }
    Ok((count(from)?, count(to)?))
}

pub(crate) async fn leaves(conn: &mut SqliteConnection, from: u64, to: u64) -> Result<Vec<LeafRow>, Trouble> {
    let (from, to) = range("leaves", from, to)?;
    // one row for all, for the reason told at `nodes`
    let found = sqlx::query_scalar!(
        r#"SELECT json_group_array(json_array(position, hex(leaf), hex(hash), at, happened, kind,
               hex(door), hex(subject), hex(salt), hex(payload))) AS "leaves!: String"
           FROM (SELECT * FROM leaf WHERE position >= ? AND position < ? ORDER BY position)"#,
        from,
        to
    )
    .fetch_one(conn)
    .await?;
    packed(&found).map_err(|trouble| in_table("leaf", trouble))
}

/// Leaf rows out of their packed form: bytes as hexadecimal digits, none for NULL.
fn packed(text: &str) -> Result<Vec<LeafRow>, Trouble> {
    type Packed<'a> = (i64, &'a str, &'a str, i64, i64, Cow<'a, str>, &'a str, &'a str, &'a str, &'a str);
    let rows: Vec<Packed<'_>> =
        serde_json::from_str(text).map_err(|error| Trouble::Row(error.to_string()))?;
    let read = |(position, leaf, hash, at, happened, kind, door, subject, salt, payload): Packed<'_>| {
        Ok(LeafRow {
            index: read_count(position)?,
            leaf: bytes(leaf)?.unwrap_or_default(),
            hash: read_hash(bytes(hash)?.unwrap_or_default())?,
            at: read_moment(at)?,
            happened: read_moment(happened)?,
            kind: kind.into_owned(),
            door: id(door)?,
            subject: id(subject)?,
            salt: bytes(salt)?,
            payload: bytes(payload)?,
        })
    };
    rows.into_iter().map(read).collect()
}

fn bytes(digits: &str) -> Result<Option<Vec<u8>>, Trouble> {
    if digits.is_empty() {
        return Ok(None);
    }
    HEXUPPER.decode(digits.as_bytes()).map(Some).map_err(|error| Trouble::Row(error.to_string()))
}

fn id(digits: &str) -> Result<Option<Uuid>, Trouble> {
    let id = bytes(digits)?.map(|bytes| Uuid::from_slice(&bytes));
    id.transpose().map_err(|error| Trouble::Row(error.to_string()))
}

pub(crate) async fn nodes(
    conn: &mut SqliteConnection,
    level: u8,
    from: u64,
    to: u64,
) -> Result<Vec<[u8; 32]>, Trouble> {
    let (from, to) = range("inner hashes", from, to)?;
    // One row with all hashes in it: handing rows over one by one costs more than reading them. They are met in the
    // order of the inner query; an order inside of `group_concat` would sort them once more.
    let (table, found) = if level == 0 {
        let found = sqlx::query_scalar!(
            r#"SELECT group_concat(hex(hash), '') AS "hashes: String"
               FROM (SELECT hash FROM leaf WHERE position >= ? AND position < ? ORDER BY position)"#,
            from,
            to
        );
        ("leaf", found.fetch_one(conn).await?)
    } else {
        let found = sqlx::query_scalar!(
            r#"SELECT group_concat(hex(hash), '') AS "hashes: String"
               FROM (SELECT hash FROM node WHERE level = ? AND position >= ? AND position < ? ORDER BY position)"#,
            level,
            from,
            to
        );
        ("node", found.fetch_one(conn).await?)
    };
    split(found.unwrap_or_default()).map_err(|trouble| in_table(table, trouble))
}

/// Hashes out of their hexadecimal digits, 64 each.
fn split(digits: String) -> Result<Vec<[u8; 32]>, Trouble> {
    match bytes(&digits)?.unwrap_or_default().as_chunks::<32>() {
        (hashes, []) => Ok(hashes.to_vec()),
        (_, rest) => Err(Trouble::Row(format!("a hash of {} bytes", rest.len()))),
    }
}
