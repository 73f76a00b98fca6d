//! Instructions by callgrind and stack by drd: this program under valgrind, with and without steps. Where valgrind is
//! missing the rows say so.

use std::process::Command;

use crate::Row;
use crate::desk::COUNTED;

fn valgrind(tool: &[&str], kind: usize, times: u32, thread: bool) -> Result<String, String> {
    let own = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut command = Command::new("valgrind");
    command.args(tool).arg(own).args(["--repeat", &kind.to_string(), &times.to_string()]);
    if thread {
        command.arg("--thread");
    }
    let output = command.output().map_err(|error| format!("valgrind is not here: {error}"))?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(text) } else { Err(format!("valgrind failed: {}", text.trim())) }
}

/// Instructions of one repetition: those of 40 less those of 20, so that start and set-up fall out.
fn instructions(kind: usize) -> Result<f64, String> {
    let count = |times| {
        let out = "--callgrind-out-file=/dev/null";
        let text = valgrind(&["--tool=callgrind", out], kind, times, false)?;
        let line = text.lines().find_map(|line| line.split_once("Collected : "));
        let count = line.and_then(|(_, count)| count.trim().parse::<f64>().ok());
        count.ok_or_else(|| "callgrind printed no count".to_owned())
    };
    Ok((count(40)? - count(20)?) / 20.0)
}

/// Bytes of stack that a thread used which did steps.
fn stack(kind: usize, times: u32) -> Result<f64, String> {
    let text = valgrind(&["--tool=drd", "--show-stack-usage=yes"], kind, times, true)?;
    let used = text.lines().filter(|line| !line.contains("thread 1")).find_map(|line| {
        let (_, rest) = line.split_once("finished and used ")?;
        rest.split_once(" bytes")?.0.parse::<f64>().ok()
    });
    used.ok_or_else(|| "drd printed no stack use".to_owned())
}

/// Rows of the first `most` kinds, and of the stack.
pub fn measure(most: usize, rows: &mut Vec<Row>) {
    for (kind, name) in COUNTED.iter().take(most) {
        let name = format!("lock: instructions of {name}");
        rows.push(match instructions(*kind) {
            Ok(count) => {
                Row::told(&name, count, "", "callgrind; portable SHA-256, since valgrind knows no other")
            }
            Err(why) => Row::missing(&name, "", &why),
        });
    }
    let name = "lock: stack of any step";
    // a kind outside the table is the whole day, with every kind of step
    let used = stack(usize::MAX, 1).and_then(|all| Ok((all, stack(usize::MAX, 0)?)));
    rows.push(match used {
        Ok((all, none)) => {
            let how = format!(
                "a thread that did every kind of step, by drd; {none} of it are the thread's own. x86-64, release"
            );
            Row::below(name, all, "bytes", 16_384.0, &how)
        }
        Err(why) => Row::missing(name, "bytes", &why),
    });
}
