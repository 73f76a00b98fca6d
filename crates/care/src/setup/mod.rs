//! Setting up: the checklist that knows the door, who does each step, safe against risky, and what a photo may be.

pub mod calls;
pub mod photo;
pub mod progress;
pub mod risks;
pub mod steps;
