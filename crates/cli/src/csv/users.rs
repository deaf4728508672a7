use std::path::Path;

use seatkeeper_proto::v1::{User, user};

use super::{CsvError, CsvReader, Problem, Row};
use crate::identifier;

const STATES: &[&str] = &["active", "blocked"];

/// A file of users, read row by row. The column `sign_in_name` is required; `user_id`,
/// `display_name`, `department`, `job_title`, `usage_location` and `state` are optional.
pub(crate) struct UserCsv {
    reader: CsvReader,
    columns: Columns,
    customer: String,
}

/// One user row of a file.
#[derive(Debug)]
pub(crate) struct UserRow {
    /// The row's first line, counted from 1.
    pub(crate) line: u64,
    /// The user, or the error in the row.
    pub(crate) user: Result<User, CsvError>,
}

#[derive(Clone, Copy)]
struct Columns {
    id: Option<usize>,
    sign_in_name: usize,
    display_name: Option<usize>,
    department: Option<usize>,
    job_title: Option<usize>,
    usage_location: Option<usize>,
    state: Option<usize>,
}

impl UserCsv {
    pub(crate) fn open(path: &Path, customer: &str) -> Result<Self, CsvError> {
        Self::of_reader(CsvReader::open(path)?, customer)
    }

    fn of_reader(reader: CsvReader, customer: &str) -> Result<Self, CsvError> {
        let columns = Columns {
            id: reader.find(&["user_id"]),
            sign_in_name: reader.require(&[
                "sign_in_name",
                "principal_name",
                "user_principal_name",
            ])?,
            display_name: reader.find(&["display_name"]),
            department: reader.find(&["department"]),
            job_title: reader.find(&["job_title"]),
            usage_location: reader.find(&["usage_location"]),
            state: reader.find(&["state"]),
        };
        Ok(Self {
            reader,
            columns,
            customer: customer.to_owned(),
        })
    }

    /// The next user. An invalid row is returned as an error of that row; `Err` ends the file.
    pub(crate) fn next_user(&mut self) -> Result<Option<UserRow>, CsvError> {
        let columns = self.columns;
        let Some(row) = self.reader.next_row()? else {
            return Ok(None);
        };
        Ok(Some(UserRow {
            line: row.line(),
            user: columns.user(&row, &self.customer),
        }))
    }

    /// Bytes of the file read so far.
    pub(crate) fn position(&self) -> u64 {
        self.reader.position()
    }
}

impl Columns {
    fn user(self, row: &Row<'_>, customer: &str) -> Result<User, CsvError> {
        let sign_in_name = row.required(self.sign_in_name)?.to_owned();
        let id = match self.id {
            Some(column) if !row.cell(column).is_empty() => row.identifier(column)?,
            _ => row.identifier(self.sign_in_name)?,
        };
        let usage_location = match self.usage_location {
            Some(column) if !row.cell(column).is_empty() => row.country(column)?,
            _ => String::new(),
        };
        Ok(User {
            name: identifier::user(customer, &id),
            sign_in_name,
            display_name: row.cell_of(self.display_name).to_owned(),
            department: row.cell_of(self.department).to_owned(),
            job_title: row.cell_of(self.job_title).to_owned(),
            usage_location,
            state: self.state(row)?.into(),
            ..User::default()
        })
    }

    fn state(self, row: &Row<'_>) -> Result<user::State, CsvError> {
        let Some(column) = self.state else {
            return Ok(user::State::Active);
        };
        match row.cell(column).to_ascii_lowercase().as_str() {
            "" | "active" => Ok(user::State::Active),
            "blocked" => Ok(user::State::Blocked),
            given => {
                let given = given.to_owned();
                let accepted = STATES;
                Err(row.error(column, Problem::NotOneOf { given, accepted }))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(text: &'static str) -> Vec<UserRow> {
        let reader = CsvReader::of_text("users.csv", text.as_bytes()).unwrap();
        let mut reader = UserCsv::of_reader(reader, "contoso").unwrap();
        std::iter::from_fn(|| reader.next_user().unwrap()).collect()
    }

    #[test]
    fn the_sign_in_name_is_the_identifier_where_none_is_given() {
        let rows = users("user_id,sign_in_name\n,ann@x.example\nbob,bob@x.example\n");
        let names: Vec<_> = rows.into_iter().map(|row| row.user.unwrap().name).collect();
        let expected = [
            "customers/contoso/users/ann@x.example",
            "customers/contoso/users/bob",
        ];
        assert_eq!(names, expected);
    }

    #[test]
    fn former_headers_of_the_sign_in_name_are_accepted() {
        for text in ["principal_name\nann\n", "user_principal_name\nann\n"] {
            let [row] = &users(text)[..] else {
                panic!("{text}: one user");
            };
            assert_eq!(row.user.as_ref().unwrap().sign_in_name, "ann", "{text}");
        }
    }

    #[test]
    fn a_row_that_makes_no_user_does_not_end_the_file() {
        let rows = users("sign_in_name,state\nann,asleep\nbob,Blocked\n");
        let error = rows[0].user.as_ref().unwrap_err();
        assert_eq!(error.to_string(), "users.csv line 2, column `state`");
        let bob = rows[1].user.as_ref().unwrap();
        assert_eq!(bob.state(), user::State::Blocked);
    }

    #[test]
    fn a_missing_usage_location_stays_missing() {
        let rows = users("sign_in_name,usage_location\nann,\nbob,ch\n");
        let locations: Vec<_> = rows
            .iter()
            .map(|row| row.user.as_ref().unwrap().usage_location.as_str())
            .collect();
        assert_eq!(locations, ["", "CH"]);
    }
}
