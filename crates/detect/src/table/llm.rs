//! Providers of language models and the tools around them.

use super::Detector;
use crate::vocab::{Class, Severity};
use Severity::{Critical, High};

const fn row(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(Class::Llm, severity, id, title)
}

const ANTHROPIC: &str = "https://docs.anthropic.com/en/api/overview";
const OPENAI: &str = "https://platform.openai.com/docs/api-reference/authentication";

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    row(Critical, "openai-api-key", "OpenAI API key")
        .token(&[r"sk-\w{20}T3BlbkFJ\w{20}", r"sk-proj-\u{20,120}T3BlbkFJ\u{20,120}", r"sk-svcacct-\u{20,120}T3BlbkFJ\u{20,120}"]).from(OPENAI),
    row(Critical, "openai-admin-key", "OpenAI admin key").token(&[r"sk-admin-\u{20,120}T3BlbkFJ\u{20,120}"]).from(OPENAI),
    row(Critical, "anthropic-api-key", "Anthropic API key").token(&[r"sk-ant-api\d{2}-\u{93}AA", r"sk-ant-sid\d{2}-\u{80,120}"]).from(ANTHROPIC),
    row(Critical, "anthropic-admin-key", "Anthropic admin key").token(&[r"sk-ant-admin\d{2}-\u{93}AA"]).from(ANTHROPIC),
    row(Critical, "anthropic-oauth-token", "Anthropic OAuth token").token(&[r"sk-ant-oat\d{2}-\u{80,120}", r"sk-ant-ort\d{2}-\u{80,120}"]).from(ANTHROPIC),
    row(Critical, "huggingface-token", "Hugging Face access token")
        .token(&[r"hf_\w{34}", r"api_org_\w{34}"]).from("https://huggingface.co/docs/hub/security-tokens"),
    row(Critical, "groq-api-key", "Groq API key").token(&[r"gsk_\w{52}"]).from("https://console.groq.com/docs/quickstart"),
    row(Critical, "replicate-token", "Replicate API token").token(&[r"r8_\w{37}"]).from("https://replicate.com/docs/topics/security/api-tokens"),
    row(Critical, "perplexity-api-key", "Perplexity API key").token(&[r"pplx-\w{48}"]).from("https://docs.perplexity.ai/guides/getting-started"),
    row(Critical, "xai-api-key", "xAI API key").token(&[r"xai-\w{80}"]).from("https://docs.x.ai/docs/overview"),
    row(Critical, "openrouter-api-key", "OpenRouter API key").token(&[r"sk-or-v1-\h{64}"]).from("https://openrouter.ai/docs/api-reference/authentication"),
    row(Critical, "together-api-key", "Together AI API key").token(&[r"tgp_v1_\u{43}"]).from("https://docs.together.ai/docs/quickstart"),
    row(Critical, "fireworks-api-key", "Fireworks AI API key").token(&[r"fw_\w{22,24}"]).from("https://docs.fireworks.ai/api-reference/introduction"),
    row(Critical, "cohere-api-key", "Cohere API key").named(&["cohere", "co_api_key"], &[r"\w{40}"]).from("https://docs.cohere.com/reference/about"),
    row(Critical, "mistral-api-key", "Mistral API key").named(&["mistral"], &[r"\w{32}"]).from("https://docs.mistral.ai/getting-started/quickstart/"),
    row(Critical, "deepseek-api-key", "DeepSeek API key").token(&[r"sk-\h{32}"]).from("https://api-docs.deepseek.com/"),
    row(Critical, "langsmith-api-key", "LangSmith API key")
        .token(&[r"lsv2_pt_\h{32}_\h{10}", r"lsv2_sk_\h{32}_\h{10}"]).from("https://docs.smith.langchain.com/administration/how_to_guides/organization_management/create_account_api_key"),
    row(Critical, "elevenlabs-api-key", "ElevenLabs API key").token(&[r"sk_\h{48}"]).from("https://elevenlabs.io/docs/api-reference/authentication"),
    row(Critical, "nvidia-api-key", "NVIDIA API key").token(&[r"nvapi-\u{64}"]).from("https://docs.api.nvidia.com/nim/docs/api-quickstart"),
    row(Critical, "cerebras-api-key", "Cerebras API key").token(&[r"csk-\a{48}"]).from("https://inference-docs.cerebras.ai/quickstart"),
    row(High, "voyage-api-key", "Voyage AI API key").token(&[r"pa-\u{43}"]).from("https://docs.voyageai.com/docs/api-key-and-installation"),
    row(Critical, "pinecone-api-key", "Pinecone API key").token(&[r"pcsk_\w{5,6}_\w{63}"]).from("https://docs.pinecone.io/guides/projects/manage-api-keys"),
    row(High, "wandb-api-key", "Weights & Biases API key").named(&["wandb", "weights_and_biases"], &[r"\h{40}"]).from("https://docs.wandb.ai/support/find_api_key/"),
    row(High, "tavily-api-key", "Tavily API key").token(&[r"tvly-\w{32}", r"tvly-dev-\u{32}", r"tvly-prod-\u{32}"]).from("https://docs.tavily.com/documentation/quickstart"),
    row(High, "firecrawl-api-key", "Firecrawl API key").token(&[r"fc-\h{32}"]).from("https://docs.firecrawl.dev/api-reference/introduction"),
    row(High, "e2b-api-key", "E2B API key").token(&[r"e2b_\h{40}"]).from("https://e2b.dev/docs/api-key"),
    row(High, "langfuse-secret-key", "Langfuse secret key").token(&[r"sk-lf-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"]).from("https://langfuse.com/docs/api"),
    row(High, "anyscale-key", "Anyscale credential").token(&[r"esecret_\w{28}", r"aph0_\w{40,80}"]).from("https://docs.anyscale.com/reference/authentication"),
    row(High, "helicone-api-key", "Helicone API key")
        .token(&[r"sk-helicone-\a{7}-\a{7}-\a{7}-\a{7}"]).from("https://docs.helicone.ai/helicone-headers/helicone-auth"),
    row(High, "logfire-token", "Pydantic Logfire token").token(&[r"pylf_v1_\l{2}_\w{43}"]).from("https://logfire.pydantic.dev/docs/how-to-guides/create-write-tokens/"),
    row(High, "assemblyai-api-key", "AssemblyAI or Deepgram API key")
        .named(&["assemblyai", "assembly_ai", "deepgram"], &[r"\h{32}", r"\h{40}"]).from("https://www.assemblyai.com/docs/api-reference/overview"),
];
