use seatkeeper_proto::v1::ErrorReason;

/// One field of a request that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FieldError {
    /// The field's path in the request, such as `selection.users.names[3]`.
    pub(crate) field: String,
    /// What kind of mistake, for programs.
    pub(crate) reason: ErrorReason,
    /// What is wrong and what to do, for people.
    pub(crate) description: String,
    /// Every variable of the description.
    pub(crate) metadata: Vec<(&'static str, String)>,
}

/// Every field of a request that is wrong, in the order in which they were looked at.
#[derive(Debug, Default)]
pub(crate) struct FieldErrors {
    errors: Vec<FieldError>,
}

impl FieldError {
    pub(crate) fn new(
        field: impl Into<String>,
        reason: ErrorReason,
        description: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            reason,
            description: description.into(),
            metadata: Vec::new(),
        }
    }

    /// An unacceptable value of no kind of its own.
    pub(crate) fn invalid(field: impl Into<String>, description: impl Into<String>) -> Self {
        Self::new(field, ErrorReason::InvalidField, description)
    }

    /// Adds a variable of the description.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "numbers and texts are given alike"
    )]
    pub(crate) fn with(mut self, key: &'static str, value: impl ToString) -> Self {
        self.metadata.push((key, value.to_string()));
        self
    }

    /// Puts the field inside another.
    pub(crate) fn inside(mut self, outer: &str) -> Self {
        self.field = format!("{outer}.{}", self.field);
        self
    }
}

impl FieldErrors {
    /// The value, or `None` after taking note of what is wrong with it.
    pub(crate) fn take<T, E: Into<Self>>(&mut self, parsed: Result<T, E>) -> Option<T> {
        match parsed {
            Ok(value) => Some(value),
            Err(error) => {
                self.errors.extend(error.into().errors);
                None
            }
        }
    }

    /// Takes note of one more.
    pub(crate) fn push(&mut self, error: FieldError) {
        self.errors.push(error);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    pub(crate) fn len(&self) -> usize {
        self.errors.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &FieldError> {
        self.errors.iter()
    }

    /// `value`, if nothing was wrong.
    pub(crate) fn finish<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() {
            Ok(value)
        } else {
            Err(self)
        }
    }

    /// Puts every field inside another.
    pub(crate) fn inside(self, outer: &str) -> Self {
        Self {
            errors: self
                .errors
                .into_iter()
                .map(|error| error.inside(outer))
                .collect(),
        }
    }
}

impl From<FieldError> for FieldErrors {
    fn from(error: FieldError) -> Self {
        Self {
            errors: vec![error],
        }
    }
}
