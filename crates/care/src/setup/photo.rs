//! What counts as a photo of a step: an image of a kind that browsers show, and not too large. Only its head is read,
//! and nothing of it leaves the machine.

/// Largest photo, bytes.
pub const MAX_BYTES: usize = 8 * 1024 * 1024;
/// Largest side, pixels.
const SIDE_MAX: u32 = 20_000;

/// A kind of image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Image {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    Webp,
}

impl Image {
    /// Ending of its file.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Jpeg => "jpg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Self::Jpeg => "image/jpeg",
            Self::Png => "image/png",
            Self::Webp => "image/webp",
        }
    }

    /// The kind with that ending.
    pub fn of_ending(ending: &str) -> Option<Self> {
        [Self::Jpeg, Self::Png, Self::Webp].into_iter().find(|kind| kind.ending() == ending)
    }
}

/// Why something is not taken as a photo.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotAPhoto {
    /// Too large.
    #[error("this file is too large: a photo has at most 8 MB. Send a smaller one")]
    TooLarge,
    /// Nothing in it.
    #[error("the file is empty: choose a photo")]
    Empty,
    /// Another kind of file.
    #[error("this is no photo: send a JPEG, PNG or WebP image")]
    OtherKind,
    /// Begins like an image and is none.
    #[error("this photo is damaged: take it again")]
    Damaged,
}

/// Looks at a file's head.
///
/// # Errors
/// Why it is not taken.
pub fn image(bytes: &[u8]) -> Result<Image, NotAPhoto> {
    if bytes.is_empty() {
        return Err(NotAPhoto::Empty);
    }
    if bytes.len() > MAX_BYTES {
        return Err(NotAPhoto::TooLarge);
    }
    let (kind, sides) = if bytes.starts_with(&[0xff, 0xd8, 0xff]) {
        (Image::Jpeg, jpeg(bytes))
    } else if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        (Image::Png, png(bytes))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        (Image::Webp, webp(bytes))
    } else {
        return Err(NotAPhoto::OtherKind);
    };
    let (wide, high) = sides.ok_or(NotAPhoto::Damaged)?;
    let believable = (1..=SIDE_MAX).contains(&wide) && (1..=SIDE_MAX).contains(&high);
    if believable { Ok(kind) } else { Err(NotAPhoto::Damaged) }
}

fn be16(bytes: &[u8], at: usize) -> Option<u32> {
    let two = bytes.get(at..at.checked_add(2)?)?;
    Some(u32::from(two[0]) << 8 | u32::from(two[1]))
}

/// Width and height from the frame header.
fn jpeg(bytes: &[u8]) -> Option<(u32, u32)> {
    let mut at = 2;
    // each segment moves on by two bytes at least, so this ends
    loop {
        if *bytes.get(at)? != 0xff {
            return None;
        }
        let marker = *bytes.get(at + 1)?;
        if marker == 0xff {
            at += 1;
            continue;
        }
        // start of frame, all kinds but the tables of 0xc4, 0xc8 and 0xcc
        if matches!(marker, 0xc0..=0xcf) && !matches!(marker, 0xc4 | 0xc8 | 0xcc) {
            return Some((be16(bytes, at + 7)?, be16(bytes, at + 5)?));
        }
        if matches!(marker, 0xd9 | 0xda) {
            return None;
        }
        let length = usize::try_from(be16(bytes, at + 2)?).ok()?;
        if length < 2 {
            return None;
        }
        at = at.checked_add(2 + length)?;
    }
}

fn png(bytes: &[u8]) -> Option<(u32, u32)> {
    (bytes.get(12..16)? == b"IHDR").then_some(())?;
    let side = |at: usize| Some(be16(bytes, at)? << 16 | be16(bytes, at + 2)?);
    Some((side(16)?, side(20)?))
}

fn webp(bytes: &[u8]) -> Option<(u32, u32)> {
    let le = |at: usize| Some(u32::from(*bytes.get(at)?) | u32::from(*bytes.get(at + 1)?) << 8);
    match bytes.get(12..16)? {
        b"VP8 " => Some((le(26)? & 0x3fff, le(28)? & 0x3fff)),
        b"VP8L" => {
            let bits = le(21)? | le(23)? << 16;
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        b"VP8X" => {
            let side = |at: usize| Some((le(at)? | u32::from(*bytes.get(at + 2)?) << 16) + 1);
            Some((side(24)?, side(27)?))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The head of a PNG of one pixel.
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x06\0\0\0";
    /// The head of a JPEG of 3 by 2 pixels: an empty comment, then the frame.
    const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xfe, 0, 2, 0xff, 0xc0, 0, 11, 8, 0, 2, 0, 3, 1, 1, 0x11, 0];

    #[test]
    fn a5_photos_are_taken() {
        assert_eq!(image(PNG), Ok(Image::Png));
        assert_eq!(image(JPEG), Ok(Image::Jpeg));
        let webp = b"RIFF\x1a\0\0\0WEBPVP8L\x0d\0\0\0\x2f\x02\x40\0\0\0\0\0\0";
        assert_eq!(image(webp), Ok(Image::Webp));
        assert_eq!(Image::of_ending("png").map(Image::media_type), Some("image/png"));
    }

    #[test]
    fn a5_what_is_no_photo_is_refused_in_plain_words() {
        assert_eq!(image(b""), Err(NotAPhoto::Empty));
        assert_eq!(image(b"%PDF-1.7"), Err(NotAPhoto::OtherKind));
        assert_eq!(image(b"<svg onload=alert(1)>"), Err(NotAPhoto::OtherKind));
        assert_eq!(image(&PNG[..14]), Err(NotAPhoto::Damaged));
        assert_eq!(image(&JPEG[..8]), Err(NotAPhoto::Damaged));
        let mut flat = PNG.to_vec();
        flat[19] = 0;
        assert_eq!(image(&flat), Err(NotAPhoto::Damaged));
        let mut huge = PNG.to_vec();
        huge.resize(MAX_BYTES + 1, 0);
        assert_eq!(image(&huge), Err(NotAPhoto::TooLarge));
        assert!(NotAPhoto::TooLarge.to_string().contains("8 MB"));
    }

    proptest! {
        #[test]
        fn a5_no_file_brings_it_down(head in 0..4_usize, rest in proptest::collection::vec(any::<u8>(), 0..200)) {
            let heads: [&[u8]; 4] = [b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP"];
            let _ = image(&[heads[head], &rest].concat());
        }
    }
}
