//! The roads to real locks: each adapter implements [`hub::ports::Link`] for one kind of gateway and knows
//! nothing of the others.
//!
//! - [`zigbee2mqtt`]: Zigbee locks behind a Zigbee2MQTT, over MQTT.
//! - [`zwave_js`]: Z-Wave locks behind a Z-Wave JS server, over its WebSocket.
//! - [`virtual_lock`]: the virtual locks of this house, over their byte protocol, with their supervisor.
//! - `gateway`: what those of other makers have in common.
//! - [`faulty`]: a wrapper that makes any link unreliable, from a seed: for tests and the simulator.
//!
//! A link translates. It keeps no wish, retries nothing and decides nothing.

pub mod faulty;
mod gateway;
pub mod virtual_lock;
pub mod zigbee2mqtt;
pub mod zwave_js;
