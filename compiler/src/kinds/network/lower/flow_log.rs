//! Flow log of a network: who spoke with whom, ten minutes a line, which is what one looks for after something went wrong. It
//! holds addresses and counts, never contents.

use crate::emit::cfn::ec2::FlowLog;
use crate::emit::cfn::iam::Role;
use crate::emit::cfn::value::{Sub, Value};
use crate::emit::piece::text_of;

use super::{At, vpc};
use crate::lower::policy::{self, Right, Trust};
use crate::lower::{Stack, log_group, names};

/// Adds the flow log with its group and role.
pub(super) fn lower(stack: &mut Stack<'_>, at: &At<'_>) {
    let name = &at.network.name;
    let group = log_group::add(
        stack,
        text_of((&at.pascal, "FlowLogGroup")),
        names::named(Sub::default().text("/aws/vpc/flow-logs/"), name),
        stack.pipeline.retention_days,
        &at.pipe,
    );
    let write = Right::new(
        "WriteFlowLog",
        text_of(("write down who speaks with whom in ", name)),
        &at.pipe,
        &[
            "logs:CreateLogStream",
            "logs:DescribeLogStreams",
            "logs:PutLogEvents",
        ],
        vec![group.arn().any()],
    )
    .because("the group's ARN ends in `:*`, which stands for its streams");
    let find = policy::unscoped(
        "FindLogGroups",
        "find the flow log's group",
        &at.pipe,
        &["logs:DescribeLogGroups"],
        "finding a group is an action without a resource",
    );
    let role = at.handle::<Role>("FlowLogRole");
    // The flow log's own id is not known before it exists, and it cannot exist before the role.
    let source: Value<_> = Sub::arn_of("ec2").text("vpc-flow-log/*").done();
    let plan = policy::RolePlan {
        description: text_of(("Writes the flow log of the network ", name)),
        service: "vpc-flow-logs.amazonaws.com",
        trust: Trust::For(source),
        policy_name: "flow-log",
        rights: vec![write, find],
        condition: None,
        pipe: at.pipe.clone(),
        actor: text_of(("flow log of ", name)).into(),
        asked_by: text_of(("network ", name)).into(),
        asked_at: at.pipe.clone(),
    };
    policy::add_role(stack, &role, plan);
    let log = FlowLog {
        resource_id: vpc(name).name(),
        resource_type: "VPC",
        traffic_type: "ALL",
        max_aggregation_interval: 600,
        log_destination_type: "cloud-watch-logs",
        log_group_name: group.name(),
        deliver_logs_permission_arn: role.arn(),
        tags: at.tags(""),
    };
    at.add(stack, &at.handle("FlowLog"), log);
}
