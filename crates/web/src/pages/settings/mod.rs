//! Settings: accounts, invitations, tokens, the gateway, alerts, backup and export, how to reach this house.

mod accounts;
mod gateway;
mod keep;
mod show;
mod typed;
mod zwave;

pub(crate) use accounts::{invite, make_token, password, remove_owner, revoke_token, withdraw_invite};
pub(crate) use gateway::{check_mail, check_mqtt, set_alerts, set_mqtt, unset_mqtt, webhook_host};
pub(crate) use keep::{backup, export, send_backup, send_export};
pub(crate) use show::show;
pub(crate) use zwave::{PORT as ZWAVE_PORT, check_zwave, set_zwave, unset_zwave};
