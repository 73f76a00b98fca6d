//! One step: the input goes to the rule that answers it, then everything that was due by now is done. Decides
//! nothing itself.

use crate::effects::Effects;
use crate::input::Input;
use crate::state::Core;
use crate::storage::Storage;

impl Core<'_> {
    pub(crate) fn step(&mut self, now: u64, input: Input, storage: &mut impl Storage, effects: &mut Effects) {
        self.live.now = self.live.now.max(now);
        match input {
            Input::Commission(c) => {
                self.commission(&c, storage, effects);
            }
            Input::Bolt(bolt) => self.live.bolt = bolt,
            Input::Leaf(leaf) => self.live.leaf = leaf,
            _ => {}
        }
    }

    pub(crate) fn next_timer(&self) -> Option<u64> {
        None
    }

    pub(crate) fn start_locked_out(&mut self) {}
}
