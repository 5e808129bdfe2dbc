//! Payment providers and shops.

use super::Detector;
use crate::vocab::{Class, Severity};
use Severity::{Critical, High, Low, Medium};

const fn row(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(Class::Payment, severity, id, title)
}

const STRIPE: &str = "https://docs.stripe.com/keys";
const SQUARE: &str = "https://developer.squareup.com/docs/build-basics/access-tokens";
const SHOPIFY: &str =
    "https://shopify.dev/docs/apps/build/authentication-authorization/access-tokens";

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    row(Critical, "stripe-secret-key", "Stripe live secret key").token(&[r"sk_live_\w{24,247}", r"sk_org_live_\w{24,247}"]).from(STRIPE),
    row(Critical, "stripe-restricted-key", "Stripe live restricted key").token(&[r"rk_live_\w{24,247}"]).from(STRIPE),
    row(Medium, "stripe-test-key", "Stripe test key").token(&[r"sk_test_\w{24,247}", r"rk_test_\w{24,247}"]).from(STRIPE),
    row(Low, "stripe-publishable-key", "Stripe publishable key").token(&[r"pk_live_\w{24,247}"]).from(STRIPE),
    row(High, "stripe-webhook-secret", "Stripe or Standard Webhooks signing secret")
        .token(&[r"whsec_\e{32,100}"]).from("https://docs.stripe.com/webhooks"),
    row(Critical, "square-access-token", "Square access token")
        .token(&[r"EAAA\u{60}", r"sq0atp-\u{22}"]).from(SQUARE),
    row(Critical, "square-oauth-secret", "Square OAuth secret").token(&[r"sq0csp-\u{43}"]).from(SQUARE),
    row(Critical, "braintree-access-token", "PayPal Braintree access token")
        .token(&[r"access_token$production$\a{16}$\h{32}"])
        .from("https://developer.paypal.com/braintree/articles/control-panel/important-gateway-credentials"),
    row(Critical, "paypal-client-secret", "PayPal client secret")
        .named(&["paypal"], &[r"E\u{79}"]).from("https://developer.paypal.com/api/rest/"),
    row(Critical, "adyen-api-key", "Adyen API key")
        .token(&[r"AQE\e{60,140}-\e{40,64}-\w{1}"]).from("https://docs.adyen.com/development-resources/api-credentials/"),
    row(Critical, "plaid-access-token", "Plaid access token")
        .token(&[r"access-production-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}", r"access-development-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://plaid.com/docs/api/items/"),
    row(High, "razorpay-key", "Razorpay live key").token(&[r"rzp_live_\w{14}"]).from("https://razorpay.com/docs/payments/dashboard/account-settings/api-keys/"),
    row(Critical, "shopify-access-token", "Shopify access token").token(&[r"shpat_\h{32}", r"shpua_\h{32}"]).from(SHOPIFY),
    row(Critical, "shopify-app-secret", "Shopify app secret").token(&[r"shpss_\h{32}"]).from(SHOPIFY),
    row(Critical, "shopify-custom-app-token", "Shopify custom or private app token").token(&[r"shpca_\h{32}", r"shppa_\h{32}"]).from(SHOPIFY),
    row(Critical, "flutterwave-secret-key", "Flutterwave secret key")
        .token(&[r"FLWSECK-\h{32}-X", r"FLWSECK-\h{32}-\w{11,14}-X"]).from("https://developer.flutterwave.com/docs/authentication"),
    row(Critical, "mollie-api-key", "Mollie live API key").token(&[r"live_\w{30}"]).from("https://docs.mollie.com/reference/authentication"),
    row(Critical, "gocardless-token", "GoCardless live access token").token(&[r"live_\u{40}"]).from("https://developer.gocardless.com/api-reference/"),
    row(Critical, "mercado-pago-token", "Mercado Pago access token")
        .token(&[r"APP_USR-\d{14,16}-\d{6}-\h{32}-\d{6,10}"]).from("https://www.mercadopago.com/developers/en/docs/your-integrations/credentials"),
    row(Critical, "checkout-com-key", "Checkout.com secret key")
        .token(&[r"sk_\a{31}", r"sk_\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://www.checkout.com/docs/get-started/authentication"),
    row(High, "easypost-key", "EasyPost API key").token(&[r"EZAK\w{54}"]).from("https://docs.easypost.com/docs/authentication"),
    row(High, "shippo-token", "Shippo live token").token(&[r"shippo_live_\h{40}"]).from("https://docs.goshippo.com/docs/guides_general/authentication/"),
    row(High, "duffel-token", "Duffel token").token(&[r"duffel_live_\u{43}"]).from("https://duffel.com/docs/api/overview/authentication"),
    row(High, "lob-api-key", "Lob live API key").token(&[r"live_\h{35}"]).from("https://docs.lob.com/"),
];
