//! The roads to real locks: each adapter implements [`hub::ports::Link`] for one kind of gateway and knows
//! nothing of the others.
//!
//! - [`zigbee2mqtt`]: Zigbee locks behind a Zigbee2MQTT, over MQTT.
//! - [`faulty`]: a wrapper that makes any link unreliable, from a seed: for tests and the simulator.
//!
//! A link translates. It keeps no wish, retries nothing and decides nothing.

pub mod faulty;
pub mod zigbee2mqtt;
