//! The chat without I/O.
