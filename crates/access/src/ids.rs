//! Typed ids: a person's id cannot be passed where a door's is meant. Minted by the hub's `Ids` port.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Uuid);

        impl $name {
            /// Wraps a UUID that the caller minted.
            pub const fn new(uuid: Uuid) -> Self {
                Self(uuid)
            }

            /// The UUID inside, for storage.
            pub const fn uuid(self) -> Uuid {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text).map(Self)
            }
        }
    };
}

id!(
    /// A person: resident, guest or service provider.
    PersonId
);
id!(
    /// A door, with no lock, one or several.
    DoorId
);
id!(
    /// A lock on a door, reachable or only told.
    LockId
);
id!(
    /// A group of doors.
    GroupId
);
id!(
    /// A named schedule.
    ScheduleId
);
id!(
    /// A grant: person, target, schedule, reason.
    GrantId
);
id!(
    /// A credential of a person, today always a PIN.
    CredentialId
);
id!(
    /// One operation sent to a lock; orders what was sent against what was seen.
    OpId
);
