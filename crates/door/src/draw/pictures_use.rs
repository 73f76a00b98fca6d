//! More of the small pictures of the survey: who uses the door and how, codes and accounts; and what to measure.

/// What a question without choices asks for, by its key.
pub(super) const MEASURES: &[(&str, &str)] = &[
    ("door.thickness_mm", r#"<path d="M18 3h12v26H18zM10 16h8M30 16h8M15 13l3 3-3 3M33 13l-3 3 3 3"/>"#),
    ("frame.gap_mm", r#"<path d="M4 3h15v26H4zM29 3h15v26H29zM19 16h10M22 13l-3 3 3 3M26 13l3 3-3 3"/>"#),
    (
        "frame.screw_length_mm",
        r#"<path d="M5 3v10M5 6h32l6 2-6 2H5M13 6v4M19 6v4M25 6v4M31 6v4M5 19v10M5 22h8l5 2-5 2H5M9.5 22v4"/>"#,
    ),
    (
        "frame.screws",
        r#"<path d="M18 2h12v28H18z"/><circle cx="24" cy="7" r="2"/><circle cx="24" cy="25" r="2"/><path d="M20 12h8v8h-8z"/>"#,
    ),
    ("frame.hole_depth_mm", r#"<path d="M44 3H22v8H10v10h12v8h22M10 26h12M13 23l-3 3 3 3M19 23l3 3-3 3"/>"#),
    (
        "hinges.count",
        r#"<path d="M14 2h22v28H14z"/><path d="M12 4h4v5h-4zM12 13h4v5h-4zM12 23h4v5h-4z" fill="currentColor"/>"#,
    ),
    (
        "hinges.screw_length_mm",
        r#"<path d="M4 6h8v20H4zM12 11h12l2-2 2 4 2-4 2 4 4-2M12 24h24M15 21l-3 3 3 3M33 21l3 3-3 3"/>"#,
    ),
    ("hinges.bolts", r#"<path d="M6 2h14v28H6zM28 2h14v28H28zM20 12h6v8h-6zM34 12h8v8h-8z"/>"#),
    ("bolt.throw_mm", r#"<path d="M4 3h14v26H4zM18 10h18v8H18zM18 24h18M21 21l-3 3 3 3M33 21l3 3-3 3"/>"#),
    ("bolt.deadlocks", r#"<path d="M4 3h14v26H4zM18 10h12v10H18zM44 15H33M36 12l-3 3 3 3M30 6v18"/>"#),
    (
        "cylinder.pins",
        r#"<circle cx="9" cy="16" r="6"/><path d="M15 13h29v7l-4-3-4 3-4-4-4 4-5-3-4 3h-4zM24 7h.1M28 7h.1M32 7h.1M36 7h.1M40 7h.1" /><path d="M24 7h.1M28 7h.1M32 7h.1M36 7h.1M40 7h.1" stroke-width="2.6"/>"#,
    ),
    (
        "cylinder.anti_snap",
        r#"<path d="M6 10h36v12H6zM14 10v12" /><path d="M14 6v20" stroke-dasharray="2 2"/>"#,
    ),
    (
        "cylinder.projection_mm",
        r#"<path d="M4 3h16v26H4zM20 9h4v14h-4zM24 12h12v8H24zM24 26h12M27 24l-3 2 3 2M33 24l3 2-3 2"/>"#,
    ),
    (
        "cylinder.copies_out",
        r#"<circle cx="8" cy="10" r="5"/><path d="M13 10h12v4"/><circle cx="24" cy="22" r="5"/><path d="M29 22h13v4"/>"#,
    ),
    (
        "door.viewer",
        r#"<path d="M4 16q10-11 20-11t20 11q-10 11-20 11T4 16z"/><circle cx="24" cy="16" r="5"/>"#,
    ),
    (
        "smart.code_length",
        r#"<rect x="3" y="9" width="42" height="14" rx="3"/><path d="M10 16h.1M17 16h.1M24 16h.1M31 16h.1M38 16h.1" stroke-width="3"/>"#,
    ),
];

/// Question, answer, shape.
pub(super) const USE: &[(&str, &str, &str)] = &[
    (
        "home.tenure",
        "own",
        r#"<path d="M6 15L24 3l18 12M11 13v16h26V13"/><path d="M20 21h8M26 21v3"/><circle cx="19" cy="21" r="2.4"/>"#,
    ),
    (
        "home.tenure",
        "rent",
        r#"<path d="M12 2h18l6 6v22H12zM30 2v6h6M17 13h14M17 18h14M17 25q4-4 6 0t7-1"/>"#,
    ),
    ("second_lock.used", "never", r#"<path d="M10 6h12v20H10zM22 12h10v8H22zM8 28L40 4"/>"#),
    (
        "second_lock.used",
        "seldom",
        r#"<path d="M10 6h12v20H10z"/><path d="M22 12h14v8H22z" stroke-dasharray="3 3"/>"#,
    ),
    (
        "second_lock.used",
        "at-night",
        r#"<path d="M6 6h12v20H6zM18 12h10v8H18zM38 5a7 7 0 1 0 5 11 6 6 0 0 1-5-11z"/>"#,
    ),
    ("second_lock.used", "always", r#"<path d="M6 6h12v20H6zM18 12h14v8H18zM32 3v9M32 20v9"/>"#),
    (
        "smart.code_choice",
        "chosen",
        r#"<circle cx="13" cy="9" r="5"/><path d="M4 28a9 9 0 0 1 18 0M28 10h16v12H34l-5 5v-5h-1zM33 16h.1M36.500 16h.1M40 16h.1"/>"#,
    ),
    (
        "smart.code_choice",
        "random",
        r#"<path d="M12 7l12-5 12 5v15l-12 8-12-8zM12 7l12 6 12-6M24 13v17"/><path d="M24 6.5h.1M17 16h.1M20 22h.1M29 19h.1M32 15h.1" stroke-width="2.6"/>"#,
    ),
    (
        "smart.default_code",
        "unchanged",
        r#"<path d="M10 2h20v28H10zM14 8h12M14 12h8"/><path d="M15 20h.1M20 20h.1M25 20h.1M15 25h.1M20 25h.1M25 25h.1" stroke-width="2.6"/><path d="M34 20h10M41 17l3 3-3 3"/>"#,
    ),
    (
        "smart.default_code",
        "changed",
        r#"<path d="M10 2h20v28H10zM14 8h12M14 12h8M13 18l14 10"/><path d="M36 22l3 4 6-9"/>"#,
    ),
    ("smart.default_code", "never-had", r#"<path d="M14 2h20v28H14zM19 9h10M19 14h10M19 19h6"/>"#),
    (
        "smart.radio",
        "none",
        r#"<path d="M15 12a12 12 0 0 1 18 0M19 16a7 7 0 0 1 10 0M24 21h.1M12 28L36 4"/>"#,
    ),
    ("smart.radio_class", "none", r#"<path d="M14 14h20v15H14zM18 14V9a6 6 0 0 1 11-3M24 19v5"/>"#),
    (
        "account.password",
        "default",
        r#"<path d="M8 2h22v28H8zM12 8h14M12 13h9"/><rect x="12" y="19" width="14" height="7" rx="2"/><path d="M15 22.5h.1M19 22.5h.1M23 22.5h.1" stroke-width="2.2"/><path d="M34 23h10M41 20l3 3-3 3"/>"#,
    ),
    (
        "account.password",
        "reused",
        r#"<rect x="3" y="4" width="18" height="9" rx="2"/><rect x="27" y="4" width="18" height="9" rx="2"/><rect x="15" y="20" width="18" height="9" rx="2"/><path d="M12 13l8 7M36 13l-8 7"/><path d="M8 8.5h.1M12 8.5h.1M16 8.5h.1M32 8.5h.1M36 8.5h.1M40 8.5h.1M20 24.5h.1M24 24.5h.1M28 24.5h.1" stroke-width="2.2"/>"#,
    ),
    (
        "account.password",
        "unique",
        r#"<rect x="10" y="11" width="28" height="11" rx="2"/><path d="M16 16.5h.1M21 16.5h.1M26 16.5h.1M31 16.5h.1" stroke-width="2.6"/><path d="M24 3v4M12 5l2 3M36 5l-2 3"/>"#,
    ),
    (
        "account.second_factor",
        "none",
        r#"<rect x="9" y="10" width="30" height="12" rx="2"/><path d="M15 16h.1M20 16h.1M25 16h.1" stroke-width="2.6"/>"#,
    ),
    (
        "account.second_factor",
        "sms",
        r#"<rect x="6" y="2" width="15" height="28" rx="3"/><path d="M12 26h3M25 6h19v13H33l-5 5v-5h-3zM30 12.5h.1M34 12.5h.1M38 12.5h.1"/>"#,
    ),
    (
        "account.second_factor",
        "app",
        r#"<rect x="15" y="2" width="18" height="28" rx="3"/><circle cx="24" cy="12" r="5"/><path d="M24 9v3l2 2M19 22h10"/>"#,
    ),
    (
        "account.second_factor",
        "passkey",
        r#"<rect x="4" y="10" width="24" height="12" rx="4"/><path d="M28 13h12v6H28M34 13v6"/><circle cx="13" cy="16" r="3"/>"#,
    ),
    (
        "habits.left_unlocked",
        "often",
        r#"<path d="M8 2h30v28H8zM8 2l16 6v26l-16-4z"/><circle cx="20" cy="19" r="1.4"/>"#,
    ),
    (
        "habits.left_unlocked",
        "sometimes",
        r#"<path d="M10 2h26v28H10z"/><path d="M10 2l8 4v26l-8-2z" stroke-dasharray="3 3"/>"#,
    ),
    (
        "habits.left_unlocked",
        "never",
        r#"<path d="M12 2h24v28H12z"/><circle cx="30" cy="17" r="1.6"/><path d="M36 15h5v4h-5"/>"#,
    ),
    (
        "habits.codes_shared",
        "untracked",
        r#"<circle cx="10" cy="8" r="4"/><circle cx="24" cy="8" r="4"/><circle cx="38" cy="8" r="4"/><path d="M10 12v5h28v-5M24 12v8"/><path d="M20 26h.1M24 26h.1M28 26h.1" stroke-width="2.6"/>"#,
    ),
    (
        "habits.codes_shared",
        "tracked",
        r#"<circle cx="10" cy="8" r="4"/><circle cx="24" cy="8" r="4"/><path d="M10 12v5h14v-5M17 17v5"/><path d="M13 27h.1M17 27h.1M21 27h.1" stroke-width="2.6"/><path d="M32 4h12v24H32zM35 10h6M35 15h6M35 20h4"/>"#,
    ),
    (
        "habits.codes_shared",
        "none",
        r#"<circle cx="10" cy="8" r="4"/><circle cx="24" cy="8" r="4"/><circle cx="38" cy="8" r="4"/><path d="M10 12v6M24 12v6M38 12v6"/><path d="M7 24h.1M10 24h.1M13 24h.1M21 24h.1M24 24h.1M27 24h.1M35 24h.1M38 24h.1M41 24h.1" stroke-width="2.2"/>"#,
    ),
];
