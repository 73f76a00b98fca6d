//! The pages: one folder per noun, each with its handlers, view models and templates. What they share is
//! here: who visits, the frame around a page, reading forms.

pub(crate) mod about;
pub(crate) mod advice;
pub(crate) mod audit;
pub(crate) mod care;
pub(crate) mod codes;
pub(crate) mod doors;
mod fields;
mod frame;
pub(crate) mod give;
pub(crate) mod grants;
pub(crate) mod grid;
pub(crate) mod groups;
pub(crate) mod lab;
pub(crate) mod locks;
pub(crate) mod log;
pub(crate) mod odds;
pub(crate) mod people;
pub(crate) mod problem;
pub(crate) mod ready;
pub(crate) mod schedules;
pub(crate) mod settings;
pub(crate) mod sign_in;
pub(crate) mod virtual_lock;
mod who;

pub(crate) use fields::{Asked, Fields, Sent, clock_time};
pub(crate) use frame::{Frame, Here, Visit, page, page_with, see};
pub(crate) use who::{Stand, WhoRow, when, who_can_open};
