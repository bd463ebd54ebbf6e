//! The form of the ARNs that IAM takes as a statement's resources.

use super::grammar::LEGACY;
use super::policy::{PolicyError, refuse};

/// Partitions that there are, or all of them.
const PARTITIONS: &[&str] = &[
    "*",
    "aws",
    "aws-cn",
    "aws-us-gov",
    "aws-iso",
    "aws-iso-b",
    "aws-iso-e",
    "aws-iso-f",
    "aws-eusc",
];
/// What IAM's own resources begin with.
const IAM_PATHS: &[&str] = &[
    "user/",
    "federated-user/",
    "role/",
    "group/",
    "instance-profile/",
    "mfa/",
    "server-certificate/",
    "policy/",
    "sms-mfa/",
    "saml-provider/",
    "oidc-provider/",
    "report/",
    "access-report/",
];
/// S3's resources that are in a region; buckets and objects are not.
const S3_REGIONAL: &[&str] = &[
    "accesspoint/",
    "job/",
    "storage-lens/",
    "storage-lens-group/",
    "access-grants/",
    "async-request/",
];

/// What is to be said of the resources of all statements, if anything. Of several ill-formed ones IAM names the one that sorts first.
///
/// # Errors
///
/// What the older parser does not read, which IAM says before anything else, but not once an ARN is known to be ill-formed.
pub(super) fn check<'a>(
    statements: impl Iterator<Item = Vec<&'a str>>,
) -> Result<Option<String>, PolicyError> {
    let mut found = None;
    for mut resources in statements {
        resources.retain(|it| *it != "*");
        resources.sort_unstable();
        found = resources.iter().find_map(|it| ill_formed(it)).or(found);
        if found.is_none() && !resources.iter().all(|it| is_read_by_the_older_parser(it)) {
            return refuse(LEGACY);
        }
    }
    Ok(found)
}

/// The older parser wants a service, and all six parts of an ARN in which one is empty.
fn is_read_by_the_older_parser(resource: &str) -> bool {
    let parts: Vec<&str> = resource.split(':').collect();
    (parts.len() >= 6 || !resource.contains("::"))
        && parts.get(2).is_some_and(|service| !service.is_empty())
}

fn ill_formed(resource: &str) -> Option<String> {
    // What stands before the first colon is not looked at.
    let Some((_, rest)) = resource.split_once(':') else {
        return Some(format!(
            "Resource {resource} must be in ARN format or \"*\"."
        ));
    };
    let (partition, named) = match rest.split_once(':') {
        Some((partition, named)) => (partition, Some(named)),
        None => (rest, None),
    };
    if !PARTITIONS.contains(&partition) {
        let mut parts: Vec<&str> = named.into_iter().flat_map(|it| it.splitn(4, ':')).collect();
        if parts == [""] {
            parts.clear();
        }
        parts.resize(4, "*");
        let whole = format!("arn:{partition}:{}", parts.join(":"));
        return Some(format!(
            "Partition \"{partition}\" is not valid for resource \"{whole}\"."
        ));
    }
    let Some(named) = named else {
        let message = "Resource vendor must be fully qualified and cannot contain regexes.";
        return Some(message.to_owned());
    };
    // What is left out at the end is anything.
    let mut parts = named.splitn(4, ':');
    let mut next = || parts.next().unwrap_or("*");
    let (service, region, _account, path) = (next(), next(), next(), next());
    let begins = |known: &[&str]| known.iter().any(|it| path.starts_with(it));
    match service {
        "iam" if !region.is_empty() => Some(format!(
            "IAM resource {resource} cannot contain region information."
        )),
        "iam" if path != "*" && !begins(IAM_PATHS) => Some(format!(
            "IAM resource path must either be \"*\" or start with {}.",
            IAM_PATHS.join(", ")
        )),
        "s3" if !region.is_empty() && !begins(S3_REGIONAL) => Some(format!(
            "Resource {resource} can not contain region information."
        )),
        _ => None,
    }
}
