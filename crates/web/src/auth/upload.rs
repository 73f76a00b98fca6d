//! The one kind of request that is larger than a form: a photo of a step of a set-up. Read here, so that its form token
//! is checked before a handler sees it. What counts as a photo is `care`'s.

use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use care::setup::photo::{MAX_BYTES, NotAPhoto};
use futures::StreamExt as _;

use crate::problem::Problem;

/// Room for the fields beside the photo, bytes.
const FIELDS_MAX: usize = 64 * 1024;
/// A body that is too large is read to its end and thrown away up to this, so that the browser reads the answer.
const THROWN_AWAY_MAX: usize = 256 * 1024 * 1024;
/// Most fields.
const FIELDS: usize = 16;

/// Whether a route takes a photo.
pub(super) fn takes(path: &str) -> bool {
    path == "/doors/{id}/setup/photo"
}

/// Whether the body is a form with files.
pub(super) fn is_multipart(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .is_some_and(|value| value.as_bytes().starts_with(b"multipart/form-data"))
}

/// A form with one file.
#[derive(Debug, Clone)]
pub(crate) struct Upload(Arc<Read>);

#[derive(Debug, Default)]
struct Read {
    fields: Vec<(String, String)>,
    file: Bytes,
}

impl Upload {
    /// A field as it is, empty when missing.
    pub(crate) fn field(&self, name: &str) -> &str {
        self.0.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// The file, empty when none was chosen.
    pub(crate) fn file(&self) -> &[u8] {
        &self.0.file
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Upload {
    type Rejection = Problem;
    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let text = "Choose a photo and send the form of the page.";
        parts.extensions.get::<Self>().cloned().ok_or_else(|| Problem::bad_input(text))
    }
}

/// Reads the whole form, within its limits.
pub(super) async fn read(request: &mut Request) -> Result<Upload, Problem> {
    let unreadable = || Problem::bad_input("The form could not be read. Reload the page and try again.");
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = kind.and_then(|kind| multer::parse_boundary(kind).ok()).ok_or_else(unreadable)?;
    let body = std::mem::replace(request.body_mut(), Body::empty());
    let bytes = gathered(body).await?;
    let stream = futures::stream::once(async move { Ok::<_, std::io::Error>(bytes) });
    let mut form = multer::Multipart::new(stream, boundary);
    let mut read = Read::default();
    while let Some(part) = form.next_field().await.map_err(|_| unreadable())? {
        let name = part.name().unwrap_or_default().to_owned();
        let is_file = part.file_name().is_some();
        let content = part.bytes().await.map_err(|_| unreadable())?;
        if is_file {
            read.file = content;
        } else if read.fields.len() < FIELDS && content.len() <= FIELDS_MAX {
            read.fields.push((name, String::from_utf8_lossy(&content).into_owned()));
        }
    }
    Ok(Upload(Arc::new(read)))
}

async fn gathered(body: Body) -> Result<Bytes, Problem> {
    let mut stream = body.into_data_stream();
    let (mut kept, mut length) = (Vec::new(), 0_usize);
    while let Some(piece) = stream.next().await {
        let piece =
            piece.map_err(|_| Problem::bad_input("The photo did not arrive whole. Send it again."))?;
        length = length.saturating_add(piece.len());
        if length > THROWN_AWAY_MAX {
            break;
        }
        if length <= MAX_BYTES + FIELDS_MAX {
            kept.extend_from_slice(&piece);
        } else {
            kept = Vec::new();
        }
    }
    if length > MAX_BYTES + FIELDS_MAX {
        return Err(Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            not_a_photo(&NotAPhoto::TooLarge),
        ));
    }
    Ok(Bytes::from(kept))
}

/// Why a file is no photo, as a sentence.
pub(crate) fn not_a_photo(why: &NotAPhoto) -> String {
    let text = why.to_string();
    let mut letters = text.chars();
    let first: String = letters.next().map(|letter| letter.to_uppercase().collect()).unwrap_or_default();
    format!("{first}{}.", letters.as_str())
}
