use super::*;

fn plans(keys: &[u32]) -> PlanSet {
    keys.iter().copied().map(PlanKey).collect()
}

#[test]
fn plans_come_back_as_written() {
    for keys in [&[][..], &[0], &[3, 17, 64, 200]] {
        let set = plans(keys);
        assert_eq!(parse_plans(&plans_text(&set)), Some(set));
    }
    assert_eq!(plans_text(&plans(&[17, 3])), "3 17");
}

#[test]
fn damaged_plans_are_noticed() {
    assert_eq!(parse_plans("3 x"), None);
    assert_eq!(parse_plans("-1"), None);
    assert_eq!(parse_plans("4294967295"), None);
}

#[test]
fn equal_texts_share_a_holding() {
    let mut holdings = Holdings::default();
    let one = holdings.index_of("4 \n7 1 2").unwrap();
    let none = holdings.index_of("").unwrap();
    assert_ne!(one, none);
    assert_eq!(holdings.index_of("4 \n7 1 2"), Some(one));
    assert_eq!(holdings.index_of("4"), None);
    let distinct = holdings.into_distinct();
    assert_eq!(distinct.len(), 2);
    assert_eq!(distinct[1], Holding::default());
    let products: Vec<_> = distinct[0]
        .licenses
        .iter()
        .map(|held| held.product.0)
        .collect();
    assert_eq!(products, [4, 7]);
    assert_eq!(distinct[0].licenses[1].disabled_plans, plans(&[1, 2]));
}
