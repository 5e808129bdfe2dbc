//! Other services: mail, telephony, monitoring, analytics, offices.

use super::Detector;
use crate::check::Check;
use crate::vocab::{Class, Severity};
use Severity::{Critical, High, Low, Medium};

const fn row(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(Class::Saas, severity, id, title)
}

const TWILIO: &str = "https://www.twilio.com/docs/iam/api-keys";
const NEW_RELIC: &str = "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/";
const DATADOG: &str = "https://docs.datadoghq.com/account_management/api-app-keys/";

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    row(Low, "twilio-account-sid", "Twilio account SID").word(&[r"AC\h{32}"]).from("https://www.twilio.com/docs/glossary/what-is-a-sid"),
    row(Medium, "twilio-api-key-sid", "Twilio API key SID").word(&[r"SK\h{32}"]).from(TWILIO),
    row(Critical, "twilio-auth-token", "Twilio auth token").named(&["twilio"], &[r"\h{32}"]).from(TWILIO),
    row(Critical, "sendgrid-api-key", "SendGrid API key")
        .token(&[r"SG.\u{22}.\u{43}"]).from("https://www.twilio.com/docs/sendgrid/ui/account-and-settings/api-keys"),
    row(Critical, "mailgun-api-key", "Mailgun API key")
        .token(&[r"key-\h{32}"]).from("https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth"),
    row(Critical, "mailgun-private-key", "Mailgun private API key")
        .named(&["mailgun"], &[r"\h{32}-\h{8}-\h{8}", r"\h{32}"]).from("https://documentation.mailgun.com/docs/mailgun/api-reference/mg-auth"),
    row(Critical, "mailchimp-api-key", "Mailchimp API key")
        .token(&[r"\h{32}-us\d{1,2}"]).from("https://mailchimp.com/developer/marketing/guides/quick-start/"),
    row(Critical, "mandrill-api-key", "Mandrill API key").token(&[r"md-\u{22}"]).from("https://mailchimp.com/developer/transactional/docs/fundamentals/"),
    row(Critical, "brevo-api-key", "Brevo API key").token(&[r"xkeysib-\h{64}-\w{16}", r"xsmtpsib-\h{64}-\w{16}"]).from("https://developers.brevo.com/docs/getting-started"),
    row(Critical, "resend-api-key", "Resend API key").token(&[r"re_\w{8}_\w{24}"]).from("https://resend.com/docs/api-reference/introduction"),
    row(High, "postmark-token", "Postmark server token")
        .named(&["postmark"], &[r"\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"]).from("https://postmarkapp.com/developer/api/overview"),
    row(High, "klaviyo-private-key", "Klaviyo private API key").token(&[r"pk_\h{34}"]).from("https://developers.klaviyo.com/en/docs/authenticate_"),
    row(Critical, "datadog-api-key", "Datadog API key").named(&["datadog_api", "datadog-api", "dd_api_key", "dd-api-key", "datadogapikey", "datadog"], &[r"\h{32}"]).from(DATADOG),
    row(Critical, "datadog-app-key", "Datadog application key").named(&["datadog_app", "datadog-app", "dd_app_key", "dd-application-key", "datadog"], &[r"\h{40}"]).from(DATADOG),
    row(Critical, "newrelic-user-key", "New Relic user key").token(&[r"NRAK-\A{27}"]).from(NEW_RELIC),
    row(High, "newrelic-license-key", "New Relic licence key").token(&[r"\h{36}NRAL"]).from(NEW_RELIC),
    row(Low, "newrelic-browser-key", "New Relic browser key").token(&[r"NRJS-\h{19}"]).from(NEW_RELIC),
    row(High, "newrelic-insights-key", "New Relic Insights key").token(&[r"NRII-\u{32}", r"NRIQ-\u{32}"]).from(NEW_RELIC),
    row(Critical, "sentry-token", "Sentry auth token")
        .token(&[r"sntrys_eyJ\e{60,400}_\b{43}", r"sntryu_\h{64}"]).from("https://docs.sentry.io/account/auth-tokens/"),
    row(Critical, "grafana-token", "Grafana service account or Cloud token")
        .token(&[r"glsa_\w{32}_\H{8}", r"glc_eyJ\e{40,400}"])
        .from("https://grafana.com/docs/grafana/latest/administration/service-accounts/"),
    row(High, "honeycomb-key", "Honeycomb ingest key")
        .token(&[r"hcaik_\a{58}", r"hcbik_\a{58}", r"hcxik_\a{58}"]).from("https://docs.honeycomb.io/configure/environments/manage-api-keys/"),
    row(High, "linear-api-key", "Linear API key").token(&[r"lin_api_\w{40}"]).from("https://linear.app/developers/graphql"),
    row(High, "notion-token", "Notion integration token").token(&[r"ntn_\w{46}", r"secret_\w{43}"]).from("https://developers.notion.com/docs/authorization"),
    row(High, "airtable-token", "Airtable personal access token")
        .token(&[r"pat\w{14}.\h{64}"]).from("https://airtable.com/developers/web/guides/personal-access-tokens"),
    row(High, "asana-token", "Asana personal access token")
        .named(&["asana"], &[r"2/\d{12,18}/\d{12,18}:\h{32}", r"1/\d{12,18}:\h{32}"]).from("https://developers.asana.com/docs/personal-access-token"),
    row(High, "figma-token", "Figma personal access token").token(&[r"figd_\u{40}", r"figu_\u{40}"]).from("https://www.figma.com/developers/api#access-tokens"),
    row(High, "postman-api-key", "Postman API key").token(&[r"PMAK-\h{24}-\h{34}"]).from("https://learning.postman.com/docs/developer/postman-api/authentication/"),
    row(Critical, "hubspot-token", "HubSpot private app token")
        .token(&[r"pat-na1-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}", r"pat-na2-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}", r"pat-eu1-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://developers.hubspot.com/docs/guides/apps/private-apps/overview"),
    row(High, "okta-token", "Okta API token").named(&["okta"], &[r"00\u{40}"]).from("https://developer.okta.com/docs/guides/create-an-api-token/main/"),
    row(High, "auth0-client-secret", "Auth0 client secret").named(&["auth0_client_secret", "auth0_secret", "auth0-client-secret"], &[r"\u{64}"]).from("https://auth0.com/docs/get-started/applications/application-settings"),
    row(High, "algolia-api-key", "Algolia API key").named(&["algolia"], &[r"\h{32}"]).from("https://www.algolia.com/doc/guides/security/api-keys/"),
    row(High, "mapbox-secret-token", "Mapbox secret token").token(&[r"sk.eyJ\u{60,200}.\u{22}"]).from("https://docs.mapbox.com/help/getting-started/access-tokens/"),
    row(High, "contentful-token", "Contentful management token").token(&[r"CFPAT-\u{43}"]).from("https://www.contentful.com/developers/docs/references/authentication/"),
    row(Critical, "dropbox-token", "Dropbox access token").token(&[r"sl.\u{130,160}", r"sl.u.\u{130,1300}"]).from("https://developers.dropbox.com/oauth-guide"),
    row(High, "facebook-access-token", "Facebook access token").token(&[r"EAAC\w{90,300}", r"EAAG\w{90,300}", r"EAAB\w{90,300}", r"EAAI\w{90,300}", r"EAAJ\w{90,300}", r"EAAM\w{90,300}"]).from("https://developers.facebook.com/docs/facebook-login/guides/access-tokens/"),
    row(High, "instagram-access-token", "Instagram access token").token(&[r"IGQV\u{100,300}", r"IGAA\u{100,300}"]).from("https://developers.facebook.com/docs/instagram-platform/"),
    row(High, "twitter-bearer-token", "X bearer token").token(&[r"AAAAAAAAAAAAAAAAAAAAA\c{60,120}"]).check(Check::Written).from("https://docs.x.com/resources/fundamentals/authentication/oauth-2-0/bearer-tokens"),
    row(High, "linkedin-client-secret", "LinkedIn client secret").named(&["linkedin"], &[r"\w{16}", r"WPL_AP1.\w{16}.\e{8}"]).from("https://learn.microsoft.com/en-us/linkedin/shared/authentication/client-credentials-flow"),
    row(High, "typeform-token", "Typeform personal access token").token(&[r"tfp_\u{40,60}_\w{4,20}"]).from("https://www.typeform.com/developers/get-started/personal-access-token/"),
    row(High, "pagerduty-key", "PagerDuty API key").named(&["pagerduty", "pager_duty", "pd_api_key"], &[r"u+\u{18}", r"\u{20}"]).from("https://support.pagerduty.com/main/docs/api-access-keys"),
    row(High, "opsgenie-key", "Opsgenie API key").named(&["opsgenie", "geniekey"], &[r"\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"]).from("https://support.atlassian.com/opsgenie/docs/api-key-management/"),
    row(High, "rollbar-token", "Rollbar token").named(&["rollbar"], &[r"\h{32}"]).from("https://docs.rollbar.com/docs/access-tokens"),
    row(High, "frameio-token", "Frame.io token").token(&[r"fio-u-\u{64}"]).from("https://developer.frame.io/docs/getting-started/authentication"),
    row(High, "readme-api-key", "ReadMe API key").token(&[r"rdme_\a{70}"]).from("https://docs.readme.com/main/reference/intro-to-the-readme-api"),
    row(High, "prefect-api-key", "Prefect API key").token(&[r"pnu_\a{36}", r"pnb_\a{36}"]).from("https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/api-keys"),
    row(High, "adobe-client-secret", "Adobe client secret").token(&[r"p8e-\u{32}", r"p8-\u{32}"]).from("https://developer.adobe.com/developer-console/docs/guides/authentication/ServerToServerAuthentication/"),
    row(High, "posthog-personal-key", "PostHog personal API key").token(&[r"phx_\w{43,60}"]).from("https://posthog.com/docs/api"),
    row(High, "statsig-secret-key", "Statsig server secret key").token(&[r"secret-\w{43}"]).from("https://docs.statsig.com/sdk-keys/api-keys"),
    row(High, "segment-api-token", "Segment public API token").token(&[r"sgp_\w{64}"]).from("https://docs.segmentapis.com/"),
    row(High, "clickup-token", "ClickUp personal token").token(&[r"pk_\d{5,10}_\A{32}"]).from("https://developer.clickup.com/docs/authentication"),
    row(High, "zendesk-token", "Zendesk API token").named(&["zendesk"], &[r"\w{40}"]).from("https://developer.zendesk.com/api-reference/introduction/security-and-auth/"),
    row(High, "intercom-token", "Intercom access token").token(&[r"dG9rO\e{50,80}"]).from("https://developers.intercom.com/docs/build-an-integration/learn-more/authentication"),
    row(High, "elastic-cloud-key", "Elastic Cloud API key").token(&[r"essu_\e{60,120}"]).from("https://www.elastic.co/docs/deploy-manage/api-keys/elastic-cloud-api-keys"),
    row(High, "mongodb-atlas-secret", "MongoDB Atlas service account secret").token(&[r"mdb_sa_sk_\u{40}"]).from("https://www.mongodb.com/docs/atlas/api/service-accounts-overview/"),
    row(High, "yandex-oauth-token", "Yandex OAuth token").token(&[r"y0_\u{55,62}"]).from("https://yandex.com/dev/id/doc/en/access"),
    row(High, "salesforce-access-token", "Salesforce session or access token").token(&[r"\w{15}!AQ\s{80,120}"]).from("https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_tokens_scopes.htm"),
];
