use std::str::FromStr;

/// A service plan of a product, as `PRODUCT:PLAN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanChoice {
    pub(super) product: String,
    pub(super) plan: String,
}

impl FromStr for PlanChoice {
    type Err = &'static str;

    fn from_str(given: &str) -> Result<Self, Self::Err> {
        match given.rsplit_once(':') {
            Some((product, plan)) if !product.is_empty() && !plan.is_empty() => Ok(Self {
                product: product.to_owned(),
                plan: plan.to_owned(),
            }),
            _ => Err("expected PRODUCT:PLAN, for example SPE_E3:SWAY"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_of_the_colon_are_needed() {
        assert!("SPE_E3:SWAY".parse::<PlanChoice>().is_ok());
        assert!("SPE_E3".parse::<PlanChoice>().is_err());
        assert!(":SWAY".parse::<PlanChoice>().is_err());
    }
}
