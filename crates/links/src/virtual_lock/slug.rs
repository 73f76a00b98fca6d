//! A folder name from a person's name for a lock.

/// Letters a to z and digits, words joined by `-`; `lock` when nothing is left. At most 40 characters.
pub fn slug(name: &str) -> String {
    let mut out = String::new();
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_ascii_alphanumeric() {
            out.push(letter);
        } else if !out.is_empty() && !out.ends_with('-') {
            out.push('-');
        }
        if out.len() >= 40 {
            break;
        }
    }
    let out = out.trim_end_matches('-');
    if out.is_empty() { "lock".to_owned() } else { out.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn no_name_leaves_its_folder() {
        assert_eq!(slug("Front door"), "front-door");
        assert_eq!(slug("../../etc/passwd"), "etc-passwd");
        assert_eq!(slug("Türe №1"), "t-re-1");
        assert_eq!(slug("戸口"), "lock");
        assert_eq!(slug(&"x".repeat(200)).len(), 40);
    }
}
