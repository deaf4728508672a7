use seatkeeper_domain::{BatchMode, ShortagePolicy};
use seatkeeper_engine::{BatchRequest, EngineError, PreviewEvent, Selector};

use crate::stores::on_every_store;
use crate::world::{Told, World, told_of, users};

async fn preview(world: &World, request: BatchRequest, selector: Selector) -> Vec<Told> {
    let mut preview = world.engine.preview_batch(request, selector).await.unwrap();
    let mut told = Vec::new();
    let mut finished = false;
    while let Some(event) = preview.next().await.unwrap() {
        match event {
            PreviewEvent::Started { .. } => assert!(told.is_empty()),
            PreviewEvent::Results(changes) => told.extend(changes.results().map(told_of)),
            PreviewEvent::Finished { users, .. } => {
                assert_eq!(usize::try_from(users).unwrap(), told.len());
                finished = true;
            }
        }
    }
    assert!(finished, "a dry run ends with finished");
    told
}

on_every_store! {
    async fn a_dry_run_decides_as_the_batch_then_does(world: World) {
        world.add_users(13).await;
        world.buy("suite", 7).await;
        for mode in [BatchMode::PerUser, BatchMode::PerLicense, BatchMode::AllOrNothing] {
            let mut request = world.request(&["suite", "addon"], &[]);
            request.mode = mode;
            let foreseen = preview(&world, request.clone(), Selector::All).await;
            let (told, _) = world.run(request, Selector::All).await;
            assert_eq!(foreseen, told, "{mode:?}");
        }
    }

    async fn a_dry_run_writes_nothing(world: World) {
        world.add_users(5).await;
        world.buy("suite", 7).await;
        preview(&world, world.request(&["suite"], &[]), Selector::All).await;
        assert!(world.holdings().await.is_empty());
        let batches = world.engine.list_batches(&world.customer, None, 10).await.unwrap();
        assert_eq!(batches.total, 0);
    }

    async fn a_dry_run_of_require_all_tells_what_is_short(world: World) {
        world.add_users(5).await;
        world.buy("suite", 3).await;
        let mut request = world.request(&["suite"], &[]);
        request.shortage = ShortagePolicy::RequireAll;
        let refused = world.engine.preview_batch(request, users(&["u1", "u2", "u3", "u4"])).await;
        let Err(EngineError::SeatsShort(shortages)) = refused else { panic!("not refused") };
        assert_eq!(shortages[0].short(), 1);
    }
}
