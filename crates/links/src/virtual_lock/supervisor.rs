//! The virtual locks of this house: their folders, processes, sessions and bodies, and the two ports to them.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use access::LockAddress;
use async_trait::async_trait;
use futures::stream::BoxStream;
use hub::ports::{Bodies, BodyError, BodyState, Clock, Hand, Ids, LinkError, LinkEvent, SecondController};
use lock::Command;
use serde::{Deserialize, Serialize};
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::task::JoinHandle;
use virtual_lock::Pairing;

use super::child::{self, Launch};
use super::errands::Asker;
use super::hands::{self, HandRequest};
use super::link::VirtualLink;
use super::outbox::Events;
use super::session::{self, Setup};
use super::versions::Versions;
use super::{second, slug};

/// Virtual locks in one house at most.
const MOST: usize = 200;
/// Characters of a name at most.
const NAME: usize = 40;
/// Requests waiting for one lock.
const QUEUE: usize = 64;
/// Pictures that a slow reader may be behind.
const PICTURES: usize = 256;
/// How long a new lock may take until it can be seen.
const START: Duration = Duration::from_secs(20);
/// File with the lock's name.
const NAME_FILE: &str = "lock.json";

/// What the supervisor needs.
pub struct SupervisorOptions {
    /// Folder of all virtual locks; made when missing.
    pub root: PathBuf,
    /// How to start a lock's process.
    pub launch: Launch,
    /// Name of this link, in addresses.
    pub link: String,
    /// To the hub.
    pub events: Events,
    /// Time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub ids: Arc<dyn Ids>,
}

#[derive(Serialize, Deserialize)]
struct NameFile {
    name: String,
}

/// One lock.
pub(super) struct Entry {
    name: String,
    folder: PathBuf,
    pub(super) asker: Asker,
    hands: mpsc::Sender<HandRequest>,
    picture: watch::Receiver<Option<BodyState>>,
    target: watch::Receiver<Option<SocketAddr>>,
    stop: watch::Sender<bool>,
    process: Mutex<Option<JoinHandle<()>>>,
}

/// The locks by key.
pub(super) type Registry = RwLock<BTreeMap<String, Arc<Entry>>>;

/// Starts, watches and shows the virtual locks.
pub struct Supervisor {
    root: PathBuf,
    launch: Arc<Launch>,
    link: String,
    events: Events,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn Ids>,
    locks: Arc<Registry>,
    news: broadcast::Sender<(LockAddress, BodyState)>,
    making: tokio::sync::Mutex<()>,
}

impl Supervisor {
    /// Starts the locks that are there.
    ///
    /// # Errors
    /// When the folder cannot be used.
    pub fn start(options: SupervisorOptions) -> std::io::Result<Arc<Self>> {
        make_folder(&options.root)?;
        let (news, _) = broadcast::channel(PICTURES);
        let supervisor = Arc::new(Self {
            root: options.root,
            launch: Arc::new(options.launch),
            link: options.link,
            events: options.events,
            clock: options.clock,
            ids: options.ids,
            locks: Arc::default(),
            news,
            making: tokio::sync::Mutex::default(),
        });
        for folder in std::fs::read_dir(&supervisor.root)? {
            let folder = folder?.path();
            let Some(key) = folder.file_name().and_then(|key| key.to_str()).map(str::to_owned) else {
                continue;
            };
            match std::fs::read(folder.join(NAME_FILE)).map(|text| serde_json::from_slice::<NameFile>(&text))
            {
                Ok(Ok(file)) => supervisor.run(key, file.name, folder)?,
                Ok(Err(_)) => {
                    tracing::warn!(folder = %folder.display(), "{NAME_FILE} is damaged: this lock stays off");
                }
                // a folder without a name is what a broken-off making left
                Err(_) => {}
            }
        }
        let mut events = supervisor.events.clone();
        events.try_send((supervisor.link.clone(), LinkEvent::Up)).ok();
        Ok(supervisor)
    }

    /// The link to these locks.
    #[must_use]
    pub fn link(&self) -> Arc<VirtualLink> {
        Arc::new(VirtualLink::new(self.link.clone(), Arc::clone(&self.locks), Arc::clone(&self.clock)))
    }

    /// Ends every lock's process in order. Nothing of this supervisor works afterwards.
    pub async fn stop(&self) {
        let entries: Vec<_> = {
            let mut locks = self.locks.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *locks).into_values().collect()
        };
        for entry in &entries {
            entry.stop.send_replace(true);
        }
        for entry in &entries {
            entry.ended().await;
        }
    }

    /// Where the process of a lock listens, while it runs. Another hub, or a test, may speak to it there.
    #[must_use]
    pub fn listening(&self, key: &str) -> Option<SocketAddr> {
        let locks = self.locks.read().unwrap_or_else(PoisonError::into_inner);
        locks.get(key).and_then(|entry| *entry.target.borrow())
    }

    fn address(&self, key: &str) -> LockAddress {
        LockAddress { link: self.link.clone(), key: key.to_owned() }
    }

    fn run(&self, key: String, name: String, folder: PathBuf) -> std::io::Result<()> {
        let (target_sender, target) = watch::channel(None);
        let (stop, stopped) = watch::channel(false);
        let (picture_sender, picture) = watch::channel(None);
        let (hands, hand_requests) = mpsc::channel(QUEUE);
        let (requests, session_requests) = mpsc::channel(QUEUE);
        let versions = Arc::new(Mutex::new(Versions::open(&folder)?));
        let (status_sender, status) = watch::channel(None);
        let (acks, durable) = watch::channel(0);
        let address = self.address(&key);
        let news = self.news.clone();
        let shown = address.clone();
        let gallery: hands::Gallery = Box::new(move |state| {
            picture_sender.send_replace(Some(state.clone()));
            // nobody looking is no error
            news.send((shown.clone(), state)).ok();
        });
        tokio::spawn(hands::run(folder.clone(), target.clone(), hand_requests, gallery));
        tokio::spawn(session::run(
            Setup {
                address,
                name: name.clone(),
                folder: folder.clone(),
                target: target.clone(),
                events: self.events.clone(),
                versions: Arc::clone(&versions),
                clock: Arc::clone(&self.clock),
                ids: Arc::clone(&self.ids),
                status: status_sender,
                acks: durable,
            },
            session_requests,
        ));
        let process =
            tokio::spawn(child::run(Arc::clone(&self.launch), folder.clone(), target_sender, stopped));
        let asker = Asker::new(requests, versions, folder.clone(), status, acks);
        let process = Mutex::new(Some(process));
        let entry = Entry { name, folder, asker, hands, picture, target, stop, process };
        self.locks.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::new(entry));
        Ok(())
    }

    fn entry(&self, lock: &LockAddress) -> Result<Arc<Entry>, BodyError> {
        let locks = self.locks.read().unwrap_or_else(PoisonError::into_inner);
        let found = locks.get(&lock.key).filter(|_| lock.link == self.link).cloned();
        found.ok_or_else(|| BodyError::Unknown(lock.key.clone()))
    }

    /// A folder name that is free.
    fn free_key(&self, name: &str) -> Result<String, BodyError> {
        let locks = self.locks.read().unwrap_or_else(PoisonError::into_inner);
        if locks.len() >= MOST {
            return Err(BodyError::Refused(format!("there are {MOST} virtual locks: remove one first")));
        }
        let plain = slug::slug(name);
        let mut keys =
            std::iter::once(plain.clone()).chain((2..).map(|n| format!("{plain}-{n}"))).take(MOST + 1);
        keys.find(|key| !locks.contains_key(key) && !self.root.join(key).exists())
            .ok_or_else(|| BodyError::Refused("choose another name".into()))
    }

    async fn by_second(&self, entry: &Entry, command: Option<Command>) -> Result<(), BodyError> {
        let command = command.ok_or_else(|| BodyError::Failed("no code could be made".into()))?;
        let admission = second::admission(&*self.ids);
        entry.asker.done(Command::SetPeer(admission.clone())).await.map_err(order_error)?;
        let address = (*entry.target.borrow()).ok_or_else(not_running)?;
        let pairing = Pairing::read(&entry.folder).map_err(|error| BodyError::Failed(error.to_string()))?;
        second::send(address, pairing.lock_id, &admission, &command, &*self.ids).await
    }
}

impl Entry {
    async fn hand(&self, hand: Option<Hand>) -> Result<BodyState, BodyError> {
        let (reply, answer) = oneshot::channel();
        self.hands.send(HandRequest { hand, reply }).await.map_err(|_| not_running())?;
        answer.await.map_err(|_| not_running())?
    }

    async fn ended(&self) {
        let process = self.process.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(process) = process {
            process.await.ok();
        }
    }
}

fn not_running() -> BodyError {
    BodyError::NotRunning("its process does not run".into())
}

fn order_error(error: LinkError) -> BodyError {
    match error {
        LinkError::Unreachable(why) => BodyError::NotRunning(why),
        other => BodyError::Refused(other.to_string()),
    }
}

fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path)
}

#[async_trait]
impl Bodies for Supervisor {
    async fn create(&self, name: &str) -> Result<LockAddress, BodyError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(char::is_control) {
            return Err(BodyError::Refused(format!("a name has 1 to {NAME} characters on one line")));
        }
        let _making = self.making.lock().await;
        let key = self.free_key(name)?;
        let folder = self.root.join(&key);
        let failed = |error: std::io::Error| BodyError::Failed(format!("{}: {error}", folder.display()));
        make_folder(&folder).map_err(failed)?;
        let file = serde_json::to_vec(&NameFile { name: name.to_owned() });
        let written = file.map_err(std::io::Error::other).and_then(|text| {
            let part = folder.join("lock.part");
            std::fs::write(&part, text)?;
            std::fs::File::open(&part)?.sync_all()?;
            std::fs::rename(&part, folder.join(NAME_FILE))
        });
        written.map_err(failed)?;
        self.run(key.clone(), name.to_owned(), folder.clone()).map_err(failed)?;
        let address = self.address(&key);
        let mut picture = self.entry(&address)?.picture.clone();
        match tokio::time::timeout(START, picture.wait_for(Option::is_some)).await {
            Ok(Ok(_)) => Ok(address),
            _ => Err(BodyError::Failed("its process does not get ready; the log of the hub says why".into())),
        }
    }

    async fn remove(&self, lock: &LockAddress) -> Result<(), BodyError> {
        let _making = self.making.lock().await;
        let entry = self.entry(lock)?;
        self.locks.write().unwrap_or_else(PoisonError::into_inner).remove(&lock.key);
        entry.stop.send_replace(true);
        entry.ended().await;
        // without its name the folder is nobody's, should the rest be broken off
        let removed = std::fs::remove_file(entry.folder.join(NAME_FILE))
            .and_then(|()| std::fs::remove_dir_all(&entry.folder));
        let mut events = self.events.clone();
        let lost = (self.link.clone(), LinkEvent::Lost { address: lock.clone() });
        futures::SinkExt::send(&mut events, lost).await.ok();
        removed.map_err(|error| BodyError::Failed(format!("{}: {error}", entry.folder.display())))
    }

    fn list(&self) -> Vec<(LockAddress, String)> {
        let locks = self.locks.read().unwrap_or_else(PoisonError::into_inner);
        locks.iter().map(|(key, entry)| (self.address(key), entry.name.clone())).collect()
    }

    async fn hand(&self, lock: &LockAddress, hand: Hand) -> Result<BodyState, BodyError> {
        self.entry(lock)?.hand(Some(hand)).await
    }

    async fn second_controller(&self, lock: &LockAddress, does: SecondController) -> Result<(), BodyError> {
        let entry = self.entry(lock)?;
        let command = match does {
            SecondController::OtherControllerWrites { slot } => second::writes(slot, &*self.ids),
            SecondController::OtherControllerClears { slot } => Some(second::clears(slot)),
        };
        self.by_second(&entry, command).await
    }

    async fn state(&self, lock: &LockAddress) -> Result<BodyState, BodyError> {
        self.entry(lock)?.hand(None).await
    }

    fn watch(&self) -> BoxStream<'static, (LockAddress, BodyState)> {
        let locks = Arc::clone(&self.locks);
        let link = self.link.clone();
        let latest = move || -> Vec<(LockAddress, BodyState)> {
            let locks = locks.read().unwrap_or_else(PoisonError::into_inner);
            let pictures = locks.iter().filter_map(|(key, entry)| {
                let address = LockAddress { link: link.clone(), key: key.clone() };
                entry.picture.borrow().clone().map(|state| (address, state))
            });
            pictures.collect()
        };
        let start = (self.news.subscribe(), Vec::new(), latest);
        Box::pin(futures::stream::unfold(start, |(mut news, mut waiting, latest)| async move {
            loop {
                if let Some(picture) = waiting.pop() {
                    return Some((picture, (news, waiting, latest)));
                }
                match news.recv().await {
                    Ok(picture) => return Some((picture, (news, waiting, latest))),
                    // too slow for every picture: the newest of each instead
                    Err(broadcast::error::RecvError::Lagged(_)) => waiting = latest(),
                    Err(broadcast::error::RecvError::Closed) => return None,
                }
            }
        }))
    }
}
