//! Source hosting, builds and code analysis.

use super::Detector;
use crate::check::Check;
use crate::vocab::{Class, Confidence, Severity};
use Severity::{Critical, High, Medium};

const fn row(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    Detector::new(Class::Source, severity, id, title)
}

const fn github(id: &'static str, title: &'static str) -> Detector {
    row(Critical, id, title)
        .check(Check::Crc32Base62)
        .sure(Confidence::Certain)
        .from(GITHUB)
}

const fn gitlab(severity: Severity, id: &'static str, title: &'static str) -> Detector {
    row(severity, id, title).from("https://docs.gitlab.com/security/tokens/")
}

const GITHUB: &str = "https://github.blog/engineering/platform-security/behind-githubs-new-authentication-token-formats/";
const ATLASSIAN: &str = "https://support.atlassian.com/atlassian-account/docs/manage-api-tokens-for-your-atlassian-account/";

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    github("github-pat", "GitHub personal access token").token(&[r"ghp_\w{36}"]),
    github("github-oauth-token", "GitHub OAuth token").token(&[r"gho_\w{36}"]),
    github("github-user-token", "GitHub App user token").token(&[r"ghu_\w{36}"]),
    github("github-app-token", "GitHub App installation token").token(&[r"ghs_\w{36}"]),
    github("github-refresh-token", "GitHub App refresh token").token(&[r"ghr_\w{36}", r"ghr_\w{76}"]),
    row(Critical, "github-fine-grained-pat", "GitHub fine-grained personal access token")
        .token(&[r"github_pat_\w{22}_\w{59}"])
        .from("https://docs.github.com/en/authentication/keeping-your-account-and-data-secure/about-authentication-to-github"),
    gitlab(Critical, "gitlab-pat", "GitLab personal access token")
        .token(&[r"glpat-\u{20}", r"glpat-\u{27,300}.\w{2}.\w{7}", r"glpat-\u{27,300}.\w{9}"]),
    gitlab(High, "gitlab-deploy-token", "GitLab deploy token").token(&[r"gldt-\u{20}"]),
    gitlab(Critical, "gitlab-runner-token", "GitLab runner token")
        .token(&[r"glrt-\u{20}", r"glrt-t\d{1}_\u{20}", r"glrt-\u{27,300}.\w{2}.\w{7}", r"glrtr-\u{20}", r"GR1348941\u{20}"]),
    gitlab(High, "gitlab-ci-job-token", "GitLab CI job token").token(&[r"glcbt-\w{1,5}_\u{20}", r"glcbt-\u{20,64}"]),
    gitlab(High, "gitlab-trigger-token", "GitLab pipeline trigger token").token(&[r"glptt-\h{40}"]),
    gitlab(Critical, "gitlab-oauth-secret", "GitLab OAuth application secret").token(&[r"gloas-\h{64}"]),
    gitlab(Medium, "gitlab-feed-token", "GitLab feed token").token(&[r"glft-\u{20}", r"glft-\h{64}-\d{1,12}"]),
    gitlab(High, "gitlab-mail-token", "GitLab incoming mail token").token(&[r"glimt-\u{25}"]),
    gitlab(High, "gitlab-agent-token", "GitLab agent for Kubernetes token").token(&[r"glagent-\u{50}"]),
    gitlab(High, "gitlab-scim-token", "GitLab SCIM token").token(&[r"glsoat-\u{20}"]),
    gitlab(Medium, "gitlab-feature-flag-token", "GitLab feature flag client token").token(&[r"glffct-\u{20}"]),
    row(Critical, "bitbucket-app-password", "Bitbucket app password")
        .token(&[r"ATBB\w{32}"]).from("https://support.atlassian.com/bitbucket-cloud/docs/app-passwords/"),
    row(Critical, "bitbucket-access-token", "Bitbucket repository, project or workspace access token")
        .token(&[r"ATCTT3xFfG\j{140,240}=\U{8}"]).from("https://support.atlassian.com/bitbucket-cloud/docs/access-tokens/"),
    row(Critical, "atlassian-api-token", "Atlassian API token").token(&[r"ATATT3xFfG\j{140,240}=\U{8}"]).from(ATLASSIAN),
    row(Critical, "sourcegraph-token", "Sourcegraph access token")
        .token(&[r"sgp_\h{40}", r"sgp_\h{16}_\h{40}", r"sgp_local_\h{40}"])
        .from("https://sourcegraph.com/docs/cli/how-tos/creating_an_access_token"),
    row(Critical, "circleci-token", "CircleCI token")
        .token(&[r"CCIPAT_\w{22}_\h{40}", r"CCIPRJ_\w{22}_\h{40}"]).from("https://circleci.com/docs/managing-api-tokens/"),
    row(Critical, "buildkite-token", "Buildkite API access token")
        .token(&[r"bkua_\h{40}"]).from("https://buildkite.com/docs/apis/managing-api-tokens"),
    row(High, "sonarqube-token", "SonarQube token")
        .token(&[r"squ_\h{40}", r"sqp_\h{40}", r"sqa_\h{40}"])
        .from("https://docs.sonarsource.com/sonarqube-server/latest/user-guide/managing-tokens/"),
    row(High, "snyk-token", "Snyk API token")
        .named(&["snyk"], &[r"\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://docs.snyk.io/snyk-api/authentication-for-api"),
    row(High, "launchdarkly-key", "LaunchDarkly SDK or API key")
        .token(&[r"sdk-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}", r"api-\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"])
        .from("https://launchdarkly.com/docs/home/account/api"),
    row(Critical, "jfrog-api-key", "JFrog API key")
        .token(&[r"AKCp\w{69}", r"cmVmdGtu\w{56}"]).from("https://jfrog.com/help/r/jfrog-platform-administration-documentation/access-tokens"),
    row(High, "codecov-token", "Codecov upload token")
        .named(&["codecov"], &[r"\h{8}-\h{4}-\h{4}-\h{4}-\h{12}"]).from("https://docs.codecov.com/docs/codecov-tokens"),
    row(High, "travis-ci-token", "Travis CI token")
        .named(&["travis"], &[r"\w{22}"]).from("https://docs.travis-ci.com/user/triggering-builds/"),
    row(High, "jenkins-api-token", "Jenkins API token")
        .named(&["jenkins"], &[r"11\h{32}"]).from("https://www.jenkins.io/doc/book/system-administration/authenticating-scripted-clients/"),
];
