//! Cloud providers and hosting platforms.

use super::Detector;
use crate::vocab::{Class, Severity};
use Severity::{Critical, High, Low, Medium};

const fn row(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(Class::Cloud, severity, id, title)
}

const AWS_IDS: &str = "https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html";
const MICROSOFT: &str = "https://learn.microsoft.com/en-us/purview/sit-defn-all-creds";
const GITHUB_PATTERNS: &str = "https://docs.github.com/en/code-security/secret-scanning/introduction/supported-secret-scanning-patterns";

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    row(High, "aws-access-key-id", "AWS access key id")
        .token(&[r"AKIA\5{16}", r"ASIA\5{16}", r"ABIA\5{16}", r"ACCA\5{16}"]).from(AWS_IDS),
    row(Critical, "aws-secret-access-key", "AWS secret access key")
        .named(&["aws_secret", "aws-secret", "awssecret", "secret_access_key", "secretaccesskey", "secret access key", "secret-access-key"], &[r"\b{40}"])
        .from("https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html"),
    row(High, "aws-session-token", "AWS session token")
        .named(&["session_token", "sessiontoken", "session-token", "x-amz-security-token"], &[r"\e{100,1200}"])
        .from("https://docs.aws.amazon.com/STS/latest/APIReference/API_Credentials.html"),
    row(Critical, "aws-bedrock-api-key", "Amazon Bedrock API key")
        .token(&[r"ABSK\e{109,269}", r"bedrock-api-key-YmVkcm9jay5hbWF6b25hd3MuY29t\e{16,1200}"])
        .from("https://docs.aws.amazon.com/bedrock/latest/userguide/api-keys.html"),
    row(High, "aws-mws-auth-token", "Amazon MWS authorisation token")
        .token(&[r"amzn.mws.\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://developer-docs.amazon.com/sp-api/docs/migrating-from-amazon-mws"),
    row(High, "gcp-api-key", "Google API key")
        .token(&[r"AIza\u{35}"]).from("https://cloud.google.com/docs/authentication/api-keys"),
    row(Critical, "gcp-oauth-client-secret", "Google OAuth client secret")
        .token(&[r"GOCSPX-\u{28}"]).from("https://developers.google.com/identity/protocols/oauth2"),
    row(High, "gcp-oauth-access-token", "Google OAuth access token")
        .token(&[r"ya29.\p{40,1024}"]).from("https://developers.google.com/identity/protocols/oauth2"),
    row(Critical, "gcp-oauth-refresh-token", "Google OAuth refresh token")
        .token(&[r"1//0\u{40,120}"]).from("https://developers.google.com/identity/protocols/oauth2"),
    row(High, "gcp-private-key-id", "Google service account key id")
        .named(&["private_key_id"], &[r"\h{40}"]).from("https://cloud.google.com/iam/docs/keys-create-delete"),
    row(Critical, "azure-storage-account-key", "Azure storage or Cosmos DB account key")
        .named(&["accountkey", "account_key", "account-key", "storage_key"], &[r"\b{86}=="])
        .from("https://learn.microsoft.com/en-us/azure/storage/common/storage-account-keys-manage"),
    row(Critical, "azure-client-secret", "Microsoft Entra client secret")
        .token(&[r"\s{3}8Q~\s{34}", r"\s{3}7Q~\s{34}"]).from(MICROSOFT),
    row(High, "azure-sas-signature", "Azure shared access signature")
        .named(&["&sig", "?sig"], &[r"\c{43,70}%3D", r"\c{43,70}%3d"])
        .from("https://learn.microsoft.com/en-us/rest/api/storageservices/create-service-sas"),
    row(Critical, "azure-shared-access-key", "Azure Service Bus, Event Hubs or IoT Hub key")
        .named(&["sharedaccesskey"], &[r"\b{43}="])
        .from("https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-sas"),
    row(Critical, "azure-devops-pat", "Azure DevOps personal access token")
        .token(&[r"\w{76}AZDO\w{4}"])
        .from("https://learn.microsoft.com/en-us/azure/devops/organizations/accounts/use-personal-access-tokens-to-authenticate"),
    row(Critical, "azure-search-key", "Azure AI Search admin key").token(&[r"\w{42}AzSe\w{6}"]).from(MICROSOFT),
    row(Critical, "azure-functions-key", "Azure Functions key").token(&[r"\u{44}AzFu\u{6}=="]).from(MICROSOFT),
    row(Critical, "azure-container-registry-key", "Azure Container Registry key").token(&[r"\b{42}+ACR\b{6}"]).from(MICROSOFT),
    row(Critical, "azure-redis-key", "Azure Cache for Redis key").token(&[r"\w{33}AzCa\w{6}="]).from(MICROSOFT),
    row(High, "alibaba-access-key-id", "Alibaba Cloud AccessKey id")
        .token(&[r"LTAI\w{12,20}"]).from("https://www.alibabacloud.com/help/en/ram/user-guide/create-an-accesskey-pair"),
    row(High, "tencent-secret-id", "Tencent Cloud SecretId")
        .token(&[r"AKID\w{32}"]).from("https://www.tencentcloud.com/document/product/598/32675"),
    row(Critical, "digitalocean-token", "DigitalOcean token")
        .token(&[r"dop_v1_\h{64}", r"doo_v1_\h{64}", r"dor_v1_\h{64}"])
        .from("https://docs.digitalocean.com/reference/api/create-personal-access-token/"),
    row(Critical, "digitalocean-spaces-key", "DigitalOcean Spaces access key")
        .token(&[r"DO00\A{16}"]).from("https://docs.digitalocean.com/products/spaces/how-to/manage-access/"),
    row(Critical, "cloudflare-api-token", "Cloudflare API token")
        .named(&["cloudflare", "cf_api", "cf-api"], &[r"\u{40}", r"\h{37}"])
        .from("https://developers.cloudflare.com/fundamentals/api/get-started/create-token/"),
    row(Critical, "cloudflare-origin-ca-key", "Cloudflare origin CA key")
        .token(&[r"v1.0-\h{24}-\h{146}"]).from("https://developers.cloudflare.com/fundamentals/api/get-started/ca-keys/"),
    row(Critical, "heroku-api-key", "Heroku API key")
        .token(&[r"HRKU-AA\u{58}"]).from("https://devcenter.heroku.com/articles/oauth"),
    row(Critical, "heroku-legacy-api-key", "Heroku API key (UUID)")
        .named(&["heroku"], &[r"\H{8}-\H{4}-\H{4}-\H{4}-\H{12}"]).from("https://devcenter.heroku.com/articles/authentication"),
    row(Critical, "fly-io-token", "Fly.io access token")
        .token(&[r"fo1_\u{43}", r"fm1_\e{100,1024}", r"fm2_\e{100,1024}"]).from("https://fly.io/docs/security/tokens/"),
    row(Critical, "vercel-blob-token", "Vercel Blob read-write token")
        .token(&[r"vercel_blob_rw_\w{16}_\w{30}"]).from("https://vercel.com/docs/vercel-blob/using-blob-sdk"),
    row(Critical, "netlify-token", "Netlify personal access token")
        .token(&[r"nfp_\w{36}"]).from("https://docs.netlify.com/api/get-started/"),
    row(Critical, "ibm-cloud-api-key", "IBM Cloud API key")
        .named(&["ibm_cloud", "ibmcloud", "ibm-cloud", "ibm_api"], &[r"\u{44}"])
        .from("https://cloud.ibm.com/docs/account?topic=account-userapikey"),
    row(Low, "scaleway-access-key", "Scaleway access key")
        .token(&[r"SCW\A{17}"]).from("https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/"),
    row(Critical, "scaleway-secret-key", "Scaleway secret key")
        .named(&["scaleway", "scw_secret"], &[r"\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://www.scaleway.com/en/docs/iam/how-to/create-api-keys/"),
    row(Critical, "linode-token", "Linode access token")
        .named(&["linode"], &[r"\h{64}"]).from("https://techdocs.akamai.com/linode-api/reference/get-started"),
    row(Critical, "hetzner-token", "Hetzner Cloud token")
        .named(&["hetzner", "hcloud"], &[r"\w{64}"]).from("https://docs.hetzner.cloud/reference/cloud"),
    row(Critical, "vultr-api-key", "Vultr API key").named(&["vultr"], &[r"\A{36}"]).from("https://docs.vultr.com/platform/other/api"),
    row(Critical, "yandex-cloud-api-key", "Yandex Cloud API key")
        .token(&[r"AQVN\u{35,38}"]).from("https://yandex.cloud/en/docs/iam/concepts/authorization/api-key"),
    row(Critical, "terraform-cloud-token", "HCP Terraform token")
        .token(&[r"\w{14}.atlasv1.\u{60,70}"])
        .from("https://developer.hashicorp.com/terraform/cloud-docs/users-teams-organizations/api-tokens"),
    row(Critical, "vault-token", "HashiCorp Vault token")
        .token(&[r"hvs.\u{90,140}", r"hvb.\u{90,300}", r"hvr.\u{90,300}", r"hvs.\w{24}"])
        .from("https://developer.hashicorp.com/vault/docs/concepts/tokens"),
    row(Critical, "pulumi-token", "Pulumi access token")
        .token(&[r"pul-\h{40}"]).from("https://www.pulumi.com/docs/pulumi-cloud/access-management/access-tokens/"),
    row(Critical, "doppler-token", "Doppler token")
        .token(&[r"dp.pt.\w{40,44}", r"dp.ct.\w{40,44}", r"dp.sa.\w{40,44}", r"dp.scim.\w{40,44}", r"dp.audit.\w{40,44}", r"dp.st.\w{40,44}", r"dp.st.\a{2,12}.\w{40,44}"])
        .from("https://docs.doppler.com/reference/auth-token-formats"),
    row(Critical, "render-api-key", "Render API key").token(&[r"rnd_\w{28,32}"]).from("https://render.com/docs/api"),
    row(Critical, "supabase-token", "Supabase access token or secret key")
        .token(&[r"sbp_\h{40}", r"sb_secret_\u{31}"]).from("https://supabase.com/docs/guides/api/api-keys"),
    row(Critical, "planetscale-token", "PlanetScale token or password")
        .token(&[r"pscale_tkn_\p{32,64}", r"pscale_pw_\p{32,64}", r"pscale_oauth_\p{32,64}"])
        .from("https://planetscale.com/docs/concepts/service-tokens"),
    row(Critical, "databricks-token", "Databricks personal access token")
        .token(&[r"dapi\h{32}", r"dapi\h{32}-\d{1}"]).from("https://docs.databricks.com/en/dev-tools/auth/pat.html"),
    row(Critical, "tailscale-key", "Tailscale key")
        .token(&[r"tskey-auth-\w{8,20}-\w{20,40}", r"tskey-api-\w{8,20}-\w{20,40}", r"tskey-client-\w{8,20}-\w{20,40}", r"tskey-scim-\w{8,20}-\w{20,40}", r"tskey-webhook-\w{8,20}-\w{20,40}"])
        .from("https://tailscale.com/kb/1277/key-prefixes"),
    row(High, "kubernetes-client-key", "Client key of a kubeconfig")
        .named(&["client-key-data"], &[r"\e{200,4096}"])
        .from("https://kubernetes.io/docs/reference/config-api/kubeconfig.v1/"),
    row(Medium, "kubernetes-bootstrap-token", "Kubernetes bootstrap token")
        .named(&["bootstrap-token", "bootstraptoken", "bootstrap_token", "--token", "kubeadm"], &[r"\a{6}.\a{16}"])
        .from("https://kubernetes.io/docs/reference/access-authn-authz/bootstrap-tokens/"),
    row(Critical, "onepassword-service-account-token", "1Password service account token")
        .token(&[r"ops_eyJ\j{250,2048}"]).from("https://developer.1password.com/docs/service-accounts/"),
    row(High, "onepassword-secret-key", "1Password secret key")
        .token(&[r"A3-\A{6}-\A{6}-\A{5}-\A{5}-\A{5}", r"A3-\A{6}-\A{11}-\A{5}-\A{5}-\A{5}"]).from("https://support.1password.com/secret-key-security/"),
    row(Critical, "dynatrace-token", "Dynatrace token")
        .token(&[r"dt0c01.\A{24}.\A{64}", r"dt0s01.\A{8}.\A{64}"])
        .from("https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens"),
    row(High, "google-recaptcha-secret", "reCAPTCHA secret key")
        .named(&["recaptcha_secret", "recaptcha-secret", "recaptchasecret", "recaptcha_private"], &[r"6L\u{38}"])
        .from("https://developers.google.com/recaptcha/docs/settings"),
    row(High, "openshift-token", "OpenShift user token").token(&[r"sha256~\u{43}"]).from(GITHUB_PATTERNS),
];
