//! What a role must allow beside the calls of its code: writing the log, sending traces, joining the network, reading the encrypted
//! environment. Modelled as authorisation only, checked at the start; what is not allowed has the effect that it has on AWS.

use super::keys::WRITE;
use super::{Denied, KeyUse, Principal, role, service};
use crate::artifacts::{Function, LogWriter, Machine};
use crate::core::Core;
use crate::core::input::Output;
use crate::observe::StepKind;

/// What Lambda does to attach a function to a network.
const NETWORK: [&str; 3] = [
    "ec2:CreateNetworkInterface",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DeleteNetworkInterface",
];
const FUNCTION_TRACES: [&str; 2] = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"];
const MACHINE_TRACES: [&str; 4] = [
    "xray:PutTraceSegments",
    "xray:PutTelemetryRecords",
    "xray:GetSamplingRules",
    "xray:GetSamplingTargets",
];
/// What Step Functions sets up the delivery of an execution log with.
const LOG_DELIVERY: [&str; 8] = [
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
];

impl Core {
    /// What functions and machines lack is found and told when the engine starts.
    pub(in crate::core) fn check_first_uses(&mut self, now_ms: u64, out: &mut Output) {
        let deployment = self.deployment.clone();
        for function in &deployment.functions {
            self.check_function(function, now_ms, out);
        }
        for machine in &deployment.machines {
            self.check_machine(machine, now_ms, out);
        }
        for writer in &deployment.log_writers {
            self.check_log_writer(writer, now_ms, out);
        }
    }

    /// API Gateway and a network lose their log.
    fn check_log_writer(&mut self, writer: &LogWriter, now_ms: u64, out: &mut Output) {
        let who = role(&writer.role_arn, &writer.name);
        let stream = self.arn(
            "logs",
            &format!("log-group:{}:log-stream:local", writer.group),
        );
        let log = self
            .all_of(&who, &["logs:DescribeLogGroups"], "*")
            .and_then(|()| self.all_of(&who, writer.actions, &stream))
            .and_then(|()| self.authorize_group_key(&writer.group));
        self.tell_denied(&writer.name, "writes no log", log, now_ms, out);
    }

    /// A function that may not join its network or read its environment fails each call; the others lose a log or traces.
    fn check_function(&mut self, function: &Function, now_ms: u64, out: &mut Output) {
        let lambda = role(&function.role_arn, &function.name);
        let works = self
            .join_network(&lambda, function)
            .and_then(|()| self.read_environment(&lambda, function));
        if let Err(denied) = &works {
            let fault = denied.message.clone();
            self.faults.insert(function.name.clone(), fault);
        }
        self.tell_denied(&function.name, "cannot start", works, now_ms, out);
        if function.traced {
            let traces = self.all_of(&lambda, &FUNCTION_TRACES, "*");
            self.tell_denied(&function.name, "sends no traces", traces, now_ms, out);
        }
        let log = self.write_function_log(&lambda, function);
        if log.is_err() {
            self.silent_functions.insert(function.name.clone());
        }
        self.tell_denied(&function.name, "writes no log", log, now_ms, out);
    }

    /// A machine that lacks these goes on without its log or traces.
    fn check_machine(&mut self, machine: &Machine, now_ms: u64, out: &mut Output) {
        let states = role(&machine.role_arn, &machine.name);
        if machine.logged {
            let delivery = self
                .all_of(&states, &LOG_DELIVERY, "*")
                .and_then(|()| self.encrypt_delivered_log(&states, machine));
            self.tell_denied(
                &machine.name,
                "writes no execution log",
                delivery,
                now_ms,
                out,
            );
        }
        if machine.traced {
            let traces = self.all_of(&states, &MACHINE_TRACES, "*");
            self.tell_denied(&machine.name, "sends no traces", traces, now_ms, out);
        }
    }

    /// The lines on their way to the log are encrypted with the machine's key.
    fn encrypt_delivered_log(&self, states: &Principal, machine: &Machine) -> Result<(), Denied> {
        let Some(key) = &machine.key else {
            return Ok(());
        };
        let source = self.arn("logs", "*");
        let delivery = service("delivery.logs.amazonaws.com", &source);
        for (who, action) in [(states, "kms:GenerateDataKey"), (&delivery, "kms:Decrypt")] {
            let used = KeyUse {
                key,
                actions: &[action],
                via: None,
                context: &[("SourceArn", &source)],
            };
            self.authorize_key(who, used)?;
        }
        Ok(())
    }

    fn all_of(&self, who: &Principal, actions: &[&str], resource: &str) -> Result<(), Denied> {
        actions
            .iter()
            .try_for_each(|action| self.authorize(who, action, resource, &[]))
    }

    fn join_network(&self, lambda: &Principal, function: &Function) -> Result<(), Denied> {
        if function.in_network {
            self.all_of(lambda, &NETWORK, "*")?;
        }
        Ok(())
    }

    fn read_environment(&self, lambda: &Principal, function: &Function) -> Result<(), Denied> {
        match &function.key {
            Some(key) if !function.environment.is_empty() => {
                let used = KeyUse {
                    key,
                    actions: &["kms:Decrypt"],
                    via: Some("lambda"),
                    context: &[("aws:lambda:FunctionArn", &function.arn)],
                };
                self.authorize_key(lambda, used)
            }
            _ => Ok(()),
        }
    }

    /// The function's role writes the log, and CloudWatch Logs uses the key of its group.
    fn write_function_log(&self, lambda: &Principal, function: &Function) -> Result<(), Denied> {
        let stream = format!("log-group:{}:log-stream:local", function.log_group);
        let stream = self.arn("logs", &stream);
        self.all_of(
            lambda,
            &["logs:CreateLogStream", "logs:PutLogEvents"],
            &stream,
        )?;
        self.authorize_group_key(&function.log_group)
    }

    /// Whether CloudWatch Logs may use the key of a group of the template.
    pub(in crate::core) fn authorize_group_key(&self, group: &str) -> Result<(), Denied> {
        let groups = self.deployment.log_groups.iter();
        let found = groups.into_iter().find(|it| it.name == group);
        let Some((group, key)) = found.and_then(|it| Some((it, it.kms_key.as_deref()?))) else {
            return Ok(());
        };
        let logs = Principal::Service {
            name: self.logs_service.clone(),
            source_arn: group.arn.clone(),
        };
        let used = KeyUse {
            key,
            actions: WRITE,
            via: None,
            context: &[("aws:logs:arn", &group.arn)],
        };
        self.authorize_key(&logs, used)
    }

    fn tell_denied(
        &mut self,
        who: &str,
        effect: &str,
        allowed: Result<(), Denied>,
        now_ms: u64,
        out: &mut Output,
    ) {
        if let Err(denied) = allowed {
            let message = format!("{who} {effect}. {}", denied.message);
            self.observe(None, StepKind::Notice { message }, now_ms, out);
        }
    }
}
