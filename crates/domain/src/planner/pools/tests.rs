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
