//! Pages of lists (contract 3.3).

use std::collections::HashMap;

use axum::Json;
use axum::extract::Query;
use serde_json::{Value, json};

use super::gate::Era;
use super::legacy::Answer;
use super::refusals::Failure;
use super::shapes::Shapes;
use crate::fronts::moments;
use crate::model::Micros;
use crate::store::Before;
use crate::switches::voipbin::{LastPageToken, VoipBinSwitches};

/// The query of a request.
pub(super) type Asked = Query<HashMap<String, String>>;

/// The page that a query asks for. A size out of range is the largest.
pub(super) fn asked(switches: &VoipBinSwitches, query: &Asked) -> Before {
    let cap = switches.page_size_cap.clamp(1, 100);
    let size = query
        .get("page_size")
        .and_then(|size| size.parse().ok())
        .filter(|size| (1..=cap).contains(size))
        .unwrap_or(cap);
    let token = query.get("page_token").filter(|token| !token.is_empty());
    let moment = token
        .and_then(|token| moments::read(token))
        .unwrap_or(Micros(i64::MAX));
    Before { moment, size }
}

/// Cuts a page out of a whole list.
pub(super) fn cut<T>(rows: Vec<T>, before: Before, moment: fn(&T) -> Micros) -> Vec<T> {
    let mut rows: Vec<_> = rows
        .into_iter()
        .filter(|row| moment(row) < before.moment)
        .collect();
    rows.sort_by_key(|row| std::cmp::Reverse(moment(row)));
    rows.truncate(usize::try_from(before.size).unwrap_or(usize::MAX));
    rows
}

/// The page as it is answered: what was found, each as its row says, with the
/// moment by which the next page is asked for.
pub(super) fn page<T>(
    shapes: Shapes<'_>,
    before: Before,
    found: &[T],
    moment: fn(&T) -> Micros,
    row: impl FnMut(&T) -> Result<Value, Failure>,
) -> Answer {
    let rows = found.iter().map(row).collect::<Result<_, _>>()?;
    let last = found.last().map(moment);
    Ok(Json(envelope(shapes, before, rows, last)))
}

/// A list in its envelope; `last` is the moment of the last row.
fn envelope(shapes: Shapes<'_>, before: Before, rows: Vec<Value>, last: Option<Micros>) -> Value {
    let is_last = rows.len() < usize::try_from(before.size).unwrap_or(usize::MAX);
    let is_told = !is_last || shapes.switches.last_page_token == LastPageToken::Present;
    let token = match last {
        Some(moment) if is_told && shapes.era == Era::Legacy => moments::spaced(moment, 0),
        Some(moment) if is_told => moments::iso(moment),
        Some(_) | None => String::new(),
    };
    let mut page = json!({"next_page_token": token});
    page["result"] = Value::Array(rows);
    page
}
