//! Who asks, whether they may, and whether it was this site that asked. Every request passes [`guard`];
//! a route says what it needs on its own line in `routes.rs`, and a request for which the table has no row
//! is refused.

mod cookie;
mod csrf;
mod guard;
mod headers;
mod upload;

use std::collections::HashMap;

use axum::http::Method;
use hub::Actor;
use hub::ports::Scope;

pub(crate) use cookie::{expired_cookie, session_cookie};
pub(crate) use csrf::csrf_token;
pub(crate) use guard::{BODY_MAX, From, guard};
pub(crate) use upload::{Upload, not_a_photo};

use crate::problem::Problem;

/// What a route asks of its caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Needs {
    /// Nothing: sign-in, health, assets.
    Open,
    /// Any account or token.
    SignedIn,
    /// An account or token that has this scope.
    Scope(Scope),
    /// An account in a browser: not for tokens. Sign-out and the like.
    Account,
    /// A token with [`Scope::Read`], or any caller on the machine itself.
    ReadOrLoopback,
}

/// One row of the table of authorisation.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub method: Method,
    /// As the router knows it: `/doors/{id}`.
    pub path: String,
    pub needs: Needs,
}

/// The table, by path and method.
#[derive(Debug, Default)]
pub(crate) struct Table(HashMap<String, Vec<(Method, Needs)>>);

impl Table {
    pub(crate) fn new(rows: &[Row]) -> Self {
        let mut table: HashMap<String, Vec<(Method, Needs)>> = HashMap::new();
        for row in rows {
            table.entry(row.path.clone()).or_default().push((row.method.clone(), row.needs));
        }
        Self(table)
    }

    /// What the route needs. `HEAD` is asked like `GET`.
    pub(crate) fn needs(&self, method: &Method, path: &str) -> Option<Needs> {
        let method = if method == Method::HEAD { &Method::GET } else { method };
        self.0.get(path)?.iter().find(|(m, _)| m == method).map(|(_, needs)| *needs)
    }
}

/// Who asks. Set by the guard on every request.
#[derive(Clone)]
pub(crate) enum Caller {
    /// Not signed in, or not known.
    Nobody,
    /// A browser with a session cookie.
    Browser {
        /// The account.
        actor: Actor,
        /// The session's token, for signing out and confirming.
        token: std::sync::Arc<zeroize::Zeroizing<String>>,
    },
    /// A program with an API token.
    Program {
        /// The token's owner and scopes.
        actor: Actor,
    },
}

impl Caller {
    pub(crate) fn actor(&self) -> Option<&Actor> {
        match self {
            Self::Nobody => None,
            Self::Browser { actor, .. } | Self::Program { actor } => Some(actor),
        }
    }

    /// Whether the caller has what the route needs.
    fn check(&self, needs: Needs, on_this_machine: bool) -> Result<(), Problem> {
        let actor = match (needs, self.actor()) {
            (Needs::Open, _) => return Ok(()),
            (Needs::ReadOrLoopback, None) if on_this_machine => return Ok(()),
            (_, None) => return Err(Problem::sign_in_first()),
            (_, Some(actor)) => actor,
        };
        let may = match needs {
            Needs::Open | Needs::SignedIn => true,
            Needs::Scope(scope) => actor.may(scope),
            Needs::ReadOrLoopback => actor.may(Scope::Read),
            Needs::Account => matches!(self, Self::Browser { .. }),
        };
        if may { Ok(()) } else { Err(Problem::forbidden()) }
    }
}
