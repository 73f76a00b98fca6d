//! Which cylinder is meant by an address: one of the row, one of one's own making, or the one of a door's
//! survey.

use access::DoorId;
use cylinder::describe::{Description, Driver, Security, Springs, Tolerance};

use super::{figures, refused, shelf};
use crate::pages::Fields;
use crate::problem::Problem;
use crate::state::App;

/// A cylinder to work on.
#[derive(Debug, Clone)]
pub(crate) struct Chosen {
    /// The last part of its address: a word of the row, `own`, or `door-ID`.
    pub slug: String,
    /// What else its address needs (own cylinders), without `?`; empty for others.
    pub query: String,
    /// Its name on the page.
    pub name: String,
    /// What it teaches or rests on.
    pub line: String,
    /// What is known of it.
    pub description: Description,
    /// Which one of its kind is under hand.
    pub seed: u64,
    /// The door whose survey it is from.
    pub door: Option<DoorId>,
}

/// The fields by which a cylinder of one's own is told, in the order of the form.
const OWN: [&str; 8] =
    ["kind", "pins", "security", "driver", "tolerance", "springs", "false_gates", "anti_bump"];

/// The fields of an own cylinder that were given, as a query string.
fn own_query(asked: &Fields) -> String {
    let given = OWN.iter().filter(|name| !asked.raw(name).is_empty());
    let pairs: Vec<(&str, &str)> = given.map(|name| (*name, asked.raw(name))).collect();
    serde_urlencoded::to_string(pairs).unwrap_or_default()
}

impl Chosen {
    /// The cylinder of an address, checked.
    ///
    /// # Errors
    /// Not found for an unknown word or door; bad input naming the field; in words where the survey does not
    /// say enough.
    pub(crate) fn find(app: &App, slug: &str, asked: &Fields) -> Result<Self, Problem> {
        let slug = if slug.is_empty() { shelf::FIRST } else { slug };
        let mut chosen = if let Some(one) = shelf::find(slug) {
            Self {
                slug: slug.to_owned(),
                query: String::new(),
                name: one.name.to_owned(),
                line: one.teaches.to_owned(),
                description: one.description(),
                seed: one.seed,
                door: None,
            }
        } else if slug == "own" {
            own(asked)?
        } else if let Some(id) = slug.strip_prefix("door-") {
            of_door(app, id)?
        } else {
            return Err(Problem::not_found("cylinder"));
        };
        if let Some(seed) = asked.maybe::<u32>("seed", "Number of the cylinder")? {
            chosen.seed = u64::from(seed);
        }
        chosen.description.check(&figures()?.families).map_err(|error| refused(&error))?;
        Ok(chosen)
    }

    /// Its address on the pages.
    pub(crate) fn path(&self) -> String {
        let query = if self.query.is_empty() { String::new() } else { format!("?{}", self.query) };
        format!("/lab/{}{query}", self.slug)
    }
}

fn own(asked: &Fields) -> Result<Chosen, Problem> {
    let kind = asked.text("kind", "Kind", 20)?;
    let description = Description {
        id: Some("Your own".to_owned()),
        kind: if kind.is_empty() { "pin-tumbler".to_owned() } else { kind },
        pins: asked.maybe("pins", "Number of pins")?,
        security: word(asked, "security", "Security pins")?.unwrap_or(Security::None),
        driver: word(asked, "driver", "Shape of the security pins")?.unwrap_or(Driver::Spool),
        tolerance: word(asked, "tolerance", "Make")?.unwrap_or(Tolerance::Medium),
        springs: word(asked, "springs", "Springs")?.unwrap_or(Springs::Normal),
        false_gates: asked.has("false_gates"),
        anti_bump: asked.has("anti_bump"),
        ..Description::default()
    };
    Ok(Chosen {
        slug: "own".to_owned(),
        query: own_query(asked),
        name: "A cylinder of your own".to_owned(),
        line: "Made from what you said below.".to_owned(),
        description,
        seed: 4,
        door: None,
    })
}

/// A word of the descriptions' own vocabulary; none when empty.
fn word<T: serde::de::DeserializeOwned>(
    asked: &Fields,
    name: &str,
    label: &str,
) -> Result<Option<T>, Problem> {
    let text = asked.text(name, label, 20)?;
    if text.is_empty() {
        return Ok(None);
    }
    let value = serde_json::Value::String(text);
    serde_json::from_value(value)
        .map(Some)
        .map_err(|_| Problem::bad_input(format!("{label}: please choose one from the page.")))
}

fn of_door(app: &App, id: &str) -> Result<Chosen, Problem> {
    let id: DoorId = id.parse().map_err(|_| Problem::not_found("door"))?;
    let name = app.hub.view(|view| view.house.doors.get(&id).map(|door| door.name.clone()));
    let name = name.ok_or_else(|| Problem::not_found("door"))?;
    let survey = app.hub.survey(id);
    let description = door::mechanics::description(&survey).ok_or_else(|| {
        Problem::bad_input(format!(
            "The survey of {name} does not say what kind of cylinder is in it. Answer that question of the survey, \
             then come back."
        ))
    })?;
    let open = description.open_questions();
    let line = if open.is_empty() {
        format!("One such as the survey of {name} tells of, not the very one: no two are alike.")
    } else {
        format!(
            "One such as the survey of {name} tells of. Not told, and taken as usual: {}.",
            open.join(", ")
        )
    };
    Ok(Chosen {
        slug: format!("door-{id}"),
        query: String::new(),
        name: format!("The cylinder of {name}"),
        line,
        description,
        seed: 4,
        door: Some(id),
    })
}
