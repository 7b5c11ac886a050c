//! One module for each back end whose wire protocol the server speaks. A front
//! translates between its wire and [`crate::chat::Chat`]; fronts do not know
//! of each other.

pub(crate) mod concierge;
mod moments;
pub(crate) mod onesmile;
mod silence;
pub(crate) mod voipbin;
