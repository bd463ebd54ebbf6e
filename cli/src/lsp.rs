//! The language server: what `pipec check`, `explain` and `fmt` say, while one types. One file for each thing that an editor can ask for.
//!
//! There is no second parser here. What is wrong, what belongs where and what a word is says the compiler, of the text as it stands in the editor.

mod actions;
mod completion;
mod definition;
mod diagnostics;
mod documents;
mod formatting;
mod hover;
mod positions;
mod symbols;

use documents::Documents;
use gen_lsp_types::{
    CodeActionOptions, CodeActionParams, CompletionOptions, CompletionParams, DefinitionParams,
    DidChangeTextDocumentParams, DidCloseTextDocumentParams, DidOpenTextDocumentParams,
    DocumentFormattingParams, DocumentSymbolParams, HoverParams, InitializeResult,
    ServerCapabilities, ServerInfo, TextDocumentSyncKind,
};
use lsp_server::{
    Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response,
};
use serde_json::Value;
use std::io::ErrorKind;

/// Why a conversation ends otherwise than by `shutdown` and `exit`.
enum Broken {
    /// Nothing more can be read.
    Silently,
    /// This, for a person.
    Because(String),
}

impl From<ProtocolError> for Broken {
    fn from(error: ProtocolError) -> Self {
        if error.channel_is_disconnected() {
            return Self::Silently;
        }
        Self::Because(error.to_string())
    }
}

/// Serves standard input and output until the editor ends it or is gone. The error is for a person.
pub(crate) fn serve() -> Result<(), String> {
    let (connection, threads) = Connection::stdio();
    let ended = talk(&connection);
    drop(connection);
    match ended {
        // The thread that writes may still have an answer to write.
        Ok(()) => threads.join().map_err(|error| error.to_string()),
        // The thread that reads has ended, and says why.
        Err(Broken::Silently) => Err(match threads.join() {
            Err(error) if error.kind() == ErrorKind::InvalidData => {
                "the editor sent what is no message".to_owned()
            }
            _ => "the editor is gone".to_owned(),
        }),
        // The thread that reads may wait for an editor that is gone, so nobody waits for it.
        Err(Broken::Because(why)) => Err(why),
    }
}

/// One conversation, from `initialize` to `exit`.
fn talk(connection: &Connection) -> Result<(), Broken> {
    let (id, parameters) = connection.initialize_start()?;
    let answer = serde_json::to_value(offered());
    let answer = answer.map_err(|error| Broken::Because(error.to_string()))?;
    connection.initialize_finish(id, answer)?;
    let mut documents = Documents::new(completion::takes_snippets(&parameters));
    for message in &connection.receiver {
        match message {
            Message::Request(request) => {
                if connection.handle_shutdown(&request)? {
                    return Ok(());
                }
                send(connection, answer_to(&documents, request).into())?;
            }
            Message::Notification(it) if it.method == "exit" => {
                let why = "the editor said `exit` without `shutdown`";
                return Err(Broken::Because(why.to_owned()));
            }
            Message::Notification(it) => {
                if let Some(changed) = take(&mut documents, it) {
                    send(connection, changed.into())?;
                }
            }
            // Nothing is ever asked of the editor.
            Message::Response(_) => {}
        }
    }
    Err(Broken::Silently)
}

fn send(connection: &Connection, message: Message) -> Result<(), Broken> {
    let sent = connection.sender.send(message);
    sent.map_err(|_| Broken::Because("the editor does not listen any more".to_owned()))
}

/// What this server does.
fn offered() -> InitializeResult {
    InitializeResult {
        capabilities: ServerCapabilities {
            text_document_sync: Some(TextDocumentSyncKind::Full.into()),
            completion_provider: Some(CompletionOptions {
                trigger_characters: Some([":", ".", ",", "("].map(str::to_owned).to_vec()),
                ..CompletionOptions::default()
            }),
            hover_provider: Some(true.into()),
            definition_provider: Some(true.into()),
            document_symbol_provider: Some(true.into()),
            document_formatting_provider: Some(true.into()),
            code_action_provider: Some(
                CodeActionOptions {
                    code_action_kinds: Some(vec![gen_lsp_types::CodeActionKind::QuickFix]),
                    ..CodeActionOptions::default()
                }
                .into(),
            ),
            ..ServerCapabilities::default()
        },
        server_info: Some(ServerInfo {
            name: "pipec".to_owned(),
            version: Some(env!("CARGO_PKG_VERSION").to_owned()),
        }),
    }
}

/// Answers a request; one that cannot be read, or that nobody offered, is answered with an error and ends nothing.
fn answer_to(documents: &Documents, request: Request) -> Response {
    let Request { id, method, params } = request;
    let answered = match method.as_str() {
        "textDocument/completion" => reply(params, |it: CompletionParams| {
            let at = it.text_document_position_params;
            documents.at(&at).map(|(document, offset)| {
                completion::items(document, offset, documents.takes_snippets)
            })
        }),
        "textDocument/hover" => reply(params, |it: HoverParams| {
            let at = it.text_document_position_params;
            let (document, offset) = documents.at(&at)?;
            hover::hover(document, offset)
        }),
        "textDocument/definition" => reply(params, |it: DefinitionParams| {
            let at = it.text_document_position_params;
            let (document, offset) = documents.at(&at)?;
            definition::location(document, offset)
        }),
        "textDocument/documentSymbol" => reply(params, |it: DocumentSymbolParams| {
            documents.get(&it.text_document.uri).map(symbols::symbols)
        }),
        "textDocument/formatting" => reply(params, |it: DocumentFormattingParams| {
            let document = documents.get(&it.text_document.uri)?;
            formatting::edits(document)
        }),
        "textDocument/codeAction" => reply(params, |it: CodeActionParams| {
            let document = documents.get(&it.text_document.uri)?;
            Some(actions::quick_fixes(document, it.range))
        }),
        _ => {
            let message = format!("`{method}` is not offered");
            return Response::new_err(id, ErrorCode::MethodNotFound as i32, message);
        }
    };
    respond(id, answered)
}

/// Reads the parameters and gives the answer; `null` where there is none.
fn reply<P, A>(parameters: Value, answer: impl FnOnce(P) -> Option<A>) -> serde_json::Result<Value>
where
    P: serde::de::DeserializeOwned,
    A: serde::Serialize,
{
    serde_json::to_value(answer(serde_json::from_value(parameters)?))
}

fn respond(id: RequestId, answered: serde_json::Result<Value>) -> Response {
    match answered {
        Ok(value) => Response::new_ok(id, value),
        Err(error) => Response::new_err(id, ErrorCode::InvalidParams as i32, error.to_string()),
    }
}

/// Takes what the editor says of its documents; gives what is to be said of the one that changed. What cannot be read is passed over.
fn take(documents: &mut Documents, it: Notification) -> Option<Notification> {
    let uri = match it.method.as_str() {
        "textDocument/didOpen" => {
            let it: DidOpenTextDocumentParams = serde_json::from_value(it.params).ok()?;
            let it = it.text_document;
            documents.put(it.uri.clone(), it.text, Some(it.version));
            it.uri
        }
        "textDocument/didChange" => {
            let it: DidChangeTextDocumentParams = serde_json::from_value(it.params).ok()?;
            let uri = it.text_document.text_document_identifier.uri;
            let text = documents::whole_text(it.content_changes)?;
            documents.put(uri.clone(), text, Some(it.text_document.version));
            uri
        }
        "textDocument/didClose" => {
            let it: DidCloseTextDocumentParams = serde_json::from_value(it.params).ok()?;
            documents.remove(&it.text_document.uri);
            return Some(diagnostics::none(it.text_document.uri));
        }
        _ => return None,
    };
    documents.get(&uri).map(diagnostics::of)
}
