//! What the survey can ask: the table of keys, each with its kind, range, words and question.
//!
//! Everything that reads, writes, checks, draws or asks goes through this one table, so that a key
//! exists in the file format, the schema, the pages and the engine or in none of them.
//! It holds no answers and no figures.

use super::spec::{Kind, Opt, Spec, count, mm, o, oa};

macro_rules! keys {
    ($($key:ident $path:literal $kind:expr; $ask:literal $help:literal)*) => {
        /// A key of the survey. The order is that of the questionnaire.
        #[allow(missing_docs, reason = "each is documented by its row in the table")]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Key { $($key),* }

        /// Every key, in the order of the questionnaire.
        pub static SPECS: &[Spec] = &[
            $(Spec { key: Key::$key, path: $path, kind: $kind, ask: $ask, help: $help }),*
        ];
    };
}

keys! {
    HomeTenure "home.tenure" Kind::Choice(&[o("own", "owned"), o("rent", "rented")]);
        "Do you own or rent this home?"
        "It decides what you may change without asking."
    HomeKind "home.kind" Kind::Choice(&[
        o("flat", "a flat in a larger building"),
        o("house", "a house"),
        o("holiday-let", "let to guests"),
        o("shared", "shared by people who are no family"),
    ]);
        "What kind of home is it?"
        ""
    HomePeople "home.people" count(1, 100, "people");
        "How many people live or stay here?"
        ""
    HomeDoors "home.doors" count(1, 200, "doors");
        "How many outside doors does the home have?"
        ""

    HomeChildren "home.children" Kind::YesNo;
        "Do children come home by themselves?"
        "They lose keys, forget codes and may have no phone."
    HomeHelpers "home.helpers" Kind::YesNo;
        "Do cleaners, carers or trades come in regularly?"
        "People who need a way in of their own that can be ended."
    HomeNoPhone "home.no_phone" Kind::YesNo;
        "Does anybody who has to come in have no smartphone?"
        ""
    HomeCold "home.cold" Kind::YesNo;
        "Does it freeze at this door in winter?"
        "Gloves, wet fingers and cold batteries count then."

    DoorLeaf "door.leaf" Kind::Choice(&[
        o("hollow-core", "light, thin skins over a card honeycomb"),
        o("solid", "solid wood or solid core"),
        o("steel", "steel skins"),
        o("composite", "plastic or fibreglass skins over foam, often with a plastic frame"),
        o("glass", "mostly glass"),
    ]);
        "What is the door itself made of?"
        "Knock in the middle: hollow-core sounds like a drum and feels light; solid sounds dull; a magnet \
         holds on steel."
    DoorThickness "door.thickness_mm" mm(20.0, 120.0);
        "How thick is the door?"
        "Open it and measure across its edge. Outside doors are usually 44 mm (1.75in)."
    DoorGlazing "door.glazing" Kind::Choice(&[
        oa("none", "no glass", &["false"]),
        o("out-of-reach", "glass, but an arm through it would not reach the inside handle or thumbturn"),
        oa("within-reach", "glass within an arm's length of the handle or thumbturn", &["true"]),
    ]);
        "Is there glass in or beside the door, within reach of the lock?"
        "Within reach means less than about 90 cm from the lock, side panels and letter boxes included."
    DoorGlass "door.glass" Kind::Choice(&[
        o("float", "ordinary glass"),
        oa("toughened", "toughened (tempered): crumbles when broken", &["tempered"]),
        oa("filmed", "ordinary or toughened glass with security film", &["film"]),
        o("laminated", "laminated: two panes with a tough layer between"),
    ]);
        "What kind of glass is it?"
        "Look for a small stamp in a corner. Two reflections of a flame slightly apart mean laminated."
    DoorClass "door.class" Kind::Choice(&[
        o("none", "not tested as a set"),
        o("pas24", "PAS 24 (UK)"),
        o("rc1n", "EN 1627 RC1 N"),
        o("rc2", "EN 1627 RC2"),
        o("rc3", "EN 1627 RC3"),
        o("rc4", "EN 1627 RC4"),
        o("rc5", "EN 1627 RC5"),
        o("rc6", "EN 1627 RC6"),
    ]);
        "Was door, frame and lock tested as one set?"
        "Look for a plate in the door edge on the hinge side."
    DoorViewer "door.viewer" Kind::YesNo;
        "Can you see who is outside without opening?"
        "A viewer, a camera or a side window."

    FrameMaterial "frame.material" Kind::Choice(&[
        o("wood", "wood"),
        o("plastic", "plastic (uPVC)"),
        o("aluminium", "aluminium"),
        o("steel", "steel"),
    ]);
        "What is the frame made of?"
        "A magnet tells steel; a fingernail tells wood from plastic under the paint."
    FrameGap "frame.gap_mm" mm(0.0, 40.0);
        "How wide is the gap between door and frame at the lock, door shut?"
        "Slide coins or cards into it: a bank card is 0.8 mm, most coins about 2 mm. 2 to 3 mm (1/8in) is \
         usual."
    FrameStrike "frame.strike" Kind::Choice(&[
        o("plate", "a thin flat plate"),
        o("box", "a plate with a metal box behind it"),
        oa("reinforced", "a long or heavy plate made to spread the load", &["heavy-duty"]),
        oa("electric", "an electric strike that lets the bolt go", &["electric-strike"]),
    ]);
        "What does the bolt go into?"
        "Open the door and look at the metal in the frame. A box closes the hole behind the plate."
    FrameScrewLength "frame.screw_length_mm" mm(6.0, 200.0);
        "How long are the screws in that plate?"
        "Take out ONE screw, measure, put it back; the strike stays on. Without a screwdriver: a screw \
         that was ever changed to 3in usually has a bigger head than its neighbours. Many strikes come \
         with 19 mm (3/4in)."
    FrameScrews "frame.screws" count(0, 30, "screws");
        "How many screws hold that plate?"
        "Count the heads you can see."
    FrameScrewState "frame.screw_state" Kind::Choice(&[
        o("stripped", "at least one turns without gripping"),
        o("loose", "at least one can be turned with fingers or stands proud"),
        o("tight", "all tight"),
    ]);
        "Are those screws tight?"
        "Try each a quarter turn with a screwdriver: tight, loose, or turning for ever (stripped)."
    FrameHoleDepth "frame.hole_depth_mm" mm(5.0, 80.0);
        "How deep is the hole that the bolt goes into?"
        "Push a pencil in and mark it. A bolt needs 25 mm (1in) to dead-lock."

    HingePins "hinges.pins" Kind::Choice(&[
        o("exposed", "outside, and the pin can be driven out"),
        o("fixed", "outside, but the pin is fixed or has a set screw"),
        o("hidden", "inside, or not to be seen from outside"),
    ]);
        "Can the hinge pins be reached from outside?"
        "If the door opens towards you when you stand outside, they can."
    HingeCount "hinges.count" count(1, 8, "hinges");
        "How many hinges?"
        ""
    HingeScrewLength "hinges.screw_length_mm" mm(6.0, 200.0);
        "How long are the hinge screws?"
        "Take out one from the middle hinge, measure, put it back."
    HingeScrewState "hinges.screw_state" Kind::Choice(&[
        o("stripped", "at least one turns without gripping"),
        o("loose", "at least one is loose"),
        o("tight", "all tight"),
    ]);
        "Are the hinge screws tight?"
        ""
    HingeBolts "hinges.bolts" Kind::YesNo;
        "Are there hinge bolts (pegs that enter the frame when the door shuts)?"
        "Look at the hinge edge of the open door."

    BoltKind "bolt.kind" Kind::Choice(&[
        o("none", "nothing holds the door"),
        oa("latch", "a spring latch only, sloped on one side", &["spring-latch"]),
        o("rim", "a lock on the inside face of the door"),
        o("deadbolt", "a square bolt in a bored hole"),
        oa("mortice", "a lock let into the door's edge", &["mortise"]),
        oa("multipoint", "several bolts moved at once", &["multi-point"]),
    ]);
        "What kind of bolt does the main lock throw?"
        "Lock the door while it is open and look at its edge."
    BoltThrow "bolt.throw_mm" mm(5.0, 60.0);
        "How far does the bolt come out?"
        "Lock it while open and measure. 25 mm (1in) is the usual full throw."
    BoltDeadlocks "bolt.deadlocks" Kind::YesNo;
        "When locked, does the bolt refuse to be pushed back?"
        "Lock it while open and push the bolt in with a thumb: if it goes in, it does not dead-lock."
    BoltThumbturn "bolt.thumbturn" Kind::Choice(&[
        oa("turn", "a knob that always turns", &["true", "fixed"]),
        oa("lockable", "a knob that can be locked or taken off", &["removable", "captured"]),
        oa("none", "a key is needed inside too", &["false"]),
    ]);
        "How is it locked from inside?"
        ""
    BoltGrade "bolt.grade" Kind::Choice(&[
        o("none", "no grade held"),
        o("ansi-3", "ANSI/BHMA grade 3"),
        o("ansi-2", "ANSI/BHMA grade 2"),
        o("ansi-1", "ANSI/BHMA grade 1"),
        o("bhma-c", "BHMA residential, security letter C"),
        o("bhma-b", "BHMA residential, security letter B"),
        o("bhma-a", "BHMA residential, security letter A"),
        o("bs-3621", "BS 3621 (UK)"),
        o("other", "another scheme"),
    ]);
        "Which grade does the lock carry, and in which scheme?"
        "On the box, the data sheet or stamped in the edge plate. Price and features say nothing about \
         it."

    CylinderKind "cylinder.kind" Kind::Choice(&[
        oa("pin-tumbler", "ordinary cut key, teeth on its edge", &["pin"]),
        o("wafer", "small flat key, as on cabinets"),
        o("lever", "long key with a flag at its end"),
        oa("dimple", "flat key with drilled dimples", &[]),
        o("slider", "key with a milled track (laser cut)"),
        oa("disc-detainer", "half-round key with angled cuts", &["disc", "abloy"]),
        oa("none", "no keyway at all", &["keyless", "false"]),
    ]);
        "Which of these keys is most like yours?"
        "Compare the key with the pictures."
    CylinderPins "cylinder.pins" count(1, 20, "elements");
        "How many cuts (pins, discs, levers) does it have?"
        "Count the notches or dimples in one row of the key: usually 5 or 6."
    CylinderSecurity "cylinder.security" Kind::Many(&[
        o("spools", "spool, serrated or mushroom pins"),
        o("sidebar", "a side bar or side pins"),
        o("anti-bump", "parts against bump keys"),
        o("floating", "a moving element in the key"),
        o("hardened", "hardened inserts against drilling"),
        o("pull-protection", "protection against pulling"),
    ]);
        "Which extra protections does the maker state?"
        "From the data sheet. Leave it if you do not know."
    CylinderStandard "cylinder.standard" Kind::Choice(&[
        o("none", "no standard held"),
        o("en-1303", "EN 1303, attack class 0 or not known"),
        o("en-1303-b", "EN 1303 attack class A or B"),
        o("en-1303-d", "EN 1303 attack class C or D"),
        o("ul-437", "UL 437"),
        o("a156-30", "ANSI/BHMA A156.30"),
        o("skg-1", "SKG one star"),
        o("skg-2", "SKG two stars"),
        o("skg-3", "SKG three stars"),
        o("ts007-1", "TS 007 one star"),
        o("ts007-3", "TS 007 three stars"),
        o("ss312", "Sold Secure SS312 Diamond"),
        o("vds-a", "VdS class A"),
        o("vds-az", "VdS class A with pull protection (AZ)"),
        o("vds-bz", "VdS class B or C with pull protection"),
        o("bs-3621", "BS 3621"),
        o("other", "another standard"),
    ]);
        "Which standard does the cylinder hold?"
        "Stars or letters are stamped on its face or on the key card. The strongest one, if several."
    CylinderShape "cylinder.shape" Kind::Choice(&[
        oa("bored", "round, in a round rose or knob (North America)", &["round"]),
        oa("profile", "pear-shaped through the door (Europe)", &["euro"]),
        o("rim", "round, of a lock on the inside face"),
    ]);
        "What shape is the cylinder?"
        "Look at it from outside."
    CylinderAntiSnap "cylinder.anti_snap" Kind::YesNo;
        "Is it made to resist snapping?"
        "A line or groove near the face, or three stars stamped on it."
    CylinderProjection "cylinder.projection_mm" mm(0.0, 40.0);
        "How far does it stick out of the door furniture?"
        "Lay a coin flat beside it. More than 3 mm gives a grip."
    CylinderKeyControl "cylinder.key_control" Kind::Choice(&[
        o("none", "any shop cuts it"),
        o("card", "cut only against a card"),
        o("restricted", "cut only by the maker or a named dealer"),
    ]);
        "Who can have a copy of your key made?"
        ""
    CylinderCopies "cylinder.copies_out" count(0, 200, "keys");
        "How many keys can you not account for?"
        "Former residents, trades, neighbours, lost ones. 0 if you changed the cylinder when you moved in \
         and count them all."
    CylinderMaster "cylinder.master_keyed" Kind::YesNo;
        "Is it part of a master-key system?"
        "In blocks of flats: your key also opens the street door."

    SecondKind "second_lock.kind" Kind::Choice(&[
        oa("none", "no second lock", &["false"]),
        o("chain", "a chain or limiter"),
        o("surface-bolt", "a bolt worked from inside only"),
        o("rim", "a lock on the inside face"),
        o("deadbolt", "a second deadbolt"),
        oa("mortice", "a second mortice lock", &["mortise"]),
    ]);
        "Is there a second lock on this door?"
        ""
    SecondUsed "second_lock.used" Kind::Choice(&[
        o("never", "never"),
        o("seldom", "now and then"),
        o("at-night", "when at home or at night"),
        o("always", "whenever the door is locked"),
    ]);
        "When is it used?"
        ""

    SmartKind "smart.kind" Kind::Choice(&[
        oa("none", "no electronics", &["false"]),
        oa("stand-alone", "a lock with its own batteries", &["battery"]),
        oa("electric-strike", "a wired strike in the frame", &["strike"]),
        oa("access-panel", "a wired access-control panel", &["panel"]),
    ]);
        "Is the lock electronic?"
        ""
    SmartWays "smart.ways" Kind::Many(&[
        o("keypad", "a code"),
        o("phone", "a phone"),
        o("fingerprint", "a finger"),
        o("card", "a card or fob"),
        o("voice", "a voice assistant"),
        o("key", "a key as well"),
    ]);
        "By which ways does it open?"
        ""
    SmartCodeLength "smart.code_length" count(3, 12, "digits");
        "How many digits has the shortest code in use?"
        ""
    SmartCodes "smart.codes" count(0, 1000, "codes");
        "How many codes are in use?"
        ""
    SmartCodeChoice "smart.code_choice" Kind::Choice(&[
        oa("chosen", "people choose their own", &["people"]),
        oa("random", "drawn at random", &["drawn"]),
    ]);
        "Who makes up the codes?"
        ""
    SmartLockout "smart.lockout" Kind::Choice(&[
        oa("none", "nothing happens after wrong codes", &["false"]),
        oa("short", "a pause of up to about a minute", &["true"]),
        o("escalating", "each pause longer than the one before"),
        o("long", "a pause of ten minutes or more after a few tries"),
    ]);
        "What happens after several wrong codes?"
        "Try it: enter a wrong code six times."
    SmartDefaultCode "smart.default_code" Kind::Choice(&[
        oa("unchanged", "a factory code still works", &["true"]),
        oa("changed", "changed", &["false"]),
        o("never-had", "it never had one"),
    ]);
        "Does a factory or programming code still work?"
        "The manual names it; try it."
    SmartAutoUnlock "smart.auto_unlock" Kind::YesNo;
        "Does it unlock by itself when a phone comes near?"
        ""
    SmartAutoLock "smart.auto_lock" Kind::YesNo;
        "Does it lock by itself?"
        ""
    SmartRadio "smart.radio" Kind::Choice(&[
        o("none", "no radio"),
        oa("ble", "Bluetooth only", &["bluetooth"]),
        oa("wifi", "Wi-Fi", &["wi-fi"]),
        o("zigbee", "Zigbee"),
        oa("zwave", "Z-Wave", &["z-wave"]),
        oa("thread", "Thread or Matter", &["matter"]),
        o("other", "another"),
    ]);
        "Which radio does it use?"
        ""
    SmartRadioClass "smart.radio_class" Kind::Choice(&[
        oa("none", "no or unknown protection", &["open"]),
        oa("legacy", "an old class (Z-Wave S0, old Bluetooth pairing)", &["s0"]),
        oa(
            "current",
            "a current class (Z-Wave S2 Access Control, Matter, Zigbee 3 with install code)",
            &["s2", "matter"],
        ),
    ]);
        "Which security class was granted at pairing?"
        "The gateway shows it on the device's page."
    SmartBattery "smart.battery_percent" count(0, 100, "percent");
        "How full is its battery?"
        "The app, the gateway or the lock's own warning says."
    SmartFirmwareAge "smart.firmware_age_months" count(0, 240, "months");
        "How old is its firmware?"
        "In the app or gateway: the date of the version installed."
    SmartLogPlace "smart.log_place" Kind::Choice(&[
        o("none", "it keeps none"),
        o("lock", "in the lock"),
        o("home", "on a machine at home"),
        o("cloud", "at the maker's"),
    ]);
        "Where is its log of entries kept?"
        ""
    SmartLogDays "smart.log_retention_days" count(0, 36500, "days");
        "For how many days is the log kept?"
        ""
    SmartRemote "smart.remote" Kind::YesNo;
        "Can it be unlocked over the internet?"
        ""
    SmartMotor "smart.motor" Kind::Choice(&[
        o("outside", "motor or wiring on the outside half"),
        o("inside", "on the inside"),
        o("shielded", "inside, and the maker states a shield against magnets"),
    ]);
        "Where is its motor or wiring?"
        ""
    SmartKeypadWear "smart.keypad_wear" Kind::Choice(&[
        oa("visible", "some keys are plainly more worn or greasy", &["true"]),
        oa("none", "all keys look alike", &["false"]),
    ]);
        "Do the keys show which digits are used?"
        "Look at the pad in raking light."

    AccountPassword "account.password" Kind::Choice(&[
        o("default", "the one it came with"),
        o("reused", "used elsewhere too"),
        o("unique", "used nowhere else"),
    ]);
        "What about the password of the lock's account?"
        ""
    AccountSecondFactor "account.second_factor" Kind::Choice(&[
        oa("none", "no", &["false"]),
        oa("sms", "a text message", &[]),
        oa("app", "an app that shows codes", &["true", "totp"]),
        oa("passkey", "a passkey or security key", &["key"]),
    ]);
        "Does signing in need a second factor?"
        ""

    NetworkKind "network.kind" Kind::Choice(&[
        oa("shared", "shared with neighbours, guests or tenants", &[]),
        oa("own", "our own, with phones and computers on it", &[]),
        oa("separate", "a network of its own for such devices", &["own-network", "vlan"]),
    ]);
        "On which network is the lock or its gateway?"
        ""

    HabitUnlocked "habits.left_unlocked" Kind::Choice(&[
        oa("often", "often", &["true"]),
        o("sometimes", "now and then"),
        oa("never", "never, or it locks by itself", &["false"]),
    ]);
        "Is the door ever left unlocked?"
        "Also: popping out, or while at home."
    HabitBoltThrown "habits.bolt_thrown" Kind::Choice(&[
        oa("never", "only pulled shut", &["false"]),
        o("sometimes", "now and then"),
        oa("always", "always", &["true"]),
    ]);
        "Is the bolt thrown, or is the door only pulled shut?"
        ""
    HabitBackupTested "habits.backup_tested_months" count(0, 600, "months");
        "How many months ago was the spare key or emergency code last tried?"
        "`never` if it never was."
    HabitCodesShared "habits.codes_shared" Kind::Choice(&[
        oa("untracked", "one code for several people", &["true"]),
        o("tracked", "shared, but we know with whom"),
        oa("none", "each has their own", &["false", "no"]),
    ]);
        "Is a code shared by several people?"
        ""
    HabitGuestCodesExpire "habits.guest_codes_expire" Kind::YesNo;
        "Do guests' codes stop working by themselves?"
        ""
    HabitStalePeople "habits.stale_people" count(0, 1000, "people");
        "How many people still have a code or key whose reason has ended?"
        ""
    HabitKeyOutside "habits.key_outside" Kind::YesNo;
        "Is a key hidden outside?"
        "Under a mat, in a pot, in a key box."
    HabitPhoneLocked "habits.phone_locked" Kind::YesNo;
        "Do all phones that open the door lock themselves?"
        ""

    MeasurePrep "measure.prep" Kind::Choice(&[
        o("bored", "a large round hole through the face and a small one in the edge"),
        oa("mortice", "a lock case let into the edge, with a keyhole or cylinder", &["mortise"]),
        oa("none", "no hole yet", &["blank"]),
    ]);
        "How is the door cut for its lock?"
        "Open the door and look at its edge and at the face behind the rose."
    MeasureBackset "measure.backset_mm" mm(15.0, 130.0);
        "How far is the middle of the large hole, or of the keyhole, from the edge of the door?"
        "Hold a ruler from the door's edge to the middle. Usual are 60 mm (2 3/8in) and 70 mm (2 3/4in)."
    MeasureCrossBore "measure.cross_bore_mm" mm(12.0, 80.0);
        "How wide is the large round hole through the face?"
        "Take the inside half of the lock off and measure across. Usual is 54 mm (2 1/8in)."
    MeasureEdgeBore "measure.edge_bore_mm" mm(8.0, 50.0);
        "How wide is the round hole in the edge, under the plate?"
        "Take the two screws of the edge plate out. Usual is 25 mm (1in)."
    MeasureHanding "measure.handing" Kind::Choice(&[
        o("left-in", "hinges on the left, opens away from you"),
        o("right-in", "hinges on the right, opens away from you"),
        o("left-out", "hinges on the left, opens towards you"),
        o("right-out", "hinges on the right, opens towards you"),
    ]);
        "Standing outside, on which side are the hinges and which way does it open?"
        ""
    MeasureStrikeOffset "measure.strike_offset_mm" mm(0.0, 30.0);
        "How far is the bolt off the middle of its hole in the frame?"
        "Rub chalk or lipstick on the bolt's end, shut the door, turn the lock, and measure the mark."
    MeasureClearance "measure.clearance_mm" mm(0.0, 400.0);
        "How much free room is there round the middle of the hole, on the inside face?"
        "To the nearest thing that stands out: handle, glass bead, moulding."
    MeasureDepthInside "measure.depth_inside_mm" mm(0.0, 400.0);
        "How far may a lock stand out on the inside before it meets a wall, a blind or a second door?"
        "Open the door all the way and measure what is left at the height of the lock."
    MeasureCylinderInside "measure.cylinder_inside_mm" mm(0.0, 40.0);
        "How far does the cylinder stand out of its plate on the inside?"
        "For locks that sit on the inside of a European cylinder. Lay coins beside it."
    MeasureBothSides "measure.both_sides" Kind::YesNo;
        "Does a key turn outside while another is in the lock inside?"
        "Try it with the door open. Makers call it an emergency or a danger function."
}

/// Number of keys.
pub const KEYS: usize = Key::MeasureBothSides as usize + 1;

/// The sections of the file, in order, with what each is about.
pub const SECTIONS: &[(&str, &str)] = &[
    ("home", "The home"),
    ("door", "The door leaf"),
    ("frame", "Frame and strike"),
    ("hinges", "Hinges"),
    ("bolt", "Bolt"),
    ("cylinder", "Cylinder and keys"),
    ("second_lock", "Second lock"),
    ("smart", "Electronics"),
    ("account", "The lock's account"),
    ("network", "The network"),
    ("habits", "Habits"),
    ("measure", "Measures, before a lock is bought"),
];

/// Measures that have a place elsewhere and may be given under `[measure]` too.
pub const ALSO: &[(&str, Key)] =
    &[("measure.thickness_mm", Key::DoorThickness), ("measure.gap_mm", Key::FrameGap)];

impl Key {
    /// Its row of the table.
    pub fn spec(self) -> &'static Spec {
        &SPECS[self as usize]
    }

    /// `section.name`.
    pub fn path(self) -> &'static str {
        self.spec().path
    }

    /// The section it stands in.
    pub fn section(self) -> &'static str {
        self.path().split('.').next().unwrap_or_default()
    }

    /// The name within its section.
    pub fn name(self) -> &'static str {
        self.path().split_once('.').map_or("", |(_, name)| name)
    }

    /// The key of that path, if there is one; also of the second paths in [`ALSO`].
    pub fn of_path(path: &str) -> Option<Self> {
        let own = SPECS.iter().find(|spec| spec.path == path).map(|spec| spec.key);
        own.or_else(|| ALSO.iter().find(|(also, _)| *also == path).map(|(_, key)| *key))
    }

    /// The words of a choice or of a many-choice; empty for the other kinds.
    pub fn options(self) -> &'static [Opt] {
        match self.spec().kind {
            Kind::Choice(options) | Kind::Many(options) => options,
            Kind::Length { .. } | Kind::Count { .. } | Kind::YesNo => &[],
        }
    }

    /// Position of `word` among its options, other spellings included.
    pub fn option(self, word: &str) -> Option<u8> {
        let found = |opt: &Opt| opt.word == word || opt.also.contains(&word);
        self.options().iter().position(found).and_then(|at| u8::try_from(at).ok())
    }
}
