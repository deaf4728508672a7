use std::collections::HashMap;
use std::fmt;

use super::limits::SPELLINGS_REPORTED_MAX;
use super::subject::{ImportField, ImportSubject};
use crate::{ProductId, ServicePlanId};

/// An unusual entry of an imported catalog; the import accepts it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum ImportWarning {
    /// One identifier has several spellings of a field; the first one was kept.
    SpellingVariant {
        /// The product or plan.
        subject: ImportSubject,
        /// The field with several spellings.
        field: ImportField,
        /// The spelling that was kept.
        kept: String,
        /// The ignored spellings in order of appearance, at most eight.
        ignored: Vec<String>,
    },
    /// Several products share a name, so people can't distinguish them by it.
    SharedName {
        /// The field with the name.
        field: ImportField,
        /// The shared name.
        text: String,
        /// The products, in order of their keys.
        products: Vec<ProductId>,
    },
    /// A product bundles several plans of one exclusion group: it can only be assigned with all but
    /// one of them disabled.
    SelfExclusiveProduct {
        /// The product.
        product: ProductId,
        /// The group's name.
        group: String,
        /// The plans that exclude each other, in order of their keys.
        plans: Vec<ServicePlanId>,
    },
    /// A rule repeats an earlier one; it was imported once.
    DuplicateRule {
        /// The rule.
        rule: ImportSubject,
    },
    /// No product bundles a plan: only a rule or the plan's own description mentions it.
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
                "{field} of {subject} is kept as {kept:?}; other spellings are ignored: {ignored:?}"
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
                "product {product} has {} service plans of exclusion group {group:?}; all but one must be disabled",
                plans.len()
            ),
            Self::DuplicateRule { rule } => write!(f, "{rule} is repeated; it is imported once"),
            Self::PlanInNoProduct { plan } => write!(f, "service plan {plan} is in no product"),
        }
    }
}

/// The warnings of an import without duplicates, in the order of their detection.
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

    /// Reports an ignored spelling.
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
