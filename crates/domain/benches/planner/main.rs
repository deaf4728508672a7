//! Benchmarks of the planner alone: it decides the same chunk of users repeatedly. Throughput
//! counts users times products, so a result is the time per user and product.

mod fixture;

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

use fixture::{Holders, PRODUCTS, catalog, chunk, planner, pools};

/// Users per chunk.
const USERS: u32 = 5_000;

fn benchmarks(criterion: &mut Criterion) {
    let shared = [
        ("users alike", Holders::Alike),
        ("users all different", Holders::Different),
    ];
    measure(criterion, "planner", &shared);
    // No cached decision can be reused.
    let unshared = [("users all with another input", Holders::Related)];
    measure(criterion, "planner_unshared", &unshared);
}

fn measure(criterion: &mut Criterion, group: &str, cases: &[(&str, Holders)]) {
    let mut group = criterion.benchmark_group(group);
    for &(name, holders) in cases {
        let catalog = Arc::new(catalog(holders));
        let state = chunk(holders, USERS);
        for products in [1, 2, PRODUCTS] {
            group.throughput(Throughput::Elements(u64::from(products * USERS)));
            group.bench_function(format!("{name}, {products} assigned"), |bencher| {
                // Each iteration has its own planner: decisions cached from an earlier chunk would
                // make different users cheap.
                bencher.iter_batched(
                    || (planner(&catalog, products), pools()),
                    |(mut planner, mut pools)| {
                        (planner.plan(black_box(&state), &mut pools), planner)
                    },
                    BatchSize::LargeInput,
                );
            });
        }
    }
    group.finish();
}

criterion_group!(planning, benchmarks);
criterion_main!(planning);
