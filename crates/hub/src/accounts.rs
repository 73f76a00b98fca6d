//! Accounts: the first owner with a one-time set-up code, signing in, sessions, tokens, invitations.
//!
//! Tokens are 256 random bits and are kept as SHA-256, so a stolen database signs nobody in. Passwords are
//! Argon2id by the vault. Tries are limited per name and per address together, and per address alone, so
//! that a stranger can neither guess quickly nor shut the owner out from another address.

mod secrets;

use std::num::NonZeroU32;
use std::sync::{Arc, Mutex};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use self::secrets::{readable_code, strong_enough, tidy_code};

use crate::actor::Actor;
use crate::draft::{Draft, Event};
use crate::error::HubError;
use crate::hub::{Hub, Touches};
use crate::ports::{ApiToken, Clock, Ids, Invite, Owner, PasswordHash, Role, Scope, Session, Write};

const NAME_MAX: usize = 80;
const TOKENS_MAX: usize = 100;
const SESSION_LIFE: SignedDuration = SignedDuration::from_hours(30 * 24);
const SESSION_IDLE: SignedDuration = SignedDuration::from_hours(7 * 24);
const INVITE_LIFE: SignedDuration = SignedDuration::from_hours(7 * 24);
const FRESH: SignedDuration = SignedDuration::from_mins(10);

/// A fresh session.
pub struct SignedIn {
    /// The cookie's value. Not kept anywhere else.
    pub token: String,
    /// When it ends at the latest.
    pub expires: Timestamp,
}

/// What a page shows of one's own session.
#[derive(Debug, Clone, Serialize)]
pub struct SessionInfo {
    /// Since when.
    pub created: Timestamp,
    /// Until when at the latest.
    pub expires: Timestamp,
}

struct HubTime(Arc<dyn Clock>);

impl Clone for HubTime {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl governor::clock::Clock for HubTime {
    type Instant = std::time::Duration;
    fn now(&self) -> Self::Instant {
        self.0.monotonic()
    }
}

type Limiter = RateLimiter<String, HashMapStateStore<String>, HubTime, NoOpMiddleware<std::time::Duration>>;

/// The door of the house's own accounts: limits on tries, and the set-up code while there is no owner.
pub(crate) struct Gate {
    by_name: Limiter,
    by_address: Limiter,
    clock: HubTime,
    setup_code: Mutex<Option<String>>,
}

impl Gate {
    pub(crate) fn new(clock: Arc<dyn Clock>, ids: &dyn Ids, needs_owner: bool) -> Self {
        let clock = HubTime(clock);
        let quota = |a_minute: u32| Quota::per_minute(NonZeroU32::new(a_minute).unwrap_or(NonZeroU32::MIN));
        Self {
            by_name: RateLimiter::hashmap_with_clock(quota(6), clock.clone()),
            by_address: RateLimiter::hashmap_with_clock(quota(30), clock.clone()),
            clock,
            setup_code: Mutex::new(needs_owner.then(|| readable_code(ids))),
        }
    }

    pub(crate) fn admit(&self, name: &str, from: &str) -> Result<(), HubError> {
        let now = governor::clock::Clock::now(&self.clock);
        let pair = format!("{} {from}", name.to_lowercase());
        let wait = |refusal: governor::NotUntil<std::time::Duration>| HubError::Throttled {
            retry_after_s: refusal.wait_time_from(now).as_secs() + 1,
        };
        self.by_address.check_key(&from.to_owned()).map_err(wait)?;
        self.by_name.check_key(&pair).map_err(wait)?;
        if self.by_name.len() > 10_000 {
            self.by_name.retain_recent();
            self.by_address.retain_recent();
        }
        Ok(())
    }
}

impl Hub {
    /// Whether there is no account yet.
    pub fn needs_owner(&self) -> bool {
        self.state().accounts.owners.is_empty()
    }

    /// The one-time set-up code, for the terminal only; `None` once there is an owner.
    pub fn setup_code(&self) -> Option<String> {
        if !self.needs_owner() {
            return None;
        }
        self.gate.setup_code.lock().ok().and_then(|code| code.clone())
    }

    /// Makes the first owner.
    ///
    /// # Errors
    /// [`HubError::BadCode`], [`HubError::Weak`], [`HubError::Throttled`], or `Refused` when there is one already.
    pub async fn first_owner(
        &self,
        code: &str,
        name: &str,
        password: &str,
        from: &str,
    ) -> Result<SignedIn, HubError> {
        self.gate.admit("set-up", from)?;
        let right =
            self.setup_code().ok_or_else(|| HubError::Refused("this house has an owner already".into()))?;
        if !same_secret(&right, &tidy_code(code)) {
            return Err(HubError::BadCode);
        }
        let owner = self.new_owner(name, password, Role::Owner)?;
        let (id, owner_name) = (owner.id, owner.name.clone());
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                if !state.accounts.owners.is_empty() {
                    return Err(HubError::Refused("this house has an owner already".into()));
                }
                Ok(account_draft(Write::Owner(owner), format!("{owner_name} became the first owner")))
            }),
        )
        .await?;
        if let Ok(mut code) = self.gate.setup_code.lock() {
            *code = None;
        }
        self.open_session(id).await
    }

    /// Signs in. `from` is the network address the request came from.
    ///
    /// # Errors
    /// [`HubError::BadPassword`], [`HubError::Throttled`].
    pub async fn sign_in(&self, name: &str, password: &str, from: &str) -> Result<SignedIn, HubError> {
        self.gate.admit(name, from)?;
        let known = {
            let state = self.state();
            let owner = state.accounts.owners.iter().find(|owner| same_name(&owner.name, name));
            owner.map(|owner| (owner.id, owner.password.clone()))
        };
        let right = self.vault.check_password(known.as_ref().map(|(_, hash)| hash), password);
        match known {
            Some((id, _)) if right => self.open_session(id).await,
            _ => Err(HubError::BadPassword),
        }
    }

    async fn open_session(&self, owner: Uuid) -> Result<SignedIn, HubError> {
        let token = self.secret();
        let now = self.clock.now();
        let expires = later(now, SESSION_LIFE);
        let row =
            Session { token_hash: sha256(&token), owner, created: now, seen: now, expires, confirmed: now };
        self.write(
            Touches::House,
            Box::new(move |state, now| {
                let who = owner_name(state.accounts.owners.iter(), owner).ok_or(HubError::BadPassword)?;
                let mut draft = account_draft(Write::Session(row), format!("{who} signed in"));
                let ended = state.accounts.sessions.iter().filter(|old| old.expires <= now || idle(old, now));
                draft.writes.extend(ended.map(|old| Write::SessionGone(old.token_hash)));
                Ok(draft)
            }),
        )
        .await?;
        Ok(SignedIn { token, expires })
    }

    /// Ends a session.
    ///
    /// # Errors
    /// Storage only; an unknown token is signed out already.
    pub async fn sign_out(&self, token: &str) -> Result<(), HubError> {
        let hash = sha256(token);
        self.write(
            Touches::House,
            Box::new(move |_, _| Ok(Draft { writes: vec![Write::SessionGone(hash)], ..Draft::default() })),
        )
        .await
    }

    /// Who a session cookie belongs to, if it lives.
    pub async fn session(&self, token: &str) -> Option<(Actor, SessionInfo)> {
        let hash = sha256(token);
        let now = self.clock.now();
        let (session, actor) = {
            let state = self.state();
            let session = state.accounts.sessions.iter().find(|s| s.token_hash == hash)?.clone();
            if session.expires <= now || idle(&session, now) {
                return None;
            }
            let owner = state.accounts.owners.iter().find(|owner| owner.id == session.owner)?;
            let fresh = now.duration_since(session.confirmed) < FRESH;
            let actor =
                Actor { id: owner.id, name: owner.name.clone(), role: owner.role, scopes: None, fresh };
            (session, actor)
        };
        let info = SessionInfo { created: session.created, expires: session.expires };
        if now.duration_since(session.seen) > SignedDuration::from_mins(1) {
            let row = Session { seen: now, ..session };
            // a missed touch only shortens the idle time; the request itself must not fail for it
            let _ = self
                .write(
                    Touches::House,
                    Box::new(move |_, _| Ok(Draft { writes: vec![Write::Session(row)], ..Draft::default() })),
                )
                .await;
        }
        Some((actor, info))
    }

    /// Enters the password again: rotates the token and makes the actor fresh for ten minutes.
    ///
    /// # Errors
    /// [`HubError::BadPassword`], [`HubError::Throttled`].
    pub async fn confirm(&self, token: &str, password: &str, from: &str) -> Result<SignedIn, HubError> {
        let (actor, _) = self.session(token).await.ok_or(HubError::BadPassword)?;
        let signed_in = self.sign_in(&actor.name, password, from).await?;
        self.sign_out(token).await?;
        Ok(signed_in)
    }

    /// Who an API token belongs to, if it lives.
    pub async fn bearer(&self, token: &str) -> Option<Actor> {
        let hash = sha256(token);
        let now = self.clock.now();
        let (row, actor) = {
            let state = self.state();
            let row = state.accounts.tokens.iter().find(|row| row.token_hash == hash)?.clone();
            let owner = state.accounts.owners.iter().find(|owner| owner.id == row.owner)?;
            let actor = Actor {
                id: owner.id,
                name: format!("{} ({})", owner.name, row.name),
                role: owner.role,
                scopes: Some(row.scopes.clone()),
                fresh: true,
            };
            (row, actor)
        };
        if row.used.is_none_or(|used| now.duration_since(used) > SignedDuration::from_hours(1)) {
            let row = ApiToken { used: Some(now), ..row };
            // the last use is a courtesy; the request must not fail for it
            let _ = self
                .write(
                    Touches::House,
                    Box::new(move |_, _| Ok(Draft { writes: vec![Write::Token(row)], ..Draft::default() })),
                )
                .await;
        }
        Some(actor)
    }

    /// Makes an API token; the text is shown this once.
    ///
    /// # Errors
    /// `Forbidden`, `NeedsFreshPassword`, `Refused` for an empty name, no scope or too many tokens.
    pub async fn make_token(
        &self,
        actor: &Actor,
        name: &str,
        scopes: Vec<Scope>,
    ) -> Result<(Uuid, String), HubError> {
        actor.need_fresh(Scope::Admin)?;
        let name = checked_name(name, "token")?;
        if scopes.is_empty() {
            return Err(HubError::Refused("a token needs at least one scope".into()));
        }
        let (id, token) = (self.ids.uuid(), format!("dw_{}", self.secret()));
        let row = ApiToken {
            id,
            name: name.clone(),
            token_hash: sha256(&token),
            owner: actor.id,
            scopes,
            created: self.clock.now(),
            used: None,
        };
        let summary = format!("{} made the API token “{name}”", actor.name);
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                if state.accounts.tokens.len() >= TOKENS_MAX {
                    return Err(HubError::Refused(format!(
                        "there are {TOKENS_MAX} tokens: revoke one first"
                    )));
                }
                Ok(account_draft(Write::Token(row), summary))
            }),
        )
        .await?;
        Ok((id, token))
    }

    /// Ends an API token at once.
    ///
    /// # Errors
    /// `Forbidden`, `NotFound`.
    pub async fn revoke_token(&self, actor: &Actor, id: Uuid) -> Result<(), HubError> {
        actor.need(Scope::Admin)?;
        let who = actor.name.clone();
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                let token =
                    state.accounts.tokens.iter().find(|t| t.id == id).ok_or(HubError::NotFound("token"))?;
                Ok(account_draft(
                    Write::TokenGone(id),
                    format!("{who} revoked the API token “{}”", token.name),
                ))
            }),
        )
        .await
    }

    /// Invites a second account by a one-time code that lives for seven days.
    ///
    /// # Errors
    /// `Forbidden`, `NeedsFreshPassword`.
    pub async fn invite(&self, actor: &Actor, role: Role) -> Result<(Uuid, String), HubError> {
        actor.need_fresh(Scope::Admin)?;
        let (id, code) = (self.ids.uuid(), readable_code(self.ids.as_ref()));
        let expires = later(self.clock.now(), INVITE_LIFE);
        let row = Invite { id, code_hash: sha256(&tidy_code(&code)), role, by: actor.id, expires };
        let summary = format!("{} invited somebody as {}", actor.name, role_word(role));
        self.write(Touches::House, Box::new(move |_, _| Ok(account_draft(Write::Invite(row), summary))))
            .await?;
        Ok((id, code))
    }

    /// Withdraws an invitation.
    ///
    /// # Errors
    /// `Forbidden`.
    pub async fn withdraw_invite(&self, actor: &Actor, id: Uuid) -> Result<(), HubError> {
        actor.need(Scope::Admin)?;
        let summary = format!("{} withdrew an invitation", actor.name);
        self.write(Touches::House, Box::new(move |_, _| Ok(account_draft(Write::InviteGone(id), summary))))
            .await
    }

    /// Takes an invitation: makes the account and signs in.
    ///
    /// # Errors
    /// [`HubError::BadCode`], [`HubError::Weak`], [`HubError::Throttled`].
    pub async fn take_invite(
        &self,
        code: &str,
        name: &str,
        password: &str,
        from: &str,
    ) -> Result<SignedIn, HubError> {
        self.gate.admit("invitation", from)?;
        let hash = sha256(&tidy_code(code));
        let now = self.clock.now();
        let invite = {
            let state = self.state();
            let found =
                state.accounts.invites.iter().find(|i| i.code_hash == hash && i.expires > now).cloned();
            found.ok_or(HubError::BadCode)?
        };
        let owner = self.new_owner(name, password, invite.role)?;
        let (id, summary) = (owner.id, format!("{} joined as {}", owner.name, role_word(invite.role)));
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                if !state.accounts.invites.iter().any(|i| i.id == invite.id) {
                    return Err(HubError::BadCode);
                }
                if owner_named(&state.accounts.owners, &owner.name) {
                    return Err(HubError::Refused(
                        "somebody here has that name already: choose another".into(),
                    ));
                }
                let mut draft = account_draft(Write::Owner(owner), summary);
                draft.writes.push(Write::InviteGone(invite.id));
                Ok(draft)
            }),
        )
        .await?;
        self.open_session(id).await
    }

    /// Changes one's own password; every other session of the account ends.
    ///
    /// # Errors
    /// [`HubError::BadPassword`], [`HubError::Weak`].
    pub async fn change_password(
        &self,
        actor: &Actor,
        old: &str,
        new: &str,
        from: &str,
    ) -> Result<SignedIn, HubError> {
        self.gate.admit(&actor.name, from)?;
        let owner = {
            let state = self.state();
            let found = state.accounts.owners.iter().find(|owner| owner.id == actor.id).cloned();
            found.ok_or(HubError::NotFound("account"))?
        };
        if !self.vault.check_password(Some(&owner.password), old) {
            return Err(HubError::BadPassword);
        }
        self.replace_password(owner.id, new, format!("{} changed their password", owner.name)).await?;
        self.open_session(owner.id).await
    }

    /// A new password for an account, at the machine itself; every session of the account ends. With no name and
    /// one account, that one.
    ///
    /// # Errors
    /// [`HubError::NotFound`], [`HubError::Weak`].
    pub async fn reset_owner(&self, name: Option<&str>, new: &str) -> Result<String, HubError> {
        let owner = {
            let state = self.state();
            let mut owners = state.accounts.owners.iter();
            let found = match name {
                Some(name) => owners.find(|owner| same_name(&owner.name, name)),
                None if state.accounts.owners.len() == 1 => owners.next(),
                None => return Err(HubError::Refused("there is more than one account: name one".into())),
            };
            found.cloned().ok_or(HubError::NotFound("account"))?
        };
        self.replace_password(
            owner.id,
            new,
            format!("the password of {} was reset at the machine", owner.name),
        )
        .await?;
        Ok(owner.name)
    }

    async fn replace_password(&self, id: Uuid, new: &str, summary: String) -> Result<(), HubError> {
        let name =
            owner_name(self.state().accounts.owners.iter(), id).ok_or(HubError::NotFound("account"))?;
        strong_enough(new, &name)?;
        let hash = self.vault.hash_password(new)?;
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                let owner =
                    state.accounts.owners.iter().find(|o| o.id == id).ok_or(HubError::NotFound("account"))?;
                let mut draft =
                    account_draft(Write::Owner(Owner { password: hash, ..owner.clone() }), summary);
                let sessions = state.accounts.sessions.iter().filter(|session| session.owner == id);
                draft.writes.extend(sessions.map(|session| Write::SessionGone(session.token_hash)));
                Ok(draft)
            }),
        )
        .await
    }

    /// Takes an account away, with its sessions and tokens. The last owner stays.
    ///
    /// # Errors
    /// `Forbidden`, `Refused` for the last owner.
    pub async fn remove_owner(&self, actor: &Actor, id: Uuid) -> Result<(), HubError> {
        actor.need_fresh(Scope::Admin)?;
        let who = actor.name.clone();
        self.write(
            Touches::House,
            Box::new(move |state, _| {
                let owners = &state.accounts.owners;
                let gone = owners.iter().find(|owner| owner.id == id).ok_or(HubError::NotFound("account"))?;
                if gone.role == Role::Owner && owners.iter().filter(|o| o.role == Role::Owner).count() == 1 {
                    return Err(HubError::Refused("this is the last owner: make another one first".into()));
                }
                Ok(account_draft(Write::OwnerGone(id), format!("{who} removed the account of {}", gone.name)))
            }),
        )
        .await
    }

    fn new_owner(&self, name: &str, password: &str, role: Role) -> Result<Owner, HubError> {
        let name = checked_name(name, "account")?;
        if owner_named(&self.state().accounts.owners, &name) {
            return Err(HubError::Refused("somebody here has that name already: choose another".into()));
        }
        strong_enough(password, &name)?;
        let password: PasswordHash = self.vault.hash_password(password)?;
        Ok(Owner { id: self.ids.uuid(), name, password, role, created: self.clock.now() })
    }

    /// 256 random bits as text.
    fn secret(&self) -> String {
        let mut bytes = zeroize::Zeroizing::new([0_u8; 32]);
        self.ids.fill(bytes.as_mut());
        URL_SAFE_NO_PAD.encode(bytes.as_ref())
    }
}

fn account_draft(write: Write, summary: String) -> Draft {
    let event = Event::plain("account", summary);
    Draft { writes: vec![write], events: vec![event], ..Draft::default() }
}

fn owner_name<'a>(mut owners: impl Iterator<Item = &'a Owner>, id: Uuid) -> Option<String> {
    owners.find(|owner| owner.id == id).map(|owner| owner.name.clone())
}

fn owner_named(owners: &[Owner], name: &str) -> bool {
    owners.iter().any(|owner| same_name(&owner.name, name))
}

fn same_name(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

fn idle(session: &Session, now: Timestamp) -> bool {
    now.duration_since(session.seen) > SESSION_IDLE
}

fn later(now: Timestamp, by: SignedDuration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn sha256(text: &str) -> [u8; 32] {
    Sha256::digest(text.as_bytes()).into()
}

/// Compares by hash, so that the time says nothing about where two secrets differ.
fn same_secret(a: &str, b: &str) -> bool {
    sha256(a) == sha256(b)
}

fn checked_name(name: &str, what: &str) -> Result<String, HubError> {
    let name = name.trim();
    let length = name.chars().count();
    if length == 0 || length > NAME_MAX || name.chars().any(char::is_control) {
        return Err(HubError::Refused(format!("a name for the {what} has 1 to {NAME_MAX} characters")));
    }
    Ok(name.to_owned())
}

fn role_word(role: Role) -> &'static str {
    match role {
        Role::Owner => "owner",
        Role::Manager => "manager",
        Role::Viewer => "viewer",
    }
}
