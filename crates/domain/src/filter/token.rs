use std::fmt;
use std::iter::Peekable;
use std::str::Chars;

use super::error::{FilterError, FilterProblem};

/// Maximum length of a part of the filter that an error quotes, in characters.
const SHOWN_LENGTH_MAX: usize = 64;

/// A token with its position.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spanned {
    /// Zero-based, in characters.
    pub(super) position: usize,
    pub(super) token: Token,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    And,
    Or,
    Not,
    Minus,
    Open,
    Close,
    Comparator(Comparator),
    /// A field or a value.
    Word(Word),
    End,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparator {
    Equals,
    Differs,
    Has,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// A quoted or bare text, with its escapes resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) is_quoted: bool,
    /// The text without a final asterisk, see `is_prefix`.
    pub(super) text: String,
    /// Whether the word ends with an unescaped asterisk.
    pub(super) is_prefix: bool,
    /// The position of an unescaped asterisk before the end.
    pub(super) inner_asterisk: Option<usize>,
}

/// Splits a filter into tokens; the last one is [`Token::End`].
pub(super) fn tokens(text: &str) -> Result<Vec<Spanned>, FilterError> {
    let mut scanner = Scanner {
        rest: text.chars().peekable(),
        position: 0,
    };
    let mut tokens = Vec::new();
    loop {
        let spanned = scanner.next_token()?;
        let is_end = spanned.token == Token::End;
        tokens.push(spanned);
        if is_end {
            return Ok(tokens);
        }
    }
}

struct Scanner<'a> {
    rest: Peekable<Chars<'a>>,
    position: usize,
}

impl Scanner<'_> {
    fn next_token(&mut self) -> Result<Spanned, FilterError> {
        while self.take_if(char::is_whitespace).is_some() {}
        let position = self.position;
        let token = match self.rest.peek() {
            None => Token::End,
            Some('"' | '\'') => self.quoted()?,
            Some(&character) if is_bare(character) && character != '-' => self.bare(),
            Some(_) => self.symbol()?,
        };
        Ok(Spanned { position, token })
    }

    fn symbol(&mut self) -> Result<Token, FilterError> {
        let position = self.position;
        let Some(character) = self.take_if(|_| true) else {
            return Ok(Token::End);
        };
        Ok(match character {
            '-' => Token::Minus,
            '(' => Token::Open,
            ')' => Token::Close,
            ':' => Token::Comparator(Comparator::Has),
            '=' => Token::Comparator(Comparator::Equals),
            '<' if self.take_equals() => Token::Comparator(Comparator::LessOrEqual),
            '<' => Token::Comparator(Comparator::Less),
            '>' if self.take_equals() => Token::Comparator(Comparator::GreaterOrEqual),
            '>' => Token::Comparator(Comparator::Greater),
            '!' if self.take_equals() => Token::Comparator(Comparator::Differs),
            control if control.is_control() => {
                return Err(error(position, FilterProblem::Control { character }));
            }
            _ => {
                let problem = FilterProblem::Unexpected {
                    expected: "a field, a value in quotes, a parenthesis or an operator",
                    found: format!("{character:?}"),
                };
                return Err(error(position, problem));
            }
        })
    }

    fn bare(&mut self) -> Token {
        let mut word = Word::new(false);
        loop {
            let position = self.position;
            match self.take_if(is_bare) {
                Some(character) => word.push(character, false, position),
                None => break,
            }
        }
        match (word.is_prefix, word.text.as_str()) {
            (false, "AND") => Token::And,
            (false, "OR") => Token::Or,
            (false, "NOT") => Token::Not,
            _ => Token::Word(word),
        }
    }

    fn quoted(&mut self) -> Result<Token, FilterError> {
        let start = self.position;
        let quote = self.take_if(|_| true).unwrap_or('"');
        let unterminated = || error(start, FilterProblem::Unterminated { quote });
        let mut word = Word::new(true);
        loop {
            let position = self.position;
            let character = self.take_if(|_| true).ok_or_else(unterminated)?;
            if character == quote {
                return Ok(Token::Word(word));
            }
            if character.is_control() {
                return Err(error(position, FilterProblem::Control { character }));
            }
            if character != '\\' {
                word.push(character, false, position);
                continue;
            }
            let escaped = self.take_if(|_| true).ok_or_else(unterminated)?;
            if !matches!(escaped, '\\' | '*' | '"' | '\'') {
                let problem = FilterProblem::Escape { character: escaped };
                return Err(error(position, problem));
            }
            word.push(escaped, true, position);
        }
    }

    fn take_equals(&mut self) -> bool {
        self.take_if(|character| character == '=').is_some()
    }

    fn take_if(&mut self, wanted: impl FnOnce(char) -> bool) -> Option<char> {
        let taken = self.rest.next_if(|&character| wanted(character));
        self.position += usize::from(taken.is_some());
        taken
    }
}

impl Word {
    fn new(is_quoted: bool) -> Self {
        Self {
            is_quoted,
            text: String::new(),
            is_prefix: false,
            inner_asterisk: None,
        }
    }

    fn push(&mut self, character: char, is_escaped: bool, position: usize) {
        if self.is_prefix {
            // The previous asterisk was not the end of the word.
            self.inner_asterisk.get_or_insert(position - 1);
            self.text.push('*');
            self.is_prefix = false;
        }
        if character == '*' && !is_escaped {
            self.is_prefix = true;
        } else {
            self.text.push(character);
        }
    }

    /// The text with its asterisk, cut to the length that an error quotes.
    pub(super) fn shortened(&self) -> String {
        let asterisk = self.is_prefix.then_some('*');
        self.text
            .chars()
            .chain(asterisk)
            .take(SHOWN_LENGTH_MAX)
            .collect()
    }
}

impl Comparator {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Equals => "=",
            Self::Differs => "!=",
            Self::Has => ":",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And => f.write_str("AND"),
            Self::Or => f.write_str("OR"),
            Self::Not => f.write_str("NOT"),
            Self::Minus => f.write_str("'-'"),
            Self::Open => f.write_str("'('"),
            Self::Close => f.write_str("')'"),
            Self::Comparator(comparator) => write!(f, "'{}'", comparator.as_str()),
            Self::Word(word) => write!(f, "{:?}", word.shortened()),
            Self::End => f.write_str("the end"),
        }
    }
}

fn is_bare(character: char) -> bool {
    !character.is_whitespace() && !character.is_control() && !"()\"'=!<>:,\\".contains(character)
}

pub(super) fn error(position: usize, problem: FilterProblem) -> FilterError {
    FilterError { position, problem }
}
