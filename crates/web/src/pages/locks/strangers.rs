//! Codes found on a lock that nobody here gave: adopted or removed, never silently either.

use access::{Command, LockId, PersonId};
use axum::extract::Path;
use axum::response::Response;

use super::lock::lock_page;
use crate::pages::{Sent, Visit, give, page_with, see};
use crate::problem::Problem;

/// `POST /locks/{id}/adopt`
pub(crate) async fn adopt(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let wish = (|| {
        let slot = form.parsed::<u16>("slot", "Slot")?;
        let person = form.parsed::<PersonId>("person", "Whose")?;
        Ok::<_, Problem>((slot, person, give::typed(&form)?, form.text("reason", "Reason", 200)?))
    })();
    let done = match wish {
        Ok((slot, person, pin, reason)) => {
            visit.app.hub.adopt(visit.actor()?, id, slot, person, pin, reason).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match done {
        Ok(()) => Ok(see(&format!("/locks/{id}"), "adopted")),
        Err(problem) => page_with(problem.status, &lock_page(&visit, id, Some(&problem))?),
    }
}

/// `POST /locks/{id}/remove-stranger`
pub(crate) async fn remove_stranger(
    visit: Visit,
    Path(id): Path<LockId>,
    Sent(form): Sent,
) -> Result<Response, Problem> {
    let slot = form.parsed::<u16>("slot", "Slot")?;
    visit.app.hub.act(visit.actor()?, Command::RemoveForeign { lock: id, slot }).await?;
    Ok(see(&format!("/locks/{id}"), "stranger_gone"))
}
