//! Backup and export, streamed to the browser. Files on their way lie in the data folder and go at once.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use axum::body::{Body, Bytes};
use axum::http::{HeaderValue, header};
use axum::response::Response;
use futures::StreamExt;
use hub::ports::Shelf;

use super::show::again;
use crate::pages::{Sent, Visit};
use crate::problem::Problem;
use crate::state::App;

const CHUNK: usize = 64 * 1024;

/// `POST /settings/backup`
pub(crate) async fn backup(visit: Visit, Sent(form): Sent) -> Result<Response, Problem> {
    let passphrase = form.raw("passphrase");
    let sent = if passphrase == form.raw("again") {
        send_backup(&visit.app, visit.actor()?, passphrase).await
    } else {
        Err(Problem::bad_input("The two passphrases differ. Type the same one twice."))
    };
    match sent {
        Err(problem) if problem.code != "fresh_password_needed" => again(&visit, "keep", &form, &problem),
        sent => sent,
    }
}

/// Makes the backup and sends it. It stays in the data folder too, as one more that can be restored.
pub(crate) async fn send_backup(
    app: &App,
    actor: &hub::Actor,
    passphrase: &str,
) -> Result<Response, Problem> {
    let path = app.hub.backup(actor, app.keeper.as_ref(), passphrase).await?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("doorward.backup").to_owned();
    let file = File::open(&path).map_err(|error| Problem::internal("Reading the backup", &error))?;
    Ok(download(file, &name, "application/octet-stream"))
}

/// `POST /settings/export`
pub(crate) async fn export(visit: Visit) -> Result<Response, Problem> {
    send_export(&visit.app, visit.actor()?).await
}

/// The log as tlog-tiles with checkpoint and a readable list, in one tar file.
pub(crate) async fn send_export(app: &App, actor: &hub::Actor) -> Result<Response, Problem> {
    let mut shelf = TarShelf::new(scratch(app)?);
    app.hub.export(actor, &mut shelf).await?;
    let file = shelf.finish().map_err(|error| Problem::internal("Writing the export", &error))?;
    Ok(download(file, "doorward-log.tar", "application/x-tar"))
}

/// A file without a name: it is gone when it is closed, also after a crash.
fn scratch(app: &App) -> Result<File, Problem> {
    let failed = |error: std::io::Error| Problem::internal("Making a file in the data folder", &error);
    let path: PathBuf = app.config.data.join(format!(".export-{}", app.fresh_id()));
    let mut options = std::fs::OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let file = options.open(&path).map_err(failed)?;
    std::fs::remove_file(&path).map_err(failed)?;
    Ok(file)
}

/// An export as a tar file.
struct TarShelf(tar::Builder<File>);

impl TarShelf {
    fn new(file: File) -> Self {
        Self(tar::Builder::new(file))
    }

    fn finish(self) -> std::io::Result<File> {
        let mut file = self.0.into_inner()?;
        file.seek(SeekFrom::Start(0))?;
        Ok(file)
    }
}

impl Shelf for TarShelf {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), String> {
        let mut head = tar::Header::new_gnu();
        head.set_size(bytes.len() as u64);
        head.set_mode(0o600);
        self.0
            .append_data(&mut head, format!("doorward-log/{name}"), bytes)
            .map_err(|error| error.to_string())
    }
}

/// Reads on a thread for blocking work, a chunk at a time, as fast as the other side takes it.
fn download(file: File, name: &str, kind: &'static str) -> Response {
    let chunks = futures::stream::unfold(Some(file), |state| async move {
        let mut file = state?;
        let read = tokio::task::spawn_blocking(move || {
            let mut chunk = vec![0_u8; CHUNK];
            let count = file.read(&mut chunk)?;
            chunk.truncate(count);
            Ok::<_, std::io::Error>((chunk, file))
        })
        .await;
        match read {
            Ok(Ok((chunk, _))) if chunk.is_empty() => None,
            Ok(Ok((chunk, file))) => Some((Ok(Bytes::from(chunk)), Some(file))),
            Ok(Err(error)) => Some((Err(error), None)),
            Err(_) => None,
        }
    });
    let mut response = Response::new(Body::from_stream(chunks.boxed()));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let plain: String = name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    if let Ok(value) = HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"")) {
        headers.insert(header::CONTENT_DISPOSITION, value);
    }
    response
}
