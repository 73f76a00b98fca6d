//! What can go wrong between here and the disk, and which [`StoreError`] it is.

use hub::ports::StoreError;

/// Inside this crate; [`kind`](Trouble::kind) sorts it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Trouble {
    /// SQLite or the connection to it.
    #[error(transparent)]
    Sql(#[from] sqlx::Error),
    /// Migrations.
    #[error(transparent)]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// A stored row that no version of this program wrote so.
    #[error("{0}")]
    Row(String),
    /// A request that breaks a limit.
    #[error("{0}")]
    Refused(String),
    /// Already sorted.
    #[error(transparent)]
    Told(#[from] StoreError),
    /// The file system.
    #[error("cannot {doing}: {source}")]
    File {
        /// What was tried, with the file's name.
        doing: String,
        /// Why.
        source: std::io::Error,
    },
}

/// The sort of trouble.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// No space.
    Full,
    /// The file's content is wrong; what was found.
    Damaged(String),
    /// Everything else.
    Other(StoreError),
}

// result codes: https://www.sqlite.org/rescode.html
const CORRUPT: i32 = 11;
const FULL: i32 = 13;
const NOT_A_DATABASE: i32 = 26;
const IO_SHORT_READ: i32 = 522;
/// Growing the shared-memory file failed: in WAL mode that is where a full disk shows first.
const IO_SHM_SIZE: i32 = 4874;
const IO_DATA: i32 = 8202;
const IO_CORRUPT_FS: i32 = 8458;

impl Trouble {
    pub(crate) fn file(doing: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let doing = doing.into();
        move |source| Self::File { doing, source }
    }

    pub(crate) fn kind(self) -> Kind {
        match self {
            Self::Told(error) => Kind::Other(error),
            Self::Row(what) => Kind::Damaged(what),
            Self::Refused(what) => Kind::Other(StoreError::Other(what)),
            Self::File { source, .. } if is_full(&source) => Kind::Full,
            Self::File { .. } => Kind::Other(StoreError::Other(self.to_string())),
            Self::Sql(error) => sql_kind(&error),
            Self::Migrate(sqlx::migrate::MigrateError::Execute(error)) => sql_kind(&error),
            Self::Migrate(sqlx::migrate::MigrateError::ExecuteMigration(error, _)) => sql_kind(&error),
            Self::Migrate(sqlx::migrate::MigrateError::VersionMissing(_)) => Kind::Other(StoreError::Newer),
            Self::Migrate(error) => Kind::Other(StoreError::Other(error.to_string())),
        }
    }
}

fn is_full(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{QuotaExceeded, StorageFull};
    matches!(error.kind(), StorageFull | QuotaExceeded)
}

fn sql_kind(error: &sqlx::Error) -> Kind {
    let code = match error {
        sqlx::Error::Database(inner) => inner.code().and_then(|code| code.parse::<i32>().ok()),
        // a value of another type than its column: STRICT tables never hold one
        sqlx::Error::ColumnDecode { .. } => return Kind::Damaged(error.to_string()),
        sqlx::Error::Io(inner) if is_full(inner) => return Kind::Full,
        _ => None,
    };
    match code {
        Some(IO_SHM_SIZE) => Kind::Full,
        Some(IO_SHORT_READ | IO_DATA | IO_CORRUPT_FS) => Kind::Damaged(error.to_string()),
        Some(code) if code & 0xff == FULL => Kind::Full,
        Some(code) if matches!(code & 0xff, CORRUPT | NOT_A_DATABASE) => Kind::Damaged(error.to_string()),
        _ => Kind::Other(StoreError::Other(error.to_string())),
    }
}
