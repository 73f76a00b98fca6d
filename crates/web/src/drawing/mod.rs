//! Drawings as inline SVG, each with title and description. Only shapes and states are given here; colours
//! are classes of the stylesheet, so that light and dark and the print page share them.

mod door;
pub(crate) mod lab;
mod qr;

pub(crate) use door::DoorDrawing;
pub(crate) use qr::qr_path;
