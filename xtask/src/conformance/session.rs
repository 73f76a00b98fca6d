//! Runs one file: each step is guarded, sent to the device as the peer that speaks, and compared with what the file
//! expects. Pseudo clusters (delays, pairing) act on the bench, not on the lock.

use serde_json::{Map, Value};

use super::cluster::{Fault, invoke};
use super::device::Device;
use super::events::events;
use super::pics::Pics;
use super::suite::{Step, Suite};
use super::{Outcome, Report, attributes, check};

/// What a step gave: the responses (several for events), or a status.
type Given = Result<Vec<Value>, Fault>;

/// Runs a file on a fresh device.
pub fn run(suite: &Suite, pics: &Pics) -> Report {
    let mut device = Device::new();
    let mut names = suite.config.clone();
    let guard = suite.pics.iter().find(|one| pics.holds(one) != Ok(true));
    let steps = suite.steps.iter().map(|step| {
        let outcome = match guard {
            Some(one) => Outcome::Skipped(format!("the file needs {one}")),
            None => one_step(step, &mut device, &mut names, pics),
        };
        (step.label.clone(), outcome)
    });
    Report { file: suite.file.clone(), steps: steps.collect() }
}

fn one_step(step: &Step, device: &mut Device, names: &mut check::Names, pics: &Pics) -> Outcome {
    if step.disabled {
        return Outcome::Skipped("switched off by its authors (done by hand)".to_owned());
    }
    match step.pics.as_deref().map(|expression| (expression, pics.holds(expression))) {
        None | Some((_, Ok(true))) => {}
        Some((expression, Ok(false))) => return Outcome::Skipped(format!("PICS {}", expression.trim())),
        Some((_, Err(why))) => return Outcome::Failed(why),
    }
    let arguments = match check::resolve(&Value::Object(step.arguments.clone()), names) {
        Value::Object(arguments) => arguments,
        _ => Map::new(),
    };
    match act(step, device, names, pics, &arguments) {
        Err(outcome) => outcome,
        Ok(given) => match compare(step, given, names) {
            Ok(()) => Outcome::Passed,
            Err(why) => Outcome::Failed(why),
        },
    }
}

fn act(
    step: &Step,
    device: &mut Device,
    names: &check::Names,
    pics: &Pics,
    arguments: &Map<String, Value>,
) -> Result<Given, Outcome> {
    let peer = match step.identity.as_str() {
        "alpha" => 1,
        "beta" => 2,
        "gamma" => 3,
        other => return Err(Outcome::Failed(format!("nobody is called {other}"))),
    };
    match (step.cluster.as_str(), step.command.as_str()) {
        ("Door Lock", "readAttribute" | "subscribeAttribute") => {
            let name = step.attribute.as_deref().unwrap_or_default();
            Ok(attributes::read(device, pics, peer, name).map(|value| vec![value]))
        }
        ("Door Lock", "writeAttribute") => {
            let name = step.attribute.as_deref().unwrap_or_default();
            let value = check::resolve(step.value.as_ref().unwrap_or(&Value::Null), names);
            Ok(attributes::write(device, pics, peer, name, &value).map(|()| vec![Value::Null]))
        }
        ("Door Lock", "readEvent") => {
            let name = step.event.as_deref().unwrap_or_default();
            let least = step.event_number.unwrap_or(0);
            let all = events(&device.records());
            let wanted = all.into_iter().filter(|(number, event)| *number >= least && event.name == name);
            Ok(Ok(wanted.map(|(_, event)| event.fields).collect()))
        }
        ("Door Lock", command) => {
            Ok(invoke(device, peer, step.timed, command, arguments).map(|response| vec![response]))
        }
        ("DelayCommands", "WaitForCommissionee") => Ok(Ok(vec![Value::Null])),
        ("DelayCommands", "WaitForMs") => {
            let ms = arguments.get("ms").and_then(Value::as_u64);
            device.wait(ms.ok_or_else(|| Outcome::Failed("WaitForMs without ms".to_owned()))?);
            Ok(Ok(vec![Value::Null]))
        }
        // the window is the gateway's business; the lock learns of the new controller when it is paired
        ("Administrator Commissioning" | "AdministratorCommissioning", _) => Ok(Ok(vec![Value::Null])),
        ("CommissionerCommands", "PairWithCode") => match device.pair(peer) {
            lock::Answer::Done => Ok(Ok(vec![Value::Null])),
            _ => Err(Outcome::Failed("the second controller was refused".to_owned())),
        },
        ("SystemCommands", "Reboot") => {
            device.reboot();
            Ok(Ok(vec![Value::Null]))
        }
        ("LogCommands", _) => Err(Outcome::Skipped("asks a person".to_owned())),
        (cluster, command) => Err(Outcome::Skipped(format!("no {cluster}/{command} on this bench"))),
    }
}

fn compare(step: &Step, given: Given, names: &mut check::Names) -> Result<(), String> {
    let wanted = step.responses.first().and_then(|response| response.get("error")).and_then(Value::as_str);
    let values = match (given, wanted) {
        (Err(fault), Some(wanted)) => {
            let cluster = step.responses.first().and_then(|response| response.get("clusterError"));
            if fault.status != wanted {
                return Err(format!("expected {wanted}, got {}", fault.status));
            }
            if let Some(wanted) = cluster.and_then(Value::as_u64)
                && fault.cluster != Some(wanted)
            {
                return Err(format!("expected cluster status {wanted}, got {:?}", fault.cluster));
            }
            return Ok(());
        }
        (Err(fault), None) => return Err(format!("expected success, got {}", fault.status)),
        (Ok(_), Some("SUCCESS")) => return Ok(()),
        (Ok(_), Some(wanted)) => return Err(format!("expected {wanted}, got success")),
        (Ok(values), None) => values,
    };
    if step.responses.is_empty() && !step.listed {
        return Ok(());
    }
    let event = step.command == "readEvent";
    if (step.listed || event) && values.len() != step.responses.len() {
        return Err(format!("expected {} responses, got {}: {values:?}", step.responses.len(), values.len()));
    }
    for (expected, actual) in step.responses.iter().zip(&values) {
        one_response(expected, actual, event, names)?;
    }
    Ok(())
}

fn one_response(
    expected: &Value,
    actual: &Value,
    event: bool,
    names: &mut check::Names,
) -> Result<(), String> {
    let Some(expected) = expected.as_object() else { return Err("a response is not a mapping".to_owned()) };
    let Some(Value::Array(fields)) = expected.get("values") else {
        return check::block(expected, actual, names);
    };
    for field in fields {
        let Some(block) = field.as_object() else { return Err("a field is not a mapping".to_owned()) };
        match block.get("name").and_then(Value::as_str) {
            Some(name) => {
                let value = actual.get(name).unwrap_or(&Value::Null).clone();
                check::block(block, &value, names).map_err(|why| format!("{name}: {why}"))?;
            }
            None if event => check::block(block, actual, names)?,
            None => return Err("a field has no name".to_owned()),
        }
    }
    Ok(())
}
