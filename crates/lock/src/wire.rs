//! Little-endian cursors over fixed buffers, used by every encoding in this crate. Does not allocate and cannot
//! panic: running off the end is remembered and reported once by [`Writer::finish`] or [`Reader::finish`].

/// Copies as many bytes as both sides have. Unlike `copy_from_slice` it has no way to panic.
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// Writes little-endian fields into a borrowed buffer.
pub struct Writer<'a> {
    into: &'a mut [u8],
    at: usize,
    full: bool,
}

impl<'a> Writer<'a> {
    /// Starts at the front of `into`.
    pub fn new(into: &'a mut [u8]) -> Self {
        Self { into, at: 0, full: false }
    }
    /// Appends raw bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        let end = self.at.saturating_add(bytes.len());
        match self.into.get_mut(self.at..end) {
            Some(place) => {
                for (to, from) in place.iter_mut().zip(bytes) {
                    *to = *from;
                }
                self.at = end;
            }
            None => self.full = true,
        }
    }
    /// Appends one byte.
    pub fn u8(&mut self, value: u8) {
        self.bytes(&[value]);
    }
    /// Appends a truth value as 0 or 1.
    pub fn bool(&mut self, value: bool) {
        self.u8(u8::from(value));
    }
    /// Appends two bytes, low first.
    pub fn u16(&mut self, value: u16) {
        self.bytes(&value.to_le_bytes());
    }
    /// Appends four bytes, low first.
    pub fn u32(&mut self, value: u32) {
        self.bytes(&value.to_le_bytes());
    }
    /// Appends four bytes, low first, two's complement.
    pub fn i32(&mut self, value: i32) {
        self.bytes(&value.to_le_bytes());
    }
    /// Appends eight bytes, low first.
    pub fn u64(&mut self, value: u64) {
        self.bytes(&value.to_le_bytes());
    }
    /// Appends a length byte and that many bytes (at most 255).
    pub fn short(&mut self, bytes: &[u8]) {
        match u8::try_from(bytes.len()) {
            Ok(len) => {
                self.u8(len);
                self.bytes(bytes);
            }
            Err(_) => self.full = true,
        }
    }
    /// How many bytes were written, or `None` when the buffer was too small.
    pub fn finish(self) -> Option<usize> {
        if self.full { None } else { Some(self.at) }
    }
}

/// Reads little-endian fields from a borrowed buffer; past the end it yields zeros and remembers the fault.
pub struct Reader<'a> {
    from: &'a [u8],
    bad: bool,
}

impl<'a> Reader<'a> {
    /// Starts at the front of `from`.
    pub fn new(from: &'a [u8]) -> Self {
        Self { from, bad: false }
    }
    /// Takes `len` bytes; an empty slice past the end.
    pub fn bytes(&mut self, len: usize) -> &'a [u8] {
        match self.from.split_at_checked(len) {
            Some((head, tail)) => {
                self.from = tail;
                head
            }
            None => {
                self.bad = true;
                self.from = &[];
                &[]
            }
        }
    }
    /// Takes an array; zeros past the end.
    pub fn array<const N: usize>(&mut self) -> [u8; N] {
        let mut out = [0u8; N];
        for (to, from) in out.iter_mut().zip(self.bytes(N)) {
            *to = *from;
        }
        out
    }
    /// Takes one byte.
    pub fn u8(&mut self) -> u8 {
        u8::from_le_bytes(self.array())
    }
    /// Takes a truth value; anything but 0 or 1 is a fault.
    pub fn bool(&mut self) -> bool {
        match self.u8() {
            0 => false,
            1 => true,
            _ => {
                self.bad = true;
                false
            }
        }
    }
    /// Takes two bytes, low first.
    pub fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.array())
    }
    /// Takes four bytes, low first.
    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.array())
    }
    /// Takes four bytes, low first, two's complement.
    pub fn i32(&mut self) -> i32 {
        i32::from_le_bytes(self.array())
    }
    /// Takes eight bytes, low first.
    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.array())
    }
    /// Takes a length byte and that many bytes.
    pub fn short(&mut self) -> &'a [u8] {
        let len = usize::from(self.u8());
        self.bytes(len)
    }
    /// Takes a coded word; an unknown code is a fault and gives `other`.
    pub fn word<T>(&mut self, decode: fn(u8) -> Option<T>, other: T) -> T {
        match decode(self.u8()) {
            Some(word) => word,
            None => {
                self.bad = true;
                other
            }
        }
    }
    /// Marks the input as malformed.
    pub fn fail(&mut self) {
        self.bad = true;
    }
    /// Whether everything was read, with nothing left over and nothing malformed.
    pub fn finish(self) -> bool {
        !self.bad && self.from.is_empty()
    }
    /// Whether nothing was malformed so far.
    pub fn good(&self) -> bool {
        !self.bad
    }
}

/// CRC-32 of four bits at a time, reflected polynomial 0xEDB88320.
const CRC_NIBBLES: [u32; 16] = [
    0x0000_0000,
    0x1DB7_1064,
    0x3B6E_20C8,
    0x26D9_30AC,
    0x76DC_4190,
    0x6B6B_51F4,
    0x4DB2_6158,
    0x5005_713C,
    0xEDB8_8320,
    0xF00F_9344,
    0xD6D6_A3E8,
    0xCB61_B38C,
    0x9B64_C2B0,
    0x86D3_D2D4,
    0xA00A_E278,
    0xBDBD_F21C,
];

/// CRC-32 (IEEE 802.3, reflected, as in zlib) with a table of sixteen words. Starts from `seed` = 0; feed the last
/// result as `seed` to go on.
#[must_use]
pub fn crc32(seed: u32, bytes: &[u8]) -> u32 {
    let mut crc = !seed;
    for byte in bytes {
        crc ^= u32::from(*byte);
        for _ in 0..2 {
            let [low, ..] = crc.to_le_bytes();
            let entry = CRC_NIBBLES.get(usize::from(low & 15)).copied().unwrap_or(0);
            crc = (crc >> 4) ^ entry;
        }
    }
    !crc
}
