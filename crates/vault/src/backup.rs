//! Encrypted backups: plain files in, one `age` file out, and back. Inside is a tar archive, so that
//! `age -d backup.age | tar x` opens it without Doorward. What is worth backing up is the caller's business.
//!
//! Under a passphrase (scrypt, N = 2^17, the figure of OWASP's Password Storage Cheat Sheet: 128 MiB of
//! memory for the moment) or to an age recipient key whose secret half lies elsewhere.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Component, Path, PathBuf};

use age::secrecy::{ExposeSecret, SecretString};
use age::{DecryptError, Decryptor, Encryptor};
use zeroize::Zeroizing;

use crate::key_file::{private_file, private_folder};

/// Logarithm of scrypt's N.
const WORK_FACTOR: u8 = 17;
/// A file that asks for more than 2^20 (1 GiB of memory) is refused.
const WORK_FACTOR_MAX: u8 = 20;
/// Most files in a backup.
const FILES_MAX: usize = 64;

/// Who can open a backup.
pub enum SealFor {
    /// Whoever has the passphrase.
    Passphrase(Zeroizing<String>),
    /// Whoever has the secret half of this age recipient (`age1...`).
    Recipient(String),
}

/// What opens a backup.
pub enum OpenWith {
    /// The passphrase.
    Passphrase(Zeroizing<String>),
    /// The secret half (`AGE-SECRET-KEY-1...`).
    Identity(Zeroizing<String>),
}

/// Why a backup was not made or not opened; what was half made is taken away.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The recipient does not read.
    #[error("this is not an age recipient: it starts with age1")]
    BadRecipient,
    /// The identity does not read.
    #[error("this is not an age secret key: it starts with AGE-SECRET-KEY-1")]
    BadIdentity,
    /// Wrong passphrase or key.
    #[error("this passphrase or key does not open the backup")]
    WrongKey,
    /// Not an age file, changed, or cut off.
    #[error("the backup is damaged or is none: {0}")]
    Damaged(String),
    /// A name in it that could be written elsewhere, a file twice, or too many files.
    #[error("the backup holds {0}, which Doorward never puts there: nothing was unpacked")]
    Foreign(String),
    /// A name to put in that is not a plain file name.
    #[error("{0} is not a plain file name")]
    BadName(String),
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

fn failed<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(io::Error) -> BackupError + 'a {
    move |source| BackupError::Io { doing, path: path.to_owned(), source }
}

/// A fresh key pair for backups: the secret half to keep elsewhere, the recipient to keep here.
pub fn new_identity() -> (Zeroizing<String>, String) {
    let identity = age::x25519::Identity::generate();
    (Zeroizing::new(identity.to_string().expose_secret().to_owned()), identity.to_public().to_string())
}

/// Encrypts a stream. Returns how many plain bytes went in.
///
/// # Errors
/// [`BackupError`]; `input` and `output` name no file here, so both are called *stream*.
pub fn seal_stream(input: &mut impl Read, output: impl Write, who: &SealFor) -> Result<u64, BackupError> {
    let mut sealing =
        encryptor(who)?.wrap_output(output).map_err(failed("encrypt to", Path::new("stream")))?;
    let bytes = io::copy(input, &mut sealing).map_err(failed("encrypt to", Path::new("stream")))?;
    let mut output = sealing.finish().map_err(failed("encrypt to", Path::new("stream")))?;
    output.flush().map_err(failed("encrypt to", Path::new("stream")))?;
    Ok(bytes)
}

/// Decrypts a stream. **Nothing of the output may be used unless this returns `Ok`**: only the end proves
/// that nothing was cut off.
///
/// # Errors
/// [`BackupError`].
pub fn open_stream(input: impl Read, output: &mut impl Write, with: &OpenWith) -> Result<u64, BackupError> {
    let mut opened = decrypt(BufReader::new(input), with)?;
    io::copy(&mut opened, output).map_err(|e| BackupError::Damaged(e.to_string()))
}

/// Packs files under plain names into one encrypted file, which must not exist; mode 0600, durable when the
/// call returns. The files must not change meanwhile: pass the store's backup, not the live database.
///
/// # Errors
/// [`BackupError`]; a half-made file is removed.
pub fn pack(to: &Path, files: &[(&str, &Path)], who: &SealFor) -> Result<(), BackupError> {
    for (at, (name, _)) in files.iter().enumerate() {
        if !is_plain(Path::new(name)) || files[..at].iter().any(|(other, _)| other == name) {
            return Err(BackupError::BadName((*name).to_owned()));
        }
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private_file(&mut options);
    let file = options.open(to).map_err(failed("make", to))?;
    let packed = pack_into(BufWriter::new(file), to, files, who);
    if packed.is_err() {
        // best effort: the packing already failed, and that is what is told
        let _ = fs::remove_file(to);
    }
    packed
}

fn pack_into(
    out: BufWriter<File>,
    to: &Path,
    files: &[(&str, &Path)],
    who: &SealFor,
) -> Result<(), BackupError> {
    let sealing = encryptor(who)?.wrap_output(out).map_err(failed("write", to))?;
    let mut archive = tar::Builder::new(sealing);
    for (name, path) in files {
        let mut file = File::open(path).map_err(failed("read", path))?;
        let mut header = tar::Header::new_gnu();
        header.set_size(file.metadata().map_err(failed("read", path))?.len());
        header.set_mode(0o600);
        archive.append_data(&mut header, name, &mut file).map_err(failed("pack", path))?;
    }
    let sealing = archive.into_inner().map_err(failed("write", to))?;
    let out = sealing.finish().map_err(failed("write", to))?;
    let file = out.into_inner().map_err(|e| failed("write", to)(e.into_error()))?;
    file.sync_all().map_err(failed("write", to))
}

/// Unpacks a backup into a folder that must not exist. The folder is there only when everything in the
/// backup was proven whole. Returns the names of the files.
///
/// # Errors
/// [`BackupError`]; nothing is left behind.
pub fn unpack(from: &Path, folder: &Path, with: &OpenWith) -> Result<Vec<String>, BackupError> {
    if folder.symlink_metadata().is_ok() {
        let taken = io::Error::from(io::ErrorKind::AlreadyExists);
        return Err(failed("make", folder)(taken));
    }
    let mut part = folder.as_os_str().to_owned();
    part.push(".part");
    let part = PathBuf::from(part);
    let mut builder = DirBuilder::new();
    private_folder(&mut builder);
    builder.create(&part).map_err(failed("make", &part))?;
    let unpacked = unpack_into(from, &part, with)
        .and_then(|names| fs::rename(&part, folder).map_err(failed("make", folder)).map(|()| names));
    if unpacked.is_err() {
        // best effort: the unpacking already failed, and that is what is told
        let _ = fs::remove_dir_all(&part);
    }
    unpacked
}

fn unpack_into(from: &Path, part: &Path, with: &OpenWith) -> Result<Vec<String>, BackupError> {
    let damaged = |e: io::Error| BackupError::Damaged(e.to_string());
    let file = File::open(from).map_err(failed("read", from))?;
    let mut opened = decrypt(BufReader::new(file), with)?;
    let mut names: Vec<String> = Vec::new();
    let mut archive = tar::Archive::new(&mut opened);
    for entry in archive.entries().map_err(damaged)? {
        let mut entry = entry.map_err(damaged)?;
        let name = entry.path().map_err(damaged)?.to_string_lossy().into_owned();
        let plain = entry.header().entry_type().is_file() && is_plain(Path::new(&name));
        if !plain || names.contains(&name) || names.len() >= FILES_MAX {
            return Err(BackupError::Foreign(format!("{name:?}")));
        }
        let path = part.join(&name);
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        private_file(&mut options);
        let mut out = options.open(&path).map_err(failed("make", &path))?;
        let size = entry.size();
        let copied = copy_telling_sides(&mut entry, &mut out, &path)?;
        if copied != size {
            return Err(BackupError::Damaged(format!("{name} is cut off")));
        }
        out.sync_all().map_err(failed("write", &path))?;
        names.push(name);
    }
    // to the very end: only the last chunk proves that nothing was cut off
    io::copy(&mut opened, &mut io::sink()).map_err(damaged)?;
    Ok(names)
}

/// Like `io::copy`, but an error of the reader is damage and an error of the writer is the disk's.
fn copy_telling_sides(from: &mut impl Read, to: &mut File, path: &Path) -> Result<u64, BackupError> {
    let mut buffer = Zeroizing::new(vec![0; 64 * 1024]);
    let mut total = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(total),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(BackupError::Damaged(error.to_string())),
        };
        to.write_all(&buffer[..read]).map_err(failed("write", path))?;
        total += read as u64;
    }
}

/// One ordinary path component, nothing else.
fn is_plain(name: &Path) -> bool {
    let mut parts = name.components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(part)), None) if part == name.as_os_str())
}

fn encryptor(who: &SealFor) -> Result<Encryptor, BackupError> {
    let encryptor = match who {
        SealFor::Passphrase(passphrase) => {
            let mut recipient =
                age::scrypt::Recipient::new(SecretString::from(passphrase.as_str().to_owned()));
            recipient.set_work_factor(WORK_FACTOR);
            Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        }
        SealFor::Recipient(text) => {
            let recipient: age::x25519::Recipient = text.parse().map_err(|_| BackupError::BadRecipient)?;
            Encryptor::with_recipients(std::iter::once(&recipient as &dyn age::Recipient))
        }
    };
    encryptor.map_err(|e| BackupError::Damaged(e.to_string()))
}

fn decrypt<R: io::BufRead>(input: R, with: &OpenWith) -> Result<impl Read + use<R>, BackupError> {
    let damaged = |e: DecryptError| match e {
        DecryptError::NoMatchingKeys | DecryptError::DecryptionFailed | DecryptError::KeyDecryptionFailed => {
            BackupError::WrongKey
        }
        other => BackupError::Damaged(other.to_string()),
    };
    let decryptor = Decryptor::new_buffered(input).map_err(damaged)?;
    let identity: Box<dyn age::Identity> = match with {
        OpenWith::Passphrase(passphrase) => {
            let mut identity = age::scrypt::Identity::new(SecretString::from(passphrase.as_str().to_owned()));
            identity.set_max_work_factor(WORK_FACTOR_MAX);
            Box::new(identity)
        }
        OpenWith::Identity(text) => {
            let identity: age::x25519::Identity =
                text.trim().parse().map_err(|_| BackupError::BadIdentity)?;
            Box::new(identity)
        }
    };
    decryptor.decrypt(std::iter::once(&*identity)).map_err(damaged)
}
