//! The methods of a context, one for each verb on a kind of resource. They are there where the pipeline has such a resource, and can be called where it is granted.

use pipe_quote::quote;
use pipe_tokens::Tokens;

use super::ContextItems;
use crate::emit::rust::resources::{Channel, ChannelKind};

impl ContextItems<'_> {
    pub(super) fn of_tables(&self) -> Tokens {
        let table = &self.names.local("table");
        let event = &self.names.local("event");
        let partition = &self.names.local("partition");
        let index = &self.names.local("index");
        let field = &self.names.local("field");
        let value = &self.names.local("value");
        let (may, may_update) = (&self.own.grant, &self.own.update);
        let tables = (!self.pipeline.tables.is_empty()).then(|| {
            quote! {
                /// Records an event once, where `append` is granted.
                pub fn append<'a, T, E>(&'a self, #table: T, #event: &'a E) -> Local<'a, Result<Appended, Fault>>
                where
                    T: Holds<E> + #may<append>,
                    E: Event,
                {
                    Box::pin(self.context.append(#table, #event))
                }

                /// The facts of a partition in order, where `read` is granted.
                pub fn read<'a, T>(&'a self, #table: T, #partition: &'a str) -> Local<'a, Result<Vec<T::Fact>, Fault>>
                where
                    T: Table + #may<read>,
                {
                    Box::pin(self.context.read(#table, #partition))
                }
            }
        });
        let indexed = self
            .pipeline
            .tables
            .values()
            .any(|it| !it.indexes.is_empty());
        let indexes = indexed.then(|| {
            quote! {
                /// The facts that an index finds, where `read` of its table is granted. What was recorded a moment ago may be missing.
                pub fn find<'a, I>(&'a self, #index: I, #partition: &'a I::Partition) -> Local<'a, Result<Vec<<I::Table as Table>::Fact>, Fault>>
                where
                    I: Index,
                    I::Table: #may<read>,
                {
                    Box::pin(self.context.find(#index, #partition))
                }
            }
        });
        let updates = (!self.used.fields.is_empty()).then(|| {
            quote! {
                /// Changes one field of a recorded event, where `update` is granted: `update(webhooks, webhooks::stage, &event, &stage)`.
                pub fn update<'a, T, F, E>(&'a self, #table: T, #field: F, #event: &'a E, #value: &'a F::Value) -> Local<'a, Result<Updated, Fault>>
                where
                    T: Holds<E> + #may_update<F>,
                    F: FieldOf<E>,
                    E: Event,
                {
                    Box::pin(self.context.update(#table, #field, #event, #value))
                }
            }
        });
        quote!(#tables #indexes #updates)
    }

    pub(super) fn of_secrets(&self) -> Tokens {
        let secret = &self.names.local("secret");
        let parameter = &self.names.local("parameter");
        let may = &self.own.grant;
        let secrets = (!self.pipeline.secrets.is_empty()).then(|| {
            quote! {
                /// The value of a secret, where `read` is granted.
                pub fn secret<S>(&self, #secret: S) -> Local<'_, Result<Rc<Secret>, Fault>>
                where
                    S: SecretName + #may<read>,
                {
                    Box::pin(self.context.secret(#secret))
                }
            }
        });
        let parameters = (!self.used.parameters.is_empty()).then(|| {
            quote! {
                /// The value of a parameter, where `read` is granted.
                pub fn param<P>(&self, #parameter: P) -> Local<'_, Result<P::Value, Fault>>
                where
                    P: ParameterName + #may<read>,
                {
                    Box::pin(self.context.param(#parameter))
                }
            }
        });
        quote!(#secrets #parameters)
    }

    pub(super) fn of_channels(&self) -> Tokens {
        let channel = &self.names.local("channel");
        let value = &self.names.local("value");
        let topic = &self.names.local("topic");
        let subject = &self.names.local("subject");
        let text = &self.names.local("text");
        let may = &self.own.grant;
        let channels = &self.used.channels;
        let sends = channels.iter().any(|it| !it.carries.is_empty()).then(|| {
            quote! {
                /// Sends a value to a queue, topic or bus, where `send` is granted. It has arrived when this is done.
                pub fn send<'a, C, E>(&'a self, #channel: C, #value: &'a E) -> Local<'a, Result<(), Fault>>
                where
                    C: Carries<E> + #may<send>,
                    E: Record,
                {
                    Box::pin(self.context.send(#channel, #value))
                }
            }
        });
        let for_people =
            |it: &Channel<'_>| matches!(it.kind, ChannelKind::Topic) && it.carries.is_empty();
        let alerts = channels.iter().any(for_people).then(|| {
            quote! {
                /// Tells people by a topic, where `send` is granted: a subject of at most 100 ASCII characters, and a text.
                pub fn alert<'a, C>(&'a self, #topic: C, #subject: &'a str, #text: &'a str) -> Local<'a, Result<(), Fault>>
                where
                    C: Alerts + #may<send>,
                {
                    Box::pin(self.context.alert(#topic, #subject, #text))
                }
            }
        });
        quote!(#sends #alerts)
    }

    pub(super) fn of_buckets_and_workflows(&self) -> Tokens {
        let bucket = &self.names.local("bucket");
        let key = &self.names.local("key");
        let content_type = &self.names.local("content_type");
        let bytes = &self.names.local("bytes");
        let workflow = &self.names.local("workflow");
        let input = &self.names.local("input");
        let may = &self.own.grant;
        let buckets = (!self.used.buckets.is_empty()).then(|| {
            quote! {
                /// Writes an object, in place of one that is there, where `write` is granted.
                pub fn write<'a, B>(&'a self, #bucket: B, #key: &'a str, #content_type: &'a str, #bytes: Vec<u8>) -> Local<'a, Result<(), Fault>>
                where
                    B: Bucket + #may<write>,
                {
                    Box::pin(self.context.write(#bucket, #key, #content_type, #bytes))
                }

                /// The bytes of an object, if there is one, where `read` is granted.
                pub fn get<'a, B>(&'a self, #bucket: B, #key: &'a str) -> Local<'a, Result<Option<Vec<u8>>, Fault>>
                where
                    B: Bucket + #may<read>,
                {
                    Box::pin(self.context.get(#bucket, #key))
                }
            }
        });
        let workflows = (!self.used.workflows.is_empty()).then(|| {
            quote! {
                /// Starts a workflow once for an event, where `start` is granted.
                pub fn start<'a, W>(&'a self, #workflow: W, #input: &'a W::Input) -> Local<'a, Result<Started, Fault>>
                where
                    W: Workflow + #may<start>,
                {
                    Box::pin(self.context.start(#workflow, #input))
                }
            }
        });
        quote!(#buckets #workflows)
    }
}
