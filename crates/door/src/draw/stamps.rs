//! What is stamped on a part, as pictures: grades, standards and classes as they are found on the edge plate, on
//! the face of the cylinder or on the plate in the door's edge; and the names of radios. Letters, figures and
//! stars only: nobody's mark is drawn.

use std::fmt::Write as _;

/// On what it stands.
#[derive(Clone, Copy)]
enum On {
    /// A plate with two screws.
    Plate,
    /// The face of a cylinder.
    Face,
    /// Waves in the air.
    Air,
}

/// The stamp of a choice inside a picture of 48 by 32; `None` where it has none.
pub(super) fn stamp(path: &str, word: &str) -> Option<String> {
    let (.., on, top, bottom) = STAMPS.iter().find(|(key, option, ..)| *key == path && *option == word)?;
    let mut out = String::from(match on {
        On::Plate => {
            r#"<rect x="3" y="2" width="42" height="28" rx="3"/><path d="M6.5 16h.1M41.4 16h.1" stroke-width="2.4"/>"#
        }
        On::Face => r#"<circle cx="24" cy="16" r="14.5"/><path d="M24 24.5v4"/>"#,
        On::Air => r#"<path d="M18 9a8.5 8.5 0 0 1 12 0M21 12.4a4.2 4.2 0 0 1 6 0M24 15.6h.1"/>"#,
    });
    let (upper, lower) = match on {
        On::Plate => (13.5, 25.0),
        On::Face => (13.5, 22.5),
        On::Air => (0.0, 27.5),
    };
    // a round face has less room than a plate
    let narrow = matches!(on, On::Face);
    line(&mut out, upper, top, narrow);
    line(&mut out, lower, bottom, narrow);
    Some(out)
}

/// A line of letters, or as many stars as it holds asterisks.
fn line(out: &mut String, y: f64, text: &str, narrow: bool) {
    if text.starts_with('*') {
        let stars = text.len();
        for star in 0..stars {
            let x = 24.0 + 8.0 * (star as f64 - (stars as f64 - 1.0) / 2.0);
            let _ = write!(
                out,
                "<path transform=\"translate({x} {})\" stroke-width=\"1\" fill=\"currentColor\" \
                 d=\"M0-3.4l1 2.2 2.4.3-1.7 1.7.4 2.4L0 2 -2.1 3.2l.4-2.4-1.7-1.7 2.4-.3z\"/>",
                y - 3.0
            );
        }
    } else if !text.is_empty() {
        let size = match (text.chars().count(), narrow) {
            (0..=3, _) | (4..=5, false) => 8.5,
            (4, true) => 7.2,
            (5, true) | (6.., false) => 6.4,
            (6.., true) => 5.4,
        };
        let _ = write!(
            out,
            "<text x=\"24\" y=\"{y}\" text-anchor=\"middle\" font-size=\"{size}\" font-weight=\"650\" \
             fill=\"currentColor\" stroke=\"none\">{text}</text>"
        );
    }
}

/// Question, answer, on what, upper line, lower line.
const STAMPS: &[(&str, &str, On, &str, &str)] = &[
    ("door.class", "none", On::Plate, "", ""),
    ("door.class", "pas24", On::Plate, "PAS", "24"),
    ("door.class", "rc1n", On::Plate, "EN 1627", "RC1 N"),
    ("door.class", "rc2", On::Plate, "EN 1627", "RC2"),
    ("door.class", "rc3", On::Plate, "EN 1627", "RC3"),
    ("door.class", "rc4", On::Plate, "EN 1627", "RC4"),
    ("door.class", "rc5", On::Plate, "EN 1627", "RC5"),
    ("door.class", "rc6", On::Plate, "EN 1627", "RC6"),
    ("bolt.grade", "none", On::Plate, "", ""),
    ("bolt.grade", "ansi-3", On::Plate, "GRADE", "3"),
    ("bolt.grade", "ansi-2", On::Plate, "GRADE", "2"),
    ("bolt.grade", "ansi-1", On::Plate, "GRADE", "1"),
    ("bolt.grade", "bhma-c", On::Plate, "BHMA", "C - -"),
    ("bolt.grade", "bhma-b", On::Plate, "BHMA", "B - -"),
    ("bolt.grade", "bhma-a", On::Plate, "BHMA", "A - -"),
    ("bolt.grade", "bs-3621", On::Plate, "BS", "3621"),
    ("bolt.grade", "other", On::Plate, "", "?"),
    ("cylinder.standard", "none", On::Face, "", ""),
    ("cylinder.standard", "en-1303", On::Face, "EN1303", "···0"),
    ("cylinder.standard", "en-1303-b", On::Face, "EN1303", "···A/B"),
    ("cylinder.standard", "en-1303-d", On::Face, "EN1303", "···C/D"),
    ("cylinder.standard", "ul-437", On::Face, "UL", "437"),
    ("cylinder.standard", "a156-30", On::Face, "A156", ".30"),
    ("cylinder.standard", "skg-1", On::Face, "SKG", "*"),
    ("cylinder.standard", "skg-2", On::Face, "SKG", "**"),
    ("cylinder.standard", "skg-3", On::Face, "SKG", "***"),
    ("cylinder.standard", "ts007-1", On::Face, "TS 007", "*"),
    ("cylinder.standard", "ts007-3", On::Face, "TS 007", "***"),
    ("cylinder.standard", "ss312", On::Face, "SS312", "◆"),
    ("cylinder.standard", "vds-a", On::Face, "VdS", "A"),
    ("cylinder.standard", "vds-az", On::Face, "VdS", "AZ"),
    ("cylinder.standard", "vds-bz", On::Face, "VdS", "BZ CZ"),
    ("cylinder.standard", "bs-3621", On::Face, "BS", "3621"),
    ("cylinder.standard", "other", On::Face, "", "?"),
    ("smart.radio", "ble", On::Air, "", "Bluetooth"),
    ("smart.radio", "wifi", On::Air, "", "Wi-Fi"),
    ("smart.radio", "zigbee", On::Air, "", "Zigbee"),
    ("smart.radio", "zwave", On::Air, "", "Z-Wave"),
    ("smart.radio", "thread", On::Air, "", "Thread"),
    ("smart.radio", "other", On::Air, "", "?"),
    ("smart.radio_class", "legacy", On::Air, "", "S0"),
    ("smart.radio_class", "current", On::Air, "", "S2"),
];
