use super::estimate::Estimate;
use super::pairs::{Compared, Pairs};
use super::stopping::is_enough;
use crate::Error;
use crate::protocol::{Figure, RoundRequest};

/// One of the two servers, with the driver that loads it.
pub(super) trait Side {
    /// Runs one round and returns its figures.
    fn round(&mut self, request: &RoundRequest) -> Result<Vec<Figure>, Error>;
}

/// Alternates rounds of the two servers until a scenario has enough pairs. The order is A B B A A B
/// B A …, so that a machine that gets slower or faster favors neither. An uncounted round of each
/// server precedes the first pair; it creates customers and fills caches. `report` is called after
/// each pair.
pub(super) fn take_turns(
    measured: &mut impl Side,
    baseline: &mut impl Side,
    request: &RoundRequest,
    pairs_max: usize,
    mut report: impl FnMut(&[Compared]),
) -> Result<Vec<Compared>, Error> {
    measured.round(request)?;
    baseline.round(request)?;
    let mut pairs = Pairs::default();
    loop {
        if pairs.count().is_multiple_of(2) {
            let first = measured.round(request)?;
            pairs.add(&first, &baseline.round(request)?)?;
        } else {
            let first = baseline.round(request)?;
            pairs.add(&measured.round(request)?, &first)?;
        }
        report(pairs.figures());
        let estimates: Vec<Estimate> = pairs.figures().iter().map(Compared::estimate).collect();
        if is_enough(&estimates, pairs.count(), pairs_max) {
            return Ok(pairs.into_figures());
        }
    }
}

#[cfg(test)]
mod tests;
