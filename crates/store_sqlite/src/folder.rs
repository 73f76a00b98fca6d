//! The data folder: whose it is (a lock on a file, gone with the process), how files in it are made.

use std::fs::{self, DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use hub::ports::StoreError;

use crate::trouble::Trouble;

/// Name of the database in the data folder.
pub const DATABASE: &str = "doorward.db";
/// Folder of backups in the data folder.
pub const BACKUPS: &str = "backups";
const LOCK: &str = "doorward.lock";

/// Holds the data folder for this process until it is dropped; the operating system lets go of it when the
/// process ends, however it ends.
#[derive(Debug)]
pub(crate) struct FolderLock {
    _file: File,
}

impl FolderLock {
    /// Makes the folder (mode 0700) when it is not there, and takes it.
    pub(crate) fn take(folder: &Path) -> Result<Self, Trouble> {
        let mut builder = DirBuilder::new();
        builder.recursive(true);
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(folder).map_err(Trouble::file(format!("make {}", folder.display())))?;
        let path = folder.join(LOCK);
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false);
        private(&mut options);
        let file = options.open(&path).map_err(Trouble::file(format!("open {}", path.display())))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(StoreError::InUse.into()),
            Err(TryLockError::Error(error)) => Err(Trouble::file(format!("lock {}", path.display()))(error)),
        }
    }
}

/// Mode 0600 at creation.
pub(crate) fn private(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}

/// Makes an empty file with mode 0600 that was not there; SQLite's own side files take the mode over.
pub(crate) fn make_private(path: &Path) -> Result<File, Trouble> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    private(&mut options);
    options.open(path).map_err(Trouble::file(format!("make {}", path.display())))
}

/// Makes new, renamed or removed names in a folder durable.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), Trouble> {
    #[cfg(unix)]
    File::open(folder)
        .and_then(|file| file.sync_all())
        .map_err(Trouble::file(format!("sync {}", folder.display())))?;
    Ok(())
}

/// Removes a file; one that is not there is removed already.
pub(crate) fn remove(path: &Path) -> Result<(), Trouble> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Trouble::file(format!("remove {}", path.display()))(error))
        }
        _ => Ok(()),
    }
}

/// `doorward.db` and `-wal` give `doorward.db-wal`.
pub(crate) fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}
