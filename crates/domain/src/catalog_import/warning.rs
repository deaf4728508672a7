use std::collections::HashMap;
use std::fmt;

use super::limits::SPELLINGS_REPORTED_MAX;
use super::subject::{ImportField, ImportSubject};
use crate::{ProductId, ServicePlanId};

/// Something odd about an imported catalog, which was taken all the same.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ImportWarning {
    /// One identifier came with several spellings; the first was taken.
    SpellingVariant {
        /// The product or plan.
        subject: ImportSubject,
        /// What was spelled differently.
        field: ImportField,
        /// The spelling taken.
        kept: String,
        /// The others, in order of appearance: the first eight.
        ignored: Vec<String>,
    },
    /// Distinct products share a name, so people can't tell them apart by it.
    SharedName {
        /// Which name.
        field: ImportField,
        /// The name.
        text: String,
        /// The products, in order of their keys.
        products: Vec<ProductId>,
    },
    /// A product bundles several plans of one exclusion group: it can only be assigned with all
    /// but one of them switched off.
    SelfExclusiveProduct {
        /// The product.
        product: ProductId,
        /// The group's name.
        group: String,
        /// The plans that exclude one another, in order of their keys.
        plans: Vec<ServicePlanId>,
    },
    /// A rule repeats an earlier one; it was taken once.
    DuplicateRule {
        /// The rule.
        rule: ImportSubject,
    },
    /// A plan is in no product: rules name it, or it was described by itself.
    PlanInNoProduct {
        /// The plan.
        plan: ServicePlanId,
    },
}

impl fmt::Display for ImportWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SpellingVariant {
                subject,
                field,
                kept,
                ignored,
            } => write!(
                f,
                "{field} of {subject} is taken as {kept:?}, also spelled {ignored:?}"
            ),
            Self::SharedName {
                field,
                text,
                products,
            } => write!(
                f,
                "{field} {text:?} is shared by {} products",
                products.len()
            ),
            Self::SelfExclusiveProduct {
                product,
                group,
                plans,
            } => write!(
                f,
                "product {product} has {} service plans of exclusion group {group:?}; all but one must be switched off",
                plans.len()
            ),
            Self::DuplicateRule { rule } => write!(f, "{rule} is repeated; it is taken once"),
            Self::PlanInNoProduct { plan } => write!(f, "service plan {plan} is in no product"),
        }
    }
}

/// The warnings of an import, each once, in the order in which they arose.
#[derive(Debug, Clone, Default)]
pub(super) struct Warnings {
    list: Vec<ImportWarning>,
    variants: HashMap<(ImportSubject, ImportField), usize>,
    duplicates: HashMap<ImportSubject, usize>,
}

impl Warnings {
    pub(super) fn push(&mut self, warning: ImportWarning) {
        self.list.push(warning);
    }

    /// Reports a spelling that was not taken.
    pub(super) fn spelling(
        &mut self,
        subject: &ImportSubject,
        field: ImportField,
        kept: &str,
        other: &str,
    ) {
        let list = &mut self.list;
        let index = *self
            .variants
            .entry((subject.clone(), field))
            .or_insert_with(|| {
                list.push(ImportWarning::SpellingVariant {
                    subject: subject.clone(),
                    field,
                    kept: kept.to_owned(),
                    ignored: Vec::new(),
                });
                list.len() - 1
            });
        if let Some(ImportWarning::SpellingVariant { ignored, .. }) = list.get_mut(index)
            && ignored.len() < SPELLINGS_REPORTED_MAX
            && !ignored.iter().any(|reported| reported == other)
        {
            ignored.push(other.to_owned());
        }
    }

    /// Reports a rule that repeats an earlier one.
    pub(super) fn duplicate(&mut self, rule: ImportSubject) {
        let list = &mut self.list;
        self.duplicates.entry(rule).or_insert_with_key(|rule| {
            list.push(ImportWarning::DuplicateRule { rule: rule.clone() });
            list.len() - 1
        });
    }

    pub(super) fn into_list(self) -> Vec<ImportWarning> {
        self.list
    }
}
