//! Where audits are made: the figures with the owner's own in their place, reports kept for a survey that has
//! not changed, and a limit on how many are worked out at once. Knows no page.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use door::figures::{FigureError, Figures};
use door::report::Report;
use door::survey::Survey;
use tokio::sync::{Semaphore, SemaphorePermit};

use crate::problem::Problem;

/// Reports kept; each has some 100 kB.
const KEPT: usize = 32;
/// Largest figures file of an owner, bytes.
const FILE_MAX: u64 = 1024 * 1024;
/// Most figures files of an owner.
const FILES_MAX: usize = 64;

/// One desk for all visitors.
pub(crate) struct Desk {
    folder: PathBuf,
    figures: Mutex<Option<(String, Arc<Figures>)>>,
    reports: Mutex<VecDeque<(String, Arc<Report>)>>,
    seats: Semaphore,
}

impl Desk {
    /// A desk with the owner's figures in `data/figures`, if there are any. One audit is worked out at a time: it
    /// takes a core for part of a second, and the locks come first.
    pub(crate) fn new(data: &Path) -> Self {
        Self {
            folder: data.join("figures"),
            figures: Mutex::default(),
            reports: Mutex::default(),
            seats: Semaphore::new(1),
        }
    }

    /// The figures as they are now; read anew when a file of the owner's changed.
    ///
    /// # Errors
    /// A damaged file is named; audits wait until it is mended, nothing else does.
    pub(crate) fn figures(&self) -> Result<Arc<Figures>, Problem> {
        let files = self.files()?;
        let stamp = stamp(&files);
        let mut kept = self.figures.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, figures)) = kept.as_ref().filter(|(old, _)| *old == stamp) {
            return Ok(Arc::clone(figures));
        }
        let figures = Arc::new(read(&files)?);
        *kept = Some((stamp, Arc::clone(&figures)));
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).clear();
        Ok(figures)
    }

    fn files(&self) -> Result<Vec<PathBuf>, Problem> {
        let Ok(listing) = std::fs::read_dir(&self.folder) else { return Ok(Vec::new()) };
        let mut files: Vec<PathBuf> = listing
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
            .take(FILES_MAX + 1)
            .collect();
        if files.len() > FILES_MAX {
            return Err(damaged(&format!("the figures folder holds more than {FILES_MAX} files")));
        }
        files.sort();
        Ok(files)
    }

    /// The report of a survey with these answers, if it was made before; its evidence is that of `survey`.
    pub(crate) fn kept(&self, survey: &Survey) -> Option<Report> {
        let name = name(survey);
        let kept = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let report = kept.iter().find(|(old, _)| *old == name).map(|(_, report)| Arc::clone(report))?;
        drop(kept);
        Some((*report).clone().with_evidence(survey))
    }

    /// Keeps a report; the oldest goes.
    pub(crate) fn keep(&self, survey: &Survey, report: &Report) {
        let mut kept = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((name(survey), Arc::new(report.clone())));
    }

    /// Waits for a seat.
    pub(crate) async fn seat(&self) -> Result<SemaphorePermit<'_>, Problem> {
        self.seats.acquire().await.map_err(|error| Problem::internal("The audit", &error))
    }
}

/// The answers of a survey as one text; how they are known is left out.
pub(crate) fn name(survey: &Survey) -> String {
    let mut name = String::new();
    for (key, answer) in survey.known() {
        let _ = write!(name, "{}={:?};", key.path(), answer.value);
    }
    name
}

/// Names, sizes and times of the files: what changes when one does.
fn stamp(files: &[PathBuf]) -> String {
    let mut stamp = String::new();
    for file in files {
        let about = std::fs::metadata(file).ok();
        let changed = about.as_ref().and_then(|about| about.modified().ok());
        let _ = write!(stamp, "{} {:?} {changed:?};", file.display(), about.map(|about| about.len()));
    }
    stamp
}

fn read(files: &[PathBuf]) -> Result<Figures, Problem> {
    let refused = |error: FigureError| damaged(&error.to_string());
    let mut figures = Figures::builtin().map_err(refused)?;
    for file in files {
        let shown = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if std::fs::metadata(file).is_ok_and(|about| about.len() > FILE_MAX) {
            return Err(damaged(&format!("{shown} is larger than {FILE_MAX} bytes")));
        }
        let text = std::fs::read_to_string(file).map_err(|error| damaged(&format!("{shown}: {error}")))?;
        figures.override_with(&shown, &text).map_err(refused)?;
    }
    Ok(figures)
}

fn damaged(what: &str) -> Problem {
    tracing::warn!(what, "the owner's figures cannot be used");
    Problem::bad_input(format!(
        "The figures in the data folder (figures/*.toml) cannot be used, so no audit is made: {what}. Mend or remove \
         the file; locks, people and log are not touched by it."
    ))
}

#[cfg(test)]
mod tests {
    use door::survey::Survey;

    use super::Desk;

    const OWN: &str = "[[figure]]\nid = \"kick.energy\"\nwhat = \"x\"\nunit = \"J\"\npopulation = \"x\"\nband = \"chance\"\nvalue = { range = [50, 60] }\nseen = \"estimate\"\nnote = \"mine\"\n";

    #[test]
    fn d2_own_figures_are_read_when_they_change_and_a_damaged_one_is_named() {
        let data = tempfile::tempdir().unwrap();
        let desk = Desk::new(data.path());
        assert!(!desk.figures().unwrap().get("kick.energy").unwrap().overridden);
        std::fs::create_dir(data.path().join("figures")).unwrap();
        let file = data.path().join("figures/own.toml");
        std::fs::write(&file, OWN).unwrap();
        assert!(desk.figures().unwrap().get("kick.energy").unwrap().overridden);
        std::fs::write(&file, "[[figure]]\nid = 3").unwrap();
        let refused = desk.figures().unwrap_err();
        assert!(refused.message.contains("own.toml"), "{}", refused.message);
        std::fs::remove_file(&file).unwrap();
        assert!(!desk.figures().unwrap().get("kick.energy").unwrap().overridden);
    }

    #[test]
    fn d2_a_report_is_kept_by_its_answers_and_not_by_how_they_are_known() {
        let desk = Desk::new(std::path::Path::new("nowhere"));
        let figures = desk.figures().unwrap();
        let told = Survey::from_toml("[smart]\ncode_length = 4\n").unwrap();
        let options = door::Options { worlds: 1000, upgrade_worlds: 10, ..door::Options::default() };
        desk.keep(&told, &door::audit(&told, &figures, &options).unwrap());
        let seen =
            Survey::from_toml("[smart]\ncode_length = 4\n[seen]\n\"smart.code_length\" = \"2026-11-20\"")
                .unwrap();
        let kept = desk.kept(&seen).unwrap();
        assert_eq!(kept.answers[0].how, "seen 2026-11-20");
        assert!(desk.kept(&Survey::default()).is_none());
    }
}
