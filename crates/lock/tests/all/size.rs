//! What the state weighs, and what the crate is compiled from.

use lock::{HomeLock, Lock, PEERS, RECORD_BYTES};

/// 50 users, 100 credentials, 50 schedules of each kind, 256 records.
type Issue = Lock<50, 100, 1, 1, 10, 8, 1, PEERS, 256>;

#[test]
fn the_whole_state_of_a_home_with_its_256_records_is_under_32_kib() {
    // the records lie in storage and add nothing to the memory; they are counted all the same
    let whole = size_of::<Issue>() + 256 * RECORD_BYTES;
    assert!(whole < 32 * 1024, "{whole}");
    assert!(size_of::<HomeLock>() < 11 * 1024, "{}", size_of::<HomeLock>());
}

#[test]
fn the_walked_lock_is_under_1_kib() {
    // the capacities of examples/walk
    let walked = size_of::<Lock<2, 2, 1, 1, 1, 0, 0, 2, 4>>();
    assert!(walked < 1024, "{walked}");
}
