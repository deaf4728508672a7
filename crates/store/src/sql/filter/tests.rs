use super::*;

#[test]
fn the_successor_follows_every_text_with_the_prefix() {
    assert_eq!(successor("ab").as_deref(), Some("ac"));
    assert_eq!(successor("").as_deref(), None);
    assert_eq!(successor("\u{10ffff}").as_deref(), None);
    assert_eq!(successor("a\u{10ffff}").as_deref(), Some("b"));
    assert_eq!(successor("\u{d7ff}").as_deref(), Some("\u{e000}"));
    for rest in ["", "a", "zzz", "\u{10ffff}\u{10ffff}"] {
        let text = format!("ab{rest}");
        assert!("ab" <= text.as_str() && text.as_str() < "ac");
    }
}

#[test]
fn values_are_bound() {
    use sea_orm::{DbBackend, EntityTrait, QueryFilter, QueryTrait};
    let filter = UserFilter::Text {
        field: UserTextField::DisplayName,
        matcher: TextMatch::Equals("o'hara".to_owned()),
    };
    let statement = user::Entity::find()
        .filter(condition(&filter))
        .build(DbBackend::Sqlite);
    assert!(!statement.sql.contains("hara"), "{}", statement.sql);
}
