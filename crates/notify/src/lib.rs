//! Messages out of the house: alerts to a webhook or a mailbox that the owner named. One call is one
//! attempt; retrying and de-duplicating over time is the hub's business. Nothing leaves the machine unless
//! a channel was set up (L1), and nothing here holds, asks for or formats a door code.
//!
//! [`Switchboard`] is the [`hub::ports::Notify`] that the program uses; it holds the channels of a
//! [`NotifyConfig`], each with its switches per kind of alert.

mod config;
mod mail;
mod switchboard;
mod webhook;
mod words;

pub use config::{
    ChannelConfig, ConfigError, Kinds, MailConfig, MailSecurity, NotifyConfig, Target, WebhookConfig,
};
pub use mail::Mail;
pub use switchboard::Switchboard;
pub use webhook::{SIGNATURE_HEADER, Webhook};
