//! The links against real counterparts: Mosquitto and Zigbee2MQTT, started by the tests on free loopback
//! ports. Skipped with a plain message where they are not installed.

// helpers outside test functions may fail loudly too, and wait by the real clock
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::disallowed_methods)]

mod broker;
mod capture;
#[allow(dead_code, unreachable_pub)]
#[path = "../../../e2e/counterparts/processes.rs"]
mod processes;
mod rig;
mod zigbee2mqtt;
