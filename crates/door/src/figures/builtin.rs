//! The figures that come with the program, as text.

/// File name and content, in the order in which they are read.
pub const BUILTIN: &[(&str, &str)] = &[
    ("people.toml", include_str!("../../../../figures/people.toml")),
    ("force.toml", include_str!("../../../../figures/force.toml")),
    ("openings.toml", include_str!("../../../../figures/openings.toml")),
    ("standards.toml", include_str!("../../../../figures/standards.toml")),
    ("cylinder_standards.toml", include_str!("../../../../figures/cylinder_standards.toml")),
    ("locks.toml", include_str!("../../../../figures/locks.toml")),
    ("mechanics.toml", include_str!("../../../../figures/mechanics.toml")),
    ("keys.toml", include_str!("../../../../figures/keys.toml")),
    ("codes.toml", include_str!("../../../../figures/codes.toml")),
    ("habits.toml", include_str!("../../../../figures/habits.toml")),
    ("priors.toml", include_str!("../../../../figures/priors.toml")),
    ("priors_use.toml", include_str!("../../../../figures/priors_use.toml")),
    ("attackers.toml", include_str!("../../../../figures/attackers.toml")),
    ("upgrades.toml", include_str!("../../../../figures/upgrades.toml")),
];
