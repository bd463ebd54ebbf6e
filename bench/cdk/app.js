// The archive pipeline by hand with AWS CDK, as plain JavaScript so that no compiler runs in front of the measured synth.
// N=100 makes as many copies, each a stack of its own: one stack holds at most 500 resources.
'use strict';

const path = require('node:path');
const cdk = require('aws-cdk-lib');
const apigateway = require('aws-cdk-lib/aws-apigateway');
const cloudwatch = require('aws-cdk-lib/aws-cloudwatch');
const actions = require('aws-cdk-lib/aws-cloudwatch-actions');
const dynamodb = require('aws-cdk-lib/aws-dynamodb');
const ec2 = require('aws-cdk-lib/aws-ec2');
const events = require('aws-cdk-lib/aws-events');
const targets = require('aws-cdk-lib/aws-events-targets');
const iam = require('aws-cdk-lib/aws-iam');
const kms = require('aws-cdk-lib/aws-kms');
const lambda = require('aws-cdk-lib/aws-lambda');
const sources = require('aws-cdk-lib/aws-lambda-event-sources');
const logs = require('aws-cdk-lib/aws-logs');
const s3 = require('aws-cdk-lib/aws-s3');
const sns = require('aws-cdk-lib/aws-sns');
const sqs = require('aws-cdk-lib/aws-sqs');
const ssm = require('aws-cdk-lib/aws-ssm');

class ArchiveStack extends cdk.Stack {
  constructor(scope, id, props) {
    super(scope, id, props);
    const suffix = props.suffix;

    const key = new kms.Key(this, 'Key', { enableKeyRotation: true, removalPolicy: cdk.RemovalPolicy.RETAIN });
    key.grantEncryptDecrypt(new iam.ServicePrincipal(`logs.${this.region}.amazonaws.com`));

    const vpc = new ec2.Vpc(this, 'Vpc', {
      maxAzs: 2,
      natGateways: 1,
      subnetConfiguration: [
        { cidrMask: 24, name: 'public', subnetType: ec2.SubnetType.PUBLIC },
        { cidrMask: 24, name: 'private', subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS },
      ],
    });

    const table = new dynamodb.Table(this, 'Events', {
      tableName: `payment-events-${suffix}`,
      partitionKey: { name: 'paymentId', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'timestamp', type: dynamodb.AttributeType.NUMBER },
      billingMode: dynamodb.BillingMode.PAY_PER_REQUEST,
      encryption: dynamodb.TableEncryption.CUSTOMER_MANAGED,
      encryptionKey: key,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      removalPolicy: cdk.RemovalPolicy.RETAIN,
    });
    table.addGlobalSecondaryIndex({
      indexName: 'ProviderTimestampIndex',
      partitionKey: { name: 'provider', type: dynamodb.AttributeType.STRING },
      sortKey: { name: 'timestamp', type: dynamodb.AttributeType.NUMBER },
    });

    const archive = new s3.Bucket(this, 'Archive', {
      versioned: true,
      encryption: s3.BucketEncryption.KMS,
      encryptionKey: key,
      blockPublicAccess: s3.BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      lifecycleRules: [{ transitions: [{ storageClass: s3.StorageClass.GLACIER, transitionAfter: cdk.Duration.days(90) }] }],
      removalPolicy: cdk.RemovalPolicy.RETAIN,
    });

    const queue = (name) => {
      const dead = new sqs.Queue(this, `${name}Dlq`, {
        queueName: `${name}-dlq-${suffix}`,
        encryption: sqs.QueueEncryption.KMS,
        encryptionMasterKey: key,
        retentionPeriod: cdk.Duration.days(14),
      });
      return new sqs.Queue(this, name, {
        queueName: `${name}-${suffix}`,
        encryption: sqs.QueueEncryption.KMS,
        encryptionMasterKey: key,
        visibilityTimeout: cdk.Duration.seconds(180),
        deadLetterQueue: { queue: dead, maxReceiveCount: 5 },
      });
    };
    const processing = queue('processing-queue');
    const notification = queue('notification-queue');

    const alerts = new sns.Topic(this, 'Alerts', {
      topicName: `payment-alerts-${suffix}`,
      displayName: 'Payment Alert Notifications',
      masterKey: key,
    });
    const bus = new events.EventBus(this, 'Bus', { eventBusName: `payment-events-${suffix}` });
    const config = new ssm.StringParameter(this, 'Config', {
      parameterName: `/payment-webhook/${suffix}/config`,
      stringValue: JSON.stringify({ maxRetries: 3, timeoutMs: 30000 }),
    });

    const code = lambda.Code.fromAsset(path.join(__dirname, 'handlers'));
    const handler = (name, memorySize) => {
      const made = new lambda.Function(this, name, {
        functionName: `${name}-${suffix}`,
        runtime: lambda.Runtime.NODEJS_22_X,
        architecture: lambda.Architecture.ARM_64,
        handler: `${name}.handler`,
        code,
        memorySize,
        timeout: cdk.Duration.seconds(30),
        reservedConcurrentExecutions: 25,
        tracing: lambda.Tracing.ACTIVE,
        vpc,
        environmentEncryption: key,
        logGroup: new logs.LogGroup(this, `${name}Log`, {
          logGroupName: `/aws/lambda/${name}-${suffix}`,
          retention: logs.RetentionDays.ONE_MONTH,
          encryptionKey: key,
          removalPolicy: cdk.RemovalPolicy.DESTROY,
        }),
        environment: {
          TABLE_NAME: table.tableName,
          BUCKET_NAME: archive.bucketName,
          PROCESSING_QUEUE_URL: processing.queueUrl,
          NOTIFICATION_QUEUE_URL: notification.queueUrl,
          TOPIC_ARN: alerts.topicArn,
          BUS_NAME: bus.eventBusName,
          CONFIG: config.parameterName,
        },
      });
      return made;
    };
    const receiver = handler('webhook-receiver', 512);
    const processor = handler('event-processor', 512);
    const notifier = handler('notification-handler', 256);
    table.grantWriteData(receiver);
    archive.grantPut(receiver);
    processing.grantSendMessages(receiver);
    config.grantRead(receiver);
    table.grantReadWriteData(processor);
    bus.grantPutEventsTo(processor);
    notification.grantSendMessages(processor);
    table.grantReadData(notifier);
    alerts.grantPublish(notifier);
    processor.addEventSource(new sources.SqsEventSource(processing, { batchSize: 10, reportBatchItemFailures: true }));
    notifier.addEventSource(new sources.SqsEventSource(notification, { batchSize: 10, reportBatchItemFailures: true }));

    const access = new logs.LogGroup(this, 'AccessLog', { retention: logs.RetentionDays.ONE_MONTH, encryptionKey: key });
    const api = new apigateway.RestApi(this, 'Api', {
      restApiName: `payment-webhook-${suffix}`,
      deployOptions: {
        stageName: 'prod',
        tracingEnabled: true,
        loggingLevel: apigateway.MethodLoggingLevel.INFO,
        accessLogDestination: new apigateway.LogGroupLogDestination(access),
        accessLogFormat: apigateway.AccessLogFormat.jsonWithStandardFields(),
        throttlingRateLimit: 500,
        throttlingBurstLimit: 1000,
      },
    });
    api.root.addResource('webhook').addMethod('POST', new apigateway.LambdaIntegration(receiver));
    const health = receiver.addFunctionUrl({ authType: lambda.FunctionUrlAuthType.NONE });

    new events.Rule(this, 'HighValue', {
      eventBus: bus,
      eventPattern: { source: ['payment.processor'], detailType: ['Payment Processed'], detail: { amount: [{ numeric: ['>', 10000] }] } },
      targets: [new targets.SnsTopic(alerts)],
    });
    new events.Rule(this, 'Standard', {
      eventBus: bus,
      eventPattern: { source: ['payment.processor'], detailType: ['Payment Processed'], detail: { amount: [{ numeric: ['<=', 10000] }] } },
      targets: [new targets.CloudWatchLogGroup(new logs.LogGroup(this, 'StandardPayments', { retention: logs.RetentionDays.ONE_MONTH }))],
    });

    const tell = new actions.SnsAction(alerts);
    new cloudwatch.Alarm(this, 'ReceiverErrors', {
      metric: new cloudwatch.MathExpression({
        expression: '100 * errors / invocations',
        usingMetrics: { errors: receiver.metricErrors(), invocations: receiver.metricInvocations() },
      }),
      threshold: 1,
      evaluationPeriods: 1,
    }).addAlarmAction(tell);
    new cloudwatch.Alarm(this, 'TableThrottled', {
      metric: table.metricThrottledRequestsForOperations({ operations: [dynamodb.Operation.PUT_ITEM, dynamodb.Operation.QUERY] }),
      threshold: 5,
      evaluationPeriods: 1,
    }).addAlarmAction(tell);
    new cloudwatch.Dashboard(this, 'Dashboard', {
      dashboardName: `payment-webhook-dashboard-${suffix}`,
      widgets: [[
        new cloudwatch.GraphWidget({ title: 'API latency', left: [api.metricLatency()] }),
        new cloudwatch.GraphWidget({ title: 'Lambda invocations', left: [receiver, processor, notifier].map((it) => it.metricInvocations()) }),
        new cloudwatch.GraphWidget({
          title: 'Consumed capacity',
          left: [table.metricConsumedReadCapacityUnits(), table.metricConsumedWriteCapacityUnits()],
        }),
      ]],
    });

    const output = (name, value) => new cdk.CfnOutput(this, name, { value });
    output('ApiUrl', api.url);
    output('HealthUrl', health.url);
    output('TableName', table.tableName);
    output('BucketName', archive.bucketName);
    output('TopicArn', alerts.topicArn);
    output('BusName', bus.eventBusName);
    output('KeyArn', key.keyArn);
  }
}

const app = new cdk.App();
const copies = Number(process.env.N ?? '1');
for (let index = 0; index < copies; index += 1) {
  new ArchiveStack(app, `Archive${index}`, { suffix: `dev${index}` });
}
app.synth();
