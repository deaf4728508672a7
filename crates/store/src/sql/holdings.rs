//! The stored form of disabled plans: keys in ascending order, separated by spaces.

use std::collections::HashMap;

use seatkeeper_domain::{HeldLicense, Holding, HoldingIndex, PlanKey, PlanSet, ProductKey};

pub(super) fn plans_text(plans: &PlanSet) -> String {
    let keys: Vec<String> = plans.iter().map(|plan| plan.0.to_string()).collect();
    keys.join(" ")
}

/// Parses the text of [`plans_text`]; `None` when it is malformed.
pub(super) fn parse_plans(text: &str) -> Option<PlanSet> {
    /// Far above the keys of any catalog: a set takes memory in proportion to its greatest key.
    const PLAN_KEY_MAX: u32 = 1 << 20;
    text.split_ascii_whitespace()
        .map(|key| {
            let key = key.parse().ok().filter(|&key| key <= PLAN_KEY_MAX)?;
            Some(PlanKey(key))
        })
        .collect()
}

/// The distinct holdings of a chunk, indexed by their text, so that each is parsed only once.
///
/// The text of a holding has one line per license, ascending by product: the product's key, a
/// space, the disabled plans.
#[derive(Debug)]
pub(super) struct Holdings {
    distinct: Vec<Holding>,
    indices: HashMap<String, HoldingIndex>,
    /// The index of the last text: most users have the same holding as the previous user.
    last: Option<HoldingIndex>,
    last_text: String,
}

/// The holdings that members use, in order of first use.
#[derive(Debug)]
pub(super) struct UsedHoldings {
    read: Vec<Holding>,
    /// For each holding that was read, its index in `used`.
    indexes: Vec<Option<HoldingIndex>>,
    used: Vec<Holding>,
}

impl UsedHoldings {
    /// The index in `used` of a holding that [`Holdings`] numbered.
    pub(super) fn index_of(&mut self, read: HoldingIndex) -> HoldingIndex {
        let slot = read.0 as usize;
        if let Some(index) = self.indexes[slot] {
            return index;
        }
        let index = u32::try_from(self.used.len()).expect("holdings have 32-bit indexes");
        let index = HoldingIndex(index);
        self.indexes[slot] = Some(index);
        self.used.push(std::mem::take(&mut self.read[slot]));
        index
    }

    pub(super) fn into_holdings(self) -> Vec<Holding> {
        self.used
    }
}

/// The holding of users without a license.
pub(super) const NOTHING: HoldingIndex = HoldingIndex(0);

impl Holdings {
    pub(super) fn new() -> Self {
        Self {
            distinct: vec![Holding::default()],
            indices: HashMap::from([(String::new(), NOTHING)]),
            last: None,
            last_text: String::new(),
        }
    }

    /// The index of the holding with this text; `None` when the text can't be parsed.
    pub(super) fn index_of(&mut self, text: &str) -> Option<HoldingIndex> {
        if self.last.is_some() && self.last_text == text {
            return self.last;
        }
        let index = match self.indices.get(text) {
            Some(&index) => index,
            None => self.add(text)?,
        };
        self.last = Some(index);
        self.last_text.clear();
        self.last_text.push_str(text);
        self.last
    }

    fn add(&mut self, text: &str) -> Option<HoldingIndex> {
        let mut licenses = text
            .lines()
            .map(parse_license)
            .collect::<Option<Vec<HeldLicense>>>()?;
        licenses.sort_unstable_by_key(|license| license.product);
        let index = u32::try_from(self.distinct.len()).ok()?;
        let index = HoldingIndex(index);
        self.distinct.push(Holding { licenses });
        self.indices.insert(text.to_owned(), index);
        Some(index)
    }

    pub(super) fn into_used(self) -> UsedHoldings {
        UsedHoldings {
            indexes: vec![None; self.distinct.len()],
            read: self.distinct,
            used: Vec::new(),
        }
    }
}

fn parse_license(line: &str) -> Option<HeldLicense> {
    let (product, plans) = line.split_once(' ')?;
    Some(HeldLicense {
        product: ProductKey(product.parse().ok()?),
        disabled_plans: parse_plans(plans)?,
    })
}

#[cfg(test)]
mod tests;
