//! The parsers of commands, answers and records: whatever decodes encodes to the same bytes again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use lock::{Answer, Command, MAX_ANSWER, MAX_COMMAND, RECORD_BYTES, Record};

fuzz_target!(|bytes: &[u8]| {
    if let Some(command) = Command::decode(bytes) {
        let mut out = [0u8; MAX_COMMAND];
        let len = command.encode(&mut out).expect("a command fits");
        assert_eq!(&out[..len], bytes);
        let _ = command.privilege();
    }
    if let Some(answer) = Answer::decode(bytes) {
        let mut out = [0u8; MAX_ANSWER];
        let len = answer.encode(&mut out).expect("an answer fits");
        assert_eq!(&out[..len], bytes);
    }
    if let Ok(bytes) = <&[u8; RECORD_BYTES]>::try_from(bytes)
        && let Some(record) = Record::decode(bytes)
    {
        let _ = record.encode();
    }
});
