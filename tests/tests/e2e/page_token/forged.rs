//! Page tokens with changed parts.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, Statement};
use seatkeeper_tests::Storage;
use sha2::Sha256;

const KEY: std::ops::Range<usize> = 1..9;
const MAC: std::ops::Range<usize> = 9..25;
const DIGEST: std::ops::Range<usize> = 25..33;

/// The bytes of a token.
#[derive(Debug, Clone)]
pub(super) struct Token(Vec<u8>);

impl Token {
    pub(super) fn of(text: &str) -> Self {
        let bytes = URL_SAFE_NO_PAD.decode(text).unwrap();
        assert!(bytes.len() >= DIGEST.end, "{bytes:?}");
        Self(bytes)
    }

    pub(super) fn to_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.0)
    }

    /// This token with another cursor and the unchanged MAC.
    pub(super) fn at(&self, cursor: &[u8]) -> Self {
        Self([&self.0[..DIGEST.end], cursor].concat())
    }

    /// This token with another key number.
    pub(super) fn under(&self, key: i64) -> Self {
        let mut bytes = self.0.clone();
        bytes[KEY].copy_from_slice(&key.to_be_bytes());
        Self(bytes)
    }

    /// A token of an earlier version, without a MAC, for another cursor.
    pub(super) fn unauthenticated(&self, cursor: &[u8]) -> Self {
        Self([&[1], &self.0[DIGEST], cursor].concat())
    }

    /// This token with a MAC made from this secret.
    pub(super) fn signed(&self, secret: &[u8]) -> Self {
        let mut bytes = self.0.clone();
        let mut mac = Hmac::<Sha256>::new_from_slice(secret).unwrap();
        mac.update(b"seatkeeper page token");
        mac.update(&bytes[..KEY.end]);
        mac.update(&bytes[DIGEST.start..]);
        bytes[MAC].copy_from_slice(&mac.finalize().into_bytes()[..MAC.len()]);
        Self(bytes)
    }
}

/// The secret of the newest key, read from the database. Callers have no access to it.
pub(super) async fn secret(storage: &Storage) -> Vec<u8> {
    let newest = "FROM token_keys ORDER BY key_id DESC LIMIT 1";
    let hex: String = match storage {
        Storage::Postgres(database) => {
            let sql = format!("SELECT encode(secret, 'hex') {newest}");
            database.query(&sql).unwrap().trim().to_owned()
        }
        Storage::Sqlite(directory) => {
            let file = directory.path().join("seatkeeper.db");
            let mut options = ConnectOptions::new(format!("sqlite:{}", file.display()));
            options.max_connections(1).sqlx_logging(false);
            let file = Database::connect(options).await.unwrap();
            let sql = format!("SELECT hex(secret) {newest}");
            let statement = Statement::from_string(file.get_database_backend(), sql);
            let row = file.query_one_raw(statement).await.unwrap().unwrap();
            row.try_get_by_index(0).unwrap()
        }
    };
    let digits = hex.as_bytes().chunks(2);
    let bytes = digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16));
    bytes.map(Result::unwrap).collect()
}

/// Cursors that no list produces, and cursors with boundary values of numbers and texts: every
/// combination of one or two fields of a cursor.
pub(super) fn cursors() -> Vec<Vec<u8>> {
    let numbers = [0, 1, 2, 3, 9, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff];
    let numbers = numbers.into_iter().chain([
        1 << 62,
        i64::MAX.unsigned_abs(),
        1 << 63,
        u64::MAX - 1,
        u64::MAX,
    ]);
    let mut fields = Vec::new();
    for tag in 1..=4 {
        fields.extend(numbers.clone().map(|number| varint_field(tag, number)));
        for text in ["", "\0", "\u{7f}", "no such", "zzzz", &"x".repeat(900)] {
            fields.push(text_field(tag, text));
        }
    }
    let mut cursors = fields.clone();
    for side in 0..4 {
        let side = varint_field(1, side);
        cursors.extend(fields.iter().map(|field| [&side[..], field].concat()));
    }
    cursors.push(b"\xff".to_vec());
    cursors
}

fn varint_field(tag: u8, number: u64) -> Vec<u8> {
    let mut bytes = vec![tag << 3];
    varint(number, &mut bytes);
    bytes
}

fn text_field(tag: u8, text: &str) -> Vec<u8> {
    let mut bytes = vec![(tag << 3) | 2];
    varint(text.len() as u64, &mut bytes);
    bytes.extend_from_slice(text.as_bytes());
    bytes
}

fn varint(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(u8::try_from(number & 0x7f).unwrap() | 0x80);
        number >>= 7;
    }
    bytes.push(u8::try_from(number).unwrap());
}
