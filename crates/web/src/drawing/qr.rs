//! A QR code as one SVG path, a square per dark module, with the quiet zone of four modules that readers need.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Width of the drawing in modules, and the path. `None` when the text is too long for a code.
pub(crate) fn qr_path(text: &str) -> Option<(usize, String)> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (index, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            let (x, y) = (index % width + 4, index / width + 4);
            write!(path, "M{x} {y}h1v1h-1z").ok()?;
        }
    }
    Some((width + 8, path))
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_link_becomes_a_code() {
        let (width, path) = super::qr_path("https://192.0.2.4:8443/").expect("fits");
        assert!(width >= 29 && path.starts_with("M4 4h1v1h-1z"), "finder pattern in the corner");
    }
}
