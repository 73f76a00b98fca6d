//! One entry of the lock's own log and its fixed encoding of [`RECORD_BYTES`] bytes. Writing and reading the ring is
//! in `ring.rs`; the record names slots and never a code.

use crate::wire::{Reader, Writer, crc32};
use crate::words::{
    AllowedBy, ClockQuality, CredentialKind, CredentialRef, Millis, Operation, OperationError, Seconds,
    Source, UserIndex, coded,
};

/// Encoded size of a record: 68 bytes of fields, 16 of chain MAC, 4 of CRC-32.
pub const RECORD_BYTES: usize = 88;

coded! {
    /// What a record tells. `detail` depends on it, as said at each.
    RecordKind {
        /// The lock started. `detail`: records overwritten before the hub acknowledged them, in all.
        Boot = 1,
        /// An operation was allowed and is about to move the bolt. Written before the motor turns.
        Allowed = 2,
        /// The bolt sensor confirmed the operation. `detail`: sequence number (low 32 bits) of its `Allowed`, or 0.
        Done = 3,
        /// An operation was refused or failed; `error` says why. `detail`: wrong attempts of this channel so far.
        Refused = 4,
        /// A hand turned key or thumbturn.
        Manual = 5,
        /// An alarm. `detail`: [`crate::Alarm`] code.
        Alarm = 6,
        /// The leaf moved. `detail`: [`crate::DoorState`] code.
        Door = 7,
        /// A user, credential or schedule changed. `detail`: LockDataType x 65536 + DataOperationType x 256 + index
        /// of the schedule (0xFE for all), the numbers of Matter LockUserChange; a credential stands in `credentials`.
        UserChange = 8,
        /// A setting changed. `detail`: [`crate::SettingId`] code.
        Setting = 9,
        /// The clock was set, confirmed, lost or jumped. `detail`: size of the step in seconds, at most `u32::MAX`.
        Clock = 10,
        /// A lock-out began. `detail`: its length in seconds.
        LockOut = 11,
        /// Battery level changed. `detail`: level code x 65536 + millivolts.
        Battery = 12,
        /// The lock was commissioned, or a peer was set or removed. `detail`: peer id, 0 for commissioning.
        Peer = 13,
        /// Everything was erased from the inside.
        Reset = 14,
        /// The emergency code was used or tested.
        Emergency = 15,
        /// A rehearsal began (`detail` = minutes) or ended (`detail` = 0).
        Rehearsal = 16,
        /// The spent guessing budget was lifted by a peer.
        BudgetLifted = 17,
        /// Privacy was set or cleared from inside. `detail`: mode code.
        Mode = 18,
    }
}

/// An entry of the log.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Record {
    /// Number, from 1, without holes. A hole on the way out means that the ring was overwritten.
    pub seq: u64,
    /// Which start of the lock this was.
    pub boot: u32,
    /// The lock's monotonic clock.
    pub uptime: Millis,
    /// The lock's wall clock; 0 when unknown.
    pub wall: Seconds,
    /// How far to trust `wall`.
    pub quality: ClockQuality,
    /// What happened.
    pub kind: RecordKind,
    /// The operation, where there is one.
    pub operation: Option<Operation>,
    /// Where it came from.
    pub source: Source,
    /// Why it was refused or failed.
    pub error: Option<OperationError>,
    /// What allowed it.
    pub allowed_by: AllowedBy,
    /// Whose credential, 0 for nobody known.
    pub user: UserIndex,
    /// The credentials used (one to three), first used first.
    pub credentials: [Option<CredentialRef>; 3],
    /// Version of the (last) credential.
    pub version: u32,
    /// See [`RecordKind`].
    pub detail: u32,
    /// Fabric of the peer, 0 for none.
    pub fabric: u8,
    /// Node of the peer, 0 for none.
    pub node: u64,
    /// Chain MAC: HMAC-SHA-256 under the key of this place in the chain over the fields and the MAC before it, first
    /// 16 bytes. Zero until appended.
    pub mac: [u8; 16],
}

impl Record {
    /// A record of this kind with everything else empty.
    #[must_use]
    pub const fn of(kind: RecordKind, source: Source) -> Self {
        Self {
            seq: 0,
            boot: 0,
            uptime: 0,
            wall: 0,
            quality: ClockQuality::Unknown,
            kind,
            operation: None,
            source,
            error: None,
            allowed_by: AllowedBy::Always,
            user: 0,
            credentials: [None; 3],
            version: 0,
            detail: 0,
            fabric: 0,
            node: 0,
            mac: [0; 16],
        }
    }

    /// The 68 bytes of fields that the chain MAC covers.
    pub(crate) fn fields(&self) -> [u8; 68] {
        let mut out = [0u8; 68];
        let mut w = Writer::new(&mut out);
        w.u64(self.seq);
        w.u32(self.boot);
        w.u64(self.uptime);
        w.u64(self.wall);
        w.u8(self.quality.code());
        w.u8(self.kind.code());
        w.u8(self.operation.map_or(255, Operation::code));
        w.u8(self.source.code());
        w.u8(self.error.map_or(255, OperationError::code));
        w.u8(self.allowed_by.code());
        w.u16(self.user);
        for credential in self.credentials {
            w.u8(credential.map_or(255, |c| c.kind.code()));
            w.u16(credential.map_or(0, |c| c.index));
        }
        w.u32(self.version);
        w.u32(self.detail);
        w.u8(self.fabric);
        w.u64(self.node);
        out
    }

    /// The fixed little-endian encoding: fields, MAC, CRC-32 of both.
    #[must_use]
    pub fn encode(&self) -> [u8; RECORD_BYTES] {
        let mut out = [0u8; RECORD_BYTES];
        let fields = self.fields();
        let crc = crc32(crc32(0, &fields), &self.mac);
        let mut w = Writer::new(&mut out);
        w.bytes(&fields);
        w.bytes(&self.mac);
        w.u32(crc);
        out
    }

    /// Reads an encoding; `None` when the checksum or a code is wrong.
    #[must_use]
    pub fn decode(bytes: &[u8; RECORD_BYTES]) -> Option<Self> {
        let mut r = Reader::new(bytes);
        let body = r.bytes(RECORD_BYTES - 4);
        if r.u32() != crc32(0, body) {
            return None;
        }
        let mut r = Reader::new(body);
        let spare;
        let record = Self {
            seq: r.u64(),
            boot: r.u32(),
            uptime: r.u64(),
            wall: r.u64(),
            quality: r.word(ClockQuality::from_code, ClockQuality::Unknown),
            kind: r.word(RecordKind::from_code, RecordKind::Boot),
            operation: optional(&mut r, Operation::from_code),
            source: r.word(Source::from_code, Source::Unspecified),
            error: optional(&mut r, OperationError::from_code),
            allowed_by: r.word(AllowedBy::from_code, AllowedBy::Always),
            user: r.u16(),
            credentials: [credential(&mut r), credential(&mut r), credential(&mut r)],
            version: r.u32(),
            detail: r.u32(),
            fabric: r.u8(),
            node: r.u64(),
            mac: {
                spare = r.array::<6>();
                r.array()
            },
        };
        if spare != [0; 6] {
            return None;
        }
        r.finish().then_some(record)
    }
}

fn optional<T>(r: &mut Reader<'_>, decode: fn(u8) -> Option<T>) -> Option<T> {
    match r.u8() {
        255 => None,
        code => {
            let word = decode(code);
            if word.is_none() {
                r.fail();
            }
            word
        }
    }
}

fn credential(r: &mut Reader<'_>) -> Option<CredentialRef> {
    let kind = optional(r, CredentialKind::from_code);
    let index = r.u16();
    if kind.is_none() && index != 0 {
        r.fail();
    }
    kind.map(|kind| CredentialRef { kind, index })
}
