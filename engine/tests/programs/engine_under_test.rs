//! A local run as a process of its own, for tests that kill it: `ARTIFACTS HANDLER STATE PORT TIME_SCALE`.
//! Each step is a line of JSON; the first line is the address.

use std::io::Write as _;
use std::time::Duration;

use pipe_engine::Config;

#[tokio::main]
async fn main() -> std::process::ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [artifacts, handler, state, port, time_scale] = arguments.as_slice() else {
        eprintln!("usage: engine-under-test ARTIFACTS HANDLER STATE PORT TIME_SCALE");
        return std::process::ExitCode::from(2);
    };
    let config = Config {
        artifacts: artifacts.into(),
        handler: handler.into(),
        state: state.into(),
        port: port.parse().unwrap_or(0),
        time_scale: time_scale.parse().unwrap_or(1.0),
        tell_calls: false,
    };
    let observer = |step| {
        let line = serde_json::to_string(&step).unwrap_or_default();
        // The test may have stopped reading.
        let _closed = writeln!(std::io::stdout(), "{line}");
    };
    match pipe_engine::start(config, observer).await {
        Ok(running) => {
            println!("{}", running.address());
            // Ends when a signal comes: the default action of SIGTERM, or the interrupt.
            if tokio::signal::ctrl_c().await.is_ok() {
                running.drain_and_stop(Duration::from_secs(5)).await;
            }
            std::process::ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            std::process::ExitCode::FAILURE
        }
    }
}
