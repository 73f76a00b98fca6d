//! Finding things by the name a person types: exact, then without case, or by id.

use anyhow::bail;
use serde_json::Value;

use crate::client::Client;
use crate::output::text;

/// The row of a list whose name or id is meant.
pub fn pick<'a>(rows: &'a Value, what: &str, meant: &str) -> anyhow::Result<&'a Value> {
    let rows = rows.as_array().map(Vec::as_slice).unwrap_or_default();
    let by = |same: &dyn Fn(&Value) -> bool| rows.iter().filter(|row| same(row)).collect::<Vec<_>>();
    let exact = by(&|row| text(row, "id") == meant || text(row, "name") == meant);
    let loose = by(&|row| text(row, "name").to_lowercase() == meant.to_lowercase());
    let found = if exact.is_empty() { loose } else { exact };
    match found.as_slice() {
        [one] => Ok(one),
        [] => {
            let names: Vec<String> = rows.iter().map(|row| text(row, "name")).collect();
            let known = if names.is_empty() { "there are none yet".to_owned() } else { names.join(", ") };
            bail!("there is no {what} called “{meant}” ({known})")
        }
        _ => bail!("more than one {what} is called “{meant}”: use its id"),
    }
}

/// The id of a thing by its list's path.
pub async fn id(client: &Client, path: &str, what: &str, meant: &str) -> anyhow::Result<String> {
    let rows = client.get(path, &[]).await?;
    Ok(text(pick(&rows, what, meant)?, "id"))
}
