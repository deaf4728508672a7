use prost_types::FieldMask;

use crate::error::{FieldError, FieldErrors};

/// Which fields an update changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Mask {
    /// The fields that carry a value.
    Given,
    /// All fields.
    Everything,
    /// The fields with these paths.
    Named(Vec<String>),
}

impl Mask {
    /// Parses an update mask over the fields `known`.
    pub(crate) fn parse(given: Option<FieldMask>, known: &[&str]) -> Result<Self, FieldErrors> {
        let Some(FieldMask { paths }) = given.filter(|mask| !mask.paths.is_empty()) else {
            return Ok(Self::Given);
        };
        if paths == ["*"] {
            return Ok(Self::Everything);
        }
        let mut errors = FieldErrors::default();
        for (index, path) in paths.iter().enumerate() {
            if !known.contains(&path.as_str()) {
                let known = known.join(", ");
                let description = format!("{path:?} can't be updated; known are {known}");
                errors.push(
                    FieldError::invalid(format!("update_mask.paths[{index}]"), description)
                        .with("path", path),
                );
            }
        }
        errors.finish(Self::Named(paths))
    }

    /// Whether the update changes `field`; `carries_value` says whether the request has a value for
    /// it.
    pub(crate) fn has(&self, field: &str, carries_value: bool) -> bool {
        match self {
            Self::Given => carries_value,
            Self::Everything => true,
            Self::Named(paths) => paths.iter().any(|path| path == field),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(paths: &[&str]) -> FieldMask {
        FieldMask {
            paths: paths.iter().map(|&path| path.to_owned()).collect(),
        }
    }

    #[test]
    fn without_a_mask_the_fields_that_carry_a_value_change() {
        let parsed = Mask::parse(None, &["a", "b"]).unwrap();
        assert!(parsed.has("a", true));
        assert!(!parsed.has("b", false));
    }

    #[test]
    fn a_named_field_changes_even_to_nothing() {
        let parsed = Mask::parse(Some(mask(&["a"])), &["a", "b"]).unwrap();
        assert!(parsed.has("a", false));
        assert!(!parsed.has("b", true));
    }

    #[test]
    fn every_unknown_path_is_reported() {
        let errors = Mask::parse(Some(mask(&["a", "x", "y"])), &["a"]).unwrap_err();
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_str()).collect();
        assert_eq!(fields, ["update_mask.paths[1]", "update_mask.paths[2]"]);
    }
}
