//! Drives the core: one thread steps it, another makes its changes durable and then does its actions.
//!
//! While one commit waits for the disk the core goes on; all that it gives meanwhile shares the next commit. An answer
//! leaves only after the commit of the step that gave it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::sync::oneshot;

use super::clock::now_ms;
use super::pool::{Observer, Pool};
use crate::core::{Action, Answer, CallId, Core, Input, Output};
use crate::observe::{Step, StepKind};
use crate::store::Store;

/// Outputs that may wait for the store before the core waits too.
const BACKLOG: usize = 4096;
/// The longest sleep of the core thread; a clock that jumps is noticed within it.
const SLEEP_MAX: Duration = Duration::from_millis(1000);

/// Hands inputs to the core and answers to whoever waits for them.
#[derive(Debug)]
pub(crate) struct Driver {
    inputs: Sender<Input>,
    waiting: Mutex<HashMap<CallId, oneshot::Sender<Answer>>>,
    last_call: AtomicU64,
    failed: AtomicBool,
    draining: AtomicBool,
    stopping: AtomicBool,
}

/// The two threads.
#[derive(Debug)]
pub(crate) struct Threads {
    core: JoinHandle<()>,
    commit: JoinHandle<()>,
}

impl Threads {
    /// Waits for both. They end after [`Driver::stop`], when everything taken in has been committed.
    pub(crate) fn join(self) {
        // A thread that panicked has said so; there is nothing more to wait for.
        let _panicked = self.core.join();
        let _panicked = self.commit.join();
    }
}

impl Driver {
    pub(crate) fn new(inputs: Sender<Input>) -> Arc<Self> {
        Arc::new(Self {
            inputs,
            waiting: Mutex::default(),
            last_call: AtomicU64::new(0),
            failed: AtomicBool::new(false),
            draining: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
        })
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<CallId, oneshot::Sender<Answer>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives the core an input and waits for its answer; nothing when the engine stops or its store has failed.
    pub(crate) async fn ask(&self, input: impl FnOnce(CallId) -> Input) -> Option<Answer> {
        if self.failed.load(Ordering::Acquire) {
            return None;
        }
        let call = self.last_call.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, receiver) = oneshot::channel();
        self.waiting().insert(call, sender);
        if self.inputs.send(input(call)).is_err() {
            self.waiting().remove(&call);
        }
        receiver.await.ok()
    }

    /// Whether somebody waits for an answer.
    pub(crate) fn busy(&self) -> bool {
        !self.waiting().is_empty()
    }

    /// From now on no new webhook is taken; handlers at work still get their operations done.
    pub(crate) fn drain(&self) {
        self.draining.store(true, Ordering::Release);
    }

    /// Whether new webhooks are refused.
    pub(crate) fn draining(&self) -> bool {
        self.draining.load(Ordering::Acquire)
    }

    /// Lets the threads end.
    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        // The core thread may sleep; any input wakes it.
        let _ended = self.inputs.send(Input::Tick);
    }

    /// Whether the store has failed, after which nothing is acknowledged any more.
    pub(crate) fn failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }
}

/// Starts the threads. The first of the `inputs` is [`Input::Started`].
pub(crate) fn start(
    driver: &Arc<Driver>,
    core: Core,
    store: Box<dyn Store>,
    inputs: Receiver<Input>,
    pool: &Arc<Pool>,
    observer: &Arc<Observer>,
    runtime: tokio::runtime::Handle,
) -> std::io::Result<Threads> {
    let (outputs, committed) = sync_channel(BACKLOG);
    let hands = Hands {
        driver: driver.clone(),
        pool: pool.clone(),
        observer: observer.clone(),
        runtime,
    };
    let for_core = hands.clone();
    let core = std::thread::Builder::new()
        .name("core".to_owned())
        .spawn(move || {
            run_core(core, &inputs, &outputs, &for_core);
            // From here on nothing is taken in, and what was taken in last is told so: after a failure here, after an
            // orderly stop when the last commit is done.
            drop(inputs);
            if for_core.driver.failed() {
                for_core.driver.waiting().clear();
            }
        })?;
    let commit = std::thread::Builder::new()
        .name("commit".to_owned())
        .spawn(move || {
            run_commit(store, &committed, &hands);
            hands.driver.waiting().clear();
        })?;
    Ok(Threads { core, commit })
}

/// What actions are done with.
#[derive(Clone)]
struct Hands {
    driver: Arc<Driver>,
    pool: Arc<Pool>,
    observer: Arc<Observer>,
    runtime: tokio::runtime::Handle,
}

impl Hands {
    fn act(&self, action: Action) {
        match action {
            Action::Answer { call, answer } => {
                if let Some(sender) = self.driver.waiting().remove(&call) {
                    // Whoever asked may have hung up.
                    let _hung_up = sender.send(answer);
                }
            }
            Action::Invoke(invocation) => {
                let _inside = self.runtime.enter();
                self.pool.invoke(invocation);
            }
            Action::Observe(step) => (self.observer)(step),
        }
    }
}

fn run_core(mut core: Core, inputs: &Receiver<Input>, outputs: &SyncSender<Output>, hands: &Hands) {
    let mut input: Option<Input> = None;
    loop {
        if let Some(input) = input.take() {
            let mut output = core.step(input, now_ms());
            for action in output.at_once.drain(..) {
                hands.act(action);
            }
            if !output.changes.is_empty() || !output.actions.is_empty() {
                // A full backlog makes the core wait for the disk. The commit thread ends before this one only when the
                // store has failed.
                if outputs.send(output).is_err() {
                    return;
                }
            }
        }
        if hands.driver.stopping.load(Ordering::Acquire) {
            return;
        }
        let wait = core.next_timer_ms().map_or(SLEEP_MAX, |at_ms| {
            Duration::from_millis(at_ms.saturating_sub(now_ms())).min(SLEEP_MAX)
        });
        input = match inputs.recv_timeout(wait) {
            Ok(input) => Some(input),
            Err(RecvTimeoutError::Timeout) => core
                .next_timer_ms()
                .filter(|at_ms| *at_ms <= now_ms())
                .map(|_| Input::Tick),
            Err(RecvTimeoutError::Disconnected) => return,
        };
    }
}

fn run_commit(mut store: Box<dyn Store>, outputs: &Receiver<Output>, hands: &Hands) {
    let mut group = Vec::new();
    while let Ok(first) = outputs.recv() {
        group.push(first);
        group.extend(outputs.try_iter());
        let changes: Vec<_> = group
            .iter_mut()
            .flat_map(|output| std::mem::take(&mut output.changes))
            .collect();
        if !changes.is_empty()
            && let Err(error) = store.commit(&changes)
        {
            // The core is ahead of what is durable, so nothing may leave any more: a restart begins at the last commit.
            hands.driver.failed.store(true, Ordering::Release);
            let message =
                format!("the state cannot be stored, nothing is acknowledged any more: {error}");
            (hands.observer)(Step {
                at_ms: now_ms(),
                subject: None,
                kind: StepKind::Notice { message },
            });
            return;
        }
        for output in group.drain(..) {
            for action in output.actions {
                hands.act(action);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::sync::mpsc;

    use serde_json::json;

    use super::*;
    use crate::artifacts::{self, Place};
    use crate::change::Change;
    use crate::core::{ApiRequest, Caller, Service};
    use crate::store::{Entry, StoreError};

    /// A disk that makes each commit wait until the test lets it through, or fails it.
    #[derive(Debug)]
    struct SlowStore {
        begun: mpsc::Sender<usize>,
        verdicts: mpsc::Receiver<bool>,
    }

    impl Store for SlowStore {
        fn load(&mut self) -> Result<Vec<Entry>, StoreError> {
            Ok(Vec::new())
        }

        fn commit(&mut self, changes: &[Change]) -> Result<(), StoreError> {
            self.begun.send(changes.len()).unwrap();
            match self.verdicts.recv() {
                Ok(true) => Ok(()),
                _ => Err(StoreError::Failed {
                    path: PathBuf::new(),
                    message: "no space left".to_owned(),
                }),
            }
        }
    }

    struct Bench {
        driver: Arc<Driver>,
        begun: mpsc::Receiver<usize>,
        verdicts: mpsc::Sender<bool>,
        threads: Threads,
    }

    fn bench() -> Bench {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../infra-out/payments");
        let deployment = Arc::new(artifacts::load(&folder, &Place::default()).unwrap());
        let core = Core::restore(deployment.clone(), Vec::new(), 1.0).unwrap();
        let (inputs, receiver) = mpsc::channel();
        inputs
            .send(Input::Started {
                salt: "test".into(),
            })
            .unwrap();
        let driver = Driver::new(inputs.clone());
        let observer: Arc<Observer> = Arc::new(|_| {});
        let pool = Pool::new(
            &deployment,
            PathBuf::from("nothing"),
            String::new(),
            inputs,
            observer.clone(),
        );
        let ((begun_to, begun), (verdicts, verdicts_of)) = (mpsc::channel(), mpsc::channel());
        let store = Box::new(SlowStore {
            begun: begun_to,
            verdicts: verdicts_of,
        });
        let runtime = tokio::runtime::Handle::current();
        let threads = start(&driver, core, store, receiver, &pool, &observer, runtime).unwrap();
        Bench {
            driver,
            begun,
            verdicts,
            threads,
        }
    }

    async fn put(driver: &Driver, name: &str) -> Option<Answer> {
        let body = json!({ "Name": name, "Type": "String", "Value": "1" });
        let request = ApiRequest {
            service: Service::Ssm,
            operation: "PutParameter".into(),
            body,
            payload: Vec::new(),
        };
        driver
            .ask(|call| Input::Call {
                call,
                caller: Caller::Outside,
                request,
            })
            .await
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn no_answer_leaves_before_its_commit_and_those_that_wait_share_the_next() {
        let bench = bench();
        bench.begun.recv().unwrap();
        let driver = bench.driver.clone();
        let asked: Vec<_> = (0..10)
            .map(|number| {
                let driver = driver.clone();
                tokio::spawn(async move { put(&driver, &format!("/p/{number}")).await })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        assert!(
            asked.iter().all(|answer| !answer.is_finished()),
            "the first commit still waits"
        );
        bench.verdicts.send(true).unwrap();
        assert_eq!(bench.begun.recv().unwrap(), 10, "all ten share one commit");
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert!(
            asked.iter().all(|answer| !answer.is_finished()),
            "the second commit waits"
        );
        bench.verdicts.send(true).unwrap();
        for answer in asked {
            assert_eq!(answer.await.unwrap().unwrap().status, 200);
        }
        driver.stop();
        bench.threads.join();
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_store_that_fails_acknowledges_nothing_from_then_on() {
        let bench = bench();
        bench.begun.recv().unwrap();
        bench.verdicts.send(true).unwrap();
        let driver = bench.driver.clone();
        let asked = tokio::spawn(async move { put(&driver, "/p/1").await });
        bench.begun.recv().unwrap();
        bench.verdicts.send(false).unwrap();
        assert_eq!(asked.await.unwrap(), None);
        assert!(bench.driver.failed());
        assert_eq!(put(&bench.driver, "/p/2").await, None);
        bench.driver.stop();
        bench.threads.join();
    }
}
