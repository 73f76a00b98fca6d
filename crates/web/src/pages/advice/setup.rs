//! The set-up of a door as a checklist: what the hub has seen is ticked with its evidence, the rest asks for a yes. A
//! photo of a step stays in the data folder of this machine.

use std::path::PathBuf;

use access::DoorId;
use askama::Template;
use axum::extract::Path;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use care::setup::calls::{Call, Who, calls};
use care::setup::photo::{Image, image};
use care::setup::steps::{Stands, Step, known};
use hub::SetupWord;

use super::decided;
use crate::auth::{Upload, not_a_photo};
use crate::pages::audit::name_of;
use crate::pages::{Frame, Here, Sent, Visit, page, page_with, see};
use crate::problem::Problem;
use crate::state::App;

struct StepRow {
    step: Step,
    tone: &'static str,
    mark: &'static str,
    stands: &'static str,
    decided: String,
}

struct CallRow {
    call: Call,
    tone: &'static str,
    who: String,
    decided: String,
}

#[derive(Template)]
#[template(path = "pages/advice/setup.html")]
struct SetupPage {
    frame: Frame,
    id: String,
    name: String,
    done: usize,
    next: Option<(String, String)>,
    began: String,
    steps: Vec<StepRow>,
    calls: Vec<CallRow>,
}

/// `GET /doors/{id}/setup`
pub(crate) async fn show(visit: Visit, Path(id): Path<DoorId>) -> Result<Response, Problem> {
    page(&setup_page(&visit, id)?)
}

fn setup_page(visit: &Visit, id: DoorId) -> Result<SetupPage, Problem> {
    let name = name_of(visit, id)?;
    let steps = visit.app.hub.setup(id);
    let next = steps.iter().find(|step| !step.done()).map(|step| (step.id.clone(), step.what.clone()));
    Ok(SetupPage {
        frame: visit.frame(format!("Set up {name}"), Here::Doors),
        id: id.to_string(),
        done: steps.iter().filter(|step| step.done()).count(),
        next,
        began: visit.app.hub.setup_progress(id).began,
        steps: steps.into_iter().map(row).collect(),
        calls: calls(&visit.app.hub.survey(id)).into_iter().map(call).collect(),
        name,
    })
}

fn row(step: Step) -> StepRow {
    let (tone, mark, stands) = match step.stands {
        Stands::Seen => ("good", "✓", "seen by the hub"),
        Stands::Told => ("good", "✓", "told in the survey"),
        Stands::Ticked => ("good", "✓", "done"),
        Stands::Anew => ("amber", "!", "do it again"),
        Stands::Open => ("quiet", "○", "open"),
    };
    StepRow { tone, mark, stands, decided: decided(&step.decided), step }
}

fn call(call: Call) -> CallRow {
    let tone = match call.who {
        Who::Yourself => "good",
        Who::Locksmith | Who::Landlord => "amber",
        Who::Electrician => "bad",
    };
    CallRow { tone, who: call.who.words(), decided: decided(&call.decided), call }
}

/// `POST /doors/{id}/setup`: one step, done or open again, with a note.
pub(crate) async fn say(visit: Visit, Path(id): Path<DoorId>, Sent(form): Sent) -> Result<Response, Problem> {
    let step = form.needed("step", "Step", 40)?;
    let word = SetupWord {
        done: form.raw("do") == "done",
        note: form.text("note", "Note", 300)?,
        photo: String::new(),
        step: step.clone(),
    };
    visit.app.hub.say_setup(visit.actor()?, id, word).await?;
    Ok(see(&format!("/doors/{id}/setup#step-{step}"), "saved"))
}

/// `POST /doors/{id}/setup/photo`: a photo of a step, kept on this machine.
pub(crate) async fn send_photo(
    visit: Visit,
    Path(id): Path<DoorId>,
    upload: Upload,
) -> Result<Response, Problem> {
    name_of(&visit, id)?;
    let step = upload.field("step").to_owned();
    if !known(&step) {
        return Err(Problem::not_found("step"));
    }
    let kind = match image(upload.file()) {
        Ok(kind) => kind,
        Err(why) => {
            let mut shown = setup_page(&visit, id)?;
            shown.frame = shown.frame.wrong(Some(&Problem::bad_input(not_a_photo(&why))));
            return page_with(StatusCode::UNPROCESSABLE_ENTITY, &shown);
        }
    };
    let file = place(&visit.app, id, &step, kind);
    keep(&file, upload.file()).await?;
    let said = visit.app.hub.setup_progress(id).said(&step).cloned().unwrap_or_default();
    let photo = kind.ending().to_owned();
    let word = SetupWord { step: step.clone(), done: said.done, note: said.note, photo };
    visit.app.hub.say_setup(visit.actor()?, id, word).await?;
    Ok(see(&format!("/doors/{id}/setup#step-{step}"), "saved"))
}

/// Where a photo lies: in the data folder, under names of our own.
fn place(app: &App, door: DoorId, step: &str, kind: Image) -> PathBuf {
    app.config.data.join("photos").join(format!("{door}-{step}.{}", kind.ending()))
}

async fn keep(file: &std::path::Path, bytes: &[u8]) -> Result<(), Problem> {
    let failed = |error: std::io::Error| Problem::internal("Keeping the photo", &error);
    if let Some(folder) = file.parent() {
        tokio::fs::create_dir_all(folder).await.map_err(failed)?;
    }
    // whole or not at all: a cut in the middle leaves the photo that was there
    let part = file.with_extension("part");
    tokio::fs::write(&part, bytes).await.map_err(failed)?;
    tokio::fs::rename(&part, file).await.map_err(failed)
}

/// `GET /doors/{id}/setup/photo/{step}`
pub(crate) async fn photo(
    visit: Visit,
    Path((id, step)): Path<(DoorId, String)>,
) -> Result<Response, Problem> {
    let missing = || Problem::not_found("photo");
    if !known(&step) {
        return Err(missing());
    }
    let progress = visit.app.hub.setup_progress(id);
    let kind = progress.said(&step).and_then(|said| Image::of_ending(&said.photo)).ok_or_else(missing)?;
    let bytes = tokio::fs::read(place(&visit.app, id, &step, kind)).await.map_err(|_| missing())?;
    Ok(([(header::CONTENT_TYPE, kind.media_type())], bytes).into_response())
}
