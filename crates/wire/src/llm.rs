//! Traffic with language models: chats in the words of OpenAI and of Anthropic, and embeddings.
mod asked;
mod calls;
mod request;
mod responses;
mod stream;

pub use asked::{AskedCall, read_call};
pub use calls::{ModelCall, calls};
pub(crate) use request::chat;
pub use request::{Chat, document};
pub use stream::{Ends, Piece, Stream, Taken};

/// What is spoken on a route to language models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Llm {
    /// Whose words.
    pub vendor: Vendor,
    /// What is asked for.
    pub api: Api,
    /// Whether the provider may run tools of its own, which nobody here is asked about.
    pub provider_tools: bool,
}

/// Whose words are spoken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Vendor {
    /// OpenAI's, and everybody's who took them over.
    OpenAi,
    /// Anthropic's.
    Anthropic,
}

/// What a model is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    /// The next message of a conversation.
    Chat,
    /// The next items of a conversation, which the provider may keep (OpenAI's Responses).
    Responses,
    /// Vectors for texts.
    Embeddings,
}
