use seatkeeper_domain::{
    CompiledCatalog, CustomerId, Decision, HeldLicense, MemberResult, Outcome, ProductDecision,
    ProductKey, UserId,
};
use seatkeeper_proto::{SharedResult, v1};

use super::violation::ViolationEncoder;
use super::{names, product, warning};

/// Encodes the results of a customer's users; each distinct decision is encoded only once.
pub(crate) struct ResultEncoder<'a> {
    catalog: &'a CompiledCatalog,
    user_prefix: String,
    only: Option<ProductKey>,
}

/// An encoded decision without the fields that differ between users.
struct EncodedDecision {
    license_results: Vec<v1::LicenseResult>,
    /// The licenses held afterwards, without the user's name; each user's name is put in front.
    licenses: Vec<Held>,
}

struct Held {
    /// `/licenses/{product}`
    suffix: String,
    license: v1::License,
}

impl Held {
    fn of(&self, user: &str) -> v1::License {
        v1::License {
            name: [user, &self.suffix].concat(),
            ..self.license.clone()
        }
    }
}

impl<'a> ResultEncoder<'a> {
    pub(crate) fn new(catalog: &'a CompiledCatalog, customer: &CustomerId) -> Self {
        let user_prefix = format!("{}/users/", names::customer(customer));
        Self {
            catalog,
            user_prefix,
            only: None,
        }
    }

    /// Limits the license results to one product; `None` keeps all products.
    pub(crate) fn only(mut self, product: Option<ProductKey>) -> Self {
        self.only = product;
        self
    }

    /// The part of the results that all users with this decision share.
    pub(crate) fn shared(&self, decision: &Decision) -> SharedResult {
        let encoded = self.decision(decision);
        let licenses = encoded.licenses.into_iter();
        let licenses = licenses.map(|held| (held.suffix, held.license)).collect();
        SharedResult::new(&encoded.license_results, licenses)
    }

    /// The part of a user's name before the user's identifier.
    pub(crate) fn user_prefix(&self) -> &str {
        &self.user_prefix
    }

    /// Encodes a single result.
    pub(crate) fn encode(&self, result: MemberResult<'_>) -> v1::UserResult {
        let encoded = self.decision(result.decision);
        let user = self.user_name(&result.member.user_id);
        let licenses = encoded.licenses.iter().map(|held| held.of(&user));
        v1::UserResult {
            sequence_number: result.sequence_number,
            request_index: result.member.request_index,
            license_results: encoded.license_results,
            licenses: licenses.collect(),
            user,
        }
    }

    /// The licenses that the user with this name holds.
    pub(crate) fn licenses(&self, user: &str, held: &[HeldLicense]) -> Vec<v1::License> {
        held.iter().map(|held| self.held(held).of(user)).collect()
    }

    fn user_name(&self, user: &UserId) -> String {
        [self.user_prefix.as_str(), user.as_str()].concat()
    }

    fn decision(&self, decision: &Decision) -> EncodedDecision {
        let wanted =
            |decided: &&ProductDecision| self.only.is_none_or(|product| decided.product == product);
        let held_after = decision.held_after.as_deref().unwrap_or_default();
        EncodedDecision {
            license_results: decision
                .products
                .iter()
                .filter(wanted)
                .map(|decided| self.license_result(decided))
                .collect(),
            licenses: held_after.iter().map(|held| self.held(held)).collect(),
        }
    }

    fn license_result(&self, decided: &ProductDecision) -> v1::LicenseResult {
        let violations = ViolationEncoder {
            catalog: self.catalog,
            failed: decided.product,
        };
        let warnings = decided.warnings.iter();
        v1::LicenseResult {
            product: product::name_of(self.catalog, decided.product),
            outcome: outcome(decided.outcome).into(),
            violations: decided
                .violations
                .iter()
                .map(|found| violations.encode(found))
                .collect(),
            warnings: warnings
                .map(|found| warning::to_proto(self.catalog, decided.product, found))
                .collect(),
        }
    }

    fn held(&self, held: &HeldLicense) -> Held {
        let product = product::known(self.catalog, held.product);
        Held {
            suffix: names::license("", &product.id),
            license: v1::License {
                product: names::product(&product.id),
                disabled_plans: product::plan_names(
                    self.catalog,
                    held.product,
                    held.disabled_plans.iter(),
                ),
                ..v1::License::default()
            },
        }
    }
}

pub(crate) fn outcome(outcome: Outcome) -> v1::Outcome {
    match outcome {
        Outcome::Assigned => v1::Outcome::Assigned,
        Outcome::Updated => v1::Outcome::Updated,
        Outcome::Revoked => v1::Outcome::Revoked,
        Outcome::Unchanged => v1::Outcome::Unchanged,
        Outcome::Failed => v1::Outcome::Failed,
        Outcome::Waitlisted => v1::Outcome::Waitlisted,
    }
}
