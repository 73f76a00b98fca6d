//! Key files: permissions, passphrases, rotation, nothing secret in any text.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use hub::ports::{Place, Vault};
use vault::{KEY_FILE, KeyFileError, KeyVault};

const PLACE: Place<'static> = Place { table: "credential", row: "7", column: "pin" };

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[test]
fn made_tight_and_opened_again_p1() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    assert!(!KeyVault::exists(&folder));
    let vault = KeyVault::create(&folder, None).unwrap();
    assert!(KeyVault::exists(&folder));
    assert_eq!((mode(&folder), mode(&folder.join(KEY_FILE))), (0o700, 0o600));
    let sealed = vault.seal(PLACE, b"004711").unwrap();
    let again = KeyVault::open(&folder, None).unwrap();
    assert_eq!(again.open(PLACE, &sealed).unwrap().as_slice(), b"004711");
    assert_eq!(again.subkey("log").unwrap(), vault.subkey("log").unwrap());
    // a second creation never replaces the keys
    assert!(matches!(KeyVault::create(&folder, None), Err(KeyFileError::Exists { .. })));
    assert!(again.open(PLACE, &sealed).is_ok());
}

#[test]
fn looser_permissions_are_refused_with_the_way_out() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    drop(KeyVault::create(&folder, None).unwrap());
    let file = folder.join(KEY_FILE);
    for bad in [0o640, 0o604, 0o622, 0o777] {
        chmod(&file, bad);
        let refused = KeyVault::open(&folder, None).unwrap_err();
        assert!(matches!(refused, KeyFileError::Loose { .. }), "{refused}");
        assert!(refused.to_string().contains("chmod 600"), "{refused}");
    }
    chmod(&file, 0o600);
    chmod(&folder, 0o750);
    let refused = KeyVault::open(&folder, None).unwrap_err();
    assert!(refused.to_string().contains("chmod 700"), "{refused}");
    chmod(&folder, 0o700);
    assert!(KeyVault::open(&folder, None).is_ok());
}

#[test]
fn missing_links_and_damage_are_named() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    assert!(matches!(KeyVault::open(&folder, None), Err(KeyFileError::Missing { .. })));
    drop(KeyVault::create(&folder, None).unwrap());
    let file = folder.join(KEY_FILE);
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, text.replace("key ", "kez ")).unwrap();
    let refused = KeyVault::open(&folder, None).unwrap_err();
    assert!(refused.to_string().contains("line 3"), "{refused}");
    let secret = text.lines().last().unwrap().rsplit(' ').next().unwrap();
    assert!(!format!("{refused} {refused:?}").contains(secret));
    fs::write(&file, [0xff, 0xfe, 0x00]).unwrap();
    assert!(matches!(KeyVault::open(&folder, None), Err(KeyFileError::Io { .. })));
    fs::rename(&file, folder.join("elsewhere")).unwrap();
    symlink(folder.join("elsewhere"), &file).unwrap();
    assert!(matches!(KeyVault::open(&folder, None), Err(KeyFileError::NotPlain { .. })));
}

#[test]
fn a_passphrase_can_be_set_changed_and_taken_off() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    assert!(matches!(
        KeyVault::create(&folder, Some("short")),
        Err(KeyFileError::ShortPassphrase { least: 12 })
    ));
    assert!(!KeyVault::exists(&folder), "nothing half done");
    let mut vault = KeyVault::create(&folder, Some("a long passphrase")).unwrap();
    let sealed = vault.seal(PLACE, b"1234").unwrap();
    assert!(matches!(KeyVault::open(&folder, None), Err(KeyFileError::PassphraseNeeded)));
    assert!(matches!(KeyVault::open(&folder, Some("another long one")), Err(KeyFileError::WrongPassphrase)));
    vault.set_passphrase(Some("quite another one")).unwrap();
    assert!(KeyVault::open(&folder, Some("a long passphrase")).is_err());
    let mut again = KeyVault::open(&folder, Some("quite another one")).unwrap();
    assert!(again.open(PLACE, &sealed).is_ok());
    again.set_passphrase(None).unwrap();
    assert!(matches!(KeyVault::open(&folder, Some("quite another one")), Err(KeyFileError::NotProtected)));
    assert!(KeyVault::open(&folder, None).unwrap().open(PLACE, &sealed).is_ok());
    assert_eq!(mode(&folder.join(KEY_FILE)), 0o600);
}

#[test]
fn rotation_survives_a_restart_and_retiring_forgets() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("data");
    let mut vault = KeyVault::create(&folder, None).unwrap();
    let old = vault.seal(PLACE, b"1234").unwrap();
    // a leftover of a power cut in the middle of an earlier rotation is no obstacle
    fs::write(folder.join("doorward.keys.new"), "half").unwrap();
    vault.rotate().unwrap();
    let mut again = KeyVault::open(&folder, None).unwrap();
    let new = again.reseal(PLACE, &old).unwrap().expect("sealed under the older key");
    assert_eq!(again.reseal(PLACE, &new).unwrap(), None);
    again.retire().unwrap();
    let last = KeyVault::open(&folder, None).unwrap();
    assert!(last.open(PLACE, &new).is_ok());
    assert!(last.open(PLACE, &old).is_err());
    assert_eq!(fs::read_dir(&folder).unwrap().count(), 1, "nothing but the key file");
}

#[test]
fn nothing_of_it_shows_in_debug() {
    let dir = tempfile::tempdir().unwrap();
    let vault = KeyVault::create(&dir.path().join("data"), None).unwrap();
    let shown = format!("{vault:?}");
    let text = fs::read_to_string(dir.path().join("data").join(KEY_FILE)).unwrap();
    for word in text.split_whitespace().filter(|w| w.len() == 64) {
        assert!(!shown.contains(word));
    }
}
