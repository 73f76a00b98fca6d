//! The links against real counterparts: Mosquitto, Zigbee2MQTT and Z-Wave JS, started by the tests on free loopback
//! ports, skipped with a plain message where they are not installed; and processes of virtual locks.

// helpers outside test functions may fail loudly too, and wait by the real clock
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods
)]

mod behind_faults;
mod broker;
mod capture;
#[allow(dead_code, unreachable_pub)]
#[path = "../../../e2e/counterparts/processes.rs"]
mod processes;
mod rig;
#[allow(dead_code, unreachable_pub)]
#[path = "../../../e2e/counterparts/street.rs"]
mod street;
mod virtual_lock;
mod zigbee2mqtt;
mod zwave_js;
