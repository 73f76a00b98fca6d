//! Names of enum values as test files write them, with Matter's numbers (Door Lock cluster, revision 10).

const ENUMS: &[(&str, &[(&str, u64)])] = &[
    (
        "AlarmCodeEnum",
        &[
            ("LockJammed", 0),
            ("LockFactoryReset", 1),
            ("LockRadioPowerCycled", 3),
            ("WrongCodeEntryLimit", 4),
            ("FrontEsceutcheonRemoved", 5),
            ("DoorForcedOpen", 6),
            ("DoorAjar", 7),
            ("ForcedUser", 8),
        ],
    ),
    ("CredentialRuleEnum", &[("Single", 0), ("Dual", 1), ("Tri", 2)]),
    (
        "CredentialTypeEnum",
        &[
            ("ProgrammingPIN", 0),
            ("PIN", 1),
            ("RFID", 2),
            ("Fingerprint", 3),
            ("FingerVein", 4),
            ("Face", 5),
            ("AliroCredentialIssuerKey", 6),
            ("AliroEvictableEndpointKey", 7),
            ("AliroNonEvictableEndpointKey", 8),
        ],
    ),
    ("DataOperationTypeEnum", &[("Add", 0), ("Clear", 1), ("Modify", 2)]),
    (
        "DoorStateEnum",
        &[
            ("DoorOpen", 0),
            ("DoorClosed", 1),
            ("DoorJammed", 2),
            ("DoorForcedOpen", 3),
            ("DoorUnspecifiedError", 4),
            ("DoorAjar", 5),
        ],
    ),
    (
        "LockDataTypeEnum",
        &[
            ("Unspecified", 0),
            ("ProgrammingCode", 1),
            ("UserIndex", 2),
            ("WeekDaySchedule", 3),
            ("YearDaySchedule", 4),
            ("HolidaySchedule", 5),
            ("PIN", 6),
            ("RFID", 7),
            ("Fingerprint", 8),
            ("FingerVein", 9),
            ("Face", 10),
            ("AliroCredentialIssuerKey", 11),
            ("AliroEvictableEndpointKey", 12),
            ("AliroNonEvictableEndpointKey", 13),
        ],
    ),
    (
        "LockOperationTypeEnum",
        &[("Lock", 0), ("Unlock", 1), ("NonAccessUserEvent", 2), ("ForcedUserEvent", 3), ("Unlatch", 4)],
    ),
    ("LockStateEnum", &[("NotFullyLocked", 0), ("Locked", 1), ("Unlocked", 2), ("Unlatched", 3)]),
    (
        "OperatingModeEnum",
        &[("Normal", 0), ("Vacation", 1), ("Privacy", 2), ("NoRemoteLockUnlock", 3), ("Passage", 4)],
    ),
    (
        "OperationErrorEnum",
        &[
            ("Unspecified", 0),
            ("InvalidCredential", 1),
            ("DisabledUserDenied", 2),
            ("Restricted", 3),
            ("InsufficientBattery", 4),
        ],
    ),
    (
        "OperationSourceEnum",
        &[
            ("Unspecified", 0),
            ("Manual", 1),
            ("ProprietaryRemote", 2),
            ("Keypad", 3),
            ("Auto", 4),
            ("Button", 5),
            ("Schedule", 6),
            ("Remote", 7),
            ("RFID", 8),
            ("Biometric", 9),
            ("Aliro", 10),
        ],
    ),
    ("UserStatusEnum", &[("Available", 0), ("OccupiedEnabled", 1), ("OccupiedDisabled", 3)]),
    (
        "UserTypeEnum",
        &[
            ("UnrestrictedUser", 0),
            ("YearDayScheduleUser", 1),
            ("WeekDayScheduleUser", 2),
            ("ProgrammingUser", 3),
            ("NonAccessUser", 4),
            ("ForcedUser", 5),
            ("DisposableUser", 6),
            ("ExpiringUser", 7),
            ("ScheduleRestrictedUser", 8),
            ("RemoteOnlyUser", 9),
        ],
    ),
];

/// The number that `Enum.Name` or `Enum.UnknownEnumValue(n)` stands for.
pub fn enum_value(text: &str) -> Option<u64> {
    let (name, member) = text.split_once('.')?;
    if let Some(number) = member.strip_prefix("UnknownEnumValue(") {
        return number.strip_suffix(')')?.trim().parse().ok();
    }
    let (_, members) = ENUMS.iter().find(|(known, _)| *known == name)?;
    members.iter().find(|(known, _)| *known == member).map(|(_, value)| *value)
}
