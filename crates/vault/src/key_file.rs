//! The key file on disk: made once and exclusively, replaced atomically, refused when others could read it.
//! Knows nothing of what is in it (see `key_text`).

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use crate::key_text::{self, BadLine, Protection, TextError};
use crate::ring::Ring;

/// Name of the key file in the data folder.
pub const KEY_FILE: &str = "doorward.keys";
/// The new file while it is being written, before it takes the old one's place.
const KEY_FILE_NEW: &str = "doorward.keys.new";
/// No key file is longer: 240 generations are 20 kB.
const LENGTH_MAX: u64 = 64 * 1024;

/// Why the keys of a data folder cannot be used. No text holds a key or a passphrase.
#[derive(Debug, thiserror::Error)]
pub enum KeyFileError {
    /// There is none.
    #[error("{path} is missing: put it back from where you keep a copy; without it no code opens")]
    Missing {
        /// Which file.
        path: PathBuf,
    },
    /// There is one already, which is never replaced.
    #[error("{path} is there already and is not replaced")]
    Exists {
        /// Which file.
        path: PathBuf,
    },
    /// Others on this machine could read or change it.
    #[error("others can get at {path} (mode {mode:03o}): run  chmod {wanted:03o} {path}")]
    Loose {
        /// Which file or folder.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
        /// What they must be.
        wanted: u32,
    },
    /// A link, a folder, a device.
    #[error("{path} is not a plain {wanted}: put the {wanted} itself there")]
    NotPlain {
        /// Which.
        path: PathBuf,
        /// `file` or `folder`.
        wanted: &'static str,
    },
    /// Does not read.
    #[error("{path} is damaged in line {line}: expected {what}; put a copy back")]
    Malformed {
        /// Which file.
        path: PathBuf,
        /// From 1; under a passphrase the sealed lines count from the third.
        line: usize,
        /// What should be there.
        what: &'static str,
    },
    /// Written by a newer version.
    #[error("the key file was written by a newer version of Doorward: use that version")]
    Newer,
    /// The keys are under a passphrase and none was given.
    #[error("the keys are protected by a passphrase: give it")]
    PassphraseNeeded,
    /// It is another one.
    #[error("this is not the passphrase of these keys")]
    WrongPassphrase,
    /// A passphrase was given for keys that have none.
    #[error("these keys have no passphrase: leave it out, or set one first")]
    NotProtected,
    /// Too easy to search.
    #[error("a passphrase has at least {least} characters")]
    ShortPassphrase {
        /// Fewest characters.
        least: usize,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes: no keys can be made")]
    NoRandomness,
    /// Reading or writing failed.
    #[error("cannot {doing} {path}: {source}")]
    Io {
        /// What was tried.
        doing: &'static str,
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> KeyFileError + 'a {
    move |source| KeyFileError::Io { doing, path: path.to_owned(), source }
}

/// Makes the file, and the folder when it is not there.
pub(crate) fn create(folder: &Path, ring: &Ring, protection: &Protection) -> Result<(), KeyFileError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    private_folder(&mut builder);
    builder.create(folder).map_err(failed("make", folder))?;
    check_folder(folder)?;
    let path = folder.join(KEY_FILE);
    let text = key_text::write(ring, protection)?;
    write_new(&path, &text)?;
    sync_folder(folder)
}

/// Writes the whole file anew beside the old one and lets it take its place.
pub(crate) fn replace(folder: &Path, ring: &Ring, protection: &Protection) -> Result<(), KeyFileError> {
    check_folder(folder)?;
    let (path, new) = (folder.join(KEY_FILE), folder.join(KEY_FILE_NEW));
    let text = key_text::write(ring, protection)?;
    // left behind by a power cut before its rename: it was never the key file
    if let Err(error) = fs::remove_file(&new)
        && error.kind() != io::ErrorKind::NotFound
    {
        return Err(failed("remove", &new)(error));
    }
    write_new(&new, &text)?;
    fs::rename(&new, &path).map_err(failed("replace", &path))?;
    sync_folder(folder)
}

/// Reads the file after a look at who else could.
pub(crate) fn open(folder: &Path, passphrase: Option<&str>) -> Result<(Ring, Protection), KeyFileError> {
    let path = folder.join(KEY_FILE);
    match path.symlink_metadata() {
        Ok(found) if found.is_file() => {}
        Ok(_) => return Err(KeyFileError::NotPlain { path, wanted: "file" }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(KeyFileError::Missing { path }),
        Err(error) => return Err(failed("read", &path)(error)),
    }
    check_folder(folder)?;
    let file = File::open(&path).map_err(failed("read", &path))?;
    check_private(&path, &file.metadata().map_err(failed("read", &path))?, 0o600)?;
    let mut text = Zeroizing::new(String::with_capacity(LENGTH_MAX as usize));
    file.take(LENGTH_MAX).read_to_string(&mut text).map_err(failed("read", &path))?;
    key_text::read(&text, passphrase).map_err(|error| match error {
        TextError::Key(error) => error,
        TextError::Line(BadLine { line, what }) => KeyFileError::Malformed { path, line, what },
    })
}

/// A new file, durable, mode 0600 from its first moment. Half a file is taken away again.
fn write_new(path: &Path, text: &str) -> Result<(), KeyFileError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private_file(&mut options);
    let mut file = options.open(path).map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => KeyFileError::Exists { path: path.to_owned() },
        _ => failed("make", path)(error),
    })?;
    file.write_all(text.as_bytes()).and_then(|()| file.sync_all()).map_err(|error| {
        // best effort: the write already failed, and that is what is told
        let _ = fs::remove_file(path);
        failed("write", path)(error)
    })
}

fn sync_folder(folder: &Path) -> Result<(), KeyFileError> {
    #[cfg(unix)]
    File::open(folder).and_then(|f| f.sync_all()).map_err(failed("sync", folder))?;
    Ok(())
}

fn check_folder(folder: &Path) -> Result<(), KeyFileError> {
    let found = fs::metadata(folder).map_err(failed("look at", folder))?;
    if !found.is_dir() {
        return Err(KeyFileError::NotPlain { path: folder.to_owned(), wanted: "folder" });
    }
    check_private(folder, &found, 0o700)
}

/// Refuses permission bits for group and others. On systems without such bits there is nothing to check.
#[cfg(unix)]
fn check_private(path: &Path, found: &fs::Metadata, wanted: u32) -> Result<(), KeyFileError> {
    use std::os::unix::fs::PermissionsExt;
    let mode = found.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyFileError::Loose { path: path.to_owned(), mode, wanted });
    }
    Ok(())
}

#[cfg(not(unix))]
fn check_private(_: &Path, _: &fs::Metadata, _: u32) -> Result<(), KeyFileError> {
    Ok(())
}

/// Mode 0700 at creation.
pub(crate) fn private_folder(builder: &mut DirBuilder) {
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700);
    #[cfg(not(unix))]
    let _ = builder;
}

/// Mode 0600 at creation.
pub(crate) fn private_file(options: &mut OpenOptions) {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    #[cfg(not(unix))]
    let _ = options;
}
