//! Pictures of the lab as SVG text: the cylinder cut open from the side and from its end, the blow in slow
//! motion, P(open) against time. The page's script moves the parts of the same picture; without it the picture
//! shows one moment.
//!
//! Colours come from classes, so that light, dark and forced colours work; nothing is said by colour alone.

mod blank;
mod chart;
mod face;
mod film;
mod layout;
mod side;

pub(crate) use blank::blank;
pub(crate) use chart::{Line, chart};
pub(crate) use face::face;
pub(crate) use film::film;
pub(crate) use side::side;
