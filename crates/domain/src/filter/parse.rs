use super::error::{FilterError, FilterProblem};
use super::restriction::restriction;
use super::token::{Spanned, Token, Word, error, tokens};
use super::{FILTER_DEPTH_MAX, FILTER_LENGTH_MAX, FILTER_TERMS_MAX, UserFilter};
use crate::ProductId;

type Filter = UserFilter<ProductId>;

/// Parses a whole filter; `None` if it is blank.
pub(super) fn parse(text: &str) -> Result<Option<Filter>, FilterError> {
    let given = text.chars().count();
    if given > FILTER_LENGTH_MAX {
        let problem = FilterProblem::TooLong { given };
        return Err(error(FILTER_LENGTH_MAX, problem));
    }
    let tokens = tokens(text)?;
    check_terms(&tokens)?;
    check_depth(&tokens)?;
    let mut parser = Parser { tokens, next: 0 };
    if parser.peek() == &Token::End {
        return Ok(None);
    }
    let filter = parser.expression()?;
    if parser.peek() != &Token::End {
        return Err(parser.unexpected("AND, OR, a comparison or the end"));
    }
    Ok(Some(filter))
}

/// Checks the number of comparisons before parsing; each comparison has exactly one comparator
/// token.
fn check_terms(tokens: &[Spanned]) -> Result<(), FilterError> {
    let mut comparators = tokens
        .iter()
        .filter(|spanned| matches!(spanned.token, Token::Comparator(_)));
    let given = comparators.clone().count();
    match comparators.nth(FILTER_TERMS_MAX) {
        Some(first_over) => Err(error(
            first_over.position,
            FilterProblem::TooManyTerms { given },
        )),
        None => Ok(()),
    }
}

fn check_depth(tokens: &[Spanned]) -> Result<(), FilterError> {
    let mut depth = 0_usize;
    let mut deepest = 0;
    let mut first_over = None;
    for spanned in tokens {
        if spanned.token == Token::Open {
            depth += 1;
            deepest = deepest.max(depth);
            if depth > FILTER_DEPTH_MAX {
                first_over.get_or_insert(spanned.position);
            }
        } else if spanned.token == Token::Close {
            depth = depth.saturating_sub(1);
        }
    }
    match first_over {
        Some(position) => Err(error(position, FilterProblem::TooDeep { given: deepest })),
        None => Ok(()),
    }
}

/// Recursive descent over AIP-160's grammar. Sequences and AND have the same meaning here.
pub(super) struct Parser {
    /// Ends with [`Token::End`]; `next` never moves beyond it.
    tokens: Vec<Spanned>,
    next: usize,
}

impl Parser {
    /// `factor { [AND] factor }`
    fn expression(&mut self) -> Result<Filter, FilterError> {
        let first = self.factor()?;
        let mut factors = vec![];
        loop {
            match self.peek() {
                Token::And => self.advance(),
                Token::End | Token::Close | Token::Or | Token::Comparator(_) => break,
                Token::Not | Token::Minus | Token::Open | Token::Word(_) => {}
            }
            factors.push(self.factor()?);
        }
        Ok(joined(first, factors, UserFilter::all_of))
    }

    /// `term { OR term }`
    fn factor(&mut self) -> Result<Filter, FilterError> {
        let first = self.term()?;
        let mut terms = vec![];
        while self.peek() == &Token::Or {
            self.advance();
            terms.push(self.term()?);
        }
        Ok(joined(first, terms, UserFilter::any_of))
    }

    /// `[NOT | -] simple`
    fn term(&mut self) -> Result<Filter, FilterError> {
        if matches!(self.peek(), Token::Not | Token::Minus) {
            self.advance();
            return Ok(self.simple()?.negate());
        }
        self.simple()
    }

    /// `( expression )` or a comparison
    fn simple(&mut self) -> Result<Filter, FilterError> {
        if self.peek() != &Token::Open {
            return restriction(self);
        }
        self.advance();
        let filter = self.expression()?;
        if self.peek() != &Token::Close {
            return Err(self.unexpected("AND, OR, a comparison or ')'"));
        }
        self.advance();
        Ok(filter)
    }

    pub(super) fn peek(&self) -> &Token {
        &self.tokens[self.next].token
    }

    /// The position of the next token.
    pub(super) fn position(&self) -> usize {
        self.tokens[self.next].position
    }

    pub(super) fn advance(&mut self) {
        if self.next + 1 < self.tokens.len() {
            self.next += 1;
        }
    }

    /// Returns the next token if it is a word, else an error that `expected` is missing.
    pub(super) fn word(&mut self, expected: &'static str) -> Result<Word, FilterError> {
        let Token::Word(word) = self.peek() else {
            return Err(self.unexpected(expected));
        };
        let word = word.clone();
        self.advance();
        Ok(word)
    }

    pub(super) fn unexpected(&self, expected: &'static str) -> FilterError {
        let found = self.peek().to_string();
        error(
            self.position(),
            FilterProblem::Unexpected { expected, found },
        )
    }
}

fn joined(
    first: Filter,
    rest: Vec<Filter>,
    join: impl FnOnce(Vec<Filter>) -> Option<Filter>,
) -> Filter {
    if rest.is_empty() {
        return first;
    }
    let mut members = vec![first];
    members.extend(rest);
    join(members).expect("there are two members or more")
}
