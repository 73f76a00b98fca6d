//! Who asks. Every use case takes an [`Actor`] and checks it again: deny by default, also behind the web's
//! own table.

use uuid::Uuid;

use crate::error::HubError;
use crate::ports::{Role, Scope};

/// A signed-in account, a token acting for one, or the hub itself.
#[derive(Debug, Clone)]
pub struct Actor {
    /// Account id (for a token: the account that made it).
    pub id: Uuid,
    /// Name for the log; for a token `owner (token name)`.
    pub name: String,
    /// Role of the account.
    pub role: Role,
    /// The scopes of the token it came with; `None` for a browser session.
    pub scopes: Option<Vec<Scope>>,
    /// Whether the password was entered within the last ten minutes. Tokens count as fresh: their scopes say
    /// what they may do.
    pub fresh: bool,
}

impl Actor {
    /// A person at the machine itself, with access to the data folder (`owner reset`).
    pub fn at_the_machine() -> Self {
        Self { id: Uuid::nil(), name: "at the machine".into(), role: Role::Owner, scopes: None, fresh: true }
    }

    /// Whether this actor may do what the scope names.
    pub fn may(&self, scope: Scope) -> bool {
        let by_role = match self.role {
            Role::Owner => true,
            Role::Manager => scope != Scope::Admin,
            Role::Viewer => scope == Scope::Read,
        };
        by_role && self.scopes.as_ref().is_none_or(|scopes| scopes.contains(&scope))
    }

    /// Refuses unless [`may`](Self::may).
    pub(crate) fn need(&self, scope: Scope) -> Result<(), HubError> {
        if self.may(scope) { Ok(()) } else { Err(HubError::Forbidden) }
    }

    /// Refuses unless the password is fresh as well: for showing a code, making tokens, backup and erasing.
    pub(crate) fn need_fresh(&self, scope: Scope) -> Result<(), HubError> {
        self.need(scope)?;
        if self.fresh { Ok(()) } else { Err(HubError::NeedsFreshPassword) }
    }
}
