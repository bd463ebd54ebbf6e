//! `bucket`: objects in S3, encrypted with the pipeline's key, closed to the public, reached by TLS only.

use crate::declared::{Declared, Variable, of_kind};
use crate::emit::cfn::iam::{Conditions, Effect, Everyone, Policy, Principal, Statement};
use crate::emit::cfn::s3::{
    AbortUpload, Bucket, BucketEncryption, BucketPolicy, EncryptionByDefault, EncryptionRule,
    Lifecycle, LifecycleRule, Logging, OwnershipControls, OwnershipRule, PublicAccessBlock,
    Transition, Versioning,
};
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Handle, OnlyWhen, Sub, Value};
use crate::emit::graph::{Part, Picture};
use crate::emit::permissions::Sections;
use crate::emit::piece::text_of;
use crate::kinds::bucket::KIND;
use crate::lower::grant::{self, Holder, KeyUse, Rights, Through};
use crate::lower::outputs::Outputs;
use crate::lower::policy::Right;
use crate::lower::{Stack, names};
use crate::model::{self, Permission, Piece, SinkTo, Template, Verb};

/// The template parameter with the bucket that access logs go to, and the condition that there is one. The stack makes none:
/// it would need one itself.
pub(crate) const LOG_PARAMETER: &str = "AccessLogBucket";
pub(crate) const LOG_CONDITION: &str = "HasAccessLogBucket";

/// Days after which the parts of an upload that was never finished go. The runtime uploads whole objects, so there should be none.
const UNFINISHED_DAYS: u32 = 7;

/// The bucket's logical id.
pub(crate) fn handle(name: &str) -> Handle<Bucket> {
    Handle::new(names::id(name, "Bucket"))
}

impl Declared for model::Bucket {
    of_kind!(KIND);

    /// Adds the bucket and its policy.
    fn lower<'a>(&'a self, stack: &mut Stack<'a>) {
        let pipe = stack.at(&self.origin);
        let handle = handle(&self.name);
        let resource = Bucket {
            bucket_name: physical(&stack.pipeline.name, &self.name).done(),
            bucket_encryption: BucketEncryption {
                server_side_encryption_configuration: [EncryptionRule {
                    bucket_key_enabled: true,
                    server_side_encryption_by_default: EncryptionByDefault {
                        algorithm: "aws:kms",
                        key: stack.key().arn(),
                    },
                }],
            },
            public_access_block_configuration: PublicAccessBlock {
                block_public_acls: true,
                block_public_policy: true,
                ignore_public_acls: true,
                restrict_public_buckets: true,
            },
            ownership_controls: OwnershipControls {
                rules: [OwnershipRule {
                    object_ownership: "BucketOwnerEnforced",
                }],
            },
            versioning_configuration: self.versioned.then_some(Versioning { status: "Enabled" }),
            lifecycle_configuration: lifecycle(self),
            logging_configuration: OnlyWhen {
                condition: LOG_CONDITION,
                value: Logging {
                    destination_bucket_name: Value::parameter(LOG_PARAMETER),
                    log_file_prefix: names::named(Sub::default(), &self.name).text("/").done(),
                },
            },
        };
        let resource = Resource::new(resource, pipe.clone()).on_delete(self.retain);
        stack.resources.add(&handle, resource);

        let policy = BucketPolicy {
            bucket: handle.name(),
            policy_document: Policy::new(vec![tls_only(&handle)]),
        };
        let id = Handle::<BucketPolicy>::new(names::id(&self.name, "BucketPolicy"));
        // Whoever may still reach a bucket that stays does so by TLS.
        let resource = Resource::new(policy, pipe);
        let resource = if self.retain {
            resource.on_delete(true)
        } else {
            resource
        };
        stack.resources.add(&id, resource);
    }

    fn outputs(&self, _: &Stack<'_>, outputs: &mut Outputs) {
        let value = handle(&self.name).name().any();
        outputs.add(
            &self.name,
            "BucketName",
            text_of(("Bucket ", &self.name)),
            value,
        );
    }

    fn draw(&self, picture: &mut Picture<'_>) {
        let mut details = Vec::new();
        if self.versioned {
            details.push("versioned".to_owned());
        }
        let moved = self.glacier_after_days.iter();
        details.extend(moved.map(|it| format!("glacier after {it} d")));
        picture.add(Part::Store, KIND.keyword, &self.name, self.origin, details);
    }

    fn report(&self, sections: &mut Sections<'_>) {
        sections.add(KIND.keyword, &self.name, self.origin, "Bucket", "");
        let id = handle(&self.name).id;
        let removers = sections.holders(&id, &["s3:DeleteObject", "s3:DeleteObjectVersion"]);
        let text = match (removers.as_slice(), self.versioned) {
            ([], true) => {
                "**Can anyone rewrite history? No role of this stack can.** No role deletes; an object that is written again is another version, and the runtime writes the same bytes again.\n"
            }
            ([], false) => {
                "**Can anyone rewrite history? Who writes can overwrite.** No role deletes; the runtime writes the same bytes again, but S3 keeps one version only (`versioned: true` keeps all).\n"
            }
            _ => "**Can anyone rewrite history? Yes: objects can be deleted.**\n",
        };
        sections.say(text);
    }

    fn granted(&self, permission: &Permission, pipe: &SpecLine, rights: &mut Rights<'_, '_>) {
        let writes = permission.verb == Verb::Write;
        rights.key(Through {
            service: "s3",
            sid: "UseBucketKey",
            what: "its buckets",
            key: if writes { KeyUse::Write } else { KeyUse::Read },
        });
        if writes {
            rights.add(write(rights, permission, pipe));
            return;
        }
        let objects = objects(&handle(&self.name));
        let read = grant::one(permission, pipe, "Read", "read", &["s3:GetObject"], objects);
        rights.add(read.because(KEYS_UNKNOWN));
        let list = Right::new(
            names::sid("List", &self.name),
            text_of(("be told that ", &self.name, " lacks an object")),
            pipe,
            &["s3:ListBucket"],
            vec![handle(&self.name).arn().any()],
        );
        rights.add(list.because("without it S3 answers a missing object as a forbidden one"));
    }

    fn variable(&self, _: &Stack<'_>, _: &Permission) -> Option<Variable> {
        Some(("BUCKET", handle(&self.name).name().any()))
    }
}

/// `<pipeline>-<name>-<suffix>-<account>`: names of buckets are unique in the world.
fn physical(pipeline: &str, name: &str) -> Sub {
    names::named(Sub::default().text(&names::kebab(pipeline)).text("-"), name)
        .text("-")
        .parameter("AWS::AccountId")
}

fn lifecycle(bucket: &model::Bucket) -> Lifecycle {
    let mut rules = Vec::new();
    if let Some(days) = bucket.glacier_after_days {
        let transition = || Transition {
            storage_class: "GLACIER",
            transition_in_days: days,
        };
        rules.push(LifecycleRule {
            id: "MoveToGlacier",
            status: "Enabled",
            transitions: vec![transition()],
            noncurrent_version_transitions: if bucket.versioned {
                vec![transition()]
            } else {
                Vec::new()
            },
            abort_incomplete_multipart_upload: None,
        });
    }
    rules.push(LifecycleRule {
        id: "AbortUnfinishedUploads",
        status: "Enabled",
        transitions: Vec::new(),
        noncurrent_version_transitions: Vec::new(),
        abort_incomplete_multipart_upload: Some(AbortUpload {
            days_after_initiation: UNFINISHED_DAYS,
        }),
    });
    Lifecycle { rules }
}

/// A denial may say `s3:*`: an action left out would be a hole, not a right too many.
fn tls_only(bucket: &Handle<Bucket>) -> Statement {
    Statement {
        sid: "TlsOnly".into(),
        effect: Effect::Deny,
        principal: Some(Principal::Everyone(Everyone::Star)),
        action: (&["s3:*"]).into(),
        resource: vec![bucket.arn().any(), objects(bucket)],
        condition: Conditions::default().with(
            "Bool",
            "aws:SecureTransport",
            vec![Value::text("false").any()],
        ),
    }
}

/// Every object of a bucket.
pub(crate) fn objects(bucket: &Handle<Bucket>) -> Value<crate::emit::cfn::value::Any> {
    Sub::default().arn(bucket).text("/*").done()
}

const KEYS_UNKNOWN: &str = "the rest of an object's key is known when it is written";

/// Objects below the texts that the keys of a function's `write:` begin with; all objects where a handler or a workflow chooses the key.
fn write(rights: &Rights<'_, '_>, permission: &Permission, pipe: &SpecLine) -> Right {
    let name = &permission.resource;
    let handle = handle(name);
    let mut right = grant::one(
        permission,
        pipe,
        "Write",
        "write to",
        &["s3:PutObject"],
        objects(&handle),
    );
    if let Holder::Function(function) = rights.holder {
        let sinks = grant::sinks(rights.stack, function).flatten();
        let mut prefixes: Vec<String> = sinks
            .filter_map(|it| match &it.to {
                SinkTo::Write { bucket, key } if bucket == name => Some(beginning(key)),
                SinkTo::Write { .. } | SinkTo::Append(_) | SinkTo::Send(_) => None,
            })
            .collect();
        if prefixes.is_empty() || !permission.used_by_edge {
            prefixes = vec![String::new()];
        }
        prefixes.sort();
        prefixes.dedup();
        let below = |prefix: &String| Sub::default().arn(&handle).text("/").text(prefix).text("*");
        right.statement.resource = prefixes.iter().map(|it| below(it).done()).collect();
    }
    right.because(KEYS_UNKNOWN)
}

/// The text before the first value of a key.
fn beginning(key: &Template) -> String {
    match key.first() {
        Some(Piece::Text(text)) => text.clone(),
        _ => String::new(),
    }
}
