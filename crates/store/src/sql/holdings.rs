//! Disabled plans as stored: keys in ascending order, separated by spaces.

use std::collections::HashMap;

use seatkeeper_domain::{HeldLicense, Holding, HoldingIndex, PlanKey, PlanSet, ProductKey};

pub(super) fn plans_text(plans: &PlanSet) -> String {
    let keys: Vec<String> = plans.iter().map(|plan| plan.0.to_string()).collect();
    keys.join(" ")
}

/// What [`plans_text`] wrote; `None` when it did not.
pub(super) fn parse_plans(text: &str) -> Option<PlanSet> {
    /// No catalog comes near; a set is as large as its greatest key.
    const PLAN_KEY_MAX: u32 = 1 << 20;
    text.split_ascii_whitespace()
        .map(|key| {
            let key = key.parse().ok().filter(|&key| key <= PLAN_KEY_MAX)?;
            Some(PlanKey(key))
        })
        .collect()
}

/// The distinct holdings of a chunk, told apart by their text, so that each is parsed once.
///
/// The text of a holding has a line for each license, ascending by product: the product's key,
/// a space, the disabled plans.
#[derive(Debug)]
pub(super) struct Holdings {
    distinct: Vec<Holding>,
    indices: HashMap<String, HoldingIndex>,
    /// Most users hold what the one before them holds.
    last: Option<HoldingIndex>,
    last_text: String,
}

/// Holdings in the order in which members use them; unused ones are left out.
#[derive(Debug)]
pub(super) struct UsedHoldings {
    read: Vec<Holding>,
    /// For each holding that was read, its index among the used.
    indexes: Vec<Option<HoldingIndex>>,
    used: Vec<Holding>,
}

impl UsedHoldings {
    /// The index of a holding, as [`Holdings`] numbered it, among those used.
    pub(super) fn index_of(&mut self, read: HoldingIndex) -> HoldingIndex {
        let slot = read.0 as usize;
        if let Some(index) = self.indexes[slot] {
            return index;
        }
        let index = u32::try_from(self.used.len()).expect("there are no more than were read");
        let index = HoldingIndex(index);
        self.indexes[slot] = Some(index);
        self.used.push(std::mem::take(&mut self.read[slot]));
        index
    }

    pub(super) fn into_holdings(self) -> Vec<Holding> {
        self.used
    }
}

/// What those hold who hold nothing.
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

    /// The index of the holding with this text; `None` when the text can't be read.
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
