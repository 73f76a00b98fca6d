//! Contradictions between answers: named with both keys, never guessed around.

use super::keys::{Key, SPECS};
use super::{Problem, Survey, Value};

impl Survey {
    /// Every pair of answers that cannot both be true. Empty when there is none.
    pub fn contradictions(&self) -> Vec<Problem> {
        let mut found = Vec::new();
        self.absent_part(&mut found, Key::CylinderKind, "none", "there is no cylinder");
        self.absent_part(&mut found, Key::SecondKind, "none", "there is no second lock");
        self.absent_part(&mut found, Key::SmartKind, "none", "there are no electronics");
        self.bolt(&mut found);
        self.measures(&mut found);
        self.holes(&mut found);
        self.electronics(&mut found);
        found
    }

    /// `key = word` says that a part is not there; then nothing else may be said of it.
    fn absent_part(&self, found: &mut Vec<Problem>, key: Key, word: &str, said: &str) {
        if self.word(key) != Some(word) {
            return;
        }
        for spec in SPECS.iter().filter(|spec| spec.key != key && spec.key.section() == key.section()) {
            if self.says_something(spec.key) {
                let given = self.in_words(spec.key).unwrap_or_default();
                found.push(clash(key, spec.key, &format!("{said}, but it is described: {given}")));
            }
        }
    }

    /// An answer that describes a part, as against `none`, `no`, 0 or *never had one*.
    fn says_something(&self, key: Key) -> bool {
        match self.value(key) {
            None | Some(Value::Yes(false)) => false,
            Some(Value::Yes(true)) => true,
            Some(Value::Number(number)) => number > 0.0,
            Some(Value::Choice(_)) => !matches!(self.word(key), Some("none" | "never" | "never-had")),
            Some(Value::Many(bits)) => bits & !key_alone(key) != 0,
        }
    }

    fn bolt(&self, found: &mut Vec<Problem>) {
        if self.word(Key::BoltKind) == Some("none") {
            for key in [Key::BoltThrow, Key::BoltDeadlocks, Key::BoltGrade] {
                if self.says_something(key) {
                    found.push(clash(Key::BoltKind, key, "there is no bolt, but it is described"));
                }
            }
        }
        if self.word(Key::CylinderKind) == Some("none") && self.has(Key::SmartWays, "key") == Some(true) {
            found.push(clash(Key::CylinderKind, Key::SmartWays, "there is no cylinder, but it opens by key"));
        }
        if self.word(Key::CylinderKind) == Some("none")
            && self.word(Key::SmartKind) == Some("none")
            && self.word(Key::BoltKind).is_some_and(|word| !matches!(word, "none" | "latch"))
        {
            found.push(clash(
                Key::CylinderKind,
                Key::SmartKind,
                "a bolt with neither cylinder nor electronics opens by nothing",
            ));
        }
    }

    fn measures(&self, found: &mut Vec<Problem>) {
        if self.number(Key::FrameScrews) == Some(0.0) && self.number(Key::FrameScrewLength).is_some() {
            found.push(clash(
                Key::FrameScrews,
                Key::FrameScrewLength,
                "there are no screws, but they have a length",
            ));
        }
        if self.word(Key::DoorGlazing) == Some("none") && self.word(Key::DoorGlass).is_some() {
            found.push(clash(Key::DoorGlazing, Key::DoorGlass, "there is no glass, but its kind is given"));
        }
        if self.word(Key::DoorGlazing) == Some("none") && self.word(Key::DoorLeaf) == Some("glass") {
            found.push(clash(Key::DoorGlazing, Key::DoorLeaf, "the door is of glass, but has no glass"));
        }
        if self.yes(Key::BoltDeadlocks) == Some(true)
            && let (Some(throw), Some(gap)) = (self.number(Key::BoltThrow), self.number(Key::FrameGap))
            && gap >= throw
        {
            found.push(clash(
                Key::FrameGap,
                Key::BoltThrow,
                "the gap is as wide as the bolt is long: the bolt holds nothing",
            ));
        }
        let anti_snap = self.yes(Key::CylinderAntiSnap) == Some(true);
        if anti_snap && self.word(Key::CylinderShape) == Some("bored") {
            found.push(clash(
                Key::CylinderAntiSnap,
                Key::CylinderShape,
                "only a profile cylinder can be snapped, and this one is bored",
            ));
        }
    }

    /// Holes that cannot be in such a door.
    fn holes(&self, found: &mut Vec<Problem>) {
        let mut no = |left: Key, right: Key, what: &str| found.push(clash(left, right, what));
        let (cross, edge) = (self.number(Key::MeasureCrossBore), self.number(Key::MeasureEdgeBore));
        if let (Some(edge), Some(thick)) = (edge, self.number(Key::DoorThickness))
            && edge >= thick
        {
            no(
                Key::MeasureEdgeBore,
                Key::DoorThickness,
                "the hole in the edge is as wide as the door is thick; measure both again, in one unit",
            );
        }
        if let (Some(cross), Some(backset)) = (cross, self.number(Key::MeasureBackset))
            && cross / 2.0 >= backset
        {
            no(
                Key::MeasureCrossBore,
                Key::MeasureBackset,
                "the large hole would run out of the door's edge; the backset goes to its middle",
            );
        }
        if self.word(Key::MeasurePrep) == Some("none") {
            for key in [Key::MeasureCrossBore, Key::MeasureEdgeBore] {
                if self.value(key).is_some() {
                    no(Key::MeasurePrep, key, "no hole is cut yet, but it has a width");
                }
            }
        }
    }

    fn electronics(&self, found: &mut Vec<Problem>) {
        if self.has(Key::SmartWays, "keypad") == Some(false) {
            for key in [Key::SmartCodeLength, Key::SmartCodeChoice] {
                if self.value(key).is_some() {
                    found.push(clash(Key::SmartWays, key, "there is no keypad, but its codes are described"));
                }
            }
        }
        if self.word(Key::SmartRadio) == Some("none") {
            for key in [Key::SmartRemote, Key::SmartAutoUnlock] {
                if self.yes(key) == Some(true) && self.word(Key::SmartKind) == Some("stand-alone") {
                    found.push(clash(Key::SmartRadio, key, "there is no radio, but it is worked by one"));
                }
            }
        }
    }
}

/// The bit of the word `key` among the ways of access: a key is not electronics.
fn key_alone(key: Key) -> u32 {
    if key == Key::SmartWays { key.option("key").map_or(0, |at| 1 << at) } else { 0 }
}

impl Survey {
    /// Changes one answer as if the part were exchanged: answers that described a part which is no longer
    /// there are
    /// forgotten, so that the change itself never makes a contradiction with what was told of the old part.
    pub fn exchange(&mut self, key: Key, value: Value) {
        self.tell(key, value);
        let gone = self.word(key) == Some("none")
            && matches!(
                key,
                Key::CylinderKind | Key::SecondKind | Key::SmartKind | Key::BoltKind | Key::DoorGlazing
            );
        if !gone {
            return;
        }
        for spec in SPECS.iter().filter(|spec| spec.key != key && spec.key.section() == key.section()) {
            if key != Key::DoorGlazing && self.says_something(spec.key) {
                self.forget(spec.key);
            }
        }
        if key == Key::DoorGlazing {
            self.forget(Key::DoorGlass);
        }
        if key == Key::CylinderKind
            && let Some(Value::Many(bits)) = self.value(Key::SmartWays)
        {
            self.tell(Key::SmartWays, Value::Many(bits & !key_alone(Key::SmartWays)));
        }
    }
}

fn clash(left: Key, right: Key, what: &str) -> Problem {
    Problem {
        at: None,
        what: format!("`{}` and `{}` contradict each other: {what}", left.path(), right.path()),
    }
}
