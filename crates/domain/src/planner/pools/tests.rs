use super::*;

fn pool(product: u32, available: i64) -> SeatPool {
    SeatPool {
        product: ProductKey(product),
        entitled: true,
        assignable: true,
        active: 10,
        assigned: 10 - available,
        available,
    }
}

#[test]
fn pools_are_found_by_product_in_whatever_order_they_came() {
    let pools = SeatPools::new(vec![pool(7, 1), pool(3, 2)]);
    assert_eq!(pools.get(ProductKey(3)), Some(&pool(3, 2)));
    assert_eq!(pools.get(ProductKey(7)), Some(&pool(7, 1)));
    assert_eq!(pools.get(ProductKey(5)), None);
    let products: Vec<ProductKey> = pools.iter().map(|pool| pool.product).collect();
    assert_eq!(products, [3, 7].map(ProductKey));
}

#[test]
fn taking_a_seat_moves_it_from_available_to_assigned() {
    let mut pools = SeatPools::new(vec![pool(3, 2)]);
    pools.take(0, 1);
    assert_eq!(pools.get(ProductKey(3)), Some(&pool(3, 1)));
    assert_eq!(pools.taken(ProductKey(3)), 1);
    pools.take(0, -1);
    assert_eq!(pools.get(ProductKey(3)), Some(&pool(3, 2)));
    assert_eq!(pools.taken(ProductKey(3)), 0);
}

#[test]
fn a_pool_set_right_between_chunks_is_the_one_drawn_on() {
    let mut pools = SeatPools::new(vec![pool(3, 0)]);
    let slot = pools.slot_of(ProductKey(3));
    assert_eq!(pools.state_of(slot), SeatState::Exhausted { available: 0 });
    *pools.get_mut(ProductKey(3)).unwrap() = pool(3, 1);
    assert_eq!(pools.state_of(slot), SeatState::Free { in_grace: false });
}

fn buying(pool: SeatPool) -> SeatPools {
    SeatPools::buying(vec![(pool, true)])
}

#[test]
fn a_pool_that_buys_takes_what_it_has_before_it_buys() {
    let mut pools = buying(pool(3, 2));
    for _ in 0..5 {
        assert_eq!(pools.state_of(Some(0)), SeatState::Free { in_grace: false });
        pools.take(0, 1);
    }
    assert_eq!(pools.bought().collect::<Vec<_>>(), [(ProductKey(3), 3)]);
    assert_eq!(pools.get(ProductKey(3)).unwrap().available, 0);
}

#[test]
fn seats_below_zero_are_bought_first() {
    let mut pools = buying(pool(3, -4));
    pools.take(0, 1);
    pools.take(0, 1);
    assert_eq!(pools.bought().collect::<Vec<_>>(), [(ProductKey(3), 6)]);
}

#[test]
fn seats_that_are_freed_are_not_bought() {
    let mut pools = buying(pool(3, -4));
    pools.take(0, -1);
    assert_eq!(pools.bought().count(), 0);
    assert_eq!(pools.get(ProductKey(3)).unwrap().available, -3);
}

#[test]
fn a_product_without_an_entitlement_is_bought_from_the_first_seat() {
    let mut pools = buying(SeatPool::not_entitled(ProductKey(3)));
    assert_eq!(pools.state_of(Some(0)), SeatState::Free { in_grace: false });
    pools.take(0, 1);
    let bought = pools.get(ProductKey(3)).unwrap();
    assert!(bought.entitled && bought.assignable);
    assert_eq!(
        (bought.active, bought.assigned, bought.available),
        (1, 1, 0)
    );
}

#[test]
fn a_pool_that_may_not_buy_runs_out() {
    let pools = SeatPools::buying(vec![(pool(3, 0), false)]);
    assert_eq!(
        pools.state_of(Some(0)),
        SeatState::Exhausted { available: 0 }
    );
}

#[test]
fn a_seat_bought_while_others_are_in_grace_is_beyond_the_active_ones() {
    let in_grace = SeatPool {
        active: 2,
        assigned: 5,
        ..pool(3, 0)
    };
    assert_eq!(
        buying(in_grace).state_of(Some(0)),
        SeatState::Free { in_grace: true }
    );
}
