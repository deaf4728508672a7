use crate::options::Options;

/// How much is measured.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    /// Users of the batches, ascending.
    pub(crate) sizes: Vec<usize>,
    /// How often each measurement is taken.
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

    /// So many, or a twentieth of them where only the works are tried.
    pub(crate) fn count(&self, full: usize) -> usize {
        if self.quick { full.div_ceil(20) } else { full }
    }
}
