//! Rows that are not of the house: accounts, cursors, documents, log keys; and the journal's leaves.

use data_encoding::HEXUPPER;
use hub::ports::{ApiToken, Document, Invite, JournalState, LeafRow, NodeRow, Owner, Session, Write};
use serde::Serialize;
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::trouble::Trouble;
use crate::values::{Word, count, json, moment};

/// Longest body of a document.
const DOCUMENT_MAX: usize = 256 * 1024;

pub(crate) async fn apply(conn: &mut SqliteConnection, write: &Write) -> Result<(), Trouble> {
    match write {
        Write::Owner(row) => owner(conn, row).await?,
        Write::Session(row) => session(conn, row).await?,
        Write::Token(row) => token(conn, row).await?,
        Write::Invite(row) => invite(conn, row).await?,
        Write::Document(row) => document(conn, row).await?,
        Write::OwnerGone(id) => {
            sqlx::query!("DELETE FROM owner WHERE id = ?", id).execute(conn).await?;
        }
        Write::SessionGone(hash) => {
            let hash = hash.as_slice();
            sqlx::query!("DELETE FROM session WHERE token_hash = ?", hash).execute(conn).await?;
        }
        Write::TokenGone(id) => {
            sqlx::query!("DELETE FROM token WHERE id = ?", id).execute(conn).await?;
        }
        Write::InviteGone(id) => {
            sqlx::query!("DELETE FROM invite WHERE id = ?", id).execute(conn).await?;
        }
        Write::Cursor(row) => {
            let (lock, seq) = (row.lock.uuid(), count(row.seq)?);
            sqlx::query!(
                "INSERT INTO record_cursor (lock, boot, seq) VALUES (?, ?, ?)
                 ON CONFLICT (lock) DO UPDATE SET boot = excluded.boot, seq = excluded.seq",
                lock,
                row.boot,
                seq
            )
            .execute(conn)
            .await?;
        }
        Write::DocumentGone { kind, key } => {
            sqlx::query!("DELETE FROM document WHERE kind = ? AND key = ?", kind, key).execute(conn).await?;
        }
        Write::SubjectKey { subject, sealed } => {
            sqlx::query!(
                "INSERT INTO subject (id, sealed) VALUES (?, ?)
                 ON CONFLICT (id) DO UPDATE SET sealed = excluded.sealed",
                subject,
                sealed
            )
            .execute(conn)
            .await?;
        }
        Write::SubjectErased(subject) => {
            sqlx::query!("DELETE FROM subject WHERE id = ?", subject).execute(&mut *conn).await?;
            sqlx::query!("UPDATE leaf SET salt = NULL, payload = NULL WHERE subject = ?", subject)
                .execute(conn)
                .await?;
        }
    }
    Ok(())
}

async fn owner(conn: &mut SqliteConnection, row: &Owner) -> Result<(), Trouble> {
    let (role, created) = (row.role.word(), moment(row.created));
    sqlx::query!(
        "INSERT INTO owner (id, name, password, role, created) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, password = excluded.password,
             role = excluded.role, created = excluded.created",
        row.id,
        row.name,
        row.password.0,
        role,
        created
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn session(conn: &mut SqliteConnection, row: &Session) -> Result<(), Trouble> {
    let (hash, created, seen) = (row.token_hash.as_slice(), moment(row.created), moment(row.seen));
    let (expires, confirmed) = (moment(row.expires), moment(row.confirmed));
    sqlx::query!(
        "INSERT INTO session (token_hash, owner, created, seen, expires, confirmed) VALUES (?, ?, ?, ?, ?, ?)
         ON CONFLICT (token_hash) DO UPDATE SET owner = excluded.owner, created = excluded.created,
             seen = excluded.seen, expires = excluded.expires, confirmed = excluded.confirmed",
        hash,
        row.owner,
        created,
        seen,
        expires,
        confirmed
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn token(conn: &mut SqliteConnection, row: &ApiToken) -> Result<(), Trouble> {
    let (hash, scopes) = (row.token_hash.as_slice(), json(&row.scopes)?);
    let (created, used) = (moment(row.created), row.used.map(moment));
    sqlx::query!(
        "INSERT INTO token (id, name, token_hash, owner, scopes_json, created, used)
         VALUES (?, ?, ?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, token_hash = excluded.token_hash,
             owner = excluded.owner, scopes_json = excluded.scopes_json, created = excluded.created,
             used = excluded.used",
        row.id,
        row.name,
        hash,
        row.owner,
        scopes,
        created,
        used
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn invite(conn: &mut SqliteConnection, row: &Invite) -> Result<(), Trouble> {
    let (hash, role, expires) = (row.code_hash.as_slice(), row.role.word(), moment(row.expires));
    sqlx::query!(
        "INSERT INTO invite (id, code_hash, role, made_by, expires) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET code_hash = excluded.code_hash, role = excluded.role,
             made_by = excluded.made_by, expires = excluded.expires",
        row.id,
        hash,
        role,
        row.by,
        expires
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn document(conn: &mut SqliteConnection, row: &Document) -> Result<(), Trouble> {
    if row.body.len() > DOCUMENT_MAX {
        return Err(Trouble::Refused(format!(
            "the document {}/{} has {} bytes; at most {DOCUMENT_MAX} are kept: shorten it",
            row.kind,
            row.key,
            row.body.len()
        )));
    }
    let version = count(row.version)?;
    sqlx::query!(
        "INSERT INTO document (kind, key, body, version) VALUES (?, ?, ?, ?)
         ON CONFLICT (kind, key) DO UPDATE SET body = excluded.body, version = excluded.version",
        row.kind,
        row.key,
        row.body,
        version
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Most leaves of one statement: bounds its text, about 2 KiB a leaf.
const LEAVES_AT_ONCE: usize = 256;

/// Appends leaves, many in one statement: handing a statement to the connection's thread and back costs more than
/// writing its row.
pub(crate) async fn leaves(conn: &mut SqliteConnection, rows: &[LeafRow]) -> Result<(), Trouble> {
    for rows in rows.chunks(LEAVES_AT_ONCE) {
        let rows = json(&rows.iter().map(columns).collect::<Result<Vec<_>, _>>()?)?;
        sqlx::query!(
            "INSERT INTO leaf (position, leaf, hash, at, happened, kind, door, subject, salt, payload)
             SELECT value ->> 0, unhex(value ->> 1), unhex(value ->> 2), value ->> 3, value ->> 4, value ->> 5,
                 unhex(value ->> 6), unhex(value ->> 7), unhex(value ->> 8), unhex(value ->> 9)
             FROM json_each(?)",
            rows
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

/// The columns of a leaf in the order of the statement; bytes as hexadecimal digits.
fn columns(row: &LeafRow) -> Result<impl Serialize, Trouble> {
    let id = |id: Option<Uuid>| id.map(|id| HEXUPPER.encode(id.as_bytes()));
    let bytes = |bytes: &Option<Vec<u8>>| bytes.as_ref().map(|bytes| HEXUPPER.encode(bytes));
    let (at, happened) = (moment(row.at), moment(row.happened));
    let (leaf, hash) = (HEXUPPER.encode(&row.leaf), HEXUPPER.encode(&row.hash));
    let (door, subject) = (id(row.door), id(row.subject));
    let (salt, payload) = (bytes(&row.salt), bytes(&row.payload));
    Ok((count(row.index)?, leaf, hash, at, happened, row.kind.clone(), door, subject, salt, payload))
}

pub(crate) async fn node(conn: &mut SqliteConnection, row: &NodeRow) -> Result<(), Trouble> {
    let (position, hash) = (count(row.index)?, row.hash.as_slice());
    sqlx::query!("INSERT INTO node (level, position, hash) VALUES (?, ?, ?)", row.level, position, hash)
        .execute(conn)
        .await?;
    Ok(())
}

pub(crate) async fn journal(conn: &mut SqliteConnection, state: &JournalState) -> Result<(), Trouble> {
    let (size, root, frontier) = (count(state.size)?, state.root.as_slice(), state.frontier.concat());
    sqlx::query!(
        "INSERT INTO journal (id, size, root, frontier, checkpoint) VALUES (1, ?, ?, ?, ?)
         ON CONFLICT (id) DO UPDATE SET size = excluded.size, root = excluded.root,
             frontier = excluded.frontier, checkpoint = excluded.checkpoint",
        size,
        root,
        frontier,
        state.checkpoint
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Leaves in the tree as the database has it.
pub(crate) async fn journal_size(conn: &mut SqliteConnection) -> Result<u64, Trouble> {
    let size = sqlx::query_scalar!("SELECT size FROM journal").fetch_optional(conn).await?;
    size.map_or(Ok(0), crate::values::read_count)
}
