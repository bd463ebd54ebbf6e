//! Every service in memory, for unit tests of handlers: what a test gives to it is read, what a handler sends is kept to be looked at.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Instant;

use crate::bucket::{Bucket, Objects};
use crate::channel::{Channels, Post};
use crate::context::Services;
use crate::event_log::{self, Local, Unavailable};
use crate::execution::{Executions, Started, is_same_input};
use crate::parameter::{ParameterStore, Secrets};
use crate::secret::Secret;

/// The services of a test. Clones are the same services.
///
/// ```
/// use pipe_runtime::memory::Memory;
/// let memory = Memory::default().with("webhook_key", "a key for tests");
/// assert!(memory.posts().is_empty());
/// ```
#[derive(Clone, Default)]
pub struct Memory(Rc<Kept>);

#[derive(Default)]
struct Kept {
    log: Rc<event_log::Memory>,
    /// Secrets and parameters by declared name.
    texts: RefCell<BTreeMap<String, String>>,
    posts: RefCell<Vec<Post>>,
    objects: RefCell<BTreeMap<(&'static str, String), Vec<u8>>>,
    executions: RefCell<BTreeMap<(&'static str, String), String>>,
    /// Why nothing is posted, where a test wants that.
    outage: RefCell<Option<&'static str>>,
}

impl std::fmt::Debug for Memory {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Memory")
    }
}

impl Memory {
    /// With a secret or parameter under its declared name.
    #[must_use]
    pub fn with(self, declared: &str, text: &str) -> Self {
        let (declared, text) = (declared.to_owned(), text.to_owned());
        self.0.texts.borrow_mut().insert(declared, text);
        self
    }

    /// With an object in a bucket.
    #[must_use]
    pub fn with_object<B: Bucket>(self, _: B, key: &str, bytes: impl Into<Vec<u8>>) -> Self {
        let mut objects = self.0.objects.borrow_mut();
        objects.insert((B::NAME, key.to_owned()), bytes.into());
        drop(objects);
        self
    }

    /// With queues, topics, buses, buckets and workflows that do not answer.
    #[must_use]
    pub fn out_of_order(self, reason: &'static str) -> Self {
        *self.0.outage.borrow_mut() = Some(reason);
        self
    }

    /// From now on everything answers.
    pub fn in_order_again(&self) {
        *self.0.outage.borrow_mut() = None;
    }

    /// Everything that was sent, in order.
    pub fn posts(&self) -> Vec<Post> {
        self.0.posts.borrow().clone()
    }

    /// The bytes of an object.
    pub fn object<B: Bucket>(&self, _: B, key: &str) -> Option<Vec<u8>> {
        let objects = self.0.objects.borrow();
        objects.get(&(B::NAME, key.to_owned())).cloned()
    }

    /// The keys of all objects by their bucket's declared name, in order.
    pub fn keys(&self) -> Vec<(&'static str, String)> {
        self.0.objects.borrow().keys().cloned().collect()
    }

    /// What was started: the workflow's declared name, the execution's name and its input.
    pub fn executions(&self) -> Vec<(&'static str, String, String)> {
        let executions = self.0.executions.borrow();
        let all = executions.iter();
        all.map(|((workflow, name), input)| (*workflow, name.clone(), input.clone()))
            .collect()
    }

    pub(crate) fn services(&self) -> Services {
        let texts = self.0.texts.borrow();
        let names = texts.keys().map(|it| (it.clone(), it.clone())).collect();
        let secrets = Secrets::new(Box::new(self.clone()), names).with_plain(texts.keys());
        Services {
            log: self.0.log.clone(),
            secrets: Rc::new(secrets),
            #[cfg(feature = "lambda")]
            verifiers: Rc::default(),
            deployed: Rc::new(texts.clone()),
            channels: Rc::new(self.clone()),
            objects: Rc::new(self.clone()),
            executions: Rc::new(self.clone()),
        }
    }

    fn answers(&self) -> Result<(), Unavailable> {
        match *self.0.outage.borrow() {
            Some(reason) => Err(Unavailable::new(reason, "out of order")),
            None => Ok(()),
        }
    }
}

impl ParameterStore for Memory {
    fn fetch<'a>(&'a self, name: &'a str) -> Local<'a, Result<Secret, Unavailable>> {
        let value = self
            .0
            .texts
            .borrow()
            .get(name)
            .map(|it| Secret::new(it.as_str()));
        Box::pin(async move { value.ok_or_else(|| Unavailable::new("secret_missing", name)) })
    }
}

impl Channels for Memory {
    fn post<'a>(&'a self, post: &'a Post, _: Instant) -> Local<'a, Result<(), Unavailable>> {
        let answers = self.answers();
        if answers.is_ok() {
            self.0.posts.borrow_mut().push(post.clone());
        }
        Box::pin(async move { answers })
    }
}

impl Objects for Memory {
    fn put<'a>(
        &'a self,
        bucket: &'static str,
        key: &'a str,
        _: &'a str,
        bytes: Vec<u8>,
        _: Instant,
    ) -> Local<'a, Result<(), Unavailable>> {
        let answers = self.answers();
        if answers.is_ok() {
            let mut objects = self.0.objects.borrow_mut();
            objects.insert((bucket, key.to_owned()), bytes);
        }
        Box::pin(async move { answers })
    }

    fn get<'a>(
        &'a self,
        bucket: &'static str,
        key: &'a str,
        _: Instant,
    ) -> Local<'a, Result<Option<Vec<u8>>, Unavailable>> {
        let found = self
            .0
            .objects
            .borrow()
            .get(&(bucket, key.to_owned()))
            .cloned();
        let found = self.answers().map(|()| found);
        Box::pin(async move { found })
    }
}

impl Executions for Memory {
    fn start<'a>(
        &'a self,
        workflow: &'static str,
        name: &'a str,
        input: &'a str,
        _: Instant,
    ) -> Local<'a, Result<Started, Unavailable>> {
        let started = self.answers().and_then(|()| {
            let mut executions = self.0.executions.borrow_mut();
            let taken = executions.get(&(workflow, name.to_owned()));
            match taken.map(|it| is_same_input(it, input)) {
                Some(true) => Ok(Started::Before),
                Some(false) => Err(Unavailable::new("execution_name_taken", name)),
                None => {
                    executions.insert((workflow, name.to_owned()), input.to_owned());
                    Ok(Started::Now)
                }
            }
        });
        Box::pin(async move { started })
    }
}

/// Runs what a handler returns to its end. Services in memory answer at once, so a test needs no async runtime.
///
/// # Panics
/// When the future waits for something else, such as a timer.
#[expect(clippy::panic, reason = "it is for tests, which fail by panicking")]
pub fn at_once<T>(future: impl Future<Output = T>) -> T {
    let mut cx = std::task::Context::from_waker(std::task::Waker::noop());
    match std::pin::pin!(future).as_mut().poll(&mut cx) {
        std::task::Poll::Ready(it) => it,
        std::task::Poll::Pending => panic!("the handler waits for something that is not in memory"),
    }
}
