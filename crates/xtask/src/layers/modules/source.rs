use std::collections::BTreeSet;
use std::iter::Peekable;
use std::str::Chars;
use std::vec::IntoIter;

/// What the check needs of a source file.
#[derive(Debug, Default)]
pub(super) struct Source {
    pub(super) imports: Vec<Import>,
    /// The identifiers outside of imports.
    pub(super) names: BTreeSet<String>,
}

/// A path that a file uses.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Import {
    pub(super) path: Vec<String>,
    /// The name under which the file knows it.
    pub(super) name: String,
    /// Whether the file makes it visible to other files.
    pub(super) is_reexport: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Token {
    Name(String),
    /// `::`
    PathSeparator,
    Other(char),
}

impl Source {
    pub(super) fn parse(text: &str) -> Self {
        let tokens = without_tests(tokens(text));
        let mut source = Self::default();
        let mut rest = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let is_use = token == name("use") && tokens.peek() != Some(&Token::Other('<'));
            if is_use {
                // Either `pub use`, or `pub(…) use`.
                let before = rest.last();
                let is_reexport = before
                    .is_some_and(|before| *before == name("pub") || *before == Token::Other(')'));
                source.add_tree(&mut tokens, &[], is_reexport);
            } else {
                rest.push(token);
            }
        }
        source.add_paths(&rest);
        source
    }

    /// Adds the imports of a `use` declaration, or of one branch of it.
    fn add_tree(
        &mut self,
        tokens: &mut Peekable<IntoIter<Token>>,
        prefix: &[String],
        is_reexport: bool,
    ) {
        let mut path = prefix.to_vec();
        let mut alias = None;
        // An empty branch ends a list with a comma.
        let mut is_branched = matches!(tokens.peek(), Some(Token::Other('}')));
        while let Some(token) = tokens.peek() {
            match token {
                Token::Other(',' | '}' | ';') => break,
                Token::Other('{') => {
                    is_branched = true;
                    while matches!(tokens.next(), Some(Token::Other('{' | ','))) {
                        self.add_tree(tokens, &path, is_reexport);
                    }
                    continue;
                }
                Token::Name(word) if word == "as" => alias = Some(path.len()),
                Token::Name(word) if word != "self" || path.is_empty() => path.push(word.clone()),
                Token::Name(_) | Token::PathSeparator | Token::Other(_) => {}
            }
            tokens.next();
        }
        let known_as = path.last().cloned();
        path.truncate(alias.unwrap_or(path.len()));
        if let (Some(name), false) = (known_as, is_branched || path.is_empty()) {
            self.imports.push(Import {
                path,
                name,
                is_reexport,
            });
        }
    }

    /// Adds the names of code outside of `use` declarations, and its paths as imports.
    fn add_paths(&mut self, tokens: &[Token]) {
        let visibility = [name("pub"), Token::Other('('), name("in")];
        let mut at = 0;
        while at < tokens.len() {
            let begin = at;
            let mut path = Vec::new();
            while let Some(Token::Name(word)) = tokens.get(at) {
                path.push(word.clone());
                self.names.insert(word.clone());
                at += 1;
                if tokens.get(at) != Some(&Token::PathSeparator) {
                    break;
                }
                at += 1;
            }
            at = at.max(begin + 1);
            let is_import = path.len() > 1 && !tokens[..begin].ends_with(&visibility);
            if let (Some(name), true) = (path.last().cloned(), is_import) {
                let is_reexport = false;
                self.imports.push(Import {
                    path,
                    name,
                    is_reexport,
                });
            }
        }
    }
}

fn name(word: &str) -> Token {
    Token::Name(word.to_owned())
}

/// The tokens without items that are compiled for tests only.
fn without_tests(tokens: Vec<Token>) -> Vec<Token> {
    let marker = [
        Token::Other('#'),
        Token::Other('['),
        name("cfg"),
        Token::Other('('),
        name("test"),
        Token::Other(')'),
        Token::Other(']'),
    ];
    let mut kept = Vec::with_capacity(tokens.len());
    let mut tokens = tokens.into_iter();
    while let Some(token) = tokens.next() {
        kept.push(token);
        if kept.ends_with(&marker) {
            kept.truncate(kept.len() - marker.len());
            skip_item(&mut tokens);
        }
    }
    kept
}

/// Skips an item, up to its semicolon or the end of its block.
fn skip_item(tokens: &mut impl Iterator<Item = Token>) {
    let mut depth = 0_usize;
    for token in tokens {
        match token {
            Token::Other('{') => depth += 1,
            Token::Other('}') if depth <= 1 => return,
            Token::Other('}') => depth -= 1,
            Token::Other(';') if depth == 0 => return,
            Token::Name(_) | Token::PathSeparator | Token::Other(_) => {}
        }
    }
}

/// The tokens of a source text, without comments, literals and lifetimes.
fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(char) = chars.next() {
        match char {
            '/' if chars.peek() == Some(&'/') => skip_line(&mut chars),
            '/' if chars.peek() == Some(&'*') => skip_block_comment(&mut chars),
            '"' => skip_string(&mut chars),
            '\'' => skip_char_or_lifetime(&mut chars),
            ':' if chars.next_if_eq(&':').is_some() => tokens.push(Token::PathSeparator),
            letter if is_of_name(letter) => {
                let mut word = letter.to_string();
                while let Some(letter) = chars.next_if(|letter| is_of_name(*letter)) {
                    word.push(letter);
                }
                if matches!(word.as_str(), "r" | "br") && matches!(chars.peek(), Some('"' | '#')) {
                    skip_raw_string(&mut chars);
                } else {
                    tokens.push(Token::Name(word));
                }
            }
            space if space.is_whitespace() => {}
            other => tokens.push(Token::Other(other)),
        }
    }
    tokens
}

fn is_of_name(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

fn skip_line(chars: &mut Peekable<Chars<'_>>) {
    while chars.next_if(|char| *char != '\n').is_some() {}
}

fn skip_block_comment(chars: &mut Peekable<Chars<'_>>) {
    let mut before = ' ';
    for char in chars.by_ref().skip(1) {
        if before == '*' && char == '/' {
            return;
        }
        before = char;
    }
}

fn skip_string(chars: &mut Peekable<Chars<'_>>) {
    while let Some(char) = chars.next() {
        match char {
            '\\' => {
                chars.next();
            }
            '"' => return,
            _ => {}
        }
    }
}

/// Skips a raw string from its first `#` or quote.
fn skip_raw_string(chars: &mut Peekable<Chars<'_>>) {
    let mut hashes = 0;
    while chars.next_if_eq(&'#').is_some() {
        hashes += 1;
    }
    let mut closing = None;
    for char in chars.by_ref().skip(1) {
        closing = match (char, closing) {
            ('"', _) => Some(0),
            ('#', Some(count)) => Some(count + 1),
            _ => None,
        };
        if closing == Some(hashes) {
            return;
        }
    }
}

fn skip_char_or_lifetime(chars: &mut Peekable<Chars<'_>>) {
    match chars.next() {
        Some('\\') => {
            chars.next();
            while chars.next().is_some_and(|char| char != '\'') {}
        }
        Some(_) => {
            chars.next_if_eq(&'\'');
        }
        None => {}
    }
}
