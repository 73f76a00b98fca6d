//! Sheets are refused where they are half filled in, and ours are whole.

use std::collections::BTreeSet;
use std::path::Path;

use super::*;

const HEAD: &str = "id = \"a-1\"\nmaker = \"A\"\nmodel = \"1\"\n[[source]]\nid = \"s\"\ntitle = \"T\"\naddress = \"https://example.org/1\"\nseen = \"primary\"\n[field]\n";

fn refused(field: &str) -> String {
    Sheet::read("a.toml", &format!("{HEAD}{field}")).unwrap_err().to_string()
}

#[test]
fn a4_every_sheet_of_ours_is_read_and_in_the_list() {
    let sheets = builtin().unwrap();
    assert!(sheets.len() >= 10);
    let makers: BTreeSet<&str> = sheets.iter().map(|sheet| sheet.maker.as_str()).collect();
    assert!(makers.len() >= 8, "{makers:?}");
    let ids: BTreeSet<&str> = sheets.iter().map(|sheet| sheet.id.as_str()).collect();
    assert_eq!(ids.len(), sheets.len());
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../figures/locks");
    let files: BTreeSet<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let listed: BTreeSet<String> = BUILTIN.iter().map(|(file, _)| (*file).to_owned()).collect();
    assert_eq!(files, listed);
    for sheet in &sheets {
        assert!(listed.contains(&format!("{}.toml", sheet.id)), "{}", sheet.id);
        assert!(sheet.fields.values().all(|field| field.source.address.starts_with("http")));
    }
}

#[test]
fn a4_a_field_without_a_source_is_refused() {
    let no_source = refused("thickness = { from = 35, to = 45, says = \"x\" }");
    assert!(no_source.contains("a.toml: field `thickness`: it has no source"), "{no_source}");
    let other = refused("thickness = { from = 35, to = 45, source = \"t\", says = \"x\" }");
    assert!(other.contains("`t` is not listed"), "{other}");
    assert!(refused("thickness = { from = 35, source = \"s\" }").contains("`says` is empty"));
}

#[test]
fn a4_half_filled_and_impossible_sheets_are_refused() {
    assert!(Sheet::read("a", HEAD).unwrap_err().what.contains("not filled in"));
    for (field, says) in [
        ("thickness = { from = 45, to = 35, source = \"s\", says = \"x\" }", "more than `to`"),
        ("thickness = { source = \"s\", says = \"x\" }", "takes `any"),
        ("backset = { any = [2.375], source = \"s\", says = \"x\" }", "cannot be"),
        ("backset = { any = [\"2in 5mm\"], source = \"s\", says = \"x\" }", "mixes two units"),
        ("grade = { is = [\"grade 1\"], source = \"s\", says = \"x\" }", "cannot be `grade 1`"),
        ("power = { text = \"\", source = \"s\", says = \"x\" }", "takes `text"),
        ("colour = { text = \"red\", source = \"s\", says = \"x\" }", "no such field"),
    ] {
        let what = refused(field);
        assert!(what.contains(says), "{field}: {what}");
    }
    let headless = "id = \"a\"\nmaker = \"\"\nmodel = \"1\"\n[field]\n";
    assert!(Sheet::read("a", headless).unwrap_err().what.contains("`maker` is empty"));
    assert!(Sheet::read("a", &" ".repeat(MAX_BYTES + 1)).is_err());
}
