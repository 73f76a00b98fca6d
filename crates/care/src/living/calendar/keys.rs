//! Tasks from the key register: copies that ought to be back.

use super::{Task, Words};
use crate::living::sight::{Home, day_words, short};
use crate::words::{say, word};

/// Copies with a day by which they are to be back.
pub(super) fn back(home: &Home) -> Vec<Task> {
    let out = home.keys.iter().filter_map(|key| Some((key, key.back_by?, home.door(key.door)?)));
    out.map(|(key, by, door)| {
        let words = Words { kind: "key-back", places: &[("door", &door.name)], minutes: 5 };
        let decided = say("living.decided.key-back", &[("day", &day_words(by))]);
        let task = words.task(&short(key.id), by, decided);
        let itself = Some(word("living.itself.key-back"));
        Task { door: Some(door.id), place: "/care/keys".into(), by_itself: itself, ..task }
    })
    .collect()
}
