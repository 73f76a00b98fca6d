//! Encrypted backups: there and back, wrong key, every kind of damage, foreign content.

use std::fs::{self, File};
use std::os::unix::fs::PermissionsExt;

use vault::backup::{BackupError, OpenWith, SealFor, new_identity, open_stream, pack, seal_stream, unpack};
use zeroize::Zeroizing;

fn passphrase(text: &str) -> Zeroizing<String> {
    Zeroizing::new(text.to_owned())
}

#[test]
fn packed_and_unpacked_with_a_key() {
    let dir = tempfile::tempdir().unwrap();
    let (db, keys) = (dir.path().join("a"), dir.path().join("b"));
    let big: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    fs::write(&db, &big).unwrap();
    fs::write(&keys, "root 004711").unwrap();
    let (identity, recipient) = new_identity();
    let to = dir.path().join("house.age");
    let files = [("doorward.db", db.as_path()), ("doorward.keys", keys.as_path())];
    pack(&to, &files, &SealFor::Recipient(recipient)).unwrap();
    let sealed = fs::read(&to).unwrap();
    assert!(!sealed.windows(6).any(|w| w == b"004711"));
    assert_eq!(fs::metadata(&to).unwrap().permissions().mode() & 0o777, 0o600);

    let folder = dir.path().join("out");
    let names = unpack(&to, &folder, &OpenWith::Identity(identity.clone())).unwrap();
    assert_eq!(names, ["doorward.db", "doorward.keys"]);
    assert_eq!(fs::read(folder.join("doorward.db")).unwrap(), big);
    assert_eq!(fs::metadata(folder.join("doorward.keys")).unwrap().permissions().mode() & 0o777, 0o600);
    // neither the backup nor the folder is ever written over
    assert!(pack(&to, &files, &SealFor::Recipient(new_identity().1)).is_err());
    assert!(unpack(&to, &folder, &OpenWith::Identity(identity)).is_err());
    assert_eq!(fs::read(&to).unwrap(), sealed);
}

#[test]
fn a_wrong_key_and_damage_leave_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let db = dir.path().join("a");
    fs::write(&db, vec![7; 300_000]).unwrap();
    let (identity, recipient) = new_identity();
    let to = dir.path().join("house.age");
    pack(&to, &[("doorward.db", &db)], &SealFor::Recipient(recipient)).unwrap();
    let whole = fs::read(&to).unwrap();
    let folder = dir.path().join("out");
    let wrong = unpack(&to, &folder, &OpenWith::Identity(new_identity().0));
    assert!(matches!(wrong, Err(BackupError::WrongKey)), "{wrong:?}");
    // cut off at every kind of place, one bit flipped at every kind of place
    for cut in [0, 10, 150, whole.len() / 2, whole.len() - 65_536, whole.len() - 1] {
        fs::write(&to, &whole[..cut]).unwrap();
        assert!(unpack(&to, &folder, &OpenWith::Identity(identity.clone())).is_err(), "cut at {cut}");
        assert!(!folder.exists());
    }
    for at in [0, 30, 120, 200, whole.len() / 2, whole.len() - 1] {
        let mut bent = whole.clone();
        bent[at] ^= 1;
        fs::write(&to, &bent).unwrap();
        assert!(unpack(&to, &folder, &OpenWith::Identity(identity.clone())).is_err(), "bit at {at}");
        assert!(!folder.exists());
    }
    assert_eq!(fs::read_dir(dir.path()).unwrap().count(), 2, "only the source and the backup");
}

#[test]
fn names_that_leave_the_folder_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (identity, recipient) = new_identity();
    let file = dir.path().join("x");
    fs::write(&file, "x").unwrap();
    for name in ["../x", "/x", "a/b", "", ".", "..", "x/"] {
        let refused =
            pack(&dir.path().join("n.age"), &[(name, &file)], &SealFor::Recipient(recipient.clone()));
        assert!(matches!(refused, Err(BackupError::BadName(_))), "{name}: {refused:?}");
    }
    // an archive made elsewhere, with a link in it
    let mut archive = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_entry_type(tar::EntryType::Symlink);
    header.set_size(0);
    archive.append_link(&mut header, "doorward.db", "/etc/passwd").unwrap();
    let to = dir.path().join("foreign.age");
    let bytes = archive.into_inner().unwrap();
    seal_stream(&mut bytes.as_slice(), File::create(&to).unwrap(), &SealFor::Recipient(recipient)).unwrap();
    let refused = unpack(&to, &dir.path().join("out"), &OpenWith::Identity(identity));
    assert!(matches!(refused, Err(BackupError::Foreign(_))), "{refused:?}");
}

#[test]
fn streams_under_a_passphrase() {
    let mut sealed = Vec::new();
    let who = SealFor::Passphrase(passphrase("a long passphrase"));
    assert_eq!(seal_stream(&mut &b"hello"[..], &mut sealed, &who).unwrap(), 5);
    let mut plain = Vec::new();
    let with = OpenWith::Passphrase(passphrase("a long passphrase"));
    open_stream(sealed.as_slice(), &mut plain, &with).unwrap();
    assert_eq!(plain, b"hello");
    let wrong = open_stream(sealed.as_slice(), &mut Vec::new(), &OpenWith::Passphrase(passphrase("another")));
    assert!(matches!(wrong, Err(BackupError::WrongKey)), "{wrong:?}");
    let none = open_stream(&b"PNG"[..], &mut Vec::new(), &with);
    assert!(matches!(none, Err(BackupError::Damaged(_))), "{none:?}");
    assert!(matches!(
        seal_stream(&mut &b""[..], Vec::new(), &SealFor::Recipient("age1x".into())),
        Err(BackupError::BadRecipient)
    ));
}
