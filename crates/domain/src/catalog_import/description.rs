use super::error::{Errors, ImportError};
use super::limits::CATALOG_TEXT_LENGTH_MAX;
use super::subject::{ImportField, ImportSubject};
use super::warning::Warnings;
use crate::AppliesTo;

/// Names and scope that an import gives a product or plan; empty or `None` if not given.
#[derive(Debug, Clone, Default)]
pub(super) struct Description {
    pub(super) display_name: String,
    pub(super) part_number: String,
    pub(super) applies_to: Option<AppliesTo>,
}

impl Description {
    /// Copies values from `other` that are not set yet, and warns about values that differ.
    pub(super) fn describe(
        &mut self,
        other: Self,
        subject: &ImportSubject,
        warnings: &mut Warnings,
    ) {
        let texts = [
            (
                ImportField::DisplayName,
                &mut self.display_name,
                other.display_name,
            ),
            (
                ImportField::PartNumber,
                &mut self.part_number,
                other.part_number,
            ),
        ];
        for (field, kept, given) in texts {
            if kept.is_empty() {
                *kept = given;
            } else if !given.is_empty() && *kept != given {
                warnings.spelling(subject, field, kept, &given);
            }
        }
        match (self.applies_to, other.applies_to) {
            (Some(kept), Some(given)) if kept != given => {
                let field = ImportField::AppliesTo;
                warnings.spelling(
                    subject,
                    field,
                    applies_to_text(kept),
                    applies_to_text(given),
                );
            }
            (None, given) => self.applies_to = given,
            (Some(_), _) => {}
        }
    }

    /// Whether the import describes the product or plan, instead of only using its identifier.
    pub(super) fn is_given(&self) -> bool {
        self.applies_to.is_some()
    }
}

const fn applies_to_text(applies_to: AppliesTo) -> &'static str {
    match applies_to {
        AppliesTo::User => "user",
        AppliesTo::Company => "company",
    }
}

/// A text without surrounding white space and byte order marks, which real files contain.
pub(super) fn trimmed(text: &str) -> &str {
    text.trim_matches(|character: char| character.is_whitespace() || character == '\u{feff}')
}

/// A trimmed text, or an error if it is too long or contains a control character.
pub(super) fn validated_text(
    text: &str,
    subject: &ImportSubject,
    field: ImportField,
    errors: &mut Errors,
) -> String {
    let text = trimmed(text);
    let given = text.chars().count();
    if given > CATALOG_TEXT_LENGTH_MAX {
        errors.push(ImportError::TextTooLong {
            subject: subject.clone(),
            field,
            given,
        });
    }
    if let Some(character) = text.chars().find(|character| character.is_control()) {
        errors.push(ImportError::ControlCharacter {
            subject: subject.clone(),
            field,
            character,
        });
    }
    text.chars().take(CATALOG_TEXT_LENGTH_MAX).collect()
}
