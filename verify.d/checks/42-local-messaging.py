"""`pipec run` and the real AWS CLI and boto3 against it: topics, buses, alarms, metrics and logs of the compiled systems."""

import datetime
import json
import time

from outside import aws, local_run, place, processes, report

TOLD_S_MAX = 120
TIME_SCALE = 0.05  # a minute of CloudWatch is three seconds
SPEC = place.SPEC.parent / "webhook_processing.pipe"
TOPIC = f"arn:aws:sns:{aws.REGION}:{aws.ACCOUNT}:ops-local"
ALARM = "payment-events-undelivered-local"
DRILLED = "queue-depth-stripe-local"


def check(found):
    port = processes.free_port()
    folder = place.scratch("local-messaging")
    state, log = folder / "state", folder / "pipec.log"
    endpoint = f"http://127.0.0.1:{port}"
    cli = aws.Cli(endpoint)
    with local_run.running(SPEC.relative_to(place.PROJECT), port, log, "--state", state, "--time-scale", str(TIME_SCALE)):
        topics(found, cli, state)
        buses(found, cli)
        alarms(found, cli, state)
        metrics(found, cli, endpoint)
        logs(found, cli)
    found.show("pipec run: AWS CLI and boto3 publish, put events, read alarms, metrics and logs")


def mail(state):
    file = state / "mail.txt"
    return file.read_text() if file.exists() else ""


def wait(holds):
    deadline = time.monotonic() + TOLD_S_MAX
    while not holds() and time.monotonic() < deadline:
        time.sleep(0.2)
    return holds()


def topics(found, cli, state):
    sent = cli.json("sns", "publish", "--topic-arn", TOPIC, "--subject", "Payment failed", "--message", "card expired")
    found.expect(sent.get("MessageId"), "sns publish gives a message id", sent)
    found.expect(wait(lambda: "Subject: Payment failed\n\ncard expired" in mail(state)), "and the e-mail lies in the state folder", mail(state))
    found.equal("the mail's mode", oct((state / "mail.txt").stat().st_mode & 0o777), "0o600")
    batch = cli.json("sns", "publish-batch", "--topic-arn", TOPIC, "--publish-batch-request-entries", "Id=a,Message=one", "Id=b,Message=two")
    found.equal("publish-batch", [sorted(entry["Id"] for entry in batch["Successful"]), batch.get("Failed", [])], [["a", "b"], []])
    shown = cli.json("sns", "list-subscriptions-by-topic", "--topic-arn", TOPIC)["Subscriptions"]
    found.equal("list-subscriptions-by-topic", [one["Protocol"] for one in shown], ["email"])
    found.equal("get-topic-attributes", cli.json("sns", "get-topic-attributes", "--topic-arn", TOPIC)["Attributes"]["TopicArn"], TOPIC)
    code, _, errors = cli.text("sns", "publish", "--topic-arn", TOPIC + "x", "--message", "m", check=False)
    found.expect(code != 0 and "NotFound" in errors, "an unknown topic is NotFound", errors)


def buses(found, cli):
    entry = {"EventBusName": "payment-events", "Source": "payment.processor", "DetailType": "PaymentProcessed"}
    refused = entry | {"Detail": "[1]"}
    put = cli.json("events", "put-events", "--entries", json.dumps([entry | {"Detail": json.dumps({"amount": 5, "status": "failed"})}, refused]))
    found.equal("put-events: failed entries", put["FailedEntryCount"], 1)
    found.equal("put-events: the second", put["Entries"][1]["ErrorCode"], "MalformedDetail")
    rules = cli.json("events", "list-rules", "--event-bus-name", "payment-events")["Rules"]
    found.expect(len(rules) >= 5, "list-rules lists at least five", [rule["Name"] for rule in rules])
    described = cli.json("events", "describe-rule", "--event-bus-name", "payment-events", "--name", rules[0]["Name"])
    found.equal("describe-rule", described["Arn"], rules[0]["Arn"])
    event = {"id": "1", "account": "1", "source": "s", "time": "2026-01-01T00:00:00Z", "region": "r", "resources": [], "detail-type": "d", "detail": {"a": 5}}
    tested = cli.json("events", "test-event-pattern", "--event-pattern", '{"detail":{"a":[{"numeric":[">",4]}]}}', "--event", json.dumps(event))
    found.equal("test-event-pattern", tested["Result"], True)


def state_of(cli, alarm=ALARM):
    [shown] = cli.json("cloudwatch", "describe-alarms", "--alarm-names", alarm)["MetricAlarms"]
    return shown["StateValue"]


def alarms(found, cli, state):
    found.expect(wait(lambda: state_of(cli) == "OK"), f"{ALARM} is OK after a minute of its clock", state_of(cli))
    url = cli.json("sqs", "get-queue-url", "--queue-name", ALARM)["QueueUrl"]
    cli.json("sqs", "send-message", "--queue-url", url, "--message-body", "nobody took it")
    found.expect(wait(lambda: state_of(cli) == "ALARM"), "a message in its queue sets it off", state_of(cli))
    found.expect(wait(lambda: f'ALARM: "{ALARM}"' in mail(state)), "and its topic is told", mail(state)[-500:])
    set_off = cli.json("cloudwatch", "describe-alarms", "--state-value", "ALARM")["MetricAlarms"]
    found.expect(ALARM in [alarm["AlarmName"] for alarm in set_off], "describe-alarms by state lists it", set_off)
    drill(found, cli, state)


def drill(found, cli, state):
    """A state set by hand lasts until the alarm is evaluated next, which may be at once: what stays of it is that its topic was told."""
    found.expect(wait(lambda: state_of(cli, DRILLED) == "OK"), f"{DRILLED} is OK", state_of(cli, DRILLED))
    cli.text("cloudwatch", "set-alarm-state", "--alarm-name", DRILLED, "--state-value", "ALARM", "--state-reason", "a drill of the night shift")
    told = lambda: f'ALARM: "{DRILLED}"' in mail(state) and "a drill of the night shift" in mail(state)
    found.expect(wait(told), "set-alarm-state tells the alarm's topic, with the reason", mail(state)[-500:])
    found.expect(wait(lambda: state_of(cli, DRILLED) == "OK"), "and the next evaluation brings it back", state_of(cli, DRILLED))


def metrics(found, cli, endpoint):
    cli.text("cloudwatch", "put-metric-data", "--namespace", "Verify", "--metric-name", "Age", "--value", "3.5", "--dimensions", "k=v")
    now = datetime.datetime.now(datetime.timezone.utc)
    begin, end = ((now + datetime.timedelta(minutes=minutes)).strftime("%Y-%m-%dT%H:%M:%SZ") for minutes in (-10, 2))
    span = ["--start-time", begin, "--end-time", end]
    points = cli.json("cloudwatch", "get-metric-statistics", "--namespace", "Verify", "--metric-name", "Age", "--dimensions", "Name=k,Value=v",
                      "--period", "60", "--statistics", "Sum", "Maximum", *span)["Datapoints"]
    found.equal("get-metric-statistics", [[point["Sum"], point["Maximum"]] for point in points], [[3.5, 3.5]])
    query = {"Id": "sent", "MetricStat": {"Metric": {"Namespace": "AWS/SNS", "MetricName": "NumberOfMessagesPublished",
             "Dimensions": [{"Name": "TopicName", "Value": "ops-local"}]}, "Period": 3600, "Stat": "Sum"}}
    [data] = cli.json("cloudwatch", "get-metric-data", "--metric-data-queries", json.dumps([query]), *span)["MetricDataResults"]
    found.expect(sum(data["Values"]) >= 4, "get-metric-data counts what was published", data)
    try:
        import boto3
    except ImportError:
        found.note("  boto3 is not in this Python; the CLI spoke for it")
        return
    client = boto3.client("cloudwatch", endpoint_url=endpoint, region_name=aws.REGION, aws_access_key_id="test", aws_secret_access_key="test")
    alarm = client.describe_alarms(AlarmNames=[ALARM])["MetricAlarms"][0]
    found.expect(isinstance(alarm["StateUpdatedTimestamp"], datetime.datetime), "boto3 reads an alarm's instant", alarm)


def logs(found, cli):
    groups = [group["logGroupName"] for group in cli.json("logs", "describe-log-groups")["logGroups"]]
    found.expect("/aws/lambda/validator-local" in groups, "describe-log-groups lists the functions' groups", groups)
    events = cli.json("logs", "filter-log-events", "--log-group-name", "/aws/lambda/status-updates-local")["events"]
    found.note(f"  {len(events)} lines of status_updates")
    code, _, errors = cli.text("logs", "get-log-events", "--log-group-name", "/none", "--log-stream-name", "x", check=False)
    found.expect(code != 0 and "ResourceNotFoundException" in errors, "an unknown group is ResourceNotFoundException", errors)


report.run(check)
