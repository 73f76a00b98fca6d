//! The row of cylinders on the page, from a toy to a disc detainer. Each is a description with a seed; none is
//! a product.

use cylinder::describe::{Description, Driver, Security, Tolerance};

/// One cylinder of the row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shelved {
    /// Its word in addresses.
    pub slug: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it teaches, in a sentence.
    pub teaches: &'static str,
    /// Which one of its kind.
    pub seed: u64,
    kind: &'static str,
    pins: u8,
    security: Security,
    driver: Driver,
    tolerance: Tolerance,
    false_gates: bool,
}

impl Shelved {
    /// What is known of it: everything that can be told.
    pub(crate) fn description(&self) -> Description {
        Description {
            id: Some(self.name.to_owned()),
            kind: self.kind.to_owned(),
            pins: Some(self.pins),
            security: self.security,
            driver: self.driver,
            tolerance: self.tolerance,
            false_gates: self.false_gates,
            ..Description::default()
        }
    }
}

const PLAIN: Shelved = Shelved {
    slug: "",
    name: "",
    teaches: "",
    seed: 4,
    kind: "pin-tumbler",
    pins: 5,
    security: Security::None,
    driver: Driver::Standard,
    tolerance: Tolerance::Medium,
    false_gates: false,
};

/// The row, easiest first.
pub(crate) const SHELF: [Shelved; 10] = [
    Shelved {
        slug: "one-pin",
        name: "One pin",
        teaches: "A toy: what binding, setting and the shear line are.",
        pins: 1,
        tolerance: Tolerance::Loose,
        ..PLAIN
    },
    Shelved {
        slug: "three-pins",
        name: "Three pins",
        teaches: "Binding order: one pin binds at a time, and lifting it hands over to the next.",
        pins: 3,
        tolerance: Tolerance::Loose,
        ..PLAIN
    },
    Shelved {
        slug: "five-pins",
        name: "Five plain pins",
        teaches: "What is in most doors: five stacks, ordinary make.",
        ..PLAIN
    },
    Shelved {
        slug: "spools",
        name: "Five pins, some spools",
        teaches: "A false set, and a plug that turns back.",
        security: Security::Some,
        driver: Driver::Spool,
        ..PLAIN
    },
    Shelved {
        slug: "security",
        name: "Six security pins",
        teaches: "Spools, serrated and mushroom drivers in a tight cylinder.",
        pins: 6,
        security: Security::All,
        driver: Driver::Mixed,
        tolerance: Tolerance::Tight,
        ..PLAIN
    },
    Shelved {
        slug: "dimple",
        name: "Dimple, eight pins",
        teaches: "The same pins, cut into the flat of the key: more of them, fewer depths.",
        kind: "dimple",
        pins: 8,
        ..PLAIN
    },
    Shelved {
        slug: "wafer",
        name: "Wafers",
        teaches: "One thin plate for each cut, wide gates: cabinets and letter boxes.",
        kind: "wafer",
        ..PLAIN
    },
    Shelved {
        slug: "lever",
        name: "Five levers",
        teaches: "Levers and a bolt stump, with false notches.",
        kind: "lever",
        false_gates: true,
        ..PLAIN
    },
    Shelved {
        slug: "slider",
        name: "Sliders",
        teaches: "Sliders against a sidebar that must drop into all their gates at once.",
        kind: "slider",
        pins: 6,
        ..PLAIN
    },
    Shelved {
        slug: "discs",
        name: "Disc detainer",
        teaches: "Turning discs, no springs, false gates: nothing falls back and nothing tells.",
        kind: "disc-detainer",
        pins: 7,
        false_gates: true,
        ..PLAIN
    },
];

/// The one that opens with the page.
pub(crate) const FIRST: &str = "three-pins";

/// A cylinder of the row by its word.
pub(crate) fn find(slug: &str) -> Option<&'static Shelved> {
    SHELF.iter().find(|one| one.slug == slug)
}

#[cfg(test)]
mod tests {
    use super::SHELF;
    use crate::lab::figures;
    use cylinder::{coach, session::Session};

    #[test]
    fn d6_every_cylinder_of_the_row_can_be_opened_step_by_step() {
        let figures = figures().expect("figures");
        for one in &SHELF {
            let session = Session::new(&one.description(), figures, one.seed).expect("a cylinder");
            let mut again = session.clone();
            let moves = coach::pick(&session).expect("a pick");
            let opened = moves.iter().any(|m| again.step(*m).expect("a move").open);
            assert!(opened, "{}: {} moves, {}", one.slug, moves.len(), again.look().words);
        }
    }
}
