//! Matter's bookkeeping of credentials: what is taken, refused and why, read back and cleared. Who may open is in
//! `rules.rs`; the certification steps are run by `cargo xtask conformance`.

use lock::{
    ALL, Answer, Command, CredentialDetail, CredentialFields, CredentialKind, CredentialRef, DataOperation,
    Emergency, PeerFields, Privilege, RecordKind, Refusal, Secret, UserStatus, UserType, YearDay,
};

use crate::support::{Rig, pin_fields, pin_ref};

/// A second controller of another fabric.
const OTHER: [u8; 32] = [8; 32];

fn rig() -> Rig {
    let mut rig = Rig::new();
    let peer = PeerFields { id: 2, key: OTHER, privilege: Privilege::Admin, fabric: 2, node: 7 };
    assert!(rig.send(&Command::SetPeer(peer)) == Answer::Done);
    rig
}

/// Sets a credential; the new user and the next free index, or why not.
fn set(rig: &mut Rig, fields: CredentialFields) -> Result<(Option<u16>, Option<u16>), Refusal> {
    taken(rig.send(&Command::SetCredential(fields)))
}

fn set_as_other(rig: &mut Rig, fields: CredentialFields) -> Result<(Option<u16>, Option<u16>), Refusal> {
    taken(rig.send_as(2, OTHER, &Command::SetCredential(fields)).0)
}

fn taken(answer: Answer) -> Result<(Option<u16>, Option<u16>), Refusal> {
    match answer {
        Answer::CredentialSet(user, next) => Ok((user, next)),
        Answer::CredentialRefused(why, _) => Err(why),
        _ => panic!("no answer to a credential"),
    }
}

fn read(rig: &mut Rig, which: CredentialRef) -> (Option<CredentialDetail>, Option<u16>) {
    match rig.send(&Command::GetCredential(which)) {
        Answer::Credential(view) => (view.detail, view.next),
        _ => panic!("no credential"),
    }
}

fn user(rig: &mut Rig, index: u16) -> Option<lock::UserDetail> {
    match rig.send(&Command::GetUser(index)) {
        Answer::User(view) => view.user,
        _ => panic!("no user"),
    }
}

fn card(index: u16, user: Option<u16>) -> CredentialFields {
    CredentialFields {
        credential: CredentialRef { kind: CredentialKind::Rfid, index },
        data: Secret::new(format!("card number {index}").as_bytes()).expect("short"),
        user,
        ..pin_fields(index, "135790")
    }
}

fn point(index: u16) -> CredentialFields {
    let mut key = [u8::try_from(index).unwrap_or(0); 65];
    key[0] = 4;
    CredentialFields {
        credential: CredentialRef { kind: CredentialKind::AliroEvictable, index },
        data: Secret::new(&key).expect("short"),
        ..pin_fields(index, "135790")
    }
}

fn clear(rig: &mut Rig, which: Option<CredentialRef>) -> Answer {
    rig.send(&Command::ClearCredential(which, 0))
}

fn last_changes(rig: &mut Rig, count: usize) -> Vec<lock::Record> {
    let all: Vec<_> = rig.records().into_iter().filter(|r| r.kind == RecordKind::UserChange).collect();
    all[all.len().saturating_sub(count)..].to_vec()
}

#[test]
fn e1_what_is_added_is_read_back_with_who_made_it() {
    let mut rig = rig();
    assert_eq!(set(&mut rig, pin_fields(2, "135792")), Ok((Some(1), Some(3))));
    assert_eq!(set(&mut rig, card(1, Some(1))), Ok((None, Some(2))), "the first user's too; indexes by kind");
    assert_eq!(set(&mut rig, pin_fields(5, "135795")), Ok((Some(2), Some(6))));
    let (detail, next) = read(&mut rig, pin_ref(2));
    let detail = detail.expect("it is set");
    assert_eq!((detail.user, detail.enabled, detail.creator, detail.modifier), (1, true, 1, 1));
    assert_eq!((detail.emergency, detail.public.is_empty()), (Emergency::No, true));
    assert_eq!(next, Some(5), "the next taken of its kind");
    assert_eq!(read(&mut rig, pin_ref(5)).1, None);
    assert!(read(&mut rig, pin_ref(1)) == (None, Some(2)), "free");
    assert!(read(&mut rig, pin_ref(7)) == (None, None), "beyond the last");
    assert_eq!(read(&mut rig, card(1, None).credential).1, None, "no other card");
    let one = user(&mut rig, 1).expect("the first user");
    assert_eq!((one.creator, one.modifier, one.user_type), (1, 1, UserType::Unrestricted));
    let held: Vec<_> = one.credentials.iter().flatten().copied().collect();
    assert_eq!(held, [pin_ref(2), card(1, None).credential]);
}

#[test]
fn e1_what_cannot_be_added_is_refused_for_its_reason() {
    let mut rig = rig();
    assert_eq!(set(&mut rig, pin_fields(1, "135791")), Ok((Some(1), Some(2))));
    let beyond = [0, 7, ALL].map(|index| pin_fields(index, "135799"));
    let no_digits = ["13579", "13579135791", "13579x"].map(|code| pin_fields(2, code));
    let odd = [
        CredentialFields { status: Some(UserStatus::Available), ..pin_fields(2, "135792") },
        CredentialFields { user_type: Some(UserType::Programming), ..pin_fields(2, "135792") },
        CredentialFields { operation: DataOperation::Clear, ..pin_fields(2, "135792") },
        CredentialFields { user: Some(2), ..pin_fields(2, "135792") },
        CredentialFields { user: Some(1), status: Some(UserStatus::Enabled), ..pin_fields(2, "135792") },
        CredentialFields { user: Some(1), user_type: Some(UserType::WeekDay), ..pin_fields(2, "135792") },
        // an emergency code works without clock and is typed
        CredentialFields { emergency: Emergency::Once, not_after: 9, ..pin_fields(2, "135792") },
        CredentialFields { emergency: Emergency::Once, ..card(2, None) },
        CredentialFields { data: Secret::new(b"short").expect("short"), ..card(2, None) },
    ];
    for fields in beyond.into_iter().chain(no_digits).chain(odd) {
        assert_eq!(set(&mut rig, fields), Err(Refusal::InvalidCommand));
    }
    let face = CredentialRef { kind: CredentialKind::Face, index: 1 };
    let face = CredentialFields { credential: face, ..pin_fields(2, "135792") };
    assert_eq!(set(&mut rig, face), Err(Refusal::InvalidCommand), "there is no camera");
    assert_eq!(set(&mut rig, pin_fields(1, "135792")), Err(Refusal::Occupied));
    assert_eq!(set(&mut rig, pin_fields(2, "135791")), Err(Refusal::Duplicate));
    let of_another = CredentialFields { user: Some(1), ..pin_fields(2, "135792") };
    assert_eq!(set_as_other(&mut rig, of_another), Err(Refusal::InvalidCommand), "made by another fabric");
    assert!(user(&mut rig, 2).is_none() && read(&mut rig, pin_ref(2)).0.is_none(), "nothing is left of them");
    let typed = CredentialFields { user_type: Some(UserType::WeekDay), ..pin_fields(2, "135792") };
    let disabled = CredentialFields { status: Some(UserStatus::Disabled), ..pin_fields(3, "135793") };
    assert!(set(&mut rig, typed).is_ok() && set(&mut rig, disabled).is_ok());
    assert_eq!(user(&mut rig, 2).map(|user| user.user_type), Some(UserType::WeekDay));
    assert!(!read(&mut rig, pin_ref(3)).0.expect("it is set").enabled);
}

#[test]
fn e1_the_programming_code_stands_at_index_nought_and_is_changed_without_a_user() {
    let mut rig = rig();
    let which = CredentialRef { kind: CredentialKind::ProgrammingPin, index: 0 };
    let fields = |code: &str| CredentialFields {
        credential: which,
        user_type: Some(UserType::Programming),
        ..pin_fields(0, code)
    };
    let elsewhere = CredentialRef { index: 1, ..which };
    let elsewhere = CredentialFields { credential: elsewhere, ..fields("135790") };
    assert_eq!(set(&mut rig, elsewhere), Err(Refusal::InvalidCommand));
    assert_eq!(set(&mut rig, fields("135790")), Ok((Some(1), None)));
    let before = read(&mut rig, which).0.expect("it is set");
    let new = CredentialFields { operation: DataOperation::Modify, user_type: None, ..fields("135798") };
    assert_eq!(set(&mut rig, new.clone()), Ok((None, None)));
    assert!(read(&mut rig, which).0.expect("it is set").mac != before.mac);
    // a common code is changed by naming its user
    assert!(set(&mut rig, pin_fields(1, "135791")).is_ok());
    let nobody = CredentialFields { operation: DataOperation::Modify, ..pin_fields(1, "135781") };
    assert_eq!(set(&mut rig, nobody), Err(Refusal::InvalidCommand));
    assert!(clear(&mut rig, Some(which)) == Answer::Refused(Refusal::InvalidCommand));
    assert!(clear(&mut rig, None) == Answer::Done, "everything but the programming code");
    assert!(read(&mut rig, which).0.is_some() && read(&mut rig, pin_ref(1)).0.is_none());
}

#[test]
fn e1_what_is_changed_keeps_its_user_its_maker_and_its_order() {
    let mut rig = rig();
    for index in [1, 2] {
        assert!(set(&mut rig, pin_fields(index, &format!("13579{index}"))).is_ok());
    }
    let modify = |index, code: &str, user| CredentialFields {
        operation: DataOperation::Modify,
        user: Some(user),
        ..pin_fields(index, code)
    };
    assert_eq!(set(&mut rig, modify(1, "135791", 1)), Ok((None, Some(3))), "the same code in its own slot");
    assert_eq!(set(&mut rig, modify(1, "135781", 1)), Ok((None, Some(3))));
    assert!(!rig.opens("135791") && rig.opens("135781"));
    assert_eq!(set(&mut rig, modify(1, "135792", 1)), Err(Refusal::Duplicate));
    assert_eq!(set(&mut rig, modify(1, "135771", 2)), Err(Refusal::Occupied), "the other user's");
    assert_eq!(set(&mut rig, modify(1, "135771", 3)), Err(Refusal::InvalidCommand), "no such user");
    assert_eq!(set(&mut rig, modify(3, "135771", 1)), Err(Refusal::InvalidCommand), "no such code");
    assert_eq!(set_as_other(&mut rig, modify(1, "135771", 1)), Err(Refusal::InvalidCommand));
    let version = read(&mut rig, pin_ref(1)).0.expect("it is set").version;
    let at = |version| CredentialFields { version, ..modify(1, "135771", 1) };
    assert_eq!(set(&mut rig, at(version - 1)), Err(Refusal::Stale), "a late message");
    assert!(set(&mut rig, at(version)).is_ok(), "the same message again");
}

#[test]
fn g6_a_strong_code_has_nine_digits() {
    for (code, strong) in [("13579135", false), ("135791357", true)] {
        let mut rig = rig();
        assert!(set(&mut rig, pin_fields(1, code)).is_ok());
        assert!(rig.send(&Command::WriteSetting(lock::SettingId::WrongCodeEntryLimit, 255)) == Answer::Done);
        for _ in 0..36 {
            assert!(!rig.opens("246802"));
        }
        rig.wait(61_000);
        assert_eq!(rig.opens(code), strong, "{code} when the budget is spent");
    }
}

#[test]
fn e1_a_phone_key_is_read_back_and_its_places_are_few() {
    let mut rig = rig();
    assert!(set(&mut rig, point(1)).is_ok());
    assert!(set(&mut rig, point(2)).is_ok());
    let detail = read(&mut rig, point(1).credential).0.expect("it is set");
    assert!(detail.public == point(1).data);
    assert_eq!(set(&mut rig, point(3)), Err(Refusal::InvalidCommand), "a lock of two phone keys");
    let again = CredentialFields { operation: DataOperation::Modify, user: Some(1), ..point(1) };
    assert!(set(&mut rig, again).is_ok(), "in its own place");
    assert!(set(&mut rig, pin_fields(3, "135793")).is_ok());
    assert!(read(&mut rig, pin_ref(3)).0.is_some_and(|pin| pin.public.is_empty()));
    assert!(clear(&mut rig, Some(point(1).credential)) == Answer::Done);
    assert!(read(&mut rig, point(2).credential).0.is_some_and(|two| two.public == point(2).data));
    assert!(set(&mut rig, point(1)).is_ok(), "its place is free again");
}

#[test]
fn e1_one_a_kind_or_all_are_cleared_and_their_users_with_them() {
    let mut rig = rig();
    for index in 1..=3 {
        assert!(set(&mut rig, pin_fields(index, &format!("13579{index}"))).is_ok());
    }
    assert!(set(&mut rig, card(1, Some(1))).is_ok());
    assert!(set(&mut rig, card(2, None)).is_ok());
    let hours = YearDay { start: 1, end: 2 };
    assert!(rig.send(&Command::SetYearDay(1, 2, hours)) == Answer::Done);
    // the first user still has a card
    assert!(clear(&mut rig, Some(pin_ref(1))) == Answer::Done);
    assert!(user(&mut rig, 1).is_some() && read(&mut rig, card(1, None).credential).0.is_some());
    let change = last_changes(&mut rig, 1);
    assert_eq!((change[0].user, change[0].credentials[0]), (1, Some(pin_ref(1))));
    // the second had only the code: user and schedules go too, each told
    assert!(clear(&mut rig, Some(pin_ref(2))) == Answer::Done);
    assert!(user(&mut rig, 2).is_none());
    assert!(!matches!(rig.send(&Command::GetYearDay(1, 2)), Answer::YearDay(_)));
    assert_eq!(last_changes(&mut rig, 2).iter().map(|change| change.user).collect::<Vec<_>>(), [2, 2]);
    // all codes, no cards
    assert!(clear(&mut rig, Some(CredentialRef { kind: CredentialKind::Pin, index: ALL })) == Answer::Done);
    assert!(read(&mut rig, pin_ref(3)).0.is_none() && user(&mut rig, 3).is_none());
    assert!(read(&mut rig, card(2, None).credential).0.is_some());
    assert_eq!(last_changes(&mut rig, 1)[0].user, ALL);
    // what is not there needs no word and changes nothing
    let told = last_changes(&mut rig, 100).len();
    assert!(clear(&mut rig, Some(pin_ref(3))) == Answer::Done);
    assert_eq!(last_changes(&mut rig, 100).len(), told);
    assert!(clear(&mut rig, Some(pin_ref(9))) == Answer::Refused(Refusal::InvalidCommand));
    assert!(clear(&mut rig, None) == Answer::Done);
    assert!(read(&mut rig, card(2, None).credential).0.is_none() && user(&mut rig, 1).is_none());
}

#[test]
fn g4_revoking_through_a_version_takes_what_was_set_at_or_before_it() {
    let mut rig = rig();
    for (index, version) in [(1, 5), (2, 6), (3, 7)] {
        let fields = CredentialFields { version, ..pin_fields(index, &format!("13579{index}")) };
        assert!(set(&mut rig, fields).is_ok());
    }
    assert!(rig.send(&Command::RevokeThrough(6)) == Answer::Done);
    assert!(!rig.opens("135791") && !rig.opens("135792") && rig.opens("135793"));
    let late = CredentialFields { version: 6, ..pin_fields(1, "135791") };
    assert_eq!(set(&mut rig, late), Err(Refusal::Stale));
    assert_eq!(last_changes(&mut rig, 1)[0].user, ALL);
}
