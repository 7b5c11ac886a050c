//! The widget.
pub mod view;
