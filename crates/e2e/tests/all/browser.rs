//! The pages in Debian's Chromium: every file of `browser/` against a house of its own. The steps themselves are
//! in `browser/*.test.mjs`; here a hub is started for each, and what the browser saw is printed.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;

use e2e::{HubProcess, must};

/// One browser at a time: several starve each other on a small machine, and then waits run out.
static ONE: Mutex<()> = Mutex::new(());

/// The folder with the scripts, if everything to run them is there.
fn scripts() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("browser");
    let chromium = std::env::var_os("DOORWARD_CHROMIUM").unwrap_or_else(|| "/usr/bin/chromium".into());
    let missing = if !Path::new(&chromium).exists() {
        "Chromium (`apt-get install chromium`, or name it in DOORWARD_CHROMIUM)"
    } else if !folder.join("node_modules/playwright-core").exists() {
        "the browser driver (`npm install` in crates/e2e/browser)"
    } else if Command::new("node").arg("--version").output().is_err() {
        "node"
    } else {
        return Some(folder);
    };
    let required = std::env::var("DOORWARD_REQUIRE_COUNTERPARTS").is_ok_and(|value| value == "1");
    assert!(!required, "missing: {missing}");
    eprintln!("skipped: missing {missing}");
    None
}

pub fn run(file: &str, size: &str) {
    run_with(file, size, &[]);
}

/// The same with more for the script's environment.
pub fn run_with(file: &str, size: &str, more: &[(&str, String)]) {
    let Some(folder) = scripts() else { return };
    let _alone = ONE.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    let hub = HubProcess::start();
    let mut command = Command::new("node");
    command.args(["--test", "--test-reporter=spec", file]).current_dir(&folder);
    command.env("DOORWARD_URL", hub.url()).env("DOORWARD_SETUP_CODE", hub.setup_code());
    command.env("DOORWARD_SIZE", size).env("DOORWARD_OUT", folder.join("../../../e2e-out"));
    command.envs(more.iter().map(|(name, value)| (name, value)));
    let output = must(command.output(), "node runs");
    eprintln!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{file} ({size}): see above");
}

#[test]
fn e1_e4_e7_journey_on_a_desktop() {
    run("journey.test.mjs", "desktop");
}

#[test]
fn e1_e4_e7_journey_on_a_phone() {
    run("journey.test.mjs", "phone");
}

#[test]
fn e1_e4_e7_journey_without_scripts() {
    run("plain.test.mjs", "phone");
}

#[test]
fn e3_e5_everything_the_lock_page_can_do() {
    run("lock.test.mjs", "phone");
}

#[test]
fn s5_journey_by_keyboard() {
    run("keyboard.test.mjs", "desktop");
}

#[test]
fn s5_bad_input_says_the_way_out() {
    run("forms.test.mjs", "desktop");
}

#[test]
fn d6_a_cylinder_is_picked_by_keyboard_touch_and_buttons_and_the_lab_is_accessible() {
    run("lab.test.mjs", "desktop");
}

#[test]
fn s5_every_page_is_accessible_light_and_kept_within_its_weight() {
    run("pages.test.mjs", "desktop");
}

#[test]
fn d1_d4_h1_audit_survey_what_if_and_flags_on_a_phone() {
    run("audit.test.mjs", "phone");
}

#[test]
fn d1_d4_h1_audit_without_scripts() {
    run("audit_plain.test.mjs", "desktop");
}

#[test]
fn a1_to_a7_and_a9_five_homes_choose_a_lock_and_set_it_up() {
    run("advice.test.mjs", "phone");
}

#[test]
fn h2_h3_l4_p3_p4_a8_living_with_a_lock_on_a_phone() {
    run("care.test.mjs", "phone");
}
