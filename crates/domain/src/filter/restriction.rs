use super::error::{FilterError, FilterProblem};
use super::parse::Parser;
use super::token::{Comparator, Token, Word, error};
use super::{TextMatch, UserFilter, UserTextField, fold_case};
use crate::{ProductId, ProductName, UsageLocation, UserState};

type Filter = UserFilter<ProductId>;

/// The left side of a comparison.
#[derive(Clone, Copy)]
enum Field {
    Text(UserTextField),
    UsageLocation,
    State,
    Licenses,
}

/// A value and its position.
struct Value {
    position: usize,
    word: Word,
}

/// Parses a field, a comparator and a value.
pub(super) fn restriction(parser: &mut Parser) -> Result<Filter, FilterError> {
    let position = parser.position();
    let word = parser.word("a comparison such as display_name = \"Ann*\"")?;
    let comparator_position = parser.position();
    let &Token::Comparator(comparator) = parser.peek() else {
        return Err(error(position, bare(&word)));
    };
    let field = Field::parse(&word).map_err(|problem| error(position, problem))?;
    parser.advance();
    let is_negated = field
        .is_negated_by(comparator)
        .map_err(|problem| error(comparator_position, problem))?;
    let position = parser.position();
    let word = parser.word("a value; quote it where it holds spaces or operators")?;
    let filter = field.compared_with(&Value { position, word })?;
    Ok(if is_negated { filter.negate() } else { filter })
}

/// The error for a text without a comparison: free text is not searched. Suggests the probable
/// intent.
fn bare(word: &Word) -> FilterProblem {
    let given = word.shortened();
    let operator = given.to_ascii_uppercase();
    if !word.is_quoted && matches!(operator.as_str(), "AND" | "OR" | "NOT") {
        return FilterProblem::OperatorCase { given, operator };
    }
    FilterProblem::BareValue { given }
}

impl Field {
    fn parse(word: &Word) -> Result<Self, FilterProblem> {
        let unknown = || FilterProblem::UnknownField {
            given: word.shortened(),
        };
        if word.is_quoted || word.is_prefix {
            return Err(unknown());
        }
        match word.text.as_str() {
            "usage_location" => Ok(Self::UsageLocation),
            "state" => Ok(Self::State),
            "licenses" => Ok(Self::Licenses),
            "principal_name" => Ok(Self::Text(UserTextField::SignInName)),
            other => UserTextField::ALL
                .into_iter()
                .find(|field| field.as_str() == other)
                .map(Self::Text)
                .ok_or_else(unknown),
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Text(field) => field.as_str(),
            Self::UsageLocation => "usage_location",
            Self::State => "state",
            Self::Licenses => "licenses",
        }
    }

    /// Whether the comparator negates; an error if the field does not support it.
    fn is_negated_by(self, comparator: Comparator) -> Result<bool, FilterProblem> {
        match (self, comparator) {
            (Self::Licenses, Comparator::Has)
            | (Self::Text(_) | Self::UsageLocation | Self::State, Comparator::Equals) => Ok(false),
            (Self::Text(_) | Self::UsageLocation | Self::State, Comparator::Differs) => Ok(true),
            _ => Err(FilterProblem::Operator {
                field: self.as_str(),
                operator: comparator.as_str(),
                supported: match self {
                    Self::Text(_) => "= or !=, with an asterisk at the value's end for a prefix",
                    Self::UsageLocation | Self::State => "= or !=",
                    Self::Licenses => {
                        "licenses:\"products/{product}\" or licenses:*, after NOT for lacking it"
                    }
                },
            }),
        }
    }

    fn compared_with(self, value: &Value) -> Result<Filter, FilterError> {
        if let Some(position) = value.word.inner_asterisk {
            return Err(error(position, FilterProblem::Asterisk));
        }
        match self {
            Self::Text(field) => Ok(value.text(field)),
            Self::UsageLocation => value.location(),
            Self::State => value.state(),
            Self::Licenses => value.product(),
        }
    }
}

impl Value {
    fn text(&self, field: UserTextField) -> Filter {
        let folded = fold_case(&self.word.text);
        let matcher = if self.word.is_prefix {
            TextMatch::Prefix(folded)
        } else {
            TextMatch::Equals(folded)
        };
        Filter::Text { field, matcher }
    }

    fn location(&self) -> Result<Filter, FilterError> {
        let text = self.whole()?;
        if text.is_empty() {
            return Ok(Filter::Location(None));
        }
        let location = UsageLocation::parse(text)
            .map_err(|cause| error(self.position, FilterProblem::Location { error: cause }))?;
        Ok(Filter::Location(Some(location)))
    }

    fn state(&self) -> Result<Filter, FilterError> {
        match self.whole()? {
            "ACTIVE" => Ok(Filter::State(UserState::Active)),
            "BLOCKED" => Ok(Filter::State(UserState::Blocked)),
            _ => {
                let given = self.word.shortened();
                Err(error(self.position, FilterProblem::State { given }))
            }
        }
    }

    fn product(&self) -> Result<Filter, FilterError> {
        if self.word.is_prefix && self.word.text.is_empty() {
            return Ok(Filter::HoldsAny);
        }
        let name = ProductName::parse(self.whole()?)
            .map_err(|cause| error(self.position, FilterProblem::Product { error: cause }))?;
        Ok(Filter::Holds(name.product))
    }

    /// The text; an error if it contains an asterisk, which has no meaning for this field.
    fn whole(&self) -> Result<&str, FilterError> {
        if self.word.is_prefix {
            return Err(error(self.position, FilterProblem::Asterisk));
        }
        Ok(&self.word.text)
    }
}
