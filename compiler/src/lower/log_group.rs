//! Log groups: declared, kept for as long as the spec says, encrypted with the pipeline's key.

use crate::emit::cfn::logs::LogGroup;
use crate::emit::cfn::template::{Resource, SpecLine};
use crate::emit::cfn::value::{Handle, Id, Sub};
use crate::emit::piece::text_of;

use super::Stack;

/// PCI DSS 10.5.1 asks for twelve months.
const YEAR_DAYS: u32 = 365;

/// Adds a log group.
pub(crate) fn add(
    stack: &mut Stack<'_>,
    id: impl Into<Id>,
    name: Sub,
    retention_days: u32,
    pipe: &SpecLine,
) -> Handle<LogGroup> {
    let handle = Handle::new(id);
    let group = LogGroup {
        log_group_name: name.clone().done(),
        retention_in_days: retention_days,
        kms_key_id: stack.key().arn(),
    };
    let mut resource = Resource::new(group, pipe.clone()).on_delete(false);
    if retention_days < YEAR_DAYS {
        let comment = text_of((
            "kept ",
            retention_days,
            " days, which is what the spec says or leaves as it is",
        ));
        resource = resource.skip("TPL-07", comment);
    }
    stack.resources.add(&handle, resource);
    stack.log_groups.push(
        Sub::arn_of("logs")
            .text("log-group:")
            .followed_by(&name)
            .done(),
    );
    handle
}
