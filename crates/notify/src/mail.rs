//! An alert as a mail, through an SMTP server of the owner's choice: STARTTLS or TLS, or plain to this very
//! machine. The certificate is always checked. One mail per alert, in plain text.

use std::time::Duration;

use async_trait::async_trait;
use hub::ports::{Alert, Notify, NotifyError};
use lettre::message::{Mailbox, header::ContentType};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::{AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor};

use crate::config::{ConfigError, MailConfig, MailSecurity, roots, wrong};
use crate::words::{one_line, phrase};

/// Longest wait for one answer of the server.
const STEP_WAIT: Duration = Duration::from_secs(10);
/// Longest wait for the whole delivery.
const WAIT: Duration = Duration::from_secs(30);
/// Longest part of a door's name in the subject, characters.
const ABOUT_MAX: usize = 80;
/// Longest sentence in a mail, characters.
const TEXT_MAX: usize = 2000;

/// A mailbox behind an SMTP server.
pub struct Mail {
    transport: AsyncSmtpTransport<Tokio1Executor>,
    host: String,
    from: Mailbox,
    to: Vec<Mailbox>,
}

impl Mail {
    /// Sets the channel up; connects to nothing yet.
    ///
    /// # Errors
    /// [`ConfigError`] names the field that is wrong.
    pub fn new(config: &MailConfig) -> Result<Self, ConfigError> {
        config.check()?;
        let from = mailbox(&config.from, "mail.from")?;
        let to = config.to.iter().map(|text| mailbox(text, "mail.to")).collect::<Result<Vec<_>, _>>()?;
        let tls = match config.security {
            MailSecurity::StartTls => Tls::Required(tls(config)?),
            MailSecurity::Tls => Tls::Wrapper(tls(config)?),
            MailSecurity::None => Tls::None,
        };
        let mut builder = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(&config.host)
            .port(config.port)
            .tls(tls)
            .timeout(Some(STEP_WAIT));
        if let (Some(user), Some(password)) = (&config.user, &config.password) {
            builder = builder.credentials(Credentials::new(user.clone(), password.to_string()));
        }
        Ok(Self { transport: builder.build(), host: config.host.clone(), from, to })
    }

    fn message(&self, alert: &Alert) -> Result<Message, NotifyError> {
        let mut builder = Message::builder()
            .from(self.from.clone())
            // the same alert sent again carries the same id, so that mailboxes can drop it
            .message_id(Some(format!("<{}@doorward>", alert.id)))
            .subject(format!("{}: {}", one_line(&alert.about, ABOUT_MAX), phrase(alert.kind)))
            .header(ContentType::TEXT_PLAIN);
        for receiver in &self.to {
            builder = builder.to(receiver.clone());
        }
        let body = format!(
            "{}\n\n{}\n{}\n",
            one_line(&alert.text, TEXT_MAX),
            one_line(&alert.about, ABOUT_MAX),
            alert.at
        );
        builder.body(body).map_err(|_| self.refused("cannot be given this alert"))
    }

    fn later(&self, what: &str) -> NotifyError {
        NotifyError::Later(format!("the mail server {} {what}", self.host))
    }

    fn refused(&self, what: &str) -> NotifyError {
        NotifyError::Refused(format!("the mail server {} {what}", self.host))
    }

    /// The server's own words are left out: they may repeat addresses.
    fn judge(&self, error: &lettre::transport::smtp::Error) -> NotifyError {
        let code = error.status().map(u16::from);
        match code {
            Some(530 | 534 | 535 | 538) => self.refused("refuses this user or password"),
            Some(code) if error.is_permanent() => self.refused(&format!("refuses the mail ({code})")),
            Some(code) => self.later(&format!("takes nothing now ({code})")),
            None if error.is_tls() => self.refused("offers no TLS, or its certificate is not trusted"),
            None if error.is_client() => {
                self.refused("does not offer what is needed: STARTTLS, or a way to sign in that we know")
            }
            None if error.is_timeout() => self.later("did not answer in time"),
            None => self.later("cannot be reached, or broke off"),
        }
    }
}

fn mailbox(text: &str, field: &'static str) -> Result<Mailbox, ConfigError> {
    text.parse().map_err(|_| wrong(field, "an address such as name@example.org, or Name <name@example.org>"))
}

fn tls(config: &MailConfig) -> Result<TlsParameters, ConfigError> {
    let mut builder = TlsParameters::builder(config.host.clone());
    if let Some(pem) = &config.ca_pem {
        // the library takes a text without any certificate for an empty list
        roots(Some(pem)).map_err(|e| wrong("mail.ca_pem", e.problem))?;
        let cert = Certificate::from_pem(pem.as_bytes())
            .map_err(|_| wrong("mail.ca_pem", "not a PEM certificate"))?;
        builder = builder.certificate_store(CertificateStore::None).add_root_certificate(cert);
    }
    builder.build_rustls().map_err(|_| wrong("mail.host", "not a name that a certificate can be for"))
}

#[async_trait]
impl Notify for Mail {
    async fn send(&self, alert: &Alert) -> Result<(), NotifyError> {
        let message = self.message(alert)?;
        match tokio::time::timeout(WAIT, self.transport.send(message)).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(self.judge(&error)),
            Err(_) => Err(self.later("did not answer in time")),
        }
    }
}
