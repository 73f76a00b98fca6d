//! Key-related security of EN 1303 as its six grades: least number of differs and of movable detainers, most
//! cuts alike, most neighbours alike. Data in `figures/cylinder/en1303.toml`, from secondary sources: the
//! standard itself was not read.

#[cfg(feature = "std")]
use crate::error::{Error, in_range};
use crate::keys::{DEPTHS, LISTED, Space};
use alloc::vec::Vec;
use core::cell::Cell;
use serde::{Deserialize, Serialize};

/// What one grade asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Grade {
    /// 1 to 6.
    pub grade: u8,
    /// Least number of effective differs.
    pub differs: u64,
    /// Least number of movable detainers (pins, discs ...).
    pub detainers: u8,
    /// Most cuts alike, per cent of all.
    pub alike_percent: u8,
    /// Most neighbouring cuts alike in a row; 0 for no limit.
    pub alike_in_a_row: u8,
}

/// What a system of codes comes to under one grade.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Met {
    /// 1 to 6.
    pub grade: u8,
    /// Legal codes that keep the grade's rules on cuts alike.
    pub differs: u128,
    /// Whether that is enough, and there are enough detainers.
    pub met: bool,
}

/// The grades, lowest first.
///
/// # Errors
/// [`Error::Figures`] if the text does not hold them.
#[cfg(feature = "std")]
pub fn grades() -> Result<Vec<Grade>, Error> {
    #[derive(Deserialize)]
    struct File {
        grade: Vec<Grade>,
    }
    let file: File = toml::from_str(include_str!("../../../figures/cylinder/en1303.toml")).map_err(|e| {
        Error::Figures { file: "cylinder/en1303.toml", why: alloc::string::ToString::to_string(&e) }
    })?;
    for g in &file.grade {
        in_range("alike_percent", f64::from(g.alike_percent), 1.0, 100.0)?;
    }
    Ok(file.grade)
}

/// Counts the codes of `space` that keep each grade's rules; `None` where there are too many to list.
#[must_use]
pub fn meets(grades: &[Grade], space: &Space) -> Option<Vec<Met>> {
    if space.total() > LISTED {
        return None;
    }
    let found: Vec<Cell<u128>> = grades.iter().map(|_| Cell::new(0)).collect();
    let _listed = space.count(&|code: &[u8]| {
        let mut seen = [0_usize; DEPTHS];
        for c in code {
            seen[usize::from(*c)] += 1;
        }
        let most = seen.iter().copied().max().unwrap_or(0);
        let longest = code.chunk_by(|a, b| a == b).map(<[u8]>::len).max().unwrap_or(0);
        for (grade, found) in grades.iter().zip(&found) {
            let row = usize::from(grade.alike_in_a_row);
            if 100 * most <= usize::from(grade.alike_percent) * code.len() && (row == 0 || longest <= row) {
                found.set(found.get() + 1);
            }
        }
        true
    });
    let met = |(g, found): (&Grade, &Cell<u128>)| {
        let differs = found.get();
        let met = differs >= u128::from(g.differs) && space.pins() >= g.detainers;
        Met { grade: g.grade, differs, met }
    };
    Some(grades.iter().zip(&found).map(met).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grades_are_counted_as_by_hand() {
        let g = grades().unwrap();
        assert_eq!(g.len(), 6);
        // 5 x 6 with MACS 4 has too few differs for grade 3; 6 x 10 with MACS 7 has enough for grade 6
        let kwikset = Space::new(5, 6, 4).unwrap();
        let schlage = Space::new(6, 10, 7).unwrap();
        let highest = |s: &Space| meets(&g, s).unwrap().iter().filter(|m| m.met).map(|m| m.grade).max();
        assert_eq!(highest(&kwikset), Some(2));
        assert_eq!(highest(&schlage), Some(6));
        // three cuts of two depths, none alike twice the limit of 70 %: all but 000 and 111, and no row of
        // three
        let small = Space::new(3, 2, 1).unwrap();
        let two = meets(&g, &small).unwrap()[1];
        assert_eq!(
            (two.grade, two.differs, two.met),
            (2, 6, false),
            "the rule is kept, but there are too few"
        );
    }
}
