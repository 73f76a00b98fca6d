//! The guard asked from outside a handler: who may what, forms from other sites, headers. The ports are
//! fakes in memory; real journeys are in `e2e`, against the shipped binary.

mod authorisation;
mod fakes;
mod guard;
mod lab;
mod openapi;
