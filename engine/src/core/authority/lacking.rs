//! The grant that a spec lacks where a call is denied, as it would have to be written there.

use crate::core::Core;
use crate::iam::Request;

impl Core {
    /// `grant validate { append: payment_events }`: what the spec would say to allow it, where that can be said.
    pub(super) fn lacking_grant(&self, role_arn: &str, request: &Request) -> Option<String> {
        let deployment = &self.deployment;
        let verb = match request.action.as_str() {
            "dynamodb:PutItem" => "append",
            "dynamodb:GetItem" | "dynamodb:Query" | "dynamodb:Scan" | "ssm:GetParameter"
            | "ssm:GetParameters" => "read",
            "dynamodb:UpdateItem" => "update",
            "lambda:InvokeFunction" => "call",
            "sqs:SendMessage" | "sns:Publish" | "events:PutEvents" => "send",
            "sqs:ReceiveMessage" | "sqs:DeleteMessage" => "receive",
            "states:StartExecution" => "start",
            "s3:PutObject" => "write",
            "s3:GetObject" => "read",
            _ => return None,
        };
        let functions = deployment
            .functions
            .iter()
            .map(|it| (&it.role_arn, &it.arn));
        let machines = deployment.machines.iter().map(|it| (&it.role_arn, &it.arn));
        let (_, who) = functions
            .chain(machines)
            .find(|(role, _)| *role == role_arn)?;
        let declared = |arn: &str| deployment.declared.get(arn);
        // An object is granted by its bucket, an index by its table.
        let resource = request.resource.as_str();
        let whole = resource.split_once("/index/").map_or(resource, |it| it.0);
        let whole = match whole.strip_prefix("arn:aws:s3:::") {
            Some(_) => whole.split('/').next()?,
            None => whole,
        };
        let (who, what) = (declared(who)?, declared(whole)?);
        let what = match verb {
            "update" => self.updated_fields(&what.name, request)?,
            _ => what.granted_to(who),
        };
        Some(format!("grant {} {{ {verb}: {what} }}", who.name))
    }

    /// `orders.stage, orders.note`: an update is granted field by field. The key says which item, and what begins with `_` is ours, so
    /// neither is a field that could be granted.
    fn updated_fields(&self, table: &str, request: &Request) -> Option<String> {
        let (_, physical) = request.resource.rsplit_once('/')?;
        let is_key = |name: &str| self.tables.is_key(physical, name);
        let attributes = request.values("dynamodb:Attributes")?;
        let fields = attributes
            .iter()
            .filter(|it| !is_key(it) && !it.starts_with('_'))
            .map(|it| format!("{table}.{it}"));
        let fields: Vec<String> = fields.collect();
        (!fields.is_empty()).then(|| fields.join(", "))
    }
}
