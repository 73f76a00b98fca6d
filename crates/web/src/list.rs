//! A list of people as comma-separated text: read for an import, with the line and the column of what is wrong.

use access::{PersonKind, Pin};
use hub::ImportLine;
use jiff::civil::DateTime;

use crate::problem::Problem;

/// The columns, in the order in which the export writes them; a file may leave out all but `person`.
pub(crate) const COLUMNS: [&str; 9] =
    ["person", "kind", "place", "schedule", "from", "until", "once", "reason", "code"];

/// Reads a list. The first line names the columns.
///
/// # Errors
/// A problem that names the line and the column; it never repeats a code.
pub(crate) fn read(text: &str) -> Result<Vec<ImportLine>, Problem> {
    // the reader counts a line that ends in two characters where the next one begins
    let text = text.replace("\r\n", "\n");
    let mut reader =
        csv::ReaderBuilder::new().trim(csv::Trim::All).flexible(false).from_reader(text.as_bytes());
    let head = reader.headers().map_err(|_| wrong(1, "the first line cannot be read"))?.clone();
    let mut places = [None; COLUMNS.len()];
    for (at, name) in head.iter().enumerate() {
        let name = name.trim_start_matches('\u{feff}').to_lowercase();
        let column = COLUMNS.iter().position(|known| *known == name);
        let column = column.ok_or_else(|| {
            wrong(
                1,
                &format!(
                    "there is no column {:?}: {} are known",
                    name.chars().take(40).collect::<String>(),
                    COLUMNS.join(", ")
                ),
            )
        })?;
        if places[column].replace(at).is_some() {
            return Err(wrong(1, &format!("the column {name} stands there twice")));
        }
    }
    if places[0].is_none() {
        return Err(wrong(1, "there is no column person"));
    }
    let mut lines = Vec::new();
    for record in reader.records() {
        let record = record.map_err(|error| {
            let number = error.position().map_or(0, csv::Position::line);
            wrong(number, "it has another number of columns than the first line, or is no UTF-8 text")
        })?;
        let number = record.position().map_or(0, csv::Position::line);
        let field = |name: &str| {
            let column = COLUMNS.iter().position(|known| *known == name);
            let at = column.and_then(|column| places[column]);
            at.and_then(|at| record.get(at)).unwrap_or_default()
        };
        lines.push(line(number, field)?);
    }
    Ok(lines)
}

fn line<'a>(number: u64, field: impl Fn(&str) -> &'a str) -> Result<ImportLine, Problem> {
    let moment = |name: &str| -> Result<Option<DateTime>, Problem> {
        let text = field(name);
        if text.is_empty() {
            return Ok(None);
        }
        let read = text.replacen(' ', "T", 1).parse::<DateTime>();
        read.map(Some).map_err(|_| wrong(number, &format!("{name}: write it as 2027-06-30T18:00")))
    };
    let kind = match field("kind").to_lowercase().as_str() {
        "" | "guest" => PersonKind::Guest,
        "resident" => PersonKind::Resident,
        "service" => PersonKind::Service,
        _ => return Err(wrong(number, "kind: resident, guest or service")),
    };
    let once = match field("once").to_lowercase().as_str() {
        "" | "no" | "false" | "0" => false,
        "yes" | "true" | "1" => true,
        _ => return Err(wrong(number, "once: yes or no")),
    };
    let code = match field("code") {
        "" => None,
        text => Some(Pin::parse(text).map_err(|error| wrong(number, &format!("code: {error}")))?),
    };
    if field("person").is_empty() {
        return Err(wrong(number, "person: a name is missing"));
    }
    Ok(ImportLine {
        number,
        person: field("person").to_owned(),
        kind,
        place: field("place").to_owned(),
        schedule: field("schedule").to_owned(),
        from: moment("from")?,
        until: moment("until")?,
        once,
        reason: field("reason").to_owned(),
        code,
    })
}

fn wrong(number: u64, what: &str) -> Problem {
    Problem::bad_input(format!("Line {number}: {what}."))
}

#[cfg(test)]
mod tests {
    use super::read;
    use access::PersonKind;

    fn message(text: &str) -> String {
        read(text).err().map(|problem| problem.message).unwrap_or_default()
    }

    /// P1, pain 16: a leading zero lives, quotes and commas in names are kept, columns come in any order.
    #[test]
    fn a_list_is_read() {
        let text = "code,person,place,until,kind\r\n004711,\"Ana, the cleaner\",Front door,2027-06-30 18:00,service\r\n\
                    ,Ben,,,\r\n";
        let lines = read(text).unwrap_or_default();
        assert_eq!(lines.len(), 2);
        assert_eq!(lines[0].code.as_ref().map(|pin| pin.expose().to_owned()), Some("004711".to_owned()));
        assert_eq!((lines[0].person.as_str(), lines[0].kind), ("Ana, the cleaner", PersonKind::Service));
        assert_eq!(lines[0].until.map(|at| at.to_string()), Some("2027-06-30T18:00:00".to_owned()));
        assert_eq!((lines[1].number, lines[1].place.as_str(), lines[1].code.is_none()), (3, "", true));
        assert_eq!(read("\u{feff}person\nAna\n").map(|lines| lines.len()).unwrap_or(0), 1);
    }

    /// What is wrong is said with its line, and a code is not repeated.
    #[test]
    fn what_is_wrong_is_named() {
        assert!(message("name\nAna\n").contains("Line 1: there is no column \"name\""));
        assert!(message("person,person\n").contains("twice"));
        assert!(message("kind\nguest\n").contains("no column person"));
        assert!(message("person,until\nAna,soon\n").starts_with("Line 2: until"));
        assert!(message("person,code\nAna,471x1\n").starts_with("Line 2: code"));
        assert!(!message("person,code\nAna,471x1\n").contains("471"));
        assert!(message("person,code\nAna\n").contains("Line 2"));
        assert!(message("person,kind\n,guest\n").contains("name is missing"));
        assert!(message("person,once\nAna,perhaps\n").contains("once"));
    }
}
