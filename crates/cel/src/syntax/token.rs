//! The tokens of CEL source text, each with its place.

use callgate_model::Span;

/// A token: what it is and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Where it stands in the source.
    pub span: Span,
}

/// What a token is; literals are decoded by `literal` when the parser reaches them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier, or a reserved word (the parser decides where those are allowed).
    Ident,
    /// A field name in backticks.
    QuotedIdent,
    /// A decimal or hexadecimal integer literal without sign.
    Int,
    /// An unsigned integer literal with its `u`.
    Uint,
    /// A floating-point literal without sign.
    Double,
    /// A string literal with prefix and quotes.
    String,
    /// A bytes literal with prefix and quotes.
    Bytes,
    /// `true`
    True,
    /// `false`
    False,
    /// `null`
    Null,
    /// `in`
    In,
    /// `(`
    LeftParen,
    /// `)`
    RightParen,
    /// `[`
    LeftBracket,
    /// `]`
    RightBracket,
    /// `{`
    LeftBrace,
    /// `}`
    RightBrace,
    /// `.`
    Dot,
    /// `,`
    Comma,
    /// `:`
    Colon,
    /// `?`
    Question,
    /// `!`
    Not,
    /// `-`
    Minus,
    /// `+`
    Plus,
    /// `*`
    Star,
    /// `/`
    Slash,
    /// `%`
    Percent,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `&&`
    And,
    /// `||`
    Or,
    /// The end of the source.
    End,
}

impl TokenKind {
    /// How a message names the token.
    pub const fn describe(self) -> &'static str {
        match self {
            Self::Ident => "a name",
            Self::QuotedIdent => "a quoted name",
            Self::Int | Self::Uint | Self::Double => "a number",
            Self::String => "a string",
            Self::Bytes => "a bytes literal",
            Self::True => "`true`",
            Self::False => "`false`",
            Self::Null => "`null`",
            Self::In => "`in`",
            Self::LeftParen => "`(`",
            Self::RightParen => "`)`",
            Self::LeftBracket => "`[`",
            Self::RightBracket => "`]`",
            Self::LeftBrace => "`{`",
            Self::RightBrace => "`}`",
            Self::Dot => "`.`",
            Self::Comma => "`,`",
            Self::Colon => "`:`",
            Self::Question => "`?`",
            Self::Not => "`!`",
            Self::Minus => "`-`",
            Self::Plus => "`+`",
            Self::Star => "`*`",
            Self::Slash => "`/`",
            Self::Percent => "`%`",
            Self::Equal => "`==`",
            Self::NotEqual => "`!=`",
            Self::Less => "`<`",
            Self::LessEqual => "`<=`",
            Self::Greater => "`>`",
            Self::GreaterEqual => "`>=`",
            Self::And => "`&&`",
            Self::Or => "`||`",
            Self::End => "the end of the expression",
        }
    }
}

/// Words the language reserves: no variable may carry such a name, though a field may.
pub const RESERVED: [&str; 17] = [
    "as",
    "break",
    "const",
    "continue",
    "else",
    "for",
    "function",
    "if",
    "import",
    "let",
    "loop",
    "namespace",
    "package",
    "return",
    "var",
    "void",
    "while",
];
