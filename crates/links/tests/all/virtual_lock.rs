//! Stories over real processes of virtual locks: the supervisor starts this very test program again as the
//! lock, the link speaks to it over the byte protocol, hands come by the hand channel. Nothing reaches into
//! the lock's insides.

pub(crate) mod house;
mod measures;
mod processes;
mod stories;

/// Not a test: what runs when this program is started as a virtual lock.
#[test]
fn a_virtual_lock() {
    let Ok(data) = std::env::var(house::DATA) else { return };
    let options = ::virtual_lock::Options {
        listen: std::net::SocketAddr::from(([127, 0, 0, 1], 0)),
        data: data.into(),
        speed: 1,
        stop_with_stdin: true,
    };
    ::virtual_lock::run(&options, |ready| {
        use std::io::Write;
        // the test harness has written the beginning of a line of its own
        let line = serde_json::to_string(&ready)?;
        let mut out = std::io::stdout().lock();
        writeln!(out, "\n{line}")?;
        out.flush()
    })
    .expect("the virtual lock ran");
}
