//! One binary for every test of the API.
