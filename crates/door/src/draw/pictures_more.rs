//! More small pictures for the choices of the survey: home, glass, frames, security elements, electronics, habits.
//! Data only; [`super::pictures`] draws them.

/// Key, word, shape.
pub(super) const MORE: &[(&str, &str, &str)] = &[
    (
        "home.kind",
        "flat",
        r#"<path d="M10 2h28v28H10zM16 8h4v4h-4zM28 8h4v4h-4zM16 17h4v4h-4zM28 17h4v4h-4zM22 24h5v6h-5z"/>"#,
    ),
    ("home.kind", "house", r#"<path d="M8 15L24 3l16 12M12 13v17h24V13M21 30v-9h6v9"/>"#),
    (
        "home.kind",
        "holiday-let",
        r#"<path d="M8 15L24 3l16 12M12 13v17h24V13"/><circle cx="20" cy="21" r="3"/><path d="M23 21h9v3M29 21v2"/>"#,
    ),
    (
        "home.kind",
        "shared",
        r#"<path d="M8 15L24 3l16 12M12 13v17h24V13"/><circle cx="19" cy="19" r="2.4"/><circle cx="29" cy="19" r="2.4"/><path d="M15 28q4-7 8 0M25 28q4-7 8 0"/>"#,
    ),
    ("door.glass", "float", r#"<path d="M12 3h24v26H12zM18 12l8-7M18 22l14-13"/>"#),
    (
        "door.glass",
        "toughened",
        r#"<path d="M12 3h24v26H12z"/><path d="M30 26h4M24 16l4-3 3 4-5 2zM18 22l4-2 2 4-5 1zM17 9l4 1-1 4-4-1z"/>"#,
    ),
    ("door.glass", "filmed", r#"<path d="M12 3h24v26H12zM16 3v26" /><path d="M20 12l8-7M20 22l12-11"/>"#),
    (
        "door.glass",
        "laminated",
        r#"<path d="M14 3h6v26h-6zM28 3h6v26h-6zM20 3h8v26h-8z"/><path d="M22 6l4 4M22 14l4 4M22 22l4 4"/>"#,
    ),
    ("frame.material", "wood", r#"<path d="M16 2h16v28H16M20 4q5 8 0 14t2 10M27 4q-4 7 1 13t-1 11"/>"#),
    ("frame.material", "plastic", r#"<path d="M14 2h20v28H14zM18 6h5v20h-5zM26 6h4v9h-4zM26 18h4v8h-4z"/>"#),
    ("frame.material", "aluminium", r#"<path d="M14 2h20v28H14zM17 5h14v22H17zM22 5v22"/>"#),
    ("frame.material", "steel", r#"<path d="M14 2v28h6V8h8v22h6V2z" stroke-width="2.6"/>"#),
    (
        "hinges.screw_state",
        "stripped",
        r#"<circle cx="24" cy="16" r="8"/><path d="M20 12l8 8M10 10a16 16 0 0 1 8-8M38 22a16 16 0 0 1-8 8"/>"#,
    ),
    ("hinges.screw_state", "loose", r#"<path d="M8 26h32M20 10h8l-2 4h-4zM22 14v12M26 14v12"/>"#),
    ("hinges.screw_state", "tight", r#"<path d="M8 18h32M18 14h12l-3 4h-6zM22 18v11M26 18v11"/>"#),
    ("cylinder.security", "spools", r#"<path d="M20 3h8v5h-2v10h2v5h-8v-5h2V8h-2zM20 25h8v5h-8z"/>"#),
    ("cylinder.security", "sidebar", r#"<circle cx="24" cy="16" r="12"/><path d="M34 9h6v14h-6M24 10v12"/>"#),
    (
        "cylinder.security",
        "anti-bump",
        r#"<path d="M6 16h20v5l-3-2-3 2-3-3-3 3-3-2-3 2M34 8l8 16M42 8l-8 16"/>"#,
    ),
    (
        "cylinder.security",
        "floating",
        r#"<path d="M8 12h32v8H8z"/><circle cx="24" cy="16" r="3"/><path d="M24 10v-4M24 22v4M22 7l2-2 2 2M22 25l2 2 2-2"/>"#,
    ),
    (
        "cylinder.security",
        "hardened",
        r#"<circle cx="24" cy="16" r="12"/><circle cx="19" cy="13" r="1.6" stroke-width="3"/><circle cx="29" cy="13" r="1.6" stroke-width="3"/><path d="M24 18v6"/>"#,
    ),
    (
        "cylinder.security",
        "pull-protection",
        r#"<path d="M6 4h8v24H6zM14 10h14v12H14zM34 16h10M40 12l4 4-4 4M30 8l8 16"/>"#,
    ),
    (
        "cylinder.key_control",
        "none",
        r#"<circle cx="12" cy="16" r="6"/><path d="M18 16h14v4M28 16v3"/><circle cx="20" cy="8" r="4"/><path d="M24 8h14v3"/>"#,
    ),
    ("cylinder.key_control", "card", r#"<path d="M8 7h32v18H8zM8 12h32M13 19h10"/>"#),
    (
        "cylinder.key_control",
        "restricted",
        r#"<path d="M8 7h32v18H8zM8 12h32M30 17h6v6h-6zM31 17v-2a2 2 0 0 1 4 0v2"/>"#,
    ),
    ("second_lock.kind", "none", r#"<path d="M14 2h20v28H14z"/><circle cx="30" cy="18" r="1.4"/>"#),
    ("second_lock.kind", "rim", r#"<path d="M6 2h6v28H6zM12 8h16v16H12zM28 13h8v6h-8z"/>"#),
    ("second_lock.kind", "deadbolt", r#"<path d="M8 4h14v24H8zM22 7h12v7H22zM22 19h12v7H22z"/>"#),
    (
        "second_lock.kind",
        "mortice",
        r#"<path d="M8 2h14v28H8zM11 4h8v10h-8zM11 18h8v10h-8zM22 6h10v6H22zM22 20h10v6H22z"/>"#,
    ),
    (
        "smart.ways",
        "keypad",
        r#"<rect x="15" y="3" width="18" height="26" rx="3"/><path d="M20 9h.1M24 9h.1M28 9h.1M20 15h.1M24 15h.1M28 15h.1M20 21h.1M24 21h.1M28 21h.1" stroke-width="2.6"/>"#,
    ),
    ("smart.ways", "phone", r#"<rect x="16" y="2" width="16" height="28" rx="3"/><path d="M22 26h4"/>"#),
    ("smart.ways", "fingerprint", r#"<path d="M17 24q-3-14 7-14t7 14M20 26q-2-12 4-12t4 12M24 18v9"/>"#),
    ("smart.ways", "card", r#"<path d="M8 7h32v18H8zM8 12h32"/>"#),
    ("smart.ways", "voice", r#"<path d="M24 4v14M20 8v7M28 8v7M14 14a10 10 0 0 0 20 0M24 24v5"/>"#),
    ("smart.ways", "key", r#"<circle cx="12" cy="16" r="6"/><path d="M18 16h22v6M34 16v4"/>"#),
    ("smart.lockout", "none", r#"<path d="M10 16h28M32 10l6 6-6 6"/>"#),
    ("smart.lockout", "short", r#"<circle cx="24" cy="16" r="11"/><path d="M24 16V9"/>"#),
    ("smart.lockout", "escalating", r#"<path d="M6 27h6v-4H6zM18 27h6V17h-6zM30 27h8V6h-8z"/>"#),
    ("smart.lockout", "long", r#"<circle cx="24" cy="16" r="11"/><path d="M24 16V6a10 10 0 1 1-10 10z"/>"#),
    ("smart.motor", "outside", r#"<path d="M22 2h6v28h-6zM6 10h16v12H6z"/><circle cx="13" cy="16" r="3"/>"#),
    ("smart.motor", "inside", r#"<path d="M20 2h6v28h-6zM26 10h16v12H26z"/><circle cx="35" cy="16" r="3"/>"#),
    (
        "smart.motor",
        "shielded",
        r#"<path d="M20 2h6v28h-6zM26 10h16v12H26zM29 7v18" /><circle cx="36" cy="16" r="3"/>"#,
    ),
    (
        "smart.keypad_wear",
        "visible",
        r#"<rect x="15" y="3" width="18" height="26" rx="3"/><path d="M20 9h.1M28 9h.1M20 15h.1M24 15h.1M28 21h.1" stroke-width="1.4"/><path d="M22 8l4 2M22 20l4 2M26 14l4 2"/>"#,
    ),
    (
        "smart.keypad_wear",
        "none",
        r#"<rect x="15" y="3" width="18" height="26" rx="3"/><path d="M20 9h.1M24 9h.1M28 9h.1M20 15h.1M24 15h.1M28 15h.1M20 21h.1M24 21h.1M28 21h.1" stroke-width="2.6"/>"#,
    ),
    ("smart.log_place", "none", r#"<path d="M14 4h20v24H14zM12 28L36 4"/>"#),
    (
        "smart.log_place",
        "lock",
        r#"<rect x="14" y="2" width="20" height="28" rx="4"/><path d="M19 10h10M19 15h10M19 20h6"/>"#,
    ),
    ("smart.log_place", "home", r#"<path d="M8 15L24 3l16 12M12 13v17h24V13M18 19h12M18 24h8"/>"#),
    (
        "smart.log_place",
        "cloud",
        r#"<path d="M14 25a6 6 0 0 1 0-12 9 9 0 0 1 17-2 7 7 0 0 1 3 14zM19 18h10M19 21h6"/>"#,
    ),
    ("habits.bolt_thrown", "never", r#"<path d="M8 4h14v24H8zM22 12h6q4 4 0 8h-6zM34 2v28"/>"#),
    (
        "habits.bolt_thrown",
        "sometimes",
        r#"<path d="M8 4h14v24H8zM22 11h16v10H22z" stroke-dasharray="3 3"/>"#,
    ),
    ("habits.bolt_thrown", "always", r#"<path d="M8 4h14v24H8zM22 11h16v10H22zM34 2v8M34 22v8"/>"#),
    (
        "network.kind",
        "shared",
        r#"<circle cx="24" cy="16" r="4"/><circle cx="8" cy="6" r="3"/><circle cx="40" cy="6" r="3"/><circle cx="8" cy="26" r="3"/><circle cx="40" cy="26" r="3"/><path d="M11 8l10 6M37 8l-10 6M11 24l10-6M37 24l-10-6"/>"#,
    ),
    (
        "network.kind",
        "own",
        r#"<path d="M6 15L24 3l18 12M10 13v17h28V13"/><circle cx="24" cy="19" r="3"/><circle cx="16" cy="25" r="2"/><circle cx="32" cy="25" r="2"/><path d="M21 21l-3 3M27 21l3 3"/>"#,
    ),
    (
        "network.kind",
        "separate",
        r#"<path d="M6 15L24 3l18 12M10 13v17h28V13M24 13v17"/><circle cx="17" cy="21" r="3"/><circle cx="31" cy="21" r="3"/>"#,
    ),
    // how the door is cut, and how it is hung, seen from outside
    (
        "measure.prep",
        "bored",
        r#"<path d="M10 2h26v28H10z"/><circle cx="22" cy="16" r="6"/><path d="M36 13h3v6h-3"/>"#,
    ),
    (
        "measure.prep",
        "mortice",
        r#"<path d="M10 2h26v28H10zM36 6h3v20h-3M22 12a2.5 2.5 0 1 1 4 2l1 6h-6l1-6"/>"#,
    ),
    ("measure.prep", "none", r#"<path d="M10 2h26v28H10z"/>"#),
    (
        "measure.handing",
        "left-in",
        r#"<path d="M14 2h20v28H14zM14 6h-3v4h3M14 22h-3v4h3M34 2L26 8v22l8-6"/>"#,
    ),
    (
        "measure.handing",
        "right-in",
        r#"<path d="M14 2h20v28H14zM34 6h3v4h-3M34 22h3v4h-3M14 2l8 6v22l-8-6"/>"#,
    ),
    (
        "measure.handing",
        "left-out",
        r#"<path d="M14 2h20v28H14zM14 6h-3v4h3M14 22h-3v4h3M14 2l24 4v24l-4-1"/>"#,
    ),
    (
        "measure.handing",
        "right-out",
        r#"<path d="M14 2h20v28H14zM34 6h3v4h-3M34 22h3v4h-3M34 2L10 6v24l4-1"/>"#,
    ),
];
