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
    let mut holdings = Holdings::new();
    let other = holdings.index_of("9 ").unwrap();
    let one = holdings.index_of("4 \n7 1 2").unwrap();
    assert_ne!(one, other);
    assert_eq!(holdings.index_of("4 \n7 1 2"), Some(one));
    assert_eq!(holdings.index_of(""), Some(NOTHING));
    assert_eq!(holdings.index_of("4"), None);

    let mut used = holdings.into_used();
    assert_eq!(used.index_of(one), HoldingIndex(0));
    assert_eq!(used.index_of(NOTHING), HoldingIndex(1));
    assert_eq!(used.index_of(one), HoldingIndex(0));
    let listed = used.into_holdings();
    assert_eq!(listed.len(), 2);
    assert_eq!(listed[1], Holding::default());
    let [four, seven] = listed[0].licenses.as_slice() else {
        panic!("{listed:?}");
    };
    assert_eq!(
        (four.product, seven.product),
        (ProductKey(4), ProductKey(7))
    );
    assert_eq!(seven.disabled_plans, plans(&[1, 2]));
}
