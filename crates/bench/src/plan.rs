use crate::options::Options;

/// Sizes and number of runs of a measurement.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Users of the batches, ascending.
    pub(crate) sizes: Vec<usize>,
    /// The number of runs of each measurement.
    pub(crate) runs: usize,
    quick: bool,
}

impl Plan {
    pub(crate) fn new(options: &Options) -> Self {
        let mut sizes = if options.quick {
            vec![1_000, 10_000]
        } else {
            options.sizes.clone()
        };
        sizes.sort_unstable();
        sizes.dedup();
        Self {
            sizes,
            runs: if options.quick {
                1
            } else {
                options.runs.max(1)
            },
            quick: options.quick,
        }
    }

    /// Users of the largest batch.
    pub(crate) fn largest(&self) -> usize {
        self.sizes.last().copied().unwrap_or(1_000)
    }

    /// The full count, or a twentieth of it with `--quick`.
    pub(crate) fn count(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(20) } else { full }
    }
}
