//! A second controller, as a neighbour's hub would be: another peer slot, another key. For trying out what
//! happens when somebody else changes codes on a lock.

use std::net::SocketAddr;
use std::time::Duration;

use hub::ports::{BodyError, Ids};
use lock::{
    Answer, Command, CredentialFields, CredentialKind, CredentialRef, DataOperation, Emergency, PeerEnd,
    PeerFields, Privilege, Secret,
};
use virtual_lock::frame::{Channel, Message};
use zeroize::Zeroizing;

use super::wire::{Broken, Wire};

/// Its peer slot.
const PEER: u8 = 2;
/// How long one command may take.
const ANSWER: Duration = Duration::from_secs(10);

/// What lets it in: to be sent by the hub, whose key it is not.
pub fn admission(ids: &dyn Ids) -> PeerFields {
    let mut key = [0; 32];
    ids.fill(&mut key);
    PeerFields { id: PEER, key, privilege: Privilege::Admin, fabric: 2, node: 2 }
}

/// A random code into a slot, under a user of its own.
pub fn writes(slot: u16, ids: &dyn Ids) -> Option<Command> {
    let mut random = Zeroizing::new([0; 8]);
    ids.fill(&mut *random);
    // the remainder of 64 random bits by 10^6 is even enough for a code that nobody will use
    let code = Zeroizing::new(format!("{:06}", u64::from_be_bytes(*random) % 1_000_000));
    Some(Command::SetCredential(CredentialFields {
        operation: DataOperation::Add,
        credential: CredentialRef { kind: CredentialKind::Pin, index: slot },
        data: Secret::new(code.as_bytes())?,
        user: None,
        status: None,
        user_type: None,
        version: 0,
        not_after: 0,
        emergency: Emergency::No,
    }))
}

/// Empties a slot.
pub fn clears(slot: u16) -> Command {
    Command::ClearCredential(Some(CredentialRef { kind: CredentialKind::Pin, index: slot }), 0)
}

/// Sends one command as that controller.
pub async fn send(
    address: SocketAddr,
    lock_id: [u8; 16],
    admitted: &PeerFields,
    command: &Command,
    ids: &dyn Ids,
) -> Result<(), BodyError> {
    let end = PeerEnd::new(admitted.key, lock_id, PEER);
    let mut salt = [0; 8];
    ids.fill(&mut salt);
    let exchange = async {
        let (mut wire, _) = Wire::connect(address, Channel::Radio, PEER).await?;
        wire.send(&Message::Ask { token: 1 }).await?;
        let challenge = loop {
            if let Message::Challenge { challenge, .. } = wire.next().await? {
                break challenge;
            }
        };
        let sealed =
            end.seal_command(&challenge, salt, command).ok_or(Broken("the command is too long".into()))?;
        wire.send(&Message::Command(sealed.as_bytes().to_vec())).await?;
        loop {
            if let Message::Answer(sealed) = wire.next().await?
                && let Some(answer) = end.open_answer(&challenge, salt, &sealed)
            {
                return Ok::<_, Broken>(answer);
            }
        }
    };
    match tokio::time::timeout(ANSWER, exchange).await {
        Ok(Ok(Answer::Done | Answer::CredentialSet(..))) => Ok(()),
        Ok(Ok(_)) => Err(BodyError::Refused(
            "the lock refuses: a controller writes only into a free slot or one of its own".into(),
        )),
        Ok(Err(broken)) => Err(BodyError::NotRunning(broken.to_string())),
        Err(_) => Err(BodyError::NotRunning("the lock does not hear the second controller".into())),
    }
}
