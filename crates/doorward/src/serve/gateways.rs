//! Links and notifiers: the virtual locks of this house, the gateways to Zigbee2MQTT and Z-Wave JS, and the way
//! out for alerts, built from the owner's settings and built anew when those change.

use std::path::Path;
use std::sync::Arc;

use anyhow::Context;
use async_trait::async_trait;
use futures::channel::mpsc;
use futures::{SinkExt, StreamExt};
use hub::ports::{Alert, AlertKind, Clock, Ids, LinkEvent, Notify, NotifyError};
use hub::settings::{self, Alerts, LINK, NOTIFY, ZIGBEE2MQTT, ZWAVE_JS};
use hub::{Hub, Live};
use links::virtual_lock::{Supervisor, SupervisorOptions, launch_program};
use links::zigbee2mqtt::{Tls, Z2mConfig, Zigbee2Mqtt};
use links::zwave_js::{ZwaveConfig, ZwaveJs};
use notify::{
    ChannelConfig, Kinds, MailConfig, MailSecurity, NotifyConfig, Switchboard, Target, WebhookConfig,
};

/// Events of one link that may wait; more wait at the link.
const EVENTS: usize = 1024;

/// A queue for one link, whose events reach the hub under the link's name.
pub fn queue(name: &str, hub: mpsc::Sender<(String, LinkEvent)>) -> mpsc::Sender<LinkEvent> {
    let (sender, mut events) = mpsc::channel(EVENTS);
    let (name, mut hub) = (name.to_owned(), hub);
    tokio::spawn(async move {
        while let Some(event) = events.next().await {
            if hub.send((name.clone(), event)).await.is_err() {
                return;
            }
        }
    });
    sender
}

/// Name of the link to virtual locks.
const VIRTUAL: &str = "virtual";

/// Starts the virtual locks that this house has.
pub fn start_virtual_locks(
    hub: &Arc<Hub>,
    data: &Path,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn Ids>,
    events: mpsc::Sender<(String, LinkEvent)>,
) -> anyhow::Result<Arc<Supervisor>> {
    let program = std::env::current_exe().context("this program does not know where it is")?;
    let supervisor = Supervisor::start(SupervisorOptions {
        root: data.join("virtual"),
        launch: launch_program(program),
        link: VIRTUAL.to_owned(),
        events,
        clock: clock.clone(),
        ids: ids.clone(),
    })
    .context("the virtual locks' folder cannot be used")?;
    hub.add_link(VIRTUAL, supervisor.link());
    Ok(supervisor)
}

/// Keeps links and notifiers as the settings say.
pub async fn follow_settings(
    hub: Arc<Hub>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    sender: mpsc::Sender<(String, LinkEvent)>,
) {
    let mut changes = hub.subscribe();
    let (mut gateway, mut zwave, mut alerts) = (None, None, None);
    loop {
        let wanted = hub.zigbee2mqtt();
        if wanted != gateway {
            hub.remove_link(ZIGBEE2MQTT);
            if let Some(wanted) = &wanted {
                connect(&hub, wanted, &clock, &ids, &sender).await;
            }
            gateway = wanted;
        }
        let wanted = hub.zwave_js();
        if wanted != zwave {
            hub.remove_link(ZWAVE_JS);
            if let Some(wanted) = &wanted {
                connect_zwave(&hub, wanted, &clock, &sender).await;
            }
            zwave = wanted;
        }
        let wanted = hub.alert_settings();
        if alerts.as_ref() != Some(&wanted) {
            set_alerts(&hub, &wanted);
            alerts = Some(wanted);
        }
        loop {
            match changes.next().await {
                Some(Live::Accounts) => break,
                Some(_) => {}
                None => {
                    changes = hub.subscribe();
                    break;
                }
            }
        }
    }
}

async fn connect(
    hub: &Arc<Hub>,
    wanted: &settings::Zigbee2Mqtt,
    clock: &Arc<dyn Clock>,
    ids: &Arc<dyn Ids>,
    sender: &mpsc::Sender<(String, LinkEvent)>,
) {
    let password =
        wanted.password.as_ref().map(|sealed| hub.secret_setting(LINK, ZIGBEE2MQTT, sealed)).transpose();
    let password = match password {
        Ok(password) => password,
        Err(error) => {
            tracing::error!(%error, "the broker's password does not open: enter it again in the settings");
            return;
        }
    };
    let config = Z2mConfig {
        host: wanted.host.clone(),
        port: wanted.port,
        tls: wanted.tls.then(|| Tls { ca_pem: wanted.ca_pem.clone() }),
        user: wanted.user.clone(),
        password,
        base_topic: wanted.base_topic.clone(),
        allow_anonymous: wanted.allow_anonymous,
    };
    let mut events = queue(ZIGBEE2MQTT, sender.clone());
    match Zigbee2Mqtt::start(ZIGBEE2MQTT, config, clock.clone(), ids.as_ref(), events.clone()) {
        Ok(link) => hub.add_link(ZIGBEE2MQTT, Arc::new(link)),
        Err(error) => {
            // the page shows a gateway that is down, and why
            let _ = events.send(LinkEvent::Down { why: error.to_string() }).await;
        }
    }
}

async fn connect_zwave(
    hub: &Arc<Hub>,
    wanted: &settings::ZwaveJs,
    clock: &Arc<dyn Clock>,
    sender: &mpsc::Sender<(String, LinkEvent)>,
) {
    let mut events = queue(ZWAVE_JS, sender.clone());
    let password =
        wanted.password.as_ref().map(|sealed| hub.secret_setting(LINK, ZWAVE_JS, sealed)).transpose();
    let password = match password {
        Ok(password) => password,
        Err(error) => {
            tracing::error!(%error, "the password of the Z-Wave JS proxy does not open: enter it again");
            return;
        }
    };
    let config = ZwaveConfig {
        host: wanted.host.clone(),
        port: wanted.port,
        path: wanted.path.clone(),
        tls: wanted.tls,
        ca_pem: wanted.ca_pem.clone(),
        user: wanted.user.clone(),
        password,
        allow_open: wanted.allow_open,
    };
    match ZwaveJs::start(ZWAVE_JS, config, clock.clone(), events.clone()) {
        Ok(link) => {
            let link = Arc::new(link);
            hub.add_link(ZWAVE_JS, link.clone());
            hub.add_network(ZWAVE_JS, link);
        }
        Err(error) => {
            // the page shows a gateway that is down, and why
            let _ = events.send(LinkEvent::Down { why: error.to_string() }).await;
        }
    }
}

fn set_alerts(hub: &Hub, wanted: &Alerts) {
    let built = alert_channels(hub, wanted)
        .and_then(|config| Switchboard::new(&config).map_err(|error| error.to_string()));
    let notify: Arc<dyn Notify> = match built {
        Ok(channels) => Arc::new(channels),
        Err(error) => {
            tracing::error!(%error, "alerts do not go out: mend them in the settings");
            Arc::new(Unusable(error))
        }
    };
    hub.set_notify(notify, wanted.clone());
}

/// Settings that no way out can be built from: every alert is refused with the reason, which the log keeps.
struct Unusable(String);

#[async_trait]
impl Notify for Unusable {
    async fn send(&self, _alert: &Alert) -> Result<(), NotifyError> {
        Err(NotifyError::Refused(self.0.clone()))
    }
}

fn alert_channels(hub: &Hub, wanted: &Alerts) -> Result<NotifyConfig, String> {
    let open = |key: &str, sealed: &Option<String>| {
        let opened = sealed.as_ref().map(|sealed| hub.secret_setting(NOTIFY, key, sealed)).transpose();
        opened.map_err(|error| error.to_string())
    };
    let kinds = || {
        let on = AlertKind::ALL.iter().copied().filter(|kind| !wanted.off.contains(kind));
        if wanted.off.is_empty() { Kinds::All } else { Kinds::Only(on.collect()) }
    };
    let mut channels = Vec::new();
    if let Some(webhook) = &wanted.webhook {
        let url =
            open("webhook-url", &Some(webhook.url.clone()))?.map(|url| url.to_string()).unwrap_or_default();
        let secret = open("webhook-secret", &webhook.secret)?;
        let target = Target::Webhook(WebhookConfig { url, ca_pem: None, secret });
        channels.push(ChannelConfig { name: "webhook".into(), kinds: kinds(), target });
    }
    if let Some(mail) = &wanted.mail {
        let security = match mail.security.as_str() {
            "tls" => MailSecurity::Tls,
            "none" => MailSecurity::None,
            _ => MailSecurity::StartTls,
        };
        let target = Target::Mail(MailConfig {
            host: mail.host.clone(),
            port: mail.port,
            security,
            ca_pem: None,
            user: mail.user.clone(),
            password: open("mail-password", &mail.password)?,
            from: mail.from.clone(),
            to: mail.to.split(',').map(|to| to.trim().to_owned()).filter(|to| !to.is_empty()).collect(),
        });
        channels.push(ChannelConfig { name: "mail".into(), kinds: kinds(), target });
    }
    Ok(NotifyConfig { channels })
}
