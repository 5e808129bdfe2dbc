//! The web module in wasmtime: the bytes that the npm package ships.

use anyhow::{Result, anyhow};
use callgate_host_test::{WebAsking, WebEngine, WebModule, WebState};
use callgate_model::Timestamp;
use callgate_release::DefaultAction;

use super::{Host, Question, line};
use crate::decisions::{Active, State};

/// One instance of the module, as a tab or a process has it.
pub struct Web {
    module: WebModule,
    last: Option<(String, WebEngine)>,
}

impl Web {
    /// Starts the module.
    ///
    /// # Errors
    /// It is not there, or is no such module.
    pub fn start(bytes: &[u8]) -> Result<Self> {
        Ok(Self {
            module: WebModule::load(bytes)?,
            last: None,
        })
    }

    fn engine(&mut self, active: &Active) -> Result<WebEngine> {
        let key = match active {
            Active::Release(text) => text.clone(),
            Active::None(settings) => format!("{:?}", settings.default_action),
        };
        match &self.last {
            Some((known, engine)) if *known == key => return Ok(*engine),
            Some((_, engine)) => self.module.free(*engine)?,
            None => {}
        }
        let engine = match active {
            Active::Release(text) => self.module.open(text)?.map_err(|why| anyhow!("{why}"))?,
            Active::None(settings) => {
                let allow = settings.default_action == DefaultAction::Allow;
                self.module.without_release(allow)?
            }
        };
        self.last = Some((key, engine));
        Ok(engine)
    }
}

impl Host for Web {
    fn name(&self) -> &'static str {
        "web module in wasmtime"
    }

    fn takes(&self, _: &Question) -> bool {
        true
    }

    fn answers(&mut self, questions: &[&Question]) -> Result<Vec<String>> {
        let mut answers = Vec::with_capacity(questions.len());
        for question in questions {
            let engine = self.engine(&question.active)?;
            let now = Timestamp::parse_rfc3339(&question.now);
            let now = now.ok_or_else(|| anyhow!("`{}` is no time", question.now))?;
            let asking = WebAsking {
                state: match &question.state {
                    State::Kept(text) => WebState::Json(text),
                    State::Unavailable => WebState::Unavailable,
                },
                now: (now.seconds, now.nanos),
                explain: question.explain,
            };
            let answer = self
                .module
                .decide(engine, question.call.as_bytes(), asking)?;
            let text = match &answer {
                Ok(text) | Err(text) => text,
            };
            answers.push(line(text)?);
        }
        Ok(answers)
    }
}
