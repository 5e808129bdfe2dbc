//! What can be wrong with a request on the wire: one code, one HTTP status, one JSON-RPC code each.
use callgate_json as json;

/// Why a request is not one unambiguous message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The HTTP method is not POST, GET or DELETE, or the revision spoken has POST only.
    #[error("the HTTP method is not allowed here")]
    HttpMethod,
    /// A header that is read has more than one value.
    #[error("the header `{0}` has more than one value")]
    HeaderRepeated(&'static str),
    /// A header that is read holds bytes that are not UTF-8.
    #[error("the header `{0}` is not UTF-8 text")]
    HeaderNotText(&'static str),
    /// A header is spelt so that another reader takes it for one that is read here.
    #[error("a header imitates `{0}`")]
    HeaderLookAlike(&'static str),
    /// A header has a name that servers fold to another: it is more than letters, digits and `-`.
    #[error("a header has a name with other characters than letters, digits and `-`")]
    HeaderName,
    /// A header's value begins or ends with white space, which not every server reads.
    #[error("the value of a header begins or ends with white space")]
    HeaderPadded,
    /// There are more header lines than anybody sends.
    #[error("there are more header lines than the limit")]
    TooManyHeaders,
    /// A header that is read holds a value outside its grammar.
    #[error("the header `{0}` has an invalid value")]
    HeaderInvalid(&'static str),
    /// A header disagrees with the body, or is absent where the revision demands it.
    #[error("the header `{0}` does not match the body")]
    HeaderMismatch(&'static str),
    /// The media type is not `application/json` in UTF-8.
    #[error("the content type is not `application/json`")]
    MediaType,
    /// The body is compressed or otherwise encoded.
    #[error("the body is encoded")]
    Encoding,
    /// The body is larger than the route allows.
    #[error("the body is larger than the limit")]
    BodyTooLarge,
    /// A message is due and there is no body.
    #[error("the body is empty")]
    BodyEmpty,
    /// A body arrived with a method that carries none.
    #[error("this HTTP method carries no body")]
    BodyUnexpected,
    /// `content-length` is not the number of bytes that arrived.
    #[error("the content length is not the length of the body")]
    LengthMismatch,
    /// The protocol revision is not one that is understood here.
    #[error("the MCP protocol version is not supported")]
    ProtocolVersion,
    /// The body is not strict JSON.
    #[error("the body is not valid JSON")]
    Json(json::ErrorCode),
    /// The body is a JSON-RPC batch.
    #[error("JSON-RPC batches are not accepted")]
    Batch,
    /// The body is not a JSON object.
    #[error("the message is not an object")]
    NotAnObject,
    /// A protocol object holds a key that is not part of the protocol.
    #[error("a protocol object has an unknown key")]
    KeyUnknown,
    /// A protocol object holds a key that another reader takes for a known one.
    #[error("a protocol object has a key that imitates a known one")]
    KeyLookAlike,
    /// A protocol object holds a key that is written with escapes.
    #[error("a protocol key is written with escapes")]
    KeyEscaped,
    /// `jsonrpc` is not `"2.0"`.
    #[error("`jsonrpc` is not `2.0`")]
    Version,
    /// `id` is neither a string nor an exact integer.
    #[error("`id` is neither a string nor an integer")]
    Id,
    /// The message is neither a request, nor a notification, nor a response.
    #[error("the message is not a request, a notification or a response")]
    Shape,
    /// `params` is not an object, or one of its protocol fields has the wrong type.
    #[error("`params` is invalid")]
    Params,
    /// The method's parameters lack a usable tool name.
    #[error("the tool name is not acceptable")]
    ToolName,
    /// `arguments`, or a body of arguments, is not an object.
    #[error("the arguments are not an object")]
    Arguments,
    /// No template of the route has this method and path.
    #[error("nothing is known by this method and path")]
    NoTemplate,
    /// A query is more than plain names and values.
    #[error("the query can be read in several ways")]
    Query,
    /// A request to a language model is not one that can be read in one way.
    #[error("the request is not one that is known to language models")]
    Chat,
    /// A request has the provider of a model run tools, of which nobody here is asked.
    #[error("the provider would run tools itself")]
    ProviderTools,
    /// A response of a language model, or an event of one, is not one that can be read in one way.
    #[error("the response is not one that is known of language models")]
    Completion,
}

impl WireError {
    /// The stable code of this error, as records, replies and metrics carry it.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::HttpMethod => "HTTP_METHOD",
            Self::HeaderRepeated(_) => "HEADER_REPEATED",
            Self::HeaderNotText(_) => "HEADER_NOT_TEXT",
            Self::HeaderLookAlike(_) => "HEADER_LOOK_ALIKE",
            Self::HeaderName => "HEADER_NAME",
            Self::HeaderPadded => "HEADER_PADDED",
            Self::TooManyHeaders => "TOO_MANY_HEADERS",
            Self::HeaderInvalid(_) => "HEADER_INVALID",
            Self::HeaderMismatch(_) => "HEADER_MISMATCH",
            Self::MediaType => "MEDIA_TYPE",
            Self::Encoding => "CONTENT_ENCODING",
            Self::BodyTooLarge => "BODY_TOO_LARGE",
            Self::BodyEmpty => "BODY_EMPTY",
            Self::BodyUnexpected => "BODY_UNEXPECTED",
            Self::LengthMismatch => "LENGTH_MISMATCH",
            Self::ProtocolVersion => "PROTOCOL_VERSION",
            Self::Json(code) => code.as_str(),
            Self::Batch => "BATCH",
            Self::NotAnObject => "NOT_AN_OBJECT",
            Self::KeyUnknown => "KEY_UNKNOWN",
            Self::KeyLookAlike => "KEY_LOOK_ALIKE",
            Self::KeyEscaped => "KEY_ESCAPED",
            Self::Version => "JSONRPC_VERSION",
            Self::Id => "JSONRPC_ID",
            Self::Shape => "JSONRPC_SHAPE",
            Self::Params => "PARAMS",
            Self::ToolName => "TOOL_NAME",
            Self::Arguments => "ARGUMENTS",
            Self::NoTemplate => "NO_TEMPLATE",
            Self::Query => "QUERY",
            Self::Chat => "CHAT",
            Self::ProviderTools => "PROVIDER_TOOLS",
            Self::Completion => "COMPLETION",
        }
    }

    /// The HTTP status of the reply.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::HttpMethod => 405,
            Self::NoTemplate => 404,
            Self::MediaType | Self::Encoding => 415,
            Self::BodyTooLarge => 413,
            // RFC 6585 §5.
            Self::TooManyHeaders => 431,
            // A well-formed request that asks for what does not exist: both SDKs show the
            // JSON-RPC error of a 200 to the caller, and take other statuses for a broken transport.
            Self::ToolName | Self::Arguments => 200,
            Self::HeaderRepeated(_)
            | Self::HeaderNotText(_)
            | Self::HeaderLookAlike(_)
            | Self::HeaderName
            | Self::HeaderPadded
            | Self::HeaderInvalid(_)
            | Self::HeaderMismatch(_)
            | Self::BodyEmpty
            | Self::BodyUnexpected
            | Self::LengthMismatch
            | Self::ProtocolVersion
            | Self::Json(_)
            | Self::Batch
            | Self::NotAnObject
            | Self::KeyUnknown
            | Self::KeyLookAlike
            | Self::KeyEscaped
            | Self::Version
            | Self::Id
            | Self::Shape
            | Self::Params
            | Self::Query
            | Self::Chat
            | Self::ProviderTools
            | Self::Completion => 400,
        }
    }

    /// The JSON-RPC error code: the specification's own, MCP's for headers and versions.
    #[must_use]
    pub fn rpc_code(self) -> i32 {
        match self {
            Self::Json(_) | Self::BodyEmpty | Self::LengthMismatch => -32700,
            Self::HeaderMismatch(_) => -32020,
            Self::ProtocolVersion => -32022,
            Self::Params | Self::ToolName | Self::Arguments => -32602,
            Self::HttpMethod
            | Self::HeaderRepeated(_)
            | Self::HeaderNotText(_)
            | Self::HeaderLookAlike(_)
            | Self::HeaderName
            | Self::HeaderPadded
            | Self::TooManyHeaders
            | Self::HeaderInvalid(_)
            | Self::MediaType
            | Self::Encoding
            | Self::BodyTooLarge
            | Self::BodyUnexpected
            | Self::Batch
            | Self::NotAnObject
            | Self::KeyUnknown
            | Self::KeyLookAlike
            | Self::KeyEscaped
            | Self::Version
            | Self::Id
            | Self::Shape
            | Self::NoTemplate
            | Self::Query
            | Self::Chat
            | Self::ProviderTools
            | Self::Completion => -32600,
        }
    }
}

impl From<json::Error> for WireError {
    fn from(error: json::Error) -> Self {
        Self::Json(error.code)
    }
}
