//! Accounts, cursors, documents, log keys and the journal's state, at start.

use access::LockId;
use hub::ports::{
    Accounts, ApiToken, Cursor, Document, Invite, JournalState, Loaded, Owner, PasswordHash, Role, Session,
};
use sqlx::SqliteConnection;
use uuid::Uuid;

use crate::load_house::{house, in_table};
use crate::trouble::Trouble;
use crate::values::{Word, read_count, read_hash, read_json, read_moment, read_moment_option};

/// Everything but the log. The caller holds a read transaction, so that all of it is of one moment.
pub(crate) async fn loaded(conn: &mut SqliteConnection) -> Result<Loaded, Trouble> {
    Ok(Loaded {
        house: house(conn).await?,
        accounts: Accounts {
            owners: owners(conn).await?,
            sessions: sessions(conn).await?,
            tokens: tokens(conn).await?,
            invites: invites(conn).await?,
        },
        cursors: cursors(conn).await?,
        documents: documents(conn).await?,
        subjects: subjects(conn).await?,
        journal: journal(conn).await?,
    })
}

fn collect<R, T>(
    table: &str,
    rows: Vec<R>,
    read: impl Fn(R) -> Result<T, Trouble>,
) -> Result<Vec<T>, Trouble> {
    rows.into_iter().map(read).collect::<Result<_, _>>().map_err(|trouble| in_table(table, trouble))
}

async fn owners(conn: &mut SqliteConnection) -> Result<Vec<Owner>, Trouble> {
    let rows =
        sqlx::query!(r#"SELECT id AS "id: Uuid", name, password, role, created FROM owner ORDER BY id"#)
            .fetch_all(conn)
            .await?;
    collect("owner", rows, |row| {
        let (role, created) = (Role::read(&row.role)?, read_moment(row.created)?);
        Ok(Owner { id: row.id, name: row.name, password: PasswordHash(row.password), role, created })
    })
}

async fn sessions(conn: &mut SqliteConnection) -> Result<Vec<Session>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT token_hash, owner AS "owner: Uuid", created, seen, expires, confirmed FROM session
           ORDER BY token_hash"#
    )
    .fetch_all(conn)
    .await?;
    collect("session", rows, |row| {
        Ok(Session {
            token_hash: read_hash(row.token_hash)?,
            owner: row.owner,
            created: read_moment(row.created)?,
            seen: read_moment(row.seen)?,
            expires: read_moment(row.expires)?,
            confirmed: read_moment(row.confirmed)?,
        })
    })
}

async fn tokens(conn: &mut SqliteConnection) -> Result<Vec<ApiToken>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: Uuid", name, token_hash, owner AS "owner: Uuid", scopes_json, created, used
           FROM token ORDER BY id"#
    )
    .fetch_all(conn)
    .await?;
    collect("token", rows, |row| {
        Ok(ApiToken {
            id: row.id,
            name: row.name,
            token_hash: read_hash(row.token_hash)?,
            owner: row.owner,
            scopes: read_json(&row.scopes_json)?,
            created: read_moment(row.created)?,
            used: read_moment_option(row.used)?,
        })
    })
}

async fn invites(conn: &mut SqliteConnection) -> Result<Vec<Invite>, Trouble> {
    let rows = sqlx::query!(
        r#"SELECT id AS "id: Uuid", code_hash, role, made_by AS "made_by: Uuid", expires FROM invite ORDER BY id"#
    )
    .fetch_all(conn)
    .await?;
    collect("invite", rows, |row| {
        let (code_hash, role) = (read_hash(row.code_hash)?, Role::read(&row.role)?);
        Ok(Invite { id: row.id, code_hash, role, by: row.made_by, expires: read_moment(row.expires)? })
    })
}

async fn cursors(conn: &mut SqliteConnection) -> Result<Vec<Cursor>, Trouble> {
    let rows = sqlx::query!(r#"SELECT lock AS "lock: Uuid", boot, seq FROM record_cursor ORDER BY lock"#)
        .fetch_all(conn)
        .await?;
    collect("record_cursor", rows, |row| {
        Ok(Cursor { lock: LockId::new(row.lock), boot: read_count(row.boot)?, seq: read_count(row.seq)? })
    })
}

async fn documents(conn: &mut SqliteConnection) -> Result<Vec<Document>, Trouble> {
    let rows = sqlx::query!("SELECT kind, key, body, version FROM document ORDER BY kind, key")
        .fetch_all(conn)
        .await?;
    collect("document", rows, |row| {
        Ok(Document { kind: row.kind, key: row.key, body: row.body, version: read_count(row.version)? })
    })
}

async fn subjects(conn: &mut SqliteConnection) -> Result<Vec<(Uuid, Vec<u8>)>, Trouble> {
    let rows =
        sqlx::query!(r#"SELECT id AS "id: Uuid", sealed FROM subject ORDER BY id"#).fetch_all(conn).await?;
    Ok(rows.into_iter().map(|row| (row.id, row.sealed)).collect())
}

async fn journal(conn: &mut SqliteConnection) -> Result<Option<JournalState>, Trouble> {
    let row =
        sqlx::query!("SELECT size, root, frontier, checkpoint FROM journal").fetch_optional(conn).await?;
    row.map(|row| {
        let (frontier, _) = row.frontier.as_chunks::<32>();
        Ok(JournalState {
            size: read_count(row.size)?,
            root: read_hash(row.root)?,
            frontier: frontier.to_vec(),
            checkpoint: row.checkpoint,
        })
    })
    .transpose()
    .map_err(|trouble| in_table("journal", trouble))
}
