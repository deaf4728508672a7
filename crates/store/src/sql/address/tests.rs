use super::*;

const SECRET: &str = "hunter2";

/// Parses an invalid URL and returns the text of the whole error chain.
fn wrong(url: &str) -> String {
    let error = Address::parse(url).unwrap_err();
    let mut text = format!("{error} {error:?}");
    let mut cause = std::error::Error::source(&error);
    while let Some(error) = cause {
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

#[test]
fn no_error_repeats_a_password() {
    for url in [
        "postgres//user:hunter2@host/database",
        "mysql://user:hunter2@host/database",
        "sqlite://hunter2.db",
        "postgres://user:hunter2@host:port/database",
        "postgres://user:hunter2@[host/database",
        "postgres://user:hunter2@host/database?sslmode=always",
        "postgres://user:12/hunter2@host/database",
        "postgres://user:12?hunter2@host/database",
        "postgres://user:12#hunter2@host/database",
    ] {
        let text = wrong(url);
        assert!(!text.contains(SECRET), "{text}");
        assert!(text.contains("database URL is wrong"), "{text}");
    }
}

#[test]
fn an_address_never_shows_its_password() {
    let address = Address::parse("postgres://user:hunter2@host/database").unwrap();
    assert!(!format!("{address:?}").contains(SECRET));
}

#[test]
fn parameters_unknown_to_the_driver_are_removed() {
    let known = with_known_parameters(
        "postgres://host/database",
        "sslmode=require&passwrd=hunter2&options[search_path]=own",
    );
    assert_eq!(
        known,
        "postgres://host/database?sslmode=require&options[search_path]=own"
    );
}

#[test]
fn both_schemes_of_postgres_are_taken() {
    Address::parse("postgres://user@host/database").unwrap();
    Address::parse("postgresql:///database?host=/run/postgresql&user=own").unwrap();
}
