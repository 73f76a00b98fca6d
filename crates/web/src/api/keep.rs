//! Backup and export, as downloads.

use axum::response::Response;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{By, Input, Text};
use crate::pages::settings::{send_backup, send_export};
use crate::problem::Problem;

/// The passphrase of a backup.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupIn {
    /// 12 characters or more. Without it nobody can open the file.
    passphrase: Text,
}

/// Makes an encrypted backup and sends it.
#[utoipa::path(post, path = "/api/v1/backup", tag = "keeping", request_body = BackupIn,
    responses((status = 200, description = "the encrypted file", content_type = "application/octet-stream"),
        (status = 403, body = super::ErrorBody), (status = 422, body = super::ErrorBody)))]
pub(crate) async fn backup(by: By, Input(backup): Input<BackupIn>) -> Result<Response, Problem> {
    send_backup(&by.app, &by.actor, backup.passphrase.expose()).await
}

/// The log for others to check: tlog-tiles, checkpoint and a readable list, in one tar file.
#[utoipa::path(post, path = "/api/v1/export", tag = "keeping",
    responses((status = 200, description = "a tar file", content_type = "application/x-tar"),
        (status = 403, body = super::ErrorBody)))]
pub(crate) async fn export(by: By) -> Result<Response, Problem> {
    send_export(&by.app, &by.actor).await
}
