use serde::Serialize;

/// Whether the measured server is slower than the baseline in one figure. The worst verdict is
/// last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Verdict {
    /// The median is at least 0.97 and the interval's lower end at least 0.95.
    NoSlower,
    /// The interval is wide and includes 1: both equal servers and a slower server explain it.
    Undecided,
    /// The figure is not "no slower", and the interval excludes 1 or is narrow.
    Slower,
}

impl Verdict {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::NoSlower => "no slower",
            Self::Slower => "slower",
            Self::Undecided => "undecided",
        }
    }

    /// The verdict on all figures together: a slower figure outweighs an undecided one.
    pub(crate) fn worst(verdicts: impl Iterator<Item = Self>) -> Self {
        verdicts.max().unwrap_or(Self::NoSlower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_figure_that_is_slower_outweighs_all_others() {
        let verdicts = [Verdict::Slower, Verdict::Undecided, Verdict::NoSlower];
        assert_eq!(Verdict::worst(verdicts.into_iter()), Verdict::Slower);
        let verdicts = [Verdict::NoSlower, Verdict::Undecided];
        assert_eq!(Verdict::worst(verdicts.into_iter()), Verdict::Undecided);
    }
}
