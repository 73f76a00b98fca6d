//! `doorward virtual-lock`: one virtual lock as a process of its own. `serve` starts one for each virtual
//! lock of the house; started by hand it serves whoever knows its byte protocol
//! (`docs/virtual-lock-protocol.md`).

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use clap::Args;

/// Run one virtual lock: the shipped lock core with a motor, bolt, door, battery, keypad and radio around it.
///
/// Prints one line of JSON with the address where it listens, then runs until SIGTERM. Everything it must
/// remember is in its folder; the keys that it shares with its hub are in `pairing.json` there, made at
/// random on the first start.
///
/// Example: doorward virtual-lock --listen 127.0.0.1:7100 --data ./front-door
#[derive(Debug, Args)]
pub struct VirtualLockArgs {
    /// Loopback address and port to listen on; port 0 takes any free one.
    #[arg(long, value_name = "ADDR:PORT", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Folder of this lock; made when missing, for its owner only.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Let time run so many times faster in the lock, 1 to 100000. For trying out what takes days.
    #[arg(long, value_name = "N", default_value_t = 1,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    speed: u32,
    /// End when standard input is closed, and so with the program that started this one.
    #[arg(long)]
    stop_with_stdin: bool,
}

/// Runs the lock until it is told to end.
///
/// # Errors
/// When it cannot start: folder, keys or address.
pub fn run(args: VirtualLockArgs) -> Result<(), virtual_lock::RunError> {
    let options = virtual_lock::Options {
        listen: args.listen,
        data: args.data,
        speed: args.speed,
        stop_with_stdin: args.stop_with_stdin,
    };
    virtual_lock::run(&options, |ready| {
        let mut out = std::io::stdout().lock();
        serde_json::to_writer(&mut out, &ready)?;
        writeln!(out)?;
        out.flush()
    })
}
