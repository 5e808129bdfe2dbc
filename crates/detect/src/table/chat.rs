//! Chat services: tokens of bots and people, and webhooks.

use super::Detector;
use crate::check::Check;
use crate::read::Reader;
use crate::vocab::{Class, Confidence, Severity};
use Severity::{Critical, High};

const fn row(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(Class::Chat, severity, id, title)
}

const SLACK: &str = "https://docs.slack.dev/authentication/tokens/";
const DISCORD: &str = "https://discord.com/developers/docs/reference";

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    row(Critical, "slack-bot-token", "Slack bot token")
        .token(&[r"xoxb-\d{9,14}-\d{9,14}-\w{20,32}", r"xoxb-\d{9,14}-\w{20,32}"]).from(SLACK),
    row(Critical, "slack-user-token", "Slack user token")
        .token(&[r"xoxp-\d{9,14}-\d{9,14}-\d{9,14}-\h{32}", r"xoxp-\d{9,14}-\d{9,14}-\w{20,32}"]).from(SLACK),
    row(Critical, "slack-app-token", "Slack app-level token")
        .token(&[r"xapp-\d{1}-\A{9,12}-\d{9,14}-\h{64}"]).from(SLACK),
    row(Critical, "slack-config-token", "Slack app configuration token")
        .token(&[r"xoxe-\d{1}-\w{140,170}", r"xoxe.xoxp-\d{1}-\w{140,170}", r"xoxe.xoxb-\d{1}-\w{140,170}"]).from(SLACK),
    row(Critical, "slack-legacy-token", "Slack legacy or session token")
        .token(&[r"xoxa-\d{1,2}-\w{10,64}", r"xoxr-\w{10,64}", r"xoxs-\d{9,14}-\d{9,14}-\d{9,14}-\h{10,64}", r"xoxc-\d{9,14}-\d{9,14}-\d{9,14}-\h{64}"]).from(SLACK),
    row(High, "slack-webhook", "Slack incoming webhook")
        .token(&[r"hooks.slack.com/services/T\A{8,12}/B\A{8,12}/\w{24}"])
        .from("https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks"),
    row(High, "slack-workflow-webhook", "Slack workflow webhook")
        .token(&[r"hooks.slack.com/workflows/T\A{8,12}/A\A{8,12}/\d{15,20}/\w{24}", r"hooks.slack.com/triggers/T\A{8,12}/\d{9,16}/\h{32}"])
        .from("https://slack.com/help/articles/360041352714"),
    row(Critical, "discord-bot-token", "Discord bot token")
        .read(Reader::Discord).check(Check::None).sure(Confidence::Certain).from(DISCORD),
    row(High, "discord-webhook", "Discord webhook")
        .token(&[r"discord.com/api/webhooks/\d{17,20}/\u{60,72}", r"discordapp.com/api/webhooks/\d{17,20}/\u{60,72}"]).from(DISCORD),
    row(Critical, "telegram-bot-token", "Telegram bot token")
        .token(&[r"\d{8,10}:AA\u{33}"]).from("https://core.telegram.org/bots/api#authorizing-your-bot"),
    row(High, "teams-webhook", "Microsoft Teams incoming webhook")
        .token(&[r"\u{2,64}.webhook.office.com/webhookb2/\h{8}-\h{4}-\h{4}-\h{4}-\h{12}@\h{8}-\h{4}-\h{4}-\h{4}-\h{12}/IncomingWebhook/\h{32}/\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/add-incoming-webhook"),
    row(High, "google-chat-webhook", "Google Chat webhook")
        .token(&[r"chat.googleapis.com/v1/spaces/\u{6,20}/messages?key=AIza\u{35}"])
        .from("https://developers.google.com/workspace/chat/quickstart/webhooks"),
    row(Critical, "matrix-access-token", "Matrix access token")
        .token(&[r"syt_\j{2,80}_\w{20}_\w{6}"]).from("https://element-hq.github.io/synapse/latest/usage/administration/admin_api/"),
    row(High, "mattermost-token", "Mattermost access token")
        .named(&["mattermost"], &[r"\a{26}"]).from("https://developers.mattermost.com/integrate/reference/personal-access-token/"),
    row(High, "twitch-token", "Twitch access token")
        .named(&["twitch"], &[r"\a{30}"]).from("https://dev.twitch.tv/docs/authentication/"),
    row(High, "zapier-webhook", "Zapier webhook")
        .token(&[r"hooks.zapier.com/hooks/catch/\d{4,10}/\w{6,10}"]).from("https://help.zapier.com/hc/en-us/articles/8496288690317"),
];
