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
    /// A truth value and a number, which is 0 where there is none: each value has one encoding.
    pub fn maybe_u16(&mut self) -> Option<u16> {
        let given = self.bool();
        let value = self.u16();
        if !given && value != 0 {
            self.fail();
        }
        given.then_some(value)
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

/// Tables for eight bytes at a time, reflected polynomial 0xEDB88320: `CRC[k][b]` is the remainder of byte `b` with
/// `k` zero bytes after it.
static CRC: [[u32; 256]; 8] = crc_tables();

const fn crc_tables() -> [[u32; 256]; 8] {
    let mut tables = [[0u32; 256]; 8];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u32;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { crc >> 1 ^ 0xEDB8_8320 } else { crc >> 1 };
            bit += 1;
        }
        tables[0][byte] = crc;
        byte += 1;
    }
    let mut table = 1;
    while table < 8 {
        let mut byte = 0;
        while byte < 256 {
            let before = tables[table - 1][byte];
            tables[table][byte] = before >> 8 ^ tables[0][(before & 0xFF) as usize];
            byte += 1;
        }
        table += 1;
    }
    tables
}

/// CRC-32 (IEEE 802.3, reflected, as in zlib), eight bytes at a time. Starts from `seed` = 0; feed the last result as
/// `seed` to go on.
#[must_use]
pub fn crc32(seed: u32, bytes: &[u8]) -> u32 {
    let [t0, t1, t2, t3, t4, t5, t6, t7] = &CRC;
    let at = |table: &[u32; 256], byte: u8| table[usize::from(byte)];
    let mut crc = !seed;
    let (eights, rest) = bytes.as_chunks::<8>();
    for [b0, b1, b2, b3, b4, b5, b6, b7] in eights {
        let [c0, c1, c2, c3] = crc.to_le_bytes();
        crc = at(t7, b0 ^ c0)
            ^ at(t6, b1 ^ c1)
            ^ at(t5, b2 ^ c2)
            ^ at(t4, b3 ^ c3)
            ^ at(t3, *b4)
            ^ at(t2, *b5)
            ^ at(t1, *b6)
            ^ at(t0, *b7);
    }
    for byte in rest {
        let [low, ..] = crc.to_le_bytes();
        crc = crc >> 8 ^ at(t0, low ^ *byte);
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32_gives_the_published_check_value_and_goes_on_from_any_cut() {
        assert_eq!(crc32(0, b"123456789"), 0xCBF4_3926);
        let bytes: [u8; 64] = core::array::from_fn(|i| u8::try_from(i * 5 % 251).unwrap_or(0));
        for cut in 0..bytes.len() {
            assert_eq!(crc32(crc32(0, &bytes[..cut]), &bytes[cut..]), crc32(0, &bytes), "{cut}");
        }
    }
}
